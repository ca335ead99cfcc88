import assert from "node:assert/strict";
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt";
import { largestIncoming } from "../../../../runtime/agent/host/mqtt-packets.ts";
import { type Mosquitto, startMosquitto } from "../../../testbed/mosquitto.ts";
import { eventually } from "../../../testbed/resources.ts";
import { createTestCompiler, type StartDevice, type TestCompiler } from "../device.ts";

async function client(
  broker: Mosquitto,
  options: IClientOptions = {},
): Promise<MqttClient & AsyncDisposable> {
  const connected = await connectAsync(broker.url, { protocolVersion: 5, ...options });
  return Object.assign(connected, { [Symbol.asyncDispose]: () => connected.endAsync(true) });
}

/** All that is published to these topics from now on. */
async function listen(broker: Mosquitto, topic: string, options?: IClientOptions) {
  const receiver = await client(broker, options);
  const heard: [topic: string, payload: string][] = [];
  receiver.on("message", (from, payload, { dup }) => {
    // What this client did not confirm in time is no message of its own.
    if (!dup) heard.push([from, payload.toString()]);
  });
  await receiver.subscribeAsync(topic, { qos: 1 });
  return { heard, [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose]() };
}

/** Publishes until somebody is subscribed: once, where somebody is. The broker says it (MQTT 5, reason code 16). */
async function publishOnce(sender: MqttClient, topic: string, payload: string): Promise<void> {
  let reason: number | undefined;
  sender.on("packetreceive", (packet) => {
    if (packet.cmd === "puback") reason = packet.reasonCode ?? 0;
  });
  await eventually("somebody is subscribed", async () => {
    await sender.publishAsync(topic, payload, { qos: 1 });
    return reason !== 16;
  });
}

