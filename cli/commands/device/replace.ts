import type { Command } from "commander";
import type { ReplaceResult } from "../../../fleet/index.ts";
import { createCommand, withContext } from "../../context.ts";
import type { ReplaceOutput } from "../../contract.ts";
import { type Output, printable } from "../../output.ts";
import type { ConnectionOptions } from "../../places.ts";
import { progressTeller } from "../../progress.ts";
import { ask, sshQuestions } from "../../terminal.ts";

export function replaceCommand(): Command {
  return createCommand(
    "replace",
    "have a spare take the place of a device: workflows, values, data and name",
    ["eddy device replace greenhouse spare"],
  )
    .argument("<old>", "the device that is dead, or is to be taken out of service")
    .argument("<spare>", "a device that was added, and has to be reachable")
    .option("--yes", "trust a host that is not known yet")
    .action((old: string, spare: string, options: ConnectionOptions) => replace(old, spare, options));
}

function replace(old: string, spare: string, options: ConnectionOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { yes } = options;
    const fleet = await context.fleet();
    const result = await fleet.replace(old, spare, {
      secret(name, workflow) {
        output.clear();
        const whose = workflow === undefined ? "" : ` for ${printable(workflow)}`;
        return ask({ text: `Value of the secret ${printable(name)}${whose}: `, hidden: true }, signal);
      },
      questions: sshQuestions({ output, signal, yes }),
      progress: progressTeller(output),
      signal,
    });
    const { device, deployed, stopped, data, secrets, left } = result;
    output.json({
      device: device.name,
      deployed: [...deployed],
      stopped: [...stopped],
      data: data.map((one) => ({ ...one })),
      secrets: secrets.map((one) => ({ ...one })),
      left: [...left],
    } satisfies ReplaceOutput);
    show(result, output);
    return undefined;
  });
}

function show(
  { device, replaced, deployed, stopped, data, secrets, left, isOldReachable }: ReplaceResult,
  output: Output,
): void {
  const good = output.style("green", "✔");
  const bad = output.style("red", "✘");
  output.line(`${good} ${printable(device.name)} is ${device.url} now, with ${deployed.join(", ")}.`);
  for (const { workflow, values, messages, reason } of data) {
    const whose = workflow === undefined ? "What all workflows share" : `Data of ${workflow}`;
    // Most devices have nothing of that kind.
    if (workflow === undefined && !reason && values === 0) continue;
    output.line(
      reason
        ? `  ${bad} ${whose} did not come along: ${printable(reason.message)}`
        : `  ${good} ${whose}: ${count(values, "value")}, ${count(messages, "waiting message")}.`,
    );
  }
  for (const { name, workflow } of secrets)
    output.line(
      `  ${good} Secret ${printable(name)}${workflow === undefined ? "" : ` of ${workflow}`}: set anew.`,
    );
  for (const id of stopped)
    output.line(
      `  ${good} ${printable(id)} stays stopped, as it was. To start it: eddy start ${printable(device.name)}/${printable(id)}`,
    );
  for (const id of left)
    output.line(
      `  ${bad} ${printable(id)} came from another desk and stays where it is: deploy it from there.`,
    );
  output.note(
    isOldReachable
      ? `What has moved is stopped on the old device. Remove that when nothing on it is needed: eddy device remove "${printable(replaced.name)}"`
      : "The old device did not answer. Keep it off: its workflows would run there as well.",
  );
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
