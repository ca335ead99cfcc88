import assert from "node:assert/strict";
import fc from "fast-check";
import throttle from "../../../runtime/nodes/throttle.ts";
import { createNodeHarness, type HarnessOptions } from "../harness.ts";
import { hostile, topic } from "./expressions.ts";

function start(
  params: Partial<Parameters<typeof throttle.create>[1]> = {},
  options: HarnessOptions & { readonly waiting?: number } = {},
) {
  const settings = options.waiting
    ? { settings: { queue: { limit: options.waiting, overflow: "block" as const } } }
    : {};
  return createNodeHarness(
    throttle,
    { limit: 2, per: 1000, excess: "drop", ...params },
    { ports: ["out", "dropped"], ...settings, ...options },
  );
}

describe("throttle", () => {
  it("lets so many through at a time, and sends the others out by dropped", async () => {
    const node = start();
    for (const payload of [1, 2, 3]) node.send({ payload });
    assert.deepEqual(node.payloads(), [1, 2]);
    assert.deepEqual(node.payloads("dropped"), [3]);
    await node.clock.advance(999);
    node.send({ payload: 4 });
    await node.clock.advance(1);
    node.send({ payload: 5 });
    assert.deepEqual(node.payloads(), [1, 2, 5]);
    assert.deepEqual(node.payloads("dropped"), [3, 4]);
  });

  it("lets those that wait go in order as soon as they may", async () => {
    const node = start({ excess: "queue" });
    for (const payload of [1, 2, 3, 4, 5]) node.send({ payload });
    assert.deepEqual(node.payloads(), [1, 2]);
    await node.clock.advance(1000);
    assert.deepEqual(node.payloads(), [1, 2, 3, 4]);
    node.send({ payload: 6 });
    await node.clock.advance(1000);
    assert.deepEqual(node.payloads(), [1, 2, 3, 4, 5, 6]);
    await node.clock.advance(1000);
    assert.deepEqual(node.host.storage.contents(), {});
  });

  it("lets no more wait than its queue holds", () => {
    const node = start({ excess: "queue" }, { waiting: 1 });
    for (const payload of [1, 2, 3, 4]) node.send({ payload });
    assert.deepEqual(node.payloads("dropped"), [4]);
  });

  it("counts each key by itself", () => {
    const node = start({ limit: 1, by: topic });
    node.send({ payload: 1, topic: "a" });
    node.send({ payload: 2, topic: "b" });
    node.send({ payload: 3, topic: "a" });
    assert.deepEqual(node.payloads(), [1, 2]);
    assert.deepEqual(node.payloads("dropped"), [3]);
  });

  it("still counts after a restart, with another limit too", async () => {
    const node = start({ limit: 3 });
    for (const payload of [1, 2, 3]) node.send({ payload });
    await node.clock.advance(400);
    await node.restart();
    node.send({ payload: 4 });
    assert.deepEqual(node.payloads("dropped"), [4]);
    const smaller = start({ limit: 1 }, { host: node.host });
    await smaller.start();
    smaller.send({ payload: 5 });
    assert.deepEqual(smaller.payloads("dropped"), [5]);
    await smaller.clock.advance(600);
    smaller.send({ payload: 6 });
    assert.deepEqual(smaller.payloads(), [6]);
    await node.stop();
    await smaller.stop();
  });

  it("lets what waited before a restart go afterwards", async () => {
    const node = start({ excess: "queue", limit: 1 });
    for (const payload of [1, 2, 3]) node.send({ payload });
    await node.clock.advance(500);
    await node.restart();
    await node.clock.advance(499);
    assert.deepEqual(node.payloads(), [1]);
    await node.clock.advance(1);
    assert.deepEqual(node.payloads(), [1, 2]);
    await node.clock.advance(1000);
    assert.deepEqual(node.payloads(), [1, 2, 3]);
  });

  for (const excess of ["drop", "queue"] as const) {
    it(`never lets more than the limit through within the time, restarts or not (${excess})`, async () => {
      const step = fc.record({ pause: fc.nat(12), restart: fc.boolean(), key: fc.constantFrom("a", "b") });
      const scenario = fc.record({
        limit: fc.integer({ min: 1, max: 4 }),
        steps: fc.array(step, { maxLength: 60 }),
      });
      await fc.assert(
        fc.asyncProperty(scenario, async ({ limit, steps }) => {
          const per = 20;
          const node = start({ limit, per, excess, by: topic });
          const passed: { key: string | undefined; at: number }[] = [];
          const watched = () => {
            for (const { topic: key } of node.messages().slice(passed.length))
              passed.push({ key, at: node.clock.now() });
          };
          for (const { pause, restart, key } of steps) {
            node.send({ topic: key });
            watched();
            for (let ms = 0; ms < pause; ms++) {
              await node.clock.advance(1);
              watched();
            }
            if (restart) await node.restart();
          }
          for (let ms = 0; excess === "queue" && ms < per * (steps.length + 1); ms++) {
            await node.clock.advance(1);
            watched();
          }
          for (const name of ["a", "b"]) {
            const times = passed.filter(({ key }) => key === name).map(({ at }) => at);
            for (const [index, at] of times.entries()) {
              const later = times[index + limit];
              assert.ok(later === undefined || later - at >= per, `${at} and ${later} are too close`);
            }
          }
          const count = node.messages().length + node.messages("dropped").length;
          assert.equal(count, steps.length);
          await node.stop();
        }),
        { numRuns: 30 },
      );
    });
  }

  for (const [name, payload, survives] of hostile) {
    it(`keeps a payload that waits: ${name}`, async () => {
      const node = start({ excess: "queue", limit: 1 });
      node.send({ payload: 1 });
      node.send({ payload });
      await node.restart();
      await node.clock.advance(1000);
      if (survives) assert.deepEqual(node.payloads(), [1, payload]);
      else assert.equal(node.errors[0]?.payload.code, "EDDY_NOT_STORABLE");
      await node.stop();
    });
  }
});
