import { type Command, Option } from "commander";
import type { InstallPlan } from "../../../fleet/index.ts";
import { EddyError } from "../../../language/problem.ts";
import { type CommonOptions, type Context, createCommand, withContext } from "../../context.ts";
import { describe } from "../../devices.ts";
import { printable } from "../../output.ts";
import { progressTeller } from "../../progress.ts";
import { confirm, sshQuestions } from "../../terminal.ts";
import { type BrokerOptions, readBrokerOptions, withBrokerOptions } from "./broker.ts";

interface Options extends CommonOptions, BrokerOptions {
  readonly name?: string;
  readonly yes?: boolean;
  readonly agentHome?: string;
  readonly ownNode?: boolean;
  readonly threads?: "one" | "several";
}

export function addCommand(): Command {
  const command = createCommand("add", "connect to a device and install the agent on it", [
    "eddy device add local",
    "eddy device add ssh://pi@raspberrypi.local --name greenhouse",
    "eddy device add ssh://root@10.0.0.7:2222 --yes",
    "eddy device add mqtts://broker.example.com/0123456789abcdef --username desk",
  ])
    .argument("<url>", "local, ssh://user@host[:port], or mqtts://broker[:port]/DEVICE-ID")
    .option("--name <name>", "what it is called here (default: its own host name)")
    .option("--agent-home <folder>", "where the agent and its data go on the device (default: ~/.eddy)")
    .option("--own-node", "bring a Node for the agent even where the device has a suitable one")
    .addOption(
      new Option(
        "--threads <one|several>",
        "one takes less memory, but then nobody ends a workflow that blocks (default: by the memory of the device)",
      ).choices(["one", "several"]),
    )
    .option("--yes", "install without asking, and trust a host that is not known yet");
  return withBrokerOptions(command).action((url: string, options: Options) => add(url, options));
}

function add(url: string, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { name, agentHome, ownNode = false, threads, yes = false } = options;
    const fleet = await context.fleet();
    const device = await fleet.add(url, {
      ...(name === undefined ? {} : { name }),
      ...(agentHome === undefined ? {} : { agentHome }),
      node: ownNode ? "own" : "any",
      ...(threads ? { threads } : {}),
      broker: await readBrokerOptions(options, signal),
      questions: sshQuestions({ output, signal, yes }),
      confirm: async (plan) => yes || agree(plan, context),
      progress: progressTeller(output),
      signal,
    });
    const shown = await describe(device, await fleet.connect(device.id, { signal }), signal);
    output.json({ device: shown });
    output.line(
      `${output.style("green", "✔")} ${printable(shown.name)} is ready: ${shown.os} ${shown.arch}, agent ${shown.agent}.`,
    );
    return undefined;
  });
}

async function agree(plan: InstallPlan, { output, signal }: Context): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new EddyError(
      "EDDY_NO_TERMINAL",
      "Installing the agent has to be agreed to, and nobody can be asked here. Use --yes.",
    );
  output.clear();
  const lines = [printable(plan.device), ...plan.steps.map(({ text }) => `  • ${printable(text)}`)];
  for (const line of lines) output.note(line);
  for (const warning of plan.warnings) output.note(output.noteStyle("yellow", printable(warning)));
  return confirm("Go on?", signal);
}
