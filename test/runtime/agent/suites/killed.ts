import assert from "node:assert/strict";
import { connectAsync } from "mqtt";
import type { AgentClient } from "../../../../runtime/protocol/client.ts";
import { startCable } from "../../../testbed/cable.ts";
import { startMosquitto } from "../../../testbed/mosquitto.ts";
import { eventually, temporaryFolder } from "../../../testbed/resources.ts";
import { type AgentCommand, becomes, deployTo, startAgentProcess } from "../agent-process.ts";
import { createTestCompiler } from "../device.ts";
import { createDesk } from "../workflows.ts";

/** What runs the agent, and the milliseconds that its start may take. */
export interface KilledOptions {
  readonly command: AgentCommand;
  readonly within: number;
}

/** Of the nodes that wait for a time, `once` and `skip` wait for one at which the agent does not run. */
const timers = (cron: string) => `eddy: 1
name: Timers
settings: { timezone: UTC }
nodes:
  in: { type: inject, payload: "({ name: '', wait: 0 })" }
  delayed: { type: delay, from: in, for: msg.payload.wait }
  delays: { type: log, from: delayed, text: "\${msg.payload.name}" }
  beat: { type: inject, every: 100ms }
  beats: { type: log, from: beat, text: beat }
  second: { type: inject, cron: "* * * * * *" }
  seconds: { type: log, from: second, text: second }
  once: { type: inject, cron: "${cron}", missed: once }
  onces: { type: log, from: once, text: once }
  skip: { type: inject, cron: "${cron}" }
  skips: { type: log, from: skip, text: skip }
`;

const outbox = (url: string) => `eddy: 1
name: Outbox
connections: { plant: { type: mqtt, url: "${url}" } }
nodes:
  in: { type: inject }
  one: { type: mqtt-out, from: in, connection: plant, topic: out/1, qos: 1 }
  two: { type: mqtt-out, from: in, connection: plant, topic: out/2, qos: 2 }
`;

/** Milliseconds until the agent is to be dead. */
const ahead = 4_000;

function cronAt(time: number): string {
  const date = new Date(time);
  return `${date.getUTCSeconds()} ${date.getUTCMinutes()} ${date.getUTCHours()} * * *`;
}

async function inject(client: AgentClient, id: string, payload: unknown): Promise<void> {
  const { outcome } = await client.request("workflow/inject", { id, node: "in", message: { payload } });
  assert.equal(outcome, "ok");
}

async function isOutboxEmpty(client: AgentClient): Promise<boolean> {
  return (await client.request("agent/health", {})).outbox.entries === 0;
}

/** What outlives a process that is killed, besides state: what waits for a time, and what waits for a broker. */
export function killed(options: () => KilledOptions): void {
  it("has after kill -9 what waits for a time, once, and goes on with its schedules", async () => {
    await using home = await temporaryFolder("agent");
    await using compiler = createTestCompiler();
    const desk = createDesk();
    await desk.trust(home.path);
    let due = 0;
    while (Date.now() >= due) {
      // Once more where the machine was so busy that the agent saw the time that it was to miss.
      await using agent = await startAgentProcess(home.path, options());
      due = Math.ceil((Date.now() + ahead) / 1_000) * 1_000;
      await deployTo(agent.client, desk, await compiler.compile("timers", timers(cronAt(due))));
      for (const [name, time] of [
        ["later", due + 3_000],
        ["missed", due],
        ["tomorrow", due + 86_400_000],
      ] as const)
        await inject(agent.client, "timers", {
          name: `${name} ${due}`,
          wait: Math.max(0, time - Date.now()),
        });
      await agent.kill();
    }
    await eventually("the time has come", () => Date.now() > due);
    const since = Date.now();
    await using agent = await startAgentProcess(home.path, options());
    const logged = async (node: string) => {
      const about = { id: "timers", lines: 10_000, follow: false };
      const { records } = await agent.client.request("logs/tail", about);
      return records.filter((record) => record.node === node && record.time >= since);
    };
    const delays = async () => (await logged("delays")).filter(({ message }) => message.endsWith(`${due}`));
    await eventually("both are here", async () => (await delays()).length > 1, { timeout: 30_000 });
    await eventually("the schedules go on", async () => {
      return (await logged("beats")).length > 20 && (await logged("seconds")).length > 2;
    });
    const [missed, later, ...others] = await delays();
    assert.deepEqual([missed?.message, later?.message, others], [`missed ${due}`, `later ${due}`, []]);
    assert.ok((later?.time ?? 0) >= due + 2_990, `${later?.time} is too early for ${due} and 3 s`);
    assert.equal((await logged("onces")).length, 1);
    assert.deepEqual(await logged("skips"), []);
    const seconds = (await logged("seconds")).length;
    assert.ok(seconds <= (Date.now() - since) / 1_000 + 1, `${seconds} ticks in ${Date.now() - since} ms`);
  });

  it("has after kill -9 what waits for a broker, of QoS 1 and 2, and sends it once and in order", async () => {
    await using home = await temporaryFolder("agent");
    await using compiler = createTestCompiler();
    await using broker = await startMosquitto();
    await using cable = await startCable(broker.port);
    const desk = createDesk();
    await desk.trust(home.path);
    const heard: Record<string, number[]> = { "out/1": [], "out/2": [] };
    const listen = async () => {
      const receiver = await connectAsync(broker.url, { protocolVersion: 5 });
      receiver.on("message", (topic, payload) => heard[topic]?.push(Number(payload)));
      await receiver.subscribeAsync("out/#", { qos: 2 });
      return Object.assign(receiver, { [Symbol.asyncDispose]: () => receiver.endAsync(true) });
    };
    const isHeard = (last: number) => Object.values(heard).every((numbers) => numbers.includes(last));
    let number = 0;
    const send = async (client: AgentClient, last: number) => {
      for (; number <= last; number++) await inject(client, "outbox", number);
    };
    {
      await using receiver = await listen();
      await using agent = await startAgentProcess(home.path, options());
      await deployTo(agent.client, desk, await compiler.compile("outbox", outbox(cable.url)));
      await send(agent.client, 0);
      await eventually("the broker is there", () => isHeard(0), { timeout: 30_000 });
      await eventually("it has confirmed that", () => isOutboxEmpty(agent.client));
      // On their way when it is killed, and nobody has confirmed them.
      cable.freeze();
      await send(agent.client, 10);
      await agent.kill();
      await receiver.endAsync(true);
    }
    await broker.stop();
    {
      await using agent = await startAgentProcess(home.path, options());
      await becomes(agent.client, "outbox", "running");
      await send(agent.client, 20);
      await agent.kill();
    }
    await broker.start();
    cable.thaw();
    await using receiver = await listen();
    assert.ok(receiver.connected);
    await using agent = await startAgentProcess(home.path, options());
    await becomes(agent.client, "outbox", "running");
    await send(agent.client, 30);
    await eventually("all are here", () => isHeard(30), { timeout: 60_000 });
    const all = Array.from({ length: 31 }, (_, index) => index);
    assert.deepEqual(heard, { "out/1": all, "out/2": all });
    await eventually("the outbox is empty", () => isOutboxEmpty(agent.client));
  });
}
