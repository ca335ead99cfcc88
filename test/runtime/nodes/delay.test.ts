import assert from "node:assert/strict";
import fc from "fast-check";
import delay from "../../../runtime/nodes/delay.ts";
import { createNodeHarness, type HarnessOptions } from "../harness.ts";
import { hostile, payload } from "./expressions.ts";

function start(duration: Parameters<typeof delay.create>[1]["for"] = 1000, options: HarnessOptions = {}) {
  return createNodeHarness(delay, { for: duration }, options);
}

describe("delay", () => {
  it("lets every message go later, as it was", async () => {
    const node = start();
    const first = node.send({ payload: 1, topic: "t", source: { a: 1 } });
    await node.clock.advance(400);
    node.send({ payload: 2 });
    await node.clock.advance(599);
    assert.deepEqual(node.messages(), []);
    await node.clock.advance(1);
    assert.deepEqual(node.messages(), [first]);
    await node.clock.advance(400);
    assert.deepEqual(node.payloads(), [1, 2]);
    assert.deepEqual(node.host.storage.contents(), {});
  });

  it("asks an expression for how long", async () => {
    const node = start(payload);
    for (const wait of [300, 100, 200, 0]) node.send({ payload: wait });
    await node.clock.advance(300);
    assert.deepEqual(node.payloads(), [0, 100, 200, 300]);
  });

  for (const wrong of [-1, Number.NaN, Number.POSITIVE_INFINITY, "1000", undefined, null, {}]) {
    it(`refuses to wait for ${String(wrong)}`, () => {
      const node = start(payload);
      node.send({ payload: wrong });
      assert.equal(node.errors[0]?.payload.code, "EDDY_DELAY");
      assert.equal(node.errors[0]?.cause.payload, wrong);
    });
  }

  it("goes on after a restart, in the same order and at the same times", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ wait: fc.nat(20), pause: fc.nat(5) }), { maxLength: 30 }),
        fc.nat(30),
        async (steps, restartAfter) => {
          const run = async (isRestarted: boolean) => {
            const node = start(({ source }) => source?.wait);
            for (const [at, { wait, pause }] of steps.entries()) {
              node.send({ payload: at, source: { wait } });
              await node.clock.advance(pause);
              if (isRestarted && at === restartAfter) {
                await node.restart();
                await node.clock.advance(0);
              }
            }
            await node.clock.advance(20);
            return node.payloads();
          };
          assert.deepEqual(await run(true), await run(false));
        },
      ),
      { numRuns: 50 },
    );
  });

  it("lets go in the order of their times what became due while nothing ran", async () => {
    const before = start(payload);
    for (const wait of [300, 100, 200, 100]) before.send({ payload: wait });
    await before.stop();
    await before.clock.advance(1_000);
    const after = start(payload, { host: before.host });
    await after.start();
    await after.clock.advance(0);
    assert.deepEqual(after.payloads(), [100, 100, 200, 300]);
  });

  it("refuses more messages than may wait", async () => {
    const node = start(1000, { settings: { queue: { limit: 2, overflow: "block" } } });
    for (const one of [1, 2, 3]) node.send({ payload: one });
    assert.equal(node.errors[0]?.payload.code, "EDDY_TOO_MUCH_KEPT");
    await node.clock.advance(1000);
    assert.deepEqual(node.payloads(), [1, 2]);
    node.send({ payload: 4 });
    await node.clock.advance(1000);
    assert.deepEqual(node.payloads(), [1, 2, 4]);
  });

  for (const [name, value, survives] of hostile) {
    it(`keeps a payload: ${name}`, async () => {
      const node = start();
      node.send({ payload: value });
      await node.restart();
      await node.clock.advance(1000);
      if (survives) assert.deepEqual(node.payloads(), [value]);
      else assert.equal(node.errors[0]?.payload.code, "EDDY_NOT_STORABLE");
    });
  }
});
