// From the start of the agent's process until its workflow has worked on a first message, with no network; beside a Node
// that does nothing. As on a device, it is not the first start of this agent: what V8 made of its program is kept.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { runProgram } from "../../test/testbed/processes.ts";
import { eventually } from "../../test/testbed/resources.ts";
import { bars } from "../bars.ts";
import { type BenchDevice, type BuiltAgent, buildAgent, prepareDevice } from "../support/agent.ts";
import type { Effort } from "../support/effort.ts";
import { type Result, resultOf } from "../support/results.ts";
import { interleaved, median, ratios, spread, timed } from "../support/statistics.ts";

/** Its one message carries the time at which it is worked on, in milliseconds since 1970 with their fractions. */
const flow = `eddy: 1
id: first
name: First
nodes:
  start: { type: inject, at-start: true }
  stamp: { type: map, from: start, payload: performance.timeOrigin + performance.now() }
  show: { type: log, from: stamp, text: "at \${msg.payload}" }
`;

export async function measureStart({ rounds }: Effort, agent: BuiltAgent): Promise<readonly Result[]> {
  await using device = await prepareDevice(agent, [{ id: "first", text: flow }]);
  await keptCode(device, ["agent", "worker"]);
  // With files of its own: what is kept beside them is of an agent that uses more of the program in its one thread.
  await using other = await buildAgent();
  await using small = await prepareDevice(other, [{ id: "first", text: flow }]);
  await keptCode(small, ["agent"], "--single-threaded");
  // A process takes a moment, so that more of them are started: twice as many as in other parts.
  const { usual, single, bare } = await interleaved(rounds * 2, {
    usual: () => startOnce(device),
    single: () => startOnce(small, "--single-threaded"),
    bare: async () => (await timed(() => runProgram(process.execPath, ["-e", "0"]))).milliseconds,
  });
  const figure = (values: readonly number[]) => ({ value: median(values), spread: spread(values) });
  return [
    resultOf(bars.start, figure(usual)),
    resultOf(bars.startRatio, figure(ratios(usual, bare))),
    resultOf(bars.startSingle, figure(single)),
    resultOf(bars.startSingleRatio, figure(ratios(single, bare))),
    resultOf({ name: "bare node -e 0, start to end", unit: "ms" }, figure(bare)),
  ];
}

async function keptCode(
  device: BenchDevice,
  parts: readonly string[],
  ...words: readonly string[]
): Promise<void> {
  await using _agent = await device.start(...words);
  const folder = join(dirname(device.script), "compiled");
  await eventually("its code is kept", () => parts.every((part) => existsSync(join(folder, part))), {
    timeout: 60_000,
  });
}

async function startOnce(device: BenchDevice, ...words: readonly string[]): Promise<number> {
  const started = performance.timeOrigin + performance.now();
  await using agent = await device.start(...words);
  return await eventually("the first message is worked on", async () => {
    const { records } = await agent.client.request("logs/tail", { id: "first", lines: 100, follow: false });
    const times = records.map(({ message }) => Number(/^at ([\d.]+)$/.exec(message)?.[1]));
    const time = times.find((one) => one > started);
    return time === undefined ? undefined : time - started;
  });
}
