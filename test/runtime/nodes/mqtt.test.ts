import assert from "node:assert/strict";
import type { Message } from "../../../runtime/engine/contract.ts";
import mqttIn from "../../../runtime/nodes/mqtt-in.ts";
import mqttOut from "../../../runtime/nodes/mqtt-out.ts";
import { createNodeHarness } from "../harness.ts";
import { createMemoryHost } from "../memory-host.ts";
import { payload } from "./expressions.ts";

describe("mqtt-in", () => {
  async function start(params: Partial<Parameters<typeof mqttIn.create>[1]> = {}) {
    const host = createMemoryHost();
    const connection = host.connect("plant", "mqtt", {});
    const all = { topic: "site/+/fridge", connection, qos: 1, format: "auto", ...params } as const;
    const node = createNodeHarness(mqttIn, all, { host });
    await node.start();
    return { node, broker: host.broker("plant") };
  }

  it("makes a message of what it receives", async () => {
    const { node, broker } = await start();
    broker.deliver("site/3/fridge", '{"celsius": 9}', { retain: true, properties: { contentType: "x" } });
    broker.deliver("site/3/door", "1");
    assert.deepEqual(
      node.messages().map(({ topic, payload: value, source }) => [topic, value, source]),
      [["site/3/fridge", { celsius: 9 }, { contentType: "x", qos: 1, retain: true }]],
    );
    await node.stop();
    assert.deepEqual(broker.subscriptions, []);
  });

  const bytes = new Uint8Array([0xff, 0x00]);
  for (const [format, sent, expected] of [
    ["auto", "21.5", 21.5],
    ["auto", "on", "on"],
    ["auto", "", ""],
    ["auto", bytes, bytes],
    ["json", "[1]", [1]],
    ["text", "21.5", "21.5"],
    ["binary", "a", new Uint8Array([97])],
  ] as const) {
    it(`reads ${JSON.stringify(sent)} as ${format}`, async () => {
      const { node, broker } = await start({ format });
      broker.deliver("site/3/fridge", sent);
      const [message] = node.payloads();
      assert.deepEqual(message instanceof Uint8Array ? new Uint8Array(message) : message, expected);
      await node.stop();
    });
  }

  it("acknowledges when all that came of a message has ended", async () => {
    const { node, broker } = await start();
    const delivery = broker.deliver("site/3/fridge", "1");
    assert.equal(delivery.acknowledged, false);
    await node.clock.advance(0);
    assert.equal(delivery.acknowledged, true);
    await node.stop();
  });

  for (const [format, sent] of [
    ["json", "{"],
    ["json", ""],
    ["text", bytes],
  ] as const) {
    it(`sends what is no ${format} out by error, and does not want it again`, async () => {
      const { node, broker } = await start({ format });
      const delivery = broker.deliver("site/3/fridge", sent);
      await node.clock.advance(0);
      assert.equal(node.errors.length, 1);
      assert.equal(node.errors[0]?.topic, "site/3/fridge");
      assert.deepEqual(node.messages(), []);
      assert.equal(delivery.acknowledged, true);
      await node.stop();
    });
  }

  it("keeps what comes while the workflow can take no more, and only so much of what nobody waits for", async () => {
    const host = createMemoryHost();
    const connection = host.connect("plant", "mqtt", {});
    const received: Message[] = [];
    const context = { newId: () => "id", clock: host.clock, log: () => logs++ };
    let logs = 0;
    const node = mqttIn.create(
      { ...context, fail: assert.fail } as never,
      { topic: "#", connection, qos: 0, format: "auto" },
      { out: (message) => received.push(message) },
    );
    await node.open();
    node.pause?.();
    for (let value = 0; value < 3000; value++) host.broker("plant").deliver("t", `${value}`, { qos: 0 });
    host.broker("plant").deliver("t", "wanted", { qos: 1 });
    assert.deepEqual(received, []);
    node.resume?.();
    assert.equal(received.length, 1001);
    assert.deepEqual(received.slice(-2).map(payload), [999, "wanted"]);
    assert.equal(logs, 1);
    await node.close();
  });
});

describe("mqtt-out", () => {
  function start(params: Partial<Parameters<typeof mqttOut.create>[1]> = {}) {
    const host = createMemoryHost();
    const connection = host.connect("plant", "mqtt", {});
    const topic = ({ topic: own }: Message) => `${own}`;
    const defaults = { topic, payload, connection, qos: 1, retain: false, buffer: "outbox" } as const;
    const node = createNodeHarness(mqttOut, { ...defaults, ...params }, { host, ports: [] });
    return { node, broker: host.broker("plant") };
  }

  it("publishes texts and bytes as they are, everything else as JSON", async () => {
    const { node, broker } = start({ qos: 2, retain: true, buffer: "memory" });
    for (const value of ["on", { celsius: 9 }, 5, null, undefined, new Uint8Array([65])])
      node.send({ payload: value, topic: "a/b" });
    await node.settled();
    assert.deepEqual(
      broker.published.map(({ text }) => text),
      ["on", '{"celsius":9}', "5", "null", "null", "A"],
    );
    assert.deepEqual(broker.published[0]?.options, { qos: 2, retain: true, buffer: "memory" });
    assert.equal(broker.published[0]?.topic, "a/b");
  });

  for (const topic of ["", undefined, "a/+", "#", "a\0b", "\ud800", "x".repeat(65_536), "°".repeat(40_000)]) {
    it(`refuses a topic that is none: ${JSON.stringify(topic)?.slice(0, 12)}`, async () => {
      const { node, broker } = start();
      node.send({ payload: 1, topic });
      await node.settled();
      assert.equal(node.errors[0]?.payload.code, "EDDY_TOPIC");
      assert.deepEqual(broker.published, []);
    });
  }

  it("sends out by error what the broker refuses and what cannot be written", async () => {
    const { node, broker } = start({ buffer: "none" });
    broker.failure = Object.assign(new Error("away"), { code: "E_AWAY" });
    node.send({ payload: 1, topic: "t" });
    await node.settled();
    assert.equal(node.errors[0]?.payload.code, "E_AWAY");
    broker.failure = undefined;
    node.send({ payload: 1n, topic: "t" });
    await node.settled();
    assert.equal(node.errors.length, 2);
    node.send({ payload: 2, topic: "t" });
    await node.settled();
    assert.equal(broker.published.length, 1);
  });
});
