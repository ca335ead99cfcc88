import type { Command } from "commander";
import { createCommand, withContext } from "../../context.ts";
import type { ReplaceOutput } from "../../contract.ts";
import { printable } from "../../output.ts";
import type { ConnectionOptions } from "../../places.ts";
import { progressTeller } from "../../progress.ts";
import { ask, sshQuestions } from "../../terminal.ts";

export function replaceCommand(): Command {
  return createCommand("replace", "have a spare take the place of a device: workflows, values and name", [
    "eddy device replace greenhouse spare",
  ])
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
    const { device, deployed } = await fleet.replace(old, spare, {
      secret(name, workflow) {
        output.clear();
        const whose = workflow === undefined ? "" : ` for ${printable(workflow)}`;
        return ask({ text: `Value of the secret ${printable(name)}${whose}: `, hidden: true }, signal);
      },
      questions: sshQuestions({ output, signal, yes }),
      progress: progressTeller(output),
      signal,
    });
    output.json({ device: device.name, deployed: [...deployed] } satisfies ReplaceOutput);
    output.line(
      `${output.style("green", "✔")} ${printable(device.name)} is ${device.url} now, with ${deployed.join(", ")}.`,
    );
    output.note("State of the workflows does not move. The old device should stay off, or be removed.");
    return undefined;
  });
}
