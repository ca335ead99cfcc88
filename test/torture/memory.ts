/** What swaps leave in memory, and how long an agent takes to its first message. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type AgentCommand, deployTo, startAgentProcess } from "../runtime/agent/agent-process.ts";
import { createTestCompiler, startDevice } from "../runtime/agent/device.ts";
import { createDesk } from "../runtime/agent/workflows.ts";
import { runProgram, startProgram } from "../testbed/processes.ts";
import { eventually, temporaryFolder } from "../testbed/resources.ts";
import { percentile, type Row, row } from "./report.ts";

export interface MemoryOptions {
  readonly swaps: number;
}

const megabyte = 2 ** 20;
/** Swaps after which all code is compiled and every cache is as full as it gets. */
const warmUp = 100;
const looks = 10;
/** Growth over all swaps, in bytes. */
const mostGrowth = megabyte;

/** The heaps of the control thread and of the worker, after a collection each time. */
export async function swapsAndMemory({ swaps }: MemoryOptions): Promise<readonly Row[]> {
  setFlagsFromString("--expose-gc");
  // This thread's own global is older than the flag.
  const collect: () => void = runInNewContext("gc");
  await using device = await startDevice({ probation: 0 });
  const { client } = device;
  const work = "(() => { globalThis.gc(); globalThis.gc(); return process.memoryUsage().heapUsed; })()";
  const versions = [
    await device.deploy({ id: "w", setup: "globalThis.made = 1;", work }),
    await device.deploy({ id: "w", setup: "globalThis.made = 2;", work }),
  ];
  const swap = async (count: number) => {
    for (let number = 0; number < count; number++)
      await client.request("workflow/activate", { id: "w", version: versions[number % 2] ?? "" });
  };
  await swap(warmUp);
  const control: number[] = [];
  const worker: number[] = [];
  for (let look = 0; look <= looks; look++) {
    if (look > 0) await swap(swaps / looks);
    worker.push(Number(await device.inject("w")));
    collect();
    collect();
    control.push(process.memoryUsage().heapUsed);
  }
  return [
    growth(`heap of the control thread over ${swaps} swaps`, control),
    growth(`heap of the worker over ${swaps} swaps`, worker),
  ];
}

function growth(what: string, heaps: readonly number[]): Row {
  const grown = slope(heaps) * (heaps.length - 1);
  return row(what, "≤ 1 MB more", `${(grown / megabyte).toFixed(2)} MB`, grown <= mostGrowth);
}

/** Of the line that is nearest to the values, from one to the next. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let above = 0;
  let below = 0;
  for (const [at, value] of values.entries()) {
    above += (at - middle) * (value - mean);
    below += (at - middle) ** 2;
  }
  return above / below;
}

export interface StartOptions {
  readonly command: AgentCommand;
  readonly starts: number;
  /** Milliseconds. */
  readonly longest: number;
}

/** From the start of the process to the message that a workflow makes of its first one. */
export async function startsAndFirstMessages({
  command,
  starts,
  longest,
}: StartOptions): Promise<readonly Row[]> {
  await using folder = await temporaryFolder("start");
  const home = join(folder.path, "home");
  const out = join(folder.path, "out");
  const desk = createDesk();
  await desk.trust(home);
  {
    await using compiler = createTestCompiler();
    const compiled = await compiler.compile(
      "first",
      `eddy: 1
name: First
nodes:
  in: { type: inject, at-start: true, payload: "now()" }
  text: { type: template, from: in, text: "\${msg.payload}" }
  out: { type: file-out, from: text, path: "${out}", mode: overwrite }
`,
    );
    await using agent = await startAgentProcess(home, { command });
    await deployTo(agent.client, desk, compiled);
  }
  const times: number[] = [];
  const bare: number[] = [];
  for (let start = 0; start < starts; start++) {
    const before = Date.now();
    await using _agent = await startProgram(command.command, [
      ...command.options,
      command.script,
      "run",
      "--home",
      home,
    ]);
    const first = await eventually("it is at work", () => {
      const time = existsSync(out) ? Number(readFileSync(out, "utf8")) : 0;
      return time > before && time;
    });
    times.push(first - before);
    const empty = performance.now();
    await runProgram(command.command, ["-e", "0"]);
    bare.push(performance.now() - empty);
  }
  const p50 = percentile(times, 50);
  return [
    row(
      "start of the agent to a workflow's first message, p50",
      `≤ ${longest} ms`,
      `${p50} ms (longest ${Math.max(...times)} ms; an empty Node ${Math.round(percentile(bare, 50))} ms)`,
      p50 <= longest,
    ),
  ];
}
