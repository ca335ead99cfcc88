import assert from "node:assert/strict";
import type { Message } from "../../../runtime/engine/contract.ts";
import hold from "../../../runtime/nodes/hold.ts";
import { createNodeHarness, type HarnessOptions } from "../harness.ts";
import { above, hostile, topic } from "./expressions.ts";

const ports = ["out", "cleared"];

function start(params: Partial<Parameters<typeof hold.create>[1]> = {}, options: HarnessOptions = {}) {
  return createNodeHarness(hold, { when: above(8), for: 5000, ...params }, { ports, ...options });
}

describe("hold", () => {
  it("tells once, with the newest message, when the condition has held for long enough", async () => {
    const node = start();
    node.send({ payload: 9 });
    await node.clock.advance(4000);
    node.send({ payload: 10 });
    await node.clock.advance(999);
    assert.deepEqual(node.payloads(), []);
    await node.clock.advance(1);
    assert.deepEqual(node.payloads(), [10]);
    node.send({ payload: 11 });
    await node.clock.advance(60_000);
    assert.deepEqual(node.payloads(), [10]);
    assert.deepEqual(node.payloads("cleared"), []);
  });

  it("begins anew after an interruption", async () => {
    const node = start();
    node.send({ payload: 9 });
    await node.clock.advance(4999);
    node.send({ payload: 8 });
    node.send({ payload: 9 });
    await node.clock.advance(4999);
    assert.deepEqual(node.emissions, []);
    await node.clock.advance(1);
    assert.deepEqual(node.payloads(), [9]);
  });

  it("tells the end once, where it had told the beginning", async () => {
    const node = start();
    node.send({ payload: 1 });
    node.send({ payload: 9 });
    node.send({ payload: 2 });
    assert.deepEqual(node.emissions, []);
    node.send({ payload: 9 });
    await node.clock.advance(5000);
    node.send({ payload: 3 });
    node.send({ payload: 4 });
    assert.deepEqual(node.payloads("cleared"), [3]);
  });

  it("hands on id, topic, time and source of the message that it kept, and names it as the cause", async () => {
    const node = start();
    const sent = node.send({ id: "m", payload: 9, topic: "t", source: { qos: 1 } });
    await node.clock.advance(5000);
    assert.deepEqual(node.messages(), [sent]);
  });

  it("watches each key by itself", async () => {
    const node = start({ by: topic });
    node.send({ payload: 9, topic: "a" });
    await node.clock.advance(2000);
    node.send({ payload: 10, topic: "b" });
    node.send({ payload: 1, topic: "c" });
    await node.clock.advance(3000);
    node.send({ payload: 1, topic: "b" });
    await node.clock.advance(5000);
    assert.deepEqual(node.payloads(), [9]);
    node.send({ payload: 7, topic: "a" });
    assert.deepEqual(node.payloads("cleared"), [7]);
  });

  it("goes on after a restart as if there had been none", async () => {
    const node = start({ by: topic });
    node.send({ payload: 9, topic: "a" });
    await node.clock.advance(3000);
    await node.restart();
    await node.clock.advance(1999);
    assert.deepEqual(node.payloads(), []);
    await node.clock.advance(1);
    assert.deepEqual(node.payloads(), [9]);
    await node.restart();
    await node.clock.advance(10_000);
    assert.deepEqual(node.payloads(), [9]);
    node.send({ payload: 1, topic: "a" });
    assert.deepEqual(node.payloads("cleared"), [1]);
    assert.deepEqual(node.host.storage.contents(), {});
  });

  it("tells at once what became due while it did not run", async () => {
    const node = start();
    node.send({ payload: 9 });
    await node.stop();
    await node.clock.advance(60_000);
    await node.restart();
    await node.clock.advance(0);
    assert.deepEqual(node.payloads(), [9]);
  });

  it("waits no longer than it should where the clock was set back meanwhile", async () => {
    const node = start();
    node.send({ payload: 9 });
    const contents = node.host.storage.open("node");
    const kept = contents.get("");
    assert.ok(typeof kept === "object" && kept !== null);
    contents.set("", { ...kept, since: node.clock.now() + 3_600_000 });
    await node.restart();
    await node.clock.advance(5000);
    assert.deepEqual(node.payloads(), [9]);
  });

  it("sends what its condition throws out by error, and keeps what it has", async () => {
    const node = start();
    node.send({ payload: 9 });
    node.send({ payload: "hot" });
    assert.equal(node.errors[0]?.payload.code, "E_TEST");
    assert.equal(node.errors[0]?.cause.payload, "hot");
    await node.clock.advance(5000);
    assert.deepEqual(node.payloads(), [9]);
  });

  for (const [name, payload, survives] of hostile) {
    it(`keeps a payload over a restart: ${name}`, async () => {
      const node = start({ when: () => true });
      node.send({ payload });
      await node.restart();
      await node.clock.advance(5000);
      if (survives) assert.deepEqual(node.payloads(), [payload]);
      else assert.equal(node.errors[0]?.payload.code, "EDDY_NOT_STORABLE");
    });
  }

  it("refuses more keys than it can keep, and goes on with those that it has", async () => {
    const node = start({ by: topic });
    for (let key = 0; key < 10_001; key++) node.send({ payload: 9, topic: `${key}` });
    assert.deepEqual(
      node.errors.map(({ payload }) => payload.code),
      ["EDDY_TOO_MUCH_KEPT"],
    );
    await node.clock.advance(5000);
    assert.equal(node.messages().length, 10_000);
    for (let key = 0; key < 10_000; key++) node.send({ payload: 1, topic: `${key}` });
    assert.deepEqual(node.host.storage.contents(), {});
  });

  it("leaves alone what somebody else has written into its state", async () => {
    const node = start();
    const state = node.host.storage.open("node");
    for (const value of [null, 1, "text", [], {}, { since: 1 }, { since: 1, message: { id: 1 } }]) {
      state.set("x", value);
      await node.restart();
      await node.clock.advance(5000);
    }
    assert.deepEqual(node.emissions as readonly { message: Message }[], []);
  });
});
