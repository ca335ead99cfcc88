/** Versions of a workflow that take turns while messages and requests come in without a pause. */

import { type AgentCommand, startAgentProcess } from "../runtime/agent/agent-process.ts";
import { type Compiled, createTestCompiler } from "../runtime/agent/device.ts";
import { createDesk, install } from "../runtime/agent/workflows.ts";
import { startMosquitto } from "../testbed/mosquitto.ts";
import { eventually, freePort, temporaryFolder } from "../testbed/resources.ts";
import { Arrivals, brokerClient, Caller, pace, untilHeard } from "./load.ts";
import { none, percentile, type Row, row } from "./report.ts";

export interface SwapOptions {
  readonly command: AgentCommand;
  readonly swaps: number;
  readonly messagesPerSecond: number;
  readonly requestsPerSecond: number;
  /** Milliseconds that the p99 of the gaps may have. */
  readonly longestGap: number;
}

/** Milliseconds around a swap in which the longest gap counts as its own. */
const around = 100;
/** A broker that drops nothing on its side. */
export const patientBroker = {
  config: ["max_queued_messages 0", "max_inflight_messages 0"],
};

const workflow = (url: string, port: number, version: number) => `eddy: 1
name: Swapped
state: { count: { type: number, initial: 0 } }
connections:
  plant: { type: mqtt, url: "${url}" }
  door: { type: http, port: ${port} }
nodes:
  in: { type: mqtt-in, connection: plant, topic: in }
  add: { type: state, from: in, set: { count: state.count + 1 } }
  work: { type: map, from: add, payload: "({ n: msg.payload, count: state.count, version: ${version} })" }
  out: { type: mqtt-out, from: work, connection: plant, topic: out }
  call: { type: http-in, connection: door, path: "/call/:n" }
  answer: { type: http-response, from: call, payload: "msg.source.params.n", headers: { x-version: "${version}" } }
`;

/** The bar: nothing lost, doubled or refused, and no pause that anybody would notice. */
export async function swapUnderLoad(options: SwapOptions): Promise<readonly Row[]> {
  await using broker = await startMosquitto(patientBroker);
  await using folder = await temporaryFolder("swaps");
  const port = await freePort();
  const desk = createDesk();
  await desk.trust(folder.path);
  const versions = await compileAll(options.swaps + 1, (version) => workflow(broker.url, port, version));
  await using agent = await startAgentProcess(folder.path, { command: options.command });
  const { client } = agent;
  const deploy = async ({ id, version, bytes }: Compiled) => {
    await install(client, id, version, desk.sign(bytes));
    const from = performance.now();
    await client.request("workflow/activate", { id, version });
    return { from, to: performance.now() };
  };
  const [first, ...others] = versions;
  if (first) await deploy(first);

  await using receiver = await brokerClient(broker.url);
  await using sender = await brokerClient(broker.url);
  using caller = new Caller(port);
  const arrived = new Arrivals();
  const counted = new Arrivals();
  receiver.on("message", (_topic, payload) => {
    const { n, count } = JSON.parse(payload.toString());
    if (n === 0) return;
    arrived.add(n);
    counted.add(count - 1);
  });
  await receiver.subscribeAsync("out", { qos: 1 });
  await untilHeard(sender, "in");
  const messages = pace(options.messagesPerSecond, (number) =>
    sender.publish("in", String(number), { qos: 1 }),
  );
  const requests = pace(options.requestsPerSecond, (number) => caller.call(number));
  await eventually(
    "the load is there",
    () => arrived.size > options.messagesPerSecond && caller.answered.size > 0,
  );

  const swaps: { from: number; to: number }[] = [];
  const quiet: number[] = [];
  for (const version of others) {
    const swap = await deploy(version);
    swaps.push(swap);
    await arrivalsUntil(arrived, swap.to + 2 * around);
    const now = performance.now();
    quiet.push(arrived.gap(now - around, now));
  }
  const sent = messages.stop();
  const called = requests.stop();
  await eventually("all is through", () => arrived.lost(sent) === 0 && caller.isIdle, {
    timeout: 20_000,
  }).catch(() => {
    // What is missing is counted below.
  });
  const gaps = swaps.map(({ from, to }) => arrived.gap(from - 1, to + around));
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const load = `${options.swaps} swaps under ${options.messagesPerSecond} msg/s and ${options.requestsPerSecond} req/s`;
  return [
    row(load, `${options.swaps} swaps`, `${swaps.length} swaps, ${sent} messages, ${called} requests`, true),
    none("messages lost (QoS 1)", arrived.lost(sent)),
    none("messages doubled", arrived.doubled),
    none("effects on state lost or doubled", counted.lost(sent) + counted.doubled),
    none(`requests refused${[...caller.problems].map((problem) => `: ${problem}`).join("")}`, caller.refused),
    row(
      "gap in the processing, p99",
      `≤ ${options.longestGap} ms`,
      `${ms(percentile(gaps, 99))} (p50 ${ms(percentile(gaps, 50))}, longest ${ms(Math.max(...gaps))}; without a swap p99 ${ms(percentile(quiet, 99))})`,
      percentile(gaps, 99) <= options.longestGap,
    ),
  ];
}

export async function compileAll(
  count: number,
  text: (version: number) => string,
  id = "swapped",
): Promise<readonly Compiled[]> {
  await using compiler = createTestCompiler();
  const compiled: Compiled[] = [];
  for (let version = 0; version < count; version++) compiled.push(await compiler.compile(id, text(version)));
  return compiled;
}

/** Until messages have come in that are younger than this moment. */
async function arrivalsUntil(arrived: Arrivals, moment: number): Promise<void> {
  await eventually("messages go on coming", () => (arrived.times.at(-1) ?? 0) > moment, { interval: 5 });
}
