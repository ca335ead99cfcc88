import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { BrokerSettings } from "../../../fleet/index.ts";
import { EddyError } from "../../../language/problem.ts";
import { createCommand, withContext } from "../../context.ts";
import { usageError } from "../../errors.ts";
import { printable } from "../../output.ts";
import { type ConnectionOptions, connectTo } from "../../places.ts";
import { readHidden, sshQuestions } from "../../terminal.ts";

/** As whom to go to a broker; the same for a device that is added by one. */
export interface BrokerOptions {
  readonly username?: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly plaintext?: boolean;
}

interface Options extends ConnectionOptions, BrokerOptions {
  readonly off?: boolean;
}

export function brokerCommand(): Command {
  const command = createCommand("broker", "reach a device by an MQTT broker, also behind a router", [
    "eddy device broker greenhouse mqtts://broker.example.com --username greenhouse",
    "eddy device broker greenhouse",
    "eddy device broker greenhouse --off",
  ])
    .argument("<device>", "its name or id")
    .argument("[url]", "mqtts://HOST[:PORT], mqtt://… or wss://HOST/PATH; left out: shows where it is now")
    .option("--off", "leave the broker")
    .option("--yes", "trust a host that is not known yet");
  return withBrokerOptions(command).action((name: string, url: string | undefined, options: Options) =>
    broker(name, url, options),
  );
}

export function withBrokerOptions(command: Command): Command {
  return command
    .option("--username <name>", "as whom; the password is asked for, or read from standard input")
    .option("--ca <file>", "certificate (PEM) of the authority that the broker's is of")
    .option("--certificate <file>", "own certificate (PEM)")
    .option("--key <file>", "its key (PEM)")
    .option("--plaintext", "go there without TLS, too");
}

/** Reads the files that are named, and asks for the password. */
export async function readBrokerOptions(
  { username, ca, certificate, key, plaintext }: BrokerOptions,
  signal: AbortSignal,
): Promise<Omit<BrokerSettings, "url">> {
  if ((certificate === undefined) !== (key === undefined))
    throw usageError("A certificate needs its key, and the other way round: --certificate and --key.");
  return {
    ...(username === undefined
      ? {}
      : { username, password: await readHidden(`Password of ${username}: `, signal) }),
    ...(ca === undefined ? {} : { ca: await pem(ca) }),
    ...(certificate === undefined ? {} : { certificate: await pem(certificate) }),
    ...(key === undefined ? {} : { key: await pem(key) }),
    ...(plaintext ? { plaintext } : {}),
  };
}

async function pem(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new EddyError("EDDY_FILE_UNREADABLE", `${path} cannot be read.`, { cause });
  });
  if (text.includes("-----BEGIN")) return text;
  throw new EddyError("EDDY_FILE_UNREADABLE", `${path} is no PEM file: it has no "-----BEGIN".`);
}

function broker(name: string, url: string | undefined, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    if (url !== undefined && options.off) throw usageError("Either an address or --off, not both.");
    const settings = url === undefined ? undefined : { url, ...(await readBrokerOptions(options, signal)) };
    const { fleet, client, device } = await connectTo(context, name, options);
    if (settings || options.off) {
      const { yes } = options;
      const questions = sshQuestions({ output, signal, yes });
      output.progress(settings ? `Meeting ${device.name} at ${settings.url} …` : "Leaving the broker …");
      await fleet.setBroker(device.id, settings, { questions, signal });
      output.clear();
      output.json({ broker: settings ? { url: settings.url } : null });
      const done = settings ? `is reachable at ${settings.url}` : "is at no broker any more";
      output.line(`${output.style("green", "✔")} ${printable(device.name)} ${done}.`);
      return undefined;
    }
    const { broker: status } = await client.request("broker/get", {}, signal);
    output.json({ broker: status ?? null });
    if (!status) output.line(`${printable(device.name)} is at no broker.`);
    else {
      const state = status.connected ? output.style("green", "● connected") : output.style("red", "● away");
      const user = status.username === undefined ? "" : ` as ${printable(status.username)}`;
      output.line(`${status.url}${user} ${state}${status.problem ? ` ${status.problem.message}` : ""}`);
    }
    return undefined;
  });
}
