import type { Command } from "commander";
import type { AgentClient } from "../../runtime/protocol/client.ts";
import { type Context, createCommand, withContext } from "../context.ts";
import { type ConnectionOptions, connectTo, readPlace } from "../places.ts";
import { confirmRemoval } from "../terminal.ts";

interface Change {
  readonly name: string;
  readonly summary: string;
  /** Does it, and says for a person what has become of the workflow. */
  readonly run: (client: AgentClient, id: string, signal: AbortSignal) => Promise<string>;
  /** Asked on a terminal before it is done. */
  readonly question?: string;
}

export function startCommand(): Command {
  return changeCommand({
    name: "start",
    summary: "start a workflow that was stopped",
    run: async (client, id, signal) => {
      const { version } = await client.request("workflow/activate", { id }, signal);
      return `runs as ${version.slice(0, 7)}`;
    },
  });
}

export function stopCommand(): Command {
  return changeCommand({
    name: "stop",
    summary: "stop a workflow; it stays stopped when the device restarts",
    run: async (client, id, signal) => {
      await client.request("workflow/deactivate", { id }, signal);
      return "is stopped";
    },
  });
}

export function rollbackCommand(): Command {
  return changeCommand({
    name: "rollback",
    summary: "go back to the version that ran before",
    run: async (client, id, signal) => {
      const { version } = await client.request("workflow/rollback", { id }, signal);
      return `runs as ${version.slice(0, 7)} again`;
    },
  });
}

export function removeCommand(): Command {
  return changeCommand({
    name: "remove",
    summary: "remove a workflow and its data from a device",
    question: "Remove the workflow and all that it has stored there?",
    run: async (client, id, signal) => {
      await client.request("workflow/remove", { id }, signal);
      return "is removed";
    },
  });
}

function changeCommand(change: Change): Command {
  const { name, summary } = change;
  return createCommand(name, summary, [`eddy ${name} local/line`, `eddy ${name} greenhouse/line --json`])
    .argument("<device/workflow>", "which workflow, by its id")
    .option("--yes", change.question ? "do not ask" : "trust a host that is not known yet")
    .action((text: string, options: ConnectionOptions) =>
      withContext(options, (context) => apply(change, text, options, context)),
    );
}

async function apply(
  { question, run }: Change,
  text: string,
  options: ConnectionOptions,
  context: Context,
): Promise<number | undefined> {
  const { output, signal } = context;
  const { device, workflow } = readPlace(text, "workflow");
  if (question && !options.yes && process.stdin.isTTY) await confirmRemoval(question, signal);
  const { client } = await connectTo(context, device, options);
  const became = await run(client, workflow, signal);
  output.json({ ok: true });
  output.line(`${output.style("green", "✔")} ${workflow} ${became} on ${device}.`);
  return undefined;
}
