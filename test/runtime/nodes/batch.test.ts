import assert from "node:assert/strict";
import batch from "../../../runtime/nodes/batch.ts";
import { createNodeHarness } from "../harness.ts";
import { hostile, topic } from "./expressions.ts";

const start = (params: Parameters<typeof batch.create>[1]) => createNodeHarness(batch, params);

describe("batch", () => {
  it("sends a list when it has so many items", async () => {
    const node = start({ size: 3 });
    for (const payload of [1, 2, 3, 4]) node.send({ payload, topic: `t/${payload}` });
    assert.deepEqual(node.payloads(), [[1, 2, 3]]);
    assert.equal(node.messages()[0]?.topic, "t/3");
    await node.clock.advance(3_600_000);
    assert.equal(node.messages().length, 1);
  });

  it("sends a list when its first item has waited for long enough", async () => {
    const node = start({ every: 1000 });
    node.send({ payload: 1 });
    await node.clock.advance(600);
    node.send({ payload: 2 });
    await node.clock.advance(399);
    assert.deepEqual(node.payloads(), []);
    await node.clock.advance(1);
    assert.deepEqual(node.payloads(), [[1, 2]]);
    await node.clock.advance(10_000);
    assert.equal(node.messages().length, 1);
    assert.deepEqual(node.host.storage.contents(), {});
  });

  it("goes by whichever comes first", async () => {
    const node = start({ size: 2, every: 1000 });
    node.send({ payload: 1 });
    await node.clock.advance(900);
    node.send({ payload: 2 });
    node.send({ payload: 3 });
    await node.clock.advance(999);
    assert.deepEqual(node.payloads(), [[1, 2]]);
    await node.clock.advance(1);
    assert.deepEqual(node.payloads(), [[1, 2], [3]]);
  });

  it("keeps a list for each key", async () => {
    const node = start({ size: 2, by: topic });
    node.send({ payload: 1, topic: "a" });
    node.send({ payload: 2, topic: "b" });
    node.send({ payload: 3, topic: "b" });
    node.send({ payload: 4, topic: "a" });
    assert.deepEqual(node.payloads(), [
      [2, 3],
      [1, 4],
    ]);
  });

  it("tells the keys apart whatever stands in them", () => {
    const node = start({ size: 2, by: topic });
    const keys = ["", "1", "1/", "queue/1/", "due/", "\n", "__proto__", '"'];
    for (const key of keys) node.send({ payload: key, topic: key });
    assert.deepEqual(node.payloads(), []);
    for (const key of keys) node.send({ payload: key, topic: key });
    assert.deepEqual(
      node.payloads(),
      keys.map((key) => [key, key]),
    );
  });

  it("goes on with its lists after a restart", async () => {
    const node = start({ size: 3, every: 1000, by: topic });
    node.send({ payload: 1, topic: "a" });
    node.send({ payload: 2, topic: "a" });
    await node.clock.advance(400);
    node.send({ payload: 3, topic: "b" });
    await node.restart();
    node.send({ payload: 4, topic: "a" });
    assert.deepEqual(node.payloads(), [[1, 2, 4]]);
    await node.clock.advance(1000);
    assert.deepEqual(node.payloads(), [[1, 2, 4], [3]]);
  });

  it("sends what another version of the workflow has kept, by the size that holds now", async () => {
    const node = start({ size: 5 });
    for (const payload of [1, 2, 3]) node.send({ payload });
    await node.stop();
    const next = createNodeHarness(batch, { size: 2 }, { host: node.host });
    await next.start();
    await next.clock.advance(0);
    assert.deepEqual(next.payloads(), [[1, 2, 3]]);
    await next.stop();
  });

  it("refuses to collect without end", () => {
    assert.throws(() => start({}), { code: "EDDY_BATCH_ENDLESS" });
  });

  it("sends what only time bounds early, rather than keep more than it can", () => {
    const node = start({ every: 3_600_000 });
    for (let payload = 0; payload < 10_001; payload++) node.send({ payload });
    assert.equal((node.payloads()[0] as readonly unknown[]).length, 10_000);
    assert.equal(node.messages().length, 1);
  });

  for (const [name, payload, survives] of hostile) {
    it(`keeps a payload: ${name}`, async () => {
      const node = start({ size: 2 });
      node.send({ payload });
      await node.restart();
      node.send({ payload: 1 });
      node.send({ payload: 2 });
      assert.deepEqual(node.payloads(), [survives ? [payload, 1] : [1, 2]]);
      assert.deepEqual(
        node.errors.map((one) => one.payload.code),
        survives ? [] : ["EDDY_NOT_STORABLE"],
      );
    });
  }
});
