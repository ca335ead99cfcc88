// MQTT in, three nodes, MQTT out, over mosquitto: the agent with a compiled workflow, mqtt.js by hand, and Node-RED. Broker
// and load are processes of their own.
import { startMosquitto } from "../../test/testbed/mosquitto.ts";
import { startProgram } from "../../test/testbed/processes.ts";
import { temporaryFolder } from "../../test/testbed/resources.ts";
import { bars } from "../bars.ts";
import { type BuiltAgent, prepareDevice } from "../support/agent.ts";
import type { Effort } from "../support/effort.ts";
import { LoadClient } from "../support/mqtt-load.ts";
import { installNodeRed, nodeRedTitle } from "../support/peers.ts";
import { programPath } from "../support/programs.ts";
import { type Result, resultOf } from "../support/results.ts";
import { interleaved, median, percentile, ratios, spread } from "../support/statistics.ts";
import { processorTime, residentMemory } from "../support/usage.ts";

/** On their way at a time: below the thousand that mosquitto keeps of QoS 0 before it leaves messages out. */
const inFlight = 100;
/** Milliseconds under load until everything is compiled. */
const warmUp = 1_500;
const contestants = ["eddy", "byHand", "nodeRed"] as const;
type Contestant = (typeof contestants)[number];
const titles: Readonly<Record<Contestant, string>> = {
  eddy: "Eddy",
  byHand: "by hand",
  nodeRed: nodeRedTitle,
};

const flow = (url: string, qos: number) => `eddy: 1
id: relay
name: Relay
connections:
  plant: { type: mqtt, url: "${url}" }
nodes:
  in: { type: mqtt-in, connection: plant, topic: in/eddy, qos: ${qos}, format: json }
  valid: { type: filter, from: in, when: msg.payload.celsius > -40 }
  reading:
    type: map
    from: valid
    payload: "({ n: msg.payload.n, celsius: msg.payload.celsius, fahrenheit: msg.payload.celsius * 1.8 + 32 })"
  alert:
    type: map
    from: reading
    payload: |-
      { n: msg.payload.n, text: \`Fridge at \${msg.payload.celsius}\`, level: msg.payload.fahrenheit > 50 ? 2 : 1 }
  out: { type: mqtt-out, connection: plant, from: alert, topic: out/eddy, qos: ${qos} }
`;

/** What one run gave. */
interface Run {
  readonly throughput: number;
  /** Milliseconds of processor time for a thousand messages. */
  readonly processor: number;
  /** Megabytes. */
  readonly memory: number;
  /** Milliseconds, by rate. */
  readonly latency: ReadonlyMap<number, { readonly p50: number; readonly p99: number }>;
}

export async function measureMqtt(effort: Effort, agent: BuiltAgent): Promise<readonly Result[]> {
  if (!effort.peers)
    return [0, 1].flatMap((qos) =>
      promises(qos).map((bar) => resultOf(bar, { missing: "the broker was left out" })),
    );
  const library = await installNodeRed();
  return [...(await measureAt(0, effort, agent, library)), ...(await measureAt(1, effort, agent, library))];
}

function promises(qos: number) {
  return qos === 0
    ? ([bars.relay0ByHand, bars.relay0NodeRed, bars.latency0ByHand] as const)
    : ([bars.relay1ByHand, bars.relay1NodeRed, bars.latency1ByHand] as const);
}

async function measureAt(
  qos: 0 | 1,
  effort: Effort,
  agent: BuiltAgent,
  library: string,
): Promise<readonly Result[]> {
  await using stack = new AsyncDisposableStack();
  const broker = stack.use(await startMosquitto());
  const folder = stack.use(await temporaryFolder("bench-relay"));
  const device = stack.use(await prepareDevice(agent, [{ id: "relay", text: flow(broker.url, qos) }]));
  const words = (name: Contestant) => [broker.url, `in/${name}`, `out/${name}`, String(qos)];
  const start = (file: string, list: readonly string[]) =>
    startProgram(process.execPath, [programPath(file), ...list]);
  const pids = {
    eddy: stack.use(await device.start()).program.pid,
    byHand: stack.use(await start("relay-by-hand.ts", words("byHand"))).pid,
    nodeRed: stack.use(await start("relay-node-red.mjs", [...words("nodeRed"), library, folder.path])).pid,
  };
  const load = async (name: Contestant) => {
    const options = { port: broker.port, qos, from: `in/${name}`, to: `out/${name}` };
    const client = stack.use(await LoadClient.open(options));
    await client.awaitRelay();
    await client.saturate(inFlight, warmUp);
    return () => measure(client, pids[name], effort);
  };
  const [eddy, byHand, nodeRed] = [await load("eddy"), await load("byHand"), await load("nodeRed")];
  return report(qos, effort, await interleaved(effort.rounds, { eddy, byHand, nodeRed }));
}

async function measure(client: LoadClient, pid: number, { run, rates }: Effort): Promise<Run> {
  const before = processorTime(pid) ?? Number.NaN;
  const { throughput, latencies } = await client.saturate(inFlight, run);
  const processor = (((processorTime(pid) ?? Number.NaN) - before) / latencies.length) * 1_000;
  const latency = new Map<number, { p50: number; p99: number }>();
  for (const rate of rates) {
    const paced = await client.pace(rate, run);
    latency.set(rate, { p50: median(paced.latencies), p99: percentile(paced.latencies, 0.99) });
  }
  return { throughput, processor, memory: residentMemory(pid) ?? Number.NaN, latency };
}

function report(
  qos: number,
  { rates }: Effort,
  runs: Readonly<Record<Contestant, readonly Run[]>>,
): readonly Result[] {
  const [toHand, toNodeRed, latencyToHand] = promises(qos);
  const figure = (values: readonly number[]) => ({ value: median(values), spread: spread(values) });
  const of = (name: Contestant, what: (run: Run) => number | undefined) =>
    runs[name].map((run) => what(run) ?? Number.NaN);
  const compared = (other: Contestant, what: (run: Run) => number | undefined) =>
    figure(ratios(of("eddy", what), of(other, what)));
  const lines = (what: string, unit: string, value: (run: Run) => number | undefined) =>
    contestants.map((name) =>
      resultOf({ name: `mqtt, QoS ${qos}: ${what}, ${titles[name]}`, unit }, figure(of(name, value))),
    );
  const highest = rates.at(-1) ?? Number.NaN;
  const at = `at ${highest.toLocaleString("en")} msg/s`;
  return [
    resultOf(
      toHand,
      compared("byHand", ({ throughput }) => throughput),
    ),
    resultOf(
      toNodeRed,
      compared("nodeRed", ({ throughput }) => throughput),
    ),
    resultOf(latencyToHand, { ...compared("byHand", ({ latency }) => latency.get(highest)?.p99), note: at }),
    ...lines("throughput", "msg/s", ({ throughput }) => throughput),
    ...rates.flatMap((rate) => [
      ...lines(`p50 at ${rate.toLocaleString("en")} msg/s`, "ms", ({ latency }) => latency.get(rate)?.p50),
      ...lines(`p99 at ${rate.toLocaleString("en")} msg/s`, "ms", ({ latency }) => latency.get(rate)?.p99),
    ]),
    ...lines("processor time", "µs/msg", ({ processor }) => processor),
    ...lines("memory under load", "MB", ({ memory }) => memory),
  ];
}
