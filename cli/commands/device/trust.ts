import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { EddyError } from "../../../language/problem.ts";
import { createCommand, withContext } from "../../context.ts";
import type { TrustOutput } from "../../contract.ts";
import { usageError } from "../../errors.ts";
import { printable, table } from "../../output.ts";
import { type ConnectionOptions, connectTo } from "../../places.ts";

interface Options extends ConnectionOptions {
  readonly name?: string;
  readonly list?: boolean;
}

export function trustCommand(): Command {
  return createCommand("trust", "let another desk deploy to a device and command it", [
    "eddy device trust greenhouse colleague.pub --name colleague",
    "eddy key show | eddy device trust greenhouse -",
    "eddy device trust greenhouse --list",
  ])
    .argument("<device>", "its name or id")
    .argument("[keyfile]", "the other desk's public key (eddy key show there); - is standard input")
    .option("--name <name>", "what the key is called in the list")
    .option("--list", "show whom it trusts")
    .option("--yes", "trust a host that is not known yet")
    .action((name: string, file: string | undefined, options: Options) => trust(name, file, options));
}

function trust(device: string, file: string | undefined, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    if ((file === undefined) !== (options.list === true))
      throw usageError("Either a file with a public key, or --list.");
    const publicKey = file === undefined ? undefined : await readKeyFile(file);
    const { fleet, client } = await connectTo(context, device, options);
    if (publicKey !== undefined) {
      const { name } = options;
      const given = { publicKey, ...(name === undefined ? {} : { name }) };
      const added = await client.request("publisher/trust", given, signal);
      output.json({ publishers: [added] } satisfies TrustOutput);
      output.line(`${output.style("green", "✔")} ${printable(device)} trusts ${added.id.slice(0, 16)}.`);
      return undefined;
    }
    const [{ publishers }, own] = await Promise.all([
      client.request("publisher/list", {}, signal),
      fleet.publisher(),
    ]);
    output.json({ publishers } satisfies TrustOutput);
    const rows = publishers.map(({ id, name }) => [
      output.style("bold", id.slice(0, 16)),
      printable(name ?? ""),
      id === own.id ? output.style("dim", "this desk") : "",
    ]);
    for (const line of table(rows)) output.line(line);
    return undefined;
  });
}

export function untrustCommand(): Command {
  return createCommand("untrust", "take a desk's rights on a device away", [
    "eddy device untrust greenhouse 3f9c21aa0d5e7b14",
  ])
    .argument("<device>", "its name or id")
    .argument("<key>", "the beginning of the key's id (eddy device trust D --list), or its name")
    .option("--yes", "trust a host that is not known yet")
    .action((device: string, key: string, options: ConnectionOptions) => untrust(device, key, options));
}

function untrust(device: string, key: string, options: ConnectionOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { client } = await connectTo(context, device, options);
    const { publishers } = await client.request("publisher/list", {}, signal);
    const named = publishers.filter(({ name }) => name === key);
    const found = named.length > 0 ? named : publishers.filter(({ id }) => id.startsWith(key));
    const [first] = found;
    if (!first || found.length > 1)
      throw usageError(
        `"${key}" is ${first ? "several keys" : "no key"} that ${device} trusts. "eddy device trust ${device} --list" shows them.`,
      );
    await client.request("publisher/revoke", { id: first.id }, signal);
    output.json({ ok: true });
    output.line(
      `${output.style("green", "✔")} ${printable(device)} does not trust ${printable(first.name ?? first.id.slice(0, 16))} any more. What it has deployed runs on.`,
    );
    return undefined;
  });
}

async function readKeyFile(file: string): Promise<string> {
  if (file === "-") return text(process.stdin);
  return readFile(file, "utf8").catch((cause: unknown) => {
    throw new EddyError("EDDY_FILE_UNREADABLE", `${file} cannot be read.`, { cause });
  });
}
