import type { Command } from "commander";
import { EddyError } from "../../language/problem.ts";
import type { AgentClient } from "../../runtime/protocol/client.ts";
import type { KeptMessage } from "../../runtime/protocol/contract.ts";
import { type Context, createCommand, withContext } from "../context.ts";
import type { InjectOutput, KeptOutput } from "../contract.ts";
import { exitCodes, usageError } from "../errors.ts";
import { printable } from "../output.ts";
import { type ConnectionOptions, connectTo, readPlace } from "../places.ts";
import { renderExecution } from "../render.ts";

interface Options extends ConnectionOptions {
  readonly send?: boolean;
  readonly discard?: boolean;
}

export function keptCommand(): Command {
  return createCommand("kept", "messages that a workflow was at when its worker had to be ended", [
    "eddy kept greenhouse/line",
    "eddy kept greenhouse/line 3f9c21aa --send",
    "eddy kept greenhouse/line 3f9c21aa --discard",
  ])
    .argument("<device/workflow>", "which workflow")
    .argument("[key]", "which message; left out: all that are kept")
    .option("--send", "put it into its node once more; afterwards it is no longer kept")
    .option("--discard", "keep it no longer")
    .option("--yes", "trust a host that is not known yet")
    .action((text: string, key: string | undefined, options: Options) => kept(text, key, options));
}

function kept(text: string, key: string | undefined, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { send, discard } = options;
    if (send && discard) throw usageError("Either --send or --discard, not both.");
    if ((send || discard) && key === undefined)
      throw usageError("Say which message: `eddy kept DEVICE/WORKFLOW` lists their keys.");
    const { device, workflow: id } = readPlace(text, "workflow");
    const { client } = await connectTo(context, device, options);
    if (send && key !== undefined) return sendAgain(client, { id, key }, context);
    const { output, signal } = context;
    if (discard && key !== undefined) {
      await client.request("kept/discard", { id, key }, signal);
      output.json({ ok: true });
      output.line(`${output.style("green", "✔")} ${key} is kept no longer.`);
      return undefined;
    }
    const { messages } = await client.request("kept/list", { id }, signal);
    const shown = messages.filter((message) => key === undefined || message.key === key);
    if (key !== undefined && shown.length === 0)
      throw new EddyError(
        "EDDY_UNKNOWN_MESSAGE",
        `No message ${key} is kept for "${id}". "eddy kept ${text}" lists those that are.`,
      );
    output.json({ messages: shown } satisfies KeptOutput);
    if (shown.length === 0) output.line(`No message of ${id} is kept on ${device}.`);
    for (const message of shown) show(message, context);
    return undefined;
  });
}

async function sendAgain(
  client: AgentClient,
  which: { readonly id: string; readonly key: string },
  { output, signal }: Context,
): Promise<number> {
  const execution = await client.request("kept/send", which, signal);
  output.json({ execution } satisfies InjectOutput);
  output.line(renderExecution(output, execution));
  return execution.outcome === "ok" ? exitCodes.done : exitCodes.problems;
}

function show({ key, time, node, version, reason, times, message }: KeptMessage, { output }: Context): void {
  const often = times > 1 ? `, ${times} times` : "";
  const when = `${new Date(time).toISOString()}${often}, version ${version.slice(0, 7)}`;
  output.line(`${output.style("bold", key)} ${printable(node)} ${output.style("dim", when)}`);
  output.line(`  ${printable(reason.message)}`);
  output.line(
    `  ${message === undefined ? "It was larger than 64 kB." : printable(JSON.stringify(message))}`,
  );
}
