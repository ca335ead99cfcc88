import assert from "node:assert/strict";
import fc from "fast-check";
import {
  createMemoryStorage,
  createStorage,
  type StoreBackend,
  type StoreOperation,
} from "../../../runtime/agent/host/storage.ts";

/** A store whose commits end when the test says so. */
function createHeldBackend() {
  const batches: { operations: readonly StoreOperation[]; succeed(): void; fail(): void }[] = [];
  const backend: StoreBackend = {
    commit: (operations) =>
      new Promise((resolve, reject) => {
        batches.push({
          operations,
          succeed: () => resolve({ dropped: 0 }),
          fail: () => reject(new Error("disk full")),
        });
      }),
    readOutbox: async () => [],
  };
  return { backend, batches };
}

const empty = { values: [], outbox: [] };
const tick = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
const entry = (sequence: number) =>
  ({ sequence, time: 0, topic: "t", payload: new Uint8Array(), qos: 1, retain: false }) as const;

describe("a workflow's storage", () => {
  it("reads what was durable when it was bound", () => {
    const { backend } = createHeldBackend();
    const storage = createStorage({ snapshot: { values: [["a", "k", '{"x":1}']], outbox: [] }, backend });
    assert.deepEqual(storage.open("a").get("k"), { x: 1 });
    assert.deepEqual([...storage.open("a").entries()], [["k", { x: 1 }]]);
    assert.equal(storage.open("b").get("k"), undefined);
  });

  it("reads at once what it wrote, and writes one batch for a burst", async () => {
    const { backend, batches } = createHeldBackend();
    const storage = createStorage({ snapshot: empty, backend });
    const own = storage.open("a");
    for (let value = 0; value < 100; value++) own.set("k", value);
    assert.equal(own.get("k"), 99);
    await tick();
    assert.deepEqual(batches[0]?.operations, [{ kind: "set", owner: "a", key: "k", value: "99" }]);
    assert.equal(batches.length, 1);
  });

  it("flushes exactly when all that was written before is durable", async () => {
    const { backend, batches } = createHeldBackend();
    const storage = createStorage({ snapshot: empty, backend });
    await storage.flush();
    const own = storage.open("a");
    own.set("k", 1);
    await tick();
    own.set("k", 2);
    let isFlushed = false;
    const flushed = storage.flush().then(() => {
      isFlushed = true;
    });
    await tick();
    batches[0]?.succeed();
    await tick();
    assert.equal(isFlushed, false);
    assert.deepEqual(batches[1]?.operations, [{ kind: "set", owner: "a", key: "k", value: "2" }]);
    batches[1]?.succeed();
    await flushed;
  });

  it("offers a batch that failed again, with what was written meanwhile", async () => {
    const { backend, batches } = createHeldBackend();
    const storage = createStorage({ snapshot: empty, backend, retryAfter: 1 });
    const own = storage.open("a");
    own.set("k", 1);
    own.set("l", 1);
    await tick();
    own.delete("l");
    own.set("k", 2);
    const flushed = storage.flush();
    batches[0]?.fail();
    while (batches.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.deepEqual(batches[1]?.operations, [
      { kind: "set", owner: "a", key: "k", value: "2" },
      { kind: "delete", owner: "a", key: "l" },
    ]);
    batches[1]?.succeed();
    await flushed;
  });

  it("writes no message of the outbox that was sent in the same tick", async () => {
    const { backend, batches } = createHeldBackend();
    const storage = createStorage({ snapshot: empty, backend });
    const outbox = storage.outbox("c");
    const durable = outbox.append(entry(1));
    outbox.remove(1);
    await durable;
    assert.equal(batches.length, 0);
  });

  it("ends up with the same values in memory and in the store, whatever fails on the way", async () => {
    const write = fc.record({
      key: fc.constantFrom("a", "b"),
      value: fc.option(fc.nat(9)),
      wait: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { maxLength: 30 }),
        fc.infiniteStream(fc.boolean()),
        async (writes, fates) => {
          const durable = new Map<string, string>();
          let failures = 0;
          const storage = createStorage({
            snapshot: empty,
            retryAfter: 0,
            backend: {
              readOutbox: async () => [],
              async commit(operations) {
                if (failures < 5 && fates.next().value) {
                  failures++;
                  throw new Error("no");
                }
                for (const one of operations) {
                  if (one.kind === "set") durable.set(one.key, one.value);
                  if (one.kind === "delete") durable.delete(one.key);
                }
                return { dropped: 0 };
              },
            },
          });
          const own = storage.open("o");
          for (const { key, value, wait } of writes) {
            if (value === null) own.delete(key);
            else own.set(key, value);
            if (wait) await tick();
          }
          await storage.flush();
          assert.deepEqual(
            [...durable].sort(),
            [...own.entries()].map(([key, value]) => [key, JSON.stringify(value)]).sort(),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it("keeps an outbox in memory too", async () => {
    const storage = createMemoryStorage();
    const outbox = storage.outbox("c");
    await outbox.append(entry(1));
    await outbox.append(entry(2));
    outbox.remove(1);
    assert.deepEqual(
      (await outbox.read(0, 10)).map(({ sequence }) => sequence),
      [2],
    );
  });

  it("tells whoever opens an outbox again what has come into it since", () => {
    const { backend } = createHeldBackend();
    const snapshot = { values: [], outbox: [{ connection: "c", entries: 0, lastSequence: 7 }] };
    const storage = createStorage({ snapshot, backend });
    const { entries, lastSequence } = storage.outbox("c");
    assert.deepEqual([entries, lastSequence], [0, 7]);
    void storage.outbox("c").append(entry(8));
    const again = storage.outbox("c");
    assert.ok(again.entries > 0);
    assert.equal(again.lastSequence, 8);
    assert.deepEqual([storage.outbox("d").entries, storage.outbox("d").lastSequence], [0, 0]);
  });
});
