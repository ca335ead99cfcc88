import type { Command } from "commander";
import { createCommand, withContext } from "../context.ts";
import type { InjectOutput } from "../contract.ts";
import { exitCodes } from "../errors.ts";
import { printable } from "../output.ts";
import { type ConnectionOptions, connectTo, readPlace } from "../places.ts";
import { renderExecution } from "../render.ts";
import { readPayload } from "../values.ts";

interface Options extends ConnectionOptions {
  readonly topic?: string;
}

export function injectCommand(): Command {
  return createCommand("inject", "send a message into a node and show what came of it", [
    "eddy inject local/line/reading '{\"celsius\": 9}'",
    "eddy inject greenhouse/line/reading 21.5 --topic site/3 --json",
  ])
    .argument("<device/workflow/node>", "which node")
    .argument("<payload>", "JSON")
    .option("--topic <topic>", "the topic of the message")
    .option("--yes", "trust a host that is not known yet")
    .action((text: string, payload: string, options: Options) => inject(text, payload, options));
}

function inject(text: string, json: string, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const { output, signal } = context;
    const { device, workflow, node = "" } = readPlace(text, "node");
    const payload = readPayload(json);
    const { topic } = options;
    const { client } = await connectTo(context, device, options);
    const execution = await client.request(
      "workflow/inject",
      { id: workflow, node, message: { payload, ...(topic === undefined ? {} : { topic }) } },
      signal,
    );
    output.json({ execution } satisfies InjectOutput);
    output.line(renderExecution(output, execution));
    for (const { id, output: messages = [] } of execution.nodes)
      for (const { port, message } of messages)
        output.line(`  ${output.style("dim", `${id}.${port}`)} ${printable(show(message))}`);
    return execution.outcome === "ok" ? exitCodes.done : exitCodes.problems;
  });
}

function show(message: unknown): string {
  const isMessage = typeof message === "object" && message !== null && "payload" in message;
  return JSON.stringify(isMessage ? message.payload : message) ?? "";
}
