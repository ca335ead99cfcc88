import type { Command } from "commander";
import { type CommonOptions, createCommand, withContext } from "../../context.ts";
import { printable } from "../../output.ts";
import { progressTeller } from "../../progress.ts";
import { confirmRemoval, sshQuestions } from "../../terminal.ts";

interface Options extends CommonOptions {
  readonly yes?: boolean;
  readonly forget?: boolean;
}

export function removeCommand(): Command {
  return createCommand("remove", "take the agent, its workflows and their data off a device", [
    "eddy device remove greenhouse",
    "eddy device remove greenhouse --forget",
  ])
    .argument("<device>", "its name or id")
    .option("--forget", "only forget it here; the device goes on as it is")
    .option("--yes", "do not ask, and trust a host that is not known yet")
    .action((name: string, options: Options) => remove(name, options));
}

function remove(name: string, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { yes = false, forget = false } = options;
    const fleet = await context.fleet();
    const device = await fleet.find(name);
    const question = `Remove the agent and all workflows with their data from ${device.name}?`;
    if (!forget && !yes && process.stdin.isTTY) await confirmRemoval(question, signal);
    await fleet.remove(device.id, {
      mode: forget ? "forget" : "uninstall",
      questions: sshQuestions({ output, signal, yes }),
      progress: progressTeller(output),
      signal,
    });
    output.json({ ok: true });
    output.line(
      `${output.style("green", "✔")} ${printable(device.name)} is ${forget ? "forgotten" : "removed"}.`,
    );
    return undefined;
  });
}
