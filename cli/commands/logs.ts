import { type Command, InvalidArgumentError } from "commander";
import type { AgentLogRecord } from "../../runtime/protocol/contract.ts";
import { createCommand, withContext } from "../context.ts";
import { exitCodes } from "../errors.ts";
import type { Output } from "../output.ts";
import { type ConnectionOptions, connectionLost, connectTo, readScope, untilInterrupted } from "../places.ts";
import { renderLog } from "../render.ts";

interface Options extends ConnectionOptions {
  readonly follow?: boolean;
  readonly lines: number;
}

/** `eddy logs D[/WORKFLOW]`, and the same for a whole device as `eddy device logs D`. */
export function logsCommand(of: "workflow" | "device"): Command {
  const [summary, name, place] =
    of === "device"
      ? ["what a device has logged", "eddy device logs", "greenhouse"]
      : ["what a workflow has logged", "eddy logs", "greenhouse/line"];
  return createCommand("logs", summary, [`${name} ${place}`, `${name} ${place} --follow --lines 20`])
    .argument(of === "device" ? "<device>" : "<device[/workflow]>", "where")
    .option("-f, --follow", "go on until Ctrl+C")
    .option("-n, --lines <count>", "how many of the last lines", readCount, 100)
    .option("--yes", "trust a host that is not known yet")
    .action((text: string, options: Options) => logs(text, options));
}

function readCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > 10_000) throw new InvalidArgumentError("A number from 0 to 10000.");
  return count;
}

function logs(text: string, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { device, workflow } = readScope(text);
    const { client } = await connectTo(context, device, options);
    const { follow = false, lines } = options;
    const params = { ...(workflow === undefined ? {} : { id: workflow }), lines, follow };
    let count = 0;
    const tell = (records: readonly AgentLogRecord[]) => {
      count += records.length;
      for (const record of records) tellRecord(record, output);
    };
    if (!follow) {
      tell((await client.request("logs/tail", params, signal)).records);
      return exitCodes.done;
    }
    const held: AgentLogRecord[][] = [];
    let isTold = false;
    const { result } = await client.subscribe(
      "logs/tail",
      params,
      ({ records }) => (isTold ? tell(records) : void held.push(records)),
      signal,
    );
    tell(result.records);
    isTold = true;
    for (const records of held) tell(records);
    const end = await untilInterrupted(signal, client.closed);
    if (end === "lost") throw connectionLost(device);
    output.note(`${count} ${count === 1 ? "line" : "lines"}`);
    return exitCodes.done;
  });
}

function tellRecord(record: AgentLogRecord, output: Output): void {
  output.json(record);
  if (output.isJson) return;
  const { time, workflow, node, ...line } = record;
  const where = [workflow, node].filter((part) => part !== undefined).join("/");
  const shown = renderLog(output, where === "" ? line : { ...line, node: where });
  output.line(`${output.style("dim", new Date(time).toISOString())} ${shown}`);
}