/** Compiled workflows at a real broker. */
export function compiledMqtt(startDevice: StartDevice): void {
  describe("compiled workflows and mosquitto", function () {
    this.timeout(60_000);
    let compiler: TestCompiler;
    before(() => {
      compiler = createTestCompiler();
    });
    after(() => compiler[Symbol.asyncDispose]());

    const relay = (url: string, more = "") => `eddy: 1
name: Relay
connections:
  plant: { type: mqtt, url: "${url}"${more} }
nodes:
  in: { type: mqtt-in, connection: plant, topic: site/+/fridge/# }
  work: { type: map, from: in, payload: "({ twice: msg.payload.celsius * 2 })" }
  out: { type: mqtt-out, from: work, connection: plant, topic: "alerts/\${msg.topic}" }
`;

    it("receive by wildcards and publish, each message once", async () => {
      await using broker = await startMosquitto();
      await using device = await startDevice();
      await using receiver = await listen(broker, "alerts/#");
      await device.deploy(await compiler.compile("relay", relay(broker.url)));
      await using sender = await client(broker);
      await publishOnce(sender, "site/0/fridge", `{"celsius":0}`);
      const topics = [
        "site/1/fridge",
        "site/2/fridge/door",
        "site/3/oven",
        "other/1/fridge",
        "site/a/b/fridge",
      ];
      for (const [index, topic] of topics.entries())
        await sender.publishAsync(topic, `{"celsius":${index}}`, { qos: 1 });
      await sender.publishAsync("site/9/fridge", `{"celsius":9}`, { qos: 1 });
      await eventually("the last is here", () => receiver.heard.some(([topic]) => topic.includes("/9/")));
      assert.deepEqual(receiver.heard, [
        ["alerts/site/0/fridge", '{"twice":0}'],
        ["alerts/site/1/fridge", '{"twice":0}'],
        ["alerts/site/2/fridge/door", '{"twice":2}'],
        ["alerts/site/9/fridge", '{"twice":18}'],
      ]);
    });

    it("keep messages in the order in which they came, in whatever pieces they are read", async () => {
      await using broker = await startMosquitto();
      await using device = await startDevice();
      await using receiver = await listen(broker, "alerts/#");
      await device.deploy(await compiler.compile("relay", relay(broker.url)));
      await using sender = await client(broker);
      await publishOnce(sender, "site/0/fridge", `{"celsius":0}`);
      const sent = Array.from({ length: 3_000 }, (_, index) => index + 1);
      // One by one, so that they come in pieces of all sizes. A broker keeps a thousand for each client.
      for (const celsius of sent) {
        await sender.publishAsync("site/1/fridge", `{"celsius":${celsius}}`, { qos: 1 });
        if (celsius % 500 === 0)
          await eventually("they are here", () => receiver.heard.length > celsius, { timeout: 30_000 });
      }
      assert.deepEqual(
        receiver.heard.map(([, payload]) => payload),
        [0, ...sent].map((celsius) => `{"twice":${celsius * 2}}`),
      );
    });

    it("tell the broker that a message is done with only when its execution has ended", async () => {
      // One unconfirmed message at a time: the broker sends the next one once it has heard. MQTT 5 has clients say this.
      await using broker = await startMosquitto({ config: ["max_inflight_messages 1"] });
      await using device = await startDevice();
      const text = `eddy: 1
name: Slow
connections: { plant: { type: mqtt, url: "${broker.url}", version: "3.1.1" } }
nodes:
  in: { type: mqtt-in, connection: plant, topic: jobs }
  work:
    type: function
    from: in
    code: |
      await new Promise((done) => setTimeout(done, 1_500));
      return msg;
  out: { type: mqtt-out, from: work, connection: plant, topic: done }
`;
      await using receiver = await listen(broker, "done");
      await device.deploy(await compiler.compile("slow", text));
      const started: number[] = [];
      await device.client.subscribe("tap/subscribe", { id: "slow", node: "in" }, ({ values }) => {
        for (const { text: shown } of values) started.push(Number(shown));
      });
      await using sender = await client(broker);
      await publishOnce(sender, "jobs", "0");
      for (let job = 1; job <= 3; job++) await sender.publishAsync("jobs", `${job}`, { qos: 1 });
      await eventually("the first is under way", () => started.includes(1));
      assert.equal(started.includes(2), false);
      // It ends in the middle of the second: what was not done comes again, what was done does not.
      await eventually("the second is under way", () => started.includes(2));
      const before = receiver.heard.map(([, payload]) => Number(payload));
      await device.client.request("workflow/deactivate", { id: "slow" });
      await device.client.request("workflow/activate", { id: "slow" });
      await eventually("all are done", () => receiver.heard.some(([, payload]) => payload === "3"));
      const numbers = receiver.heard.map(([, payload]) => Number(payload));
      assert.deepEqual(numbers.slice(0, before.length), before);
      assert.deepEqual([...new Set(numbers)], [0, 1, 2, 3]);
      assert.equal(numbers.filter((one) => one === 1).length, 1);
    });

    it("hand over to the next version what they cannot end in time, under way or queued", async () => {
      await using broker = await startMosquitto();
      await using device = await startDevice({ drain: 200 });
      const text = (wait: number) => `eddy: 1
name: Stuck
connections: { plant: { type: mqtt, url: "${broker.url}" } }
nodes:
  in: { type: mqtt-in, connection: plant, topic: jobs }
  work:
    type: function
    from: in
    code: |
      await new Promise((done) => setTimeout(done, ${wait}));
      return msg;
  out: { type: mqtt-out, from: work, connection: plant, topic: done }
`;
      await using receiver = await listen(broker, "done");
      await device.deploy(await compiler.compile("stuck", text(60_000)));
      await using sender = await client(broker);
      await publishOnce(sender, "jobs", "0");
      // More of them than a broker may have under way to us at a time.
      const jobs = Array.from({ length: 150 }, (_, index) => index + 1);
      for (const job of jobs) await sender.publishAsync("jobs", `${job}`, { qos: 1 });
      await eventually("they are queued", async () => (await device.status("stuck"))?.executions === 100);
      await device.deploy(await compiler.compile("stuck", text(1)));
      await eventually("all are done", () => receiver.heard.length > jobs.length);
      const done = receiver.heard.map(([, payload]) => Number(payload));
      assert.deepEqual(done, [0, ...jobs]);
    });

    it("keep in the outbox what a broker that is away cannot take, and send it once", async () => {
      await using broker = await startMosquitto();
      // The broker keeps for it what is sent before it is there again.
      await using receiver = await listen(broker, "out", {
        clientId: "listener",
        clean: false,
        properties: { sessionExpiryInterval: 3_600 },
      });
      await using device = await startDevice();
      const text = `eddy: 1
name: Outbox
connections: { plant: { type: mqtt, url: "${broker.url}" } }
nodes:
  in: { type: inject }
  out: { type: mqtt-out, from: in, connection: plant, topic: out }
`;
      await device.deploy(await compiler.compile("outbox", text));
      const send = (payload: number) =>
        device.client.request("workflow/inject", { id: "outbox", node: "in", message: { payload } });
      await send(0);
      await eventually("the first is here", () => receiver.heard.length === 1);
      await broker.stop();
      for (let number = 1; number <= 30; number++) assert.equal((await send(number)).outcome, "ok");
      const { outbox, reasons } = await eventually("it is said", async () => {
        const health = await device.client.request("agent/health", {});
        // Before it, that the broker ended the connection.
        return /no broker listens there.*tried again/.test(health.reasons[0]?.message ?? "") && health;
      });
      assert.equal(outbox.entries, 30);
      assert.equal(reasons[0]?.code, "EDDY_BROKER_AWAY");
      // Through a restart of the agent, too.
      await device.restart();
      await send(31);
      await broker.start();
      await eventually("they are sent", () => receiver.heard.length >= 32, { timeout: 40_000 });
      await eventually("the outbox is empty", async () => {
        const health = await device.client.request("agent/health", {});
        return health.outbox.entries === 0 && health.status === "ok";
      });
      assert.deepEqual(
        receiver.heard.map(([, payload]) => Number(payload)),
        Array.from({ length: 32 }, (_, index) => index),
      );
    });

    it("say what it is that ends their connection: a message larger than the device takes", async () => {
      await using broker = await startMosquitto();
      await using device = await startDevice();
      await device.deploy(await compiler.compile("relay", relay(broker.url, `, version: "3.1.1"`)));
      await using receiver = await listen(broker, "alerts/#");
      await using sender = await client(broker);
      await publishOnce(sender, "site/0/fridge", `{"celsius":0}`);
      await eventually("it goes through", () => receiver.heard.length > 0);
      // Of QoS 1, so that it is offered again and again.
      await sender.publishAsync("site/0/fridge", "x".repeat(largestIncoming() + 1), { qos: 1 });
      const reason = await eventually("health says it", async () => {
        const { reasons } = await device.client.request("agent/health", {});
        return reasons.find(({ code }) => code === "EDDY_PACKET_TOO_LARGE");
      });
      assert.match(reason.message, /takes [\d.]+ MB at most.*Send less at a time/);
      assert.equal((await device.status("relay"))?.state, "running");
    });

    it("connect with a password from a secret, and say clearly when it is wrong", async () => {
      await using broker = await startMosquitto({ users: { plant: "right" } });
      await using device = await startDevice();
      const text = relay(broker.url, `, username: plant, password: "\${secrets.MQTT_PASSWORD}"`).replace(
        "connections:",
        "secrets: { MQTT_PASSWORD: {} }\nconnections:",
      );
      await device.client.request("config/set", {
        workflow: "relay",
        secrets: { MQTT_PASSWORD: "wrong-password-9" },
      });
      await device.deploy(await compiler.compile("relay", text));
      const refusal = await eventually("it is said", async () =>
        (await device.logs("relay")).find(({ level }) => level === "warn"),
      );
      assert.match(refusal.message, /Not authorized/);
      const health = await eventually("health says it", async () => {
        const found = await device.client.request("agent/health", {});
        return found.status === "degraded" && found;
      });
      assert.deepEqual(
        health.reasons.map(({ code }) => code),
        ["EDDY_BROKER_AWAY"],
      );
      assert.doesNotMatch(JSON.stringify([await device.logs(), health]), /wrong-password-9/);
      // It is enough to set the right one and to start again.
      await device.client.request("config/set", { workflow: "relay", secrets: { MQTT_PASSWORD: "right" } });
      await device.client.request("workflow/activate", { id: "relay" });
      await using receiver = await listen(broker, "alerts/#", { username: "plant", password: "right" });
      await using sender = await client(broker, { username: "plant", password: "right" });
      await eventually("it works", async () => {
        await sender.publishAsync("site/1/fridge", `{"celsius":4}`, { qos: 1 });
        return receiver.heard.some(([, payload]) => payload === '{"twice":8}');
      });
      await eventually("health is well", async () => {
        return (await device.client.request("agent/health", {})).status === "ok";
      });
    });
  });
}
