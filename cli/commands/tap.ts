import type { Command } from "commander";
import type { LiveValue } from "../../runtime/protocol/contract.ts";
import { createCommand, withContext } from "../context.ts";
import { exitCodes } from "../errors.ts";
import { formatBytes, type Output, printable } from "../output.ts";
import { type ConnectionOptions, connectionLost, connectTo, readPlace, untilInterrupted } from "../places.ts";

export function tapCommand(): Command {
  return createCommand("tap", "watch live values, at most 20 times a second, until Ctrl+C", [
    "eddy tap local/line",
    "eddy tap local/line/warm --json",
  ])
    .argument("<device/workflow[/node]>", "which workflow, or which node of it")
    .option("--yes", "trust a host that is not known yet")
    .action((text: string, options: ConnectionOptions) => tap(text, options));
}

function tap(text: string, options: ConnectionOptions): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { device, workflow, node } = readPlace(text, "workflow or node");
    const { client } = await connectTo(context, device, options);
    let shown = 0;
    let left = 0;
    await client.subscribe(
      "tap/subscribe",
      { id: workflow, ...(node === undefined ? {} : { node }) },
      ({ values, dropped }) => {
        shown += values.length;
        left += dropped;
        for (const value of values) tellValue(value, output);
      },
      signal,
    );
    output.note(output.noteStyle("dim", `Watching ${text}. Ctrl+C ends it.`));
    const end = await untilInterrupted(signal, client.closed);
    if (end === "lost") throw connectionLost(device);
    const between = left > 0 ? `, ${left} more in between` : "";
    output.note(`${shown} ${shown === 1 ? "value" : "values"}${between}`);
    return exitCodes.done;
  });
}

function tellValue(value: LiveValue, output: Output): void {
  output.json(value);
  if (output.isJson) return;
  const { node, port, time, topic, text, size } = value;
  const place = output.style("bold", port === "out" ? node : `${node}.${port}`);
  const about = topic === undefined ? "" : ` ${output.style("cyan", printable(topic))}`;
  const cut = size > Buffer.byteLength(text) ? output.style("dim", `… ${formatBytes(size)}`) : "";
  const clock = output.style("dim", new Date(time).toISOString().slice(11, 23));
  output.line(`${clock} ${place}${about} ${printable(text)}${cut}`);
}
