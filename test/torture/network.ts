/** Versions that take turns while the connection to the broker is cut, or goes silent without anybody being told. */
import { setTimeout as pause } from "node:timers/promises";
import { type AgentCommand, startAgentProcess } from "../runtime/agent/agent-process.ts";
import type { Compiled } from "../runtime/agent/device.ts";
import { createDesk, install } from "../runtime/agent/workflows.ts";
import { startCable } from "../testbed/cable.ts";
import { startMosquitto } from "../testbed/mosquitto.ts";
import { eventually, temporaryFolder } from "../testbed/resources.ts";
import { Arrivals, brokerClient, pace, untilHeard } from "./load.ts";
import { none, type Row, row } from "./report.ts";
import { compileAll, patientBroker } from "./swaps.ts";

export interface NetworkOptions {
  readonly command: AgentCommand;
  /** How often the connection is cut, or frozen, while versions take turns. */
  readonly faults: number;
  readonly random: () => number;
}

const perSecond = { once: 200, least: 300 };
/** Milliseconds between a fault's end and the next one, and between two versions, at most. */
const longestPeace = 800;
const longestTerm = 400;
/** How many versions there are; they come again and again. */
const versionCount = 40;
/** Messages that a broker has under way to the agent: so many acknowledgements a fault can take with it, at most. */
const window = 100;
/** Of so many faults, one is a silence. */
const silence = 4;

const workflow = (url: string, version: number) => `eddy: 1
name: Shaken
state: { once: { type: number, initial: 0 }, least: { type: number, initial: 0 } }
connections: { plant: { type: mqtt, url: "${url}", keepalive: 1s } }
nodes:
  in-once: { type: mqtt-in, connection: plant, topic: in/once, qos: 2 }
  add-once: { type: state, from: in-once, set: { once: state.once + 1 } }
  work-once: { type: map, from: add-once, payload: "({ n: msg.payload, count: state.once, version: ${version} })" }
  out-once: { type: mqtt-out, from: work-once, connection: plant, topic: out/once, qos: 2 }
  in-least: { type: mqtt-in, connection: plant, topic: in/least }
  add-least: { type: state, from: in-least, set: { least: state.least + 1 } }
  work-least: { type: map, from: add-least, payload: "({ n: msg.payload, count: state.least })" }
  out-least: { type: mqtt-out, from: work-least, connection: plant, topic: out/least, qos: 2 }
`;

export async function shakeNetwork(options: NetworkOptions): Promise<readonly Row[]> {
  await using broker = await startMosquitto(patientBroker);
  await using cable = await startCable(broker.port);
  await using folder = await temporaryFolder("network");
  const desk = createDesk();
  await desk.trust(folder.path);
  const versions = await compileAll(versionCount, (version) => workflow(cable.url, version), "shaken");
  await using agent = await startAgentProcess(folder.path, { command: options.command });
  const deploy = async ({ id, version, bytes }: Compiled) => {
    await install(agent.client, id, version, desk.sign(bytes));
    await agent.client.request("workflow/activate", { id, version });
  };
  const [first] = versions;
  if (first) await deploy(first);

  await using receiver = await brokerClient(broker.url);
  await using sender = await brokerClient(broker.url);
  const names = ["once", "least"] as const;
  const arrived = { once: new Arrivals(), least: new Arrivals() };
  const counted = { once: new Arrivals(), least: new Arrivals() };
  // What asked whether anybody listens is a number 0, which is counted too.
  const asked = { once: 0, least: 0 };
  receiver.on("message", (topic, payload) => {
    const name = topic === "out/once" ? "once" : "least";
    const { n, count } = JSON.parse(payload.toString());
    counted[name].add(count);
    if (n === 0) asked[name]++;
    else arrived[name].add(n);
  });
  await receiver.subscribeAsync("out/#", { qos: 2 });
  for (const name of names) await untilHeard(sender, `in/${name}`);
  const loads = {
    once: pace(perSecond.once, (number) => sender.publish("in/once", String(number), { qos: 2 })),
    least: pace(perSecond.least, (number) => sender.publish("in/least", String(number), { qos: 1 })),
  };

  let isOver = false;
  let swaps = 0;
  const swapping = (async () => {
    for (; !isOver; swaps++) {
      const next = versions[(swaps + 1) % versions.length];
      if (next) await deploy(next);
      await pause(options.random() * longestTerm);
    }
  })();
  let silences = 0;
  let stalls = 0;
  const goesOn = async () => {
    const before = arrived.once.size;
    const timeout = 40_000;
    await eventually("messages come again", () => arrived.once.size > before, { timeout }).catch(() => {
      stalls++;
    });
  };
  for (let fault = 1; fault <= options.faults && stalls === 0; fault++) {
    await pause(options.random() * longestPeace);
    if (fault % silence === 0) {
      silences++;
      cable.freeze();
      await pause(options.random() * longestPeace);
      cable.thaw();
    } else {
      cable.cut();
    }
    await goesOn();
  }
  isOver = true;
  await swapping;
  const sent = { once: loads.once.stop(), least: loads.least.stop() };
  await eventually("all is through", () => names.every((name) => arrived[name].lost(sent[name]) === 0), {
    timeout: 60_000,
  }).catch(() => {
    // What is missing is counted below.
  });

  const again = arrived.least.doubled;
  const effects = (name: "once" | "least") => counted[name].lost(counted[name].size) + counted[name].doubled;
  return [
    row(
      "swaps while the connection is cut or goes silent",
      "at least one a fault",
      `${swaps} swaps, ${options.faults - silences} cuts, ${silences} silences, ${sent.once} + ${sent.least} messages`,
      swaps >= options.faults,
    ),
    none("faults after which nothing came for 40 s", stalls),
    none("messages of QoS 2 lost", arrived.once.lost(sent.once)),
    none("messages of QoS 2 doubled", arrived.once.doubled),
    none(
      "effects of QoS 2 on state lost or doubled",
      effects("once") + Math.abs(counted.once.size - sent.once - asked.once),
    ),
    none("messages of QoS 1 lost", arrived.least.lost(sent.least)),
    row(
      "messages of QoS 1 that the broker sent again, since a fault took the acknowledgement",
      `≤ ${window} a fault`,
      again,
      again <= window * options.faults,
    ),
    none("effects of QoS 1 that differ from what was published", effects("least")),
  ];
}
