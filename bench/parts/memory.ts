// What the agent takes of memory when it has come to rest, above a Node that does nothing.
import { startMosquitto } from "../../test/testbed/mosquitto.ts";
import { startProgram } from "../../test/testbed/processes.ts";
import { bars } from "../bars.ts";
import { type BuiltAgent, type Flow, prepareDevice } from "../support/agent.ts";
import type { Effort } from "../support/effort.ts";
import { type Result, resultOf } from "../support/results.ts";
import { median, spread } from "../support/statistics.ts";
import { residentMemory } from "../support/usage.ts";

const further = 10;

const small = (number: number): Flow => ({
  id: `small-${number}`,
  text: `eddy: 1
id: small-${number}
name: Small ${number}
nodes:
  tick: { type: inject, every: 1s, payload: "({ celsius: 4 })" }
  keep: { type: filter, from: tick, when: msg.payload.celsius > ${number} }
  show: { type: log, from: keep }
`,
});

const relay = (url: string): Flow => ({
  id: "relay",
  text: `eddy: 1
id: relay
name: Relay
connections: { plant: { type: mqtt, url: "${url}" } }
nodes:
  in: { type: mqtt-in, topic: in }
  keep: { type: filter, from: in, when: msg.payload > 8 }
  out: { type: mqtt-out, from: keep, topic: out }
`,
});

export async function measureMemory(effort: Effort, agent: BuiltAgent): Promise<readonly Result[]> {
  await using stack = new AsyncDisposableStack();
  const prepare = async (flows: readonly Flow[]) => stack.use(await prepareDevice(agent, flows));
  const single = await prepare([small(10)]);
  const usual = await prepare([small(10)]);
  const many = await prepare(Array.from({ length: further + 1 }, (_, number) => small(number + 10)));
  const mqtt = effort.peers ? await prepare([relay(stack.use(await startMosquitto()).url)]) : undefined;
  const found = {
    single: [] as number[],
    mqtt: [] as number[],
    usual: [] as number[],
    further: [] as number[],
  };
  let bareMemory = Number.NaN;
  for (let round = 0; round < effort.rounds; round++) {
    // All at the same time: they wait together.
    await using running = new AsyncDisposableStack();
    const bare = running.use(await startProgram(process.execPath, ["-e", "setInterval(() => {}, 1e9)"]));
    const started = [
      running.use(await single.start("--single-threaded")),
      running.use(await usual.start()),
      running.use(await many.start()),
      ...(mqtt ? [running.use(await mqtt.start("--single-threaded"))] : []),
    ];
    await new Promise((resolve) => setTimeout(resolve, effort.rest));
    bareMemory = residentMemory(bare.pid) ?? Number.NaN;
    const [alone = Number.NaN, shared = Number.NaN, all = Number.NaN, relayed = Number.NaN] = started.map(
      ({ program }) => (residentMemory(program.pid) ?? Number.NaN) - bareMemory,
    );
    found.single.push(alone);
    found.usual.push(shared);
    found.further.push((all - shared) / further);
    found.mqtt.push(relayed);
  }
  const figure = (values: readonly number[]) => ({ value: median(values), spread: spread(values) });
  return [
    resultOf(bars.memorySingle, figure(found.single)),
    resultOf(bars.memoryMqtt, mqtt ? figure(found.mqtt) : { missing: "the broker was left out" }),
    resultOf(bars.memoryDefault, figure(found.usual)),
    resultOf(bars.memoryFurther, figure(found.further)),
    resultOf({ name: "idle Node", unit: "MB" }, { value: bareMemory }),
  ];
}
