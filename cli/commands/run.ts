import { type Command, Option } from "commander";
import type { Optimize } from "../../compiler/index.ts";
import { parseDuration } from "../../language/index.ts";
import { EddyError } from "../../language/problem.ts";
import { compileOrTell, optimizations } from "../compile.ts";
import { type CommonOptions, type Context, createCommand, withContext } from "../context.ts";
import type { RunEvent } from "../contract.ts";
import { runUnderDeno } from "../deno.ts";
import { exitCodes, usageError } from "../errors.ts";
import { readSource } from "../files.ts";
import { addValueOptions, collect } from "../options.ts";
import { formatMilliseconds, type Output } from "../output.ts";
import { renderExecution, renderLog } from "../render.ts";
import { assignment, readPayload, type ValueOptions, valuesFor } from "../values.ts";

interface Options extends CommonOptions, ValueOptions {
  readonly for?: string;
  readonly inject: readonly string[];
  readonly virtualTime?: boolean;
  readonly runtime: "node" | "deno";
  readonly optimize: Optimize;
}

export function runCommand(): Command {
  return addValueOptions(
    createCommand("run", "compile a workflow and run it here", [
      "eddy run line.flow.yaml",
      "eddy run line.flow.yaml --for 5s --json",
      `eddy run line.flow.yaml --inject 'reading={"celsius": 9}'`,
      "eddy run line.flow.yaml --virtual-time --for 1d",
      "EDDY_SECRET_PASSWORD=… eddy run line.flow.yaml --env-file .env",
    ])
      .argument("<file>", "a workflow file")
      .option("--for <duration>", "how long, such as 5s or 1h (default: until Ctrl+C)")
      .option("--inject <node=json>", "a message into a node; may be repeated", collect, [])
      .option("--virtual-time", "time passes as fast as the processor allows (needs --for or --inject)")
      .addOption(new Option("--runtime <runtime>", "what runs it").choices(["node", "deno"]).default("node"))
      .addOption(
        new Option("--optimize <how>", "how much time is spent on size and speed")
          .choices(optimizations)
          .default("basic"),
      ),
  ).action((name: string, options: Options) =>
    options.runtime === "deno" ? runUnderDeno() : run(name, options),
  );
}

function run(name: string, options: Options): Promise<void> {
  return withContext(options, async (context) => {
    const duration = options.for === undefined ? undefined : readDuration(options.for);
    const injections = options.inject.map((text) => {
      const [node, json] = assignment(text, "--inject", "NODE=JSON");
      return { node, payload: readPayload(json) };
    });
    const time = options.virtualTime ? "virtual" : "real";
    if (time === "virtual" && duration === undefined && injections.length === 0)
      throw usageError("Virtual time does not end by itself. Say how much of it passes: --for 1h.");
    const compiled = await compileOrTell(context, await readSource(name), options);
    if (!compiled) return exitCodes.problems;
    const { bytes, manifest } = compiled.artifact;
    const known = manifest.nodes.map(({ id }) => id);
    for (const { node } of injections) if (!known.includes(node)) throw unknownNode(node, known);
    const values = await valuesFor(manifest, options);
    const { runHere } = await import("../run.ts");
    const { output, signal } = context;
    const tell = teller(context);
    const request = { artifact: bytes, values, duration, injections, time, tell, signal } as const;
    const { summary, failed } = await missingValuesExplained(
      runHere({ ...request, drained: output.drained }),
    );
    tell(summary);
    return failed > 0 && !signal.aborted ? exitCodes.problems : exitCodes.done;
  });
}

function readDuration(text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined || duration < 0)
    throw usageError(`"${text}" is no duration. Write 500ms, 5s, 10m or 1h.`);
  return duration;
}

function unknownNode(node: string, known: readonly string[]): EddyError {
  return new EddyError(
    "EDDY_UNKNOWN_NODE",
    `There is no node "${node}" in this workflow. Its nodes are: ${known.join(", ")}.`,
  );
}

async function missingValuesExplained<Value>(running: Promise<Value>): Promise<Value> {
  try {
    return await running;
  } catch (error) {
    if (!(error instanceof EddyError) || error.code !== "EDDY_MISSING_VALUES") throw error;
    const ways = "Give them with --env NAME=VALUE, --secret NAME=VALUE, --env-file or EDDY_SECRET_NAME.";
    throw new EddyError(error.code, `${error.message} ${ways}`, { cause: error });
  }
}

function teller({ output }: Context): (event: RunEvent) => void {
  if (output.isJson) return output.json;
  return (event) => {
    switch (event.event) {
      case "started":
        return output.note(output.noteStyle("dim", "Running. Ctrl+C ends it."));
      case "log":
        return output.line(renderLog(output, event));
      case "execution":
        return output.line(renderExecution(output, event));
      case "summary":
        return tellSummary(output, event);
    }
  };
}

function tellSummary(
  output: Output,
  { executions, errors, p50, p99 }: Extract<RunEvent, { event: "summary" }>,
) {
  const failures = errors === 0 ? "no errors" : output.style("red", `${errors} with errors`);
  const times = executions === 0 ? "" : `, p50 ${formatMilliseconds(p50)}, p99 ${formatMilliseconds(p99)}`;
  output.line(`${executions} ${executions === 1 ? "execution" : "executions"}, ${failures}${times}`);
}
