/** Versions that take turns while all else is at work that may be lost in a swap: QoS 2, timers, a file, what waits. */
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startAgentProcess } from "../runtime/agent/agent-process.ts";
import { createDesk, install } from "../runtime/agent/workflows.ts";
import { startMosquitto } from "../testbed/mosquitto.ts";
import { eventually, temporaryFolder } from "../testbed/resources.ts";
import { Arrivals, brokerClient, pace, untilHeard } from "./load.ts";
import { none, percentile, type Row, row } from "./report.ts";
import { compileAll, patientBroker, type SwapOptions } from "./swaps.ts";

/** Milliseconds between two ticks of the timer. */
const every = 1_000;
const perSecond = { exactlyOnce: 200, slow: 40, held: 100, lines: 200 };

const workflow = (url: string, file: string, version: number) => `eddy: 1
name: Mixed
connections: { plant: { type: mqtt, url: "${url}" } }
nodes:
  twice: { type: mqtt-in, connection: plant, topic: in/once, qos: 2 }
  marked: { type: map, from: twice, payload: "msg.payload", topic: out/once }
  once: { type: mqtt-out, from: marked, connection: plant, qos: 2 }

  jobs: { type: mqtt-in, connection: plant, topic: in/slow }
  work:
    type: function
    from: jobs
    code: |
      await new Promise((done) => setTimeout(done, 20));
      return msg;
  slow: { type: mqtt-out, from: work, connection: plant, topic: out/slow }

  orders: { type: mqtt-in, connection: plant, topic: in/held }
  later: { type: delay, from: orders, for: 400ms }
  held: { type: mqtt-out, from: later, connection: plant, topic: out/held }

  machine: { type: file-in, path: "${file}", from-start: true }
  line: { type: mqtt-out, from: machine, connection: plant, topic: out/lines }

  tick: { type: inject, every: ${every}ms, payload: "now()" }
  beat: { type: mqtt-out, from: tick, connection: plant, topic: out/tick }

  version: { type: inject, payload: "${version}" }
  none: { type: log, from: version }
`;

export async function swapAllElse(options: Pick<SwapOptions, "command" | "swaps">): Promise<readonly Row[]> {
  await using broker = await startMosquitto(patientBroker);
  await using folder = await temporaryFolder("mixed");
  const home = join(folder.path, "home");
  const file = join(folder.path, "machine.log");
  writeFileSync(file, "");
  const desk = createDesk();
  await desk.trust(home);
  const versions = await compileAll(
    options.swaps + 1,
    (version) => workflow(broker.url, file, version),
    "mixed",
  );
  await using agent = await startAgentProcess(home, { command: options.command });
  await using receiver = await brokerClient(broker.url);
  await using sender = await brokerClient(broker.url);
  const arrived = { once: new Arrivals(), slow: new Arrivals(), held: new Arrivals(), lines: new Arrivals() };
  const ticks: number[] = [];
  receiver.on("message", (topic, payload) => {
    const number = Number(payload);
    if (topic === "out/tick") ticks.push(number);
    for (const [name, arrivals] of Object.entries(arrived)) {
      if (topic === `out/${name}` && number > 0) arrivals.add(number);
    }
  });
  await receiver.subscribeAsync("out/#", { qos: 2 });
  const deploy = async (index: number) => {
    const one = versions[index];
    if (!one) return;
    await install(agent.client, one.id, one.version, desk.sign(one.bytes));
    await agent.client.request("workflow/activate", { id: one.id, version: one.version });
  };
  await deploy(0);
  for (const topic of ["in/once", "in/slow", "in/held"]) await untilHeard(sender, topic);
  const send = (topic: string, qos: 1 | 2) => (number: number) =>
    sender.publish(topic, String(number), { qos });
  const loads = {
    once: pace(perSecond.exactlyOnce, send("in/once", 2)),
    slow: pace(perSecond.slow, send("in/slow", 1)),
    held: pace(perSecond.held, send("in/held", 1)),
    lines: pace(perSecond.lines, (number) => appendFileSync(file, `${number}\n`)),
  };
  for (let version = 1; version <= options.swaps; version++) {
    await deploy(version);
    const before = ticks.length;
    await eventually("the timer goes on", () => ticks.length > before, { interval: 5 });
  }
  const sent = {
    once: loads.once.stop(),
    slow: loads.slow.stop(),
    held: loads.held.stop(),
    lines: loads.lines.stop(),
  };
  const names = ["once", "slow", "held", "lines"] as const;
  await eventually("all is through", () => names.every((name) => arrived[name].lost(sent[name]) === 0), {
    timeout: 20_000,
  }).catch(() => {
    // What is missing is counted below.
  });
  const told = {
    once: "messages of QoS 2",
    slow: "messages under way and queued at a slow node",
    held: "messages that a delay keeps",
    lines: "lines of a file that grows",
  };
  return [
    ...names.map((name) =>
      none(
        `${told[name]} lost or doubled, of ${sent[name]}`,
        arrived[name].lost(sent[name]) + arrived[name].doubled,
      ),
    ),
    ...rhythm(ticks, options.swaps),
  ];
}

/** Ticks come in one rhythm from the first to the last: none is missing, none comes twice, and no swap moves it. */
function rhythm(ticks: readonly number[], swaps: number): readonly Row[] {
  const [first = 0] = ticks;
  const last = ticks.at(-1) ?? first;
  const expected = Math.round((last - first) / every) + 1;
  const late = ticks.map((time) => {
    const beside = (time - first) % every;
    return Math.min(beside, every - beside);
  });
  return [
    none(
      `ticks of a timer missing or too many, of ${expected} in ${swaps} swaps`,
      Math.abs(expected - ticks.length),
    ),
    row(
      "ticks beside their rhythm, p90",
      `≤ ${every / 10} ms`,
      `${percentile(late, 90)} ms`,
      percentile(late, 90) <= every / 10,
    ),
  ];
}
