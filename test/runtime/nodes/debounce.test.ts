import assert from "node:assert/strict";
import debounce from "../../../runtime/nodes/debounce.ts";
import { createNodeHarness } from "../harness.ts";
import { hostile, topic } from "./expressions.ts";

function start(params: Partial<Parameters<typeof debounce.create>[1]> = {}) {
  return createNodeHarness(debounce, { for: 50, emit: "last", ...params });
}

describe("debounce", () => {
  it("sends the last message of a burst when it has been quiet", async () => {
    const node = start();
    for (const payload of [1, 2, 3]) {
      node.send({ payload });
      await node.clock.advance(49);
    }
    assert.deepEqual(node.payloads(), []);
    await node.clock.advance(1);
    assert.deepEqual(node.payloads(), [3]);
    await node.clock.advance(1000);
    node.send({ payload: 4 });
    await node.clock.advance(50);
    assert.deepEqual(node.payloads(), [3, 4]);
    assert.deepEqual(node.host.storage.contents(), {});
  });

  it("sends the first one at once, and the next burst's", async () => {
    const node = start({ emit: "first" });
    node.send({ payload: 1 });
    assert.deepEqual(node.payloads(), [1]);
    await node.clock.advance(49);
    node.send({ payload: 2 });
    await node.clock.advance(49);
    node.send({ payload: 3 });
    await node.clock.advance(50);
    assert.deepEqual(node.payloads(), [1]);
    node.send({ payload: 4 });
    assert.deepEqual(node.payloads(), [1, 4]);
  });

  it("takes the bursts of each key by themselves", async () => {
    const node = start({ by: topic });
    node.send({ payload: 1, topic: "a" });
    await node.clock.advance(30);
    node.send({ payload: 2, topic: "b" });
    await node.clock.advance(20);
    assert.deepEqual(node.payloads(), [1]);
    await node.clock.advance(30);
    assert.deepEqual(node.payloads(), [1, 2]);
  });

  for (const emit of ["last", "first"] as const) {
    it(`goes on with a burst after a restart (${emit})`, async () => {
      const node = start({ emit });
      node.send({ payload: 1 });
      await node.clock.advance(30);
      await node.restart();
      await node.clock.advance(10);
      node.send({ payload: 2 });
      await node.clock.advance(49);
      assert.deepEqual(node.payloads(), emit === "first" ? [1] : []);
      await node.clock.advance(1);
      assert.deepEqual(node.payloads(), emit === "first" ? [1] : [2]);
      assert.deepEqual(node.host.storage.contents(), {});
    });
  }

  it("sends at once what became due while it did not run", async () => {
    const node = start();
    node.send({ payload: 1 });
    await node.stop();
    await node.clock.advance(10_000);
    await node.restart();
    await node.clock.advance(0);
    assert.deepEqual(node.payloads(), [1]);
  });

  it("refuses a key that is none", () => {
    const node = start({ by: () => () => 1 });
    node.send({ payload: 1 });
    assert.equal(node.errors[0]?.payload.code, "EDDY_KEY");
  });

  for (const [name, payload, survives] of hostile) {
    it(`keeps a payload: ${name}`, async () => {
      const node = start();
      node.send({ payload });
      await node.restart();
      await node.clock.advance(50);
      if (survives) assert.deepEqual(node.payloads(), [payload]);
      else assert.equal(node.errors[0]?.payload.code, "EDDY_NOT_STORABLE");
    });
  }
});
