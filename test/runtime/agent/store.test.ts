import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OutboxEntry } from "../../../runtime/agent/host/storage.ts";
import { createWorkflowStore, type OutboxLimits, removeStore } from "../../../runtime/agent/store.ts";
import { temporaryFolder } from "../../testbed/resources.ts";

const entry = (sequence: number, bytes = 1): OutboxEntry => ({
  sequence,
  time: 1_000 + sequence,
  topic: "t",
  payload: new Uint8Array(bytes),
  qos: 1,
  retain: true,
});

function open(path: string, limits?: OutboxLimits) {
  const corrupt: string[] = [];
  const store = createWorkflowStore({
    path,
    now: () => 7,
    onCorrupt: (keptAs) => corrupt.push(keptAs),
    ...(limits ? { limits } : {}),
  });
  return { store, corrupt };
}

describe("the store", () => {
  it("has after a restart what was committed, and nothing else", async () => {
    await using folder = await temporaryFolder("store");
    const path = join(folder.path, "w.db");
    const { store } = open(path);
    assert.deepEqual(store.snapshot(), { values: [], outbox: [] });
    store.commit([
      { kind: "set", owner: "a", key: "k", value: "1" },
      { kind: "set", owner: "a", key: "l", value: '"x"' },
      { kind: "append", connection: "c", entry: entry(1) },
      { kind: "append", connection: "c", entry: entry(2) },
    ]);
    store.commit([
      { kind: "delete", owner: "a", key: "k" },
      { kind: "remove", connection: "c", sequences: [1, 99] },
    ]);
    store.close();
    const again = open(path).store;
    assert.deepEqual(again.snapshot(), {
      values: [["a", "l", '"x"']],
      outbox: [{ connection: "c", entries: 1, lastSequence: 2 }],
    });
    assert.deepEqual(again.readOutbox("c", 0, 10), [entry(2)]);
    assert.deepEqual(again.readOutbox("c", 2, 10), []);
    assert.deepEqual(again.outbox(), { entries: 1, bytes: 1, oldest: 1_002 });
    again.close();
  });

  it("writes a batch as a whole or not at all", async () => {
    await using folder = await temporaryFolder("store");
    const { store } = open(join(folder.path, "w.db"));
    assert.throws(() =>
      store.commit([
        { kind: "set", owner: "a", key: "k", value: "1" },
        { kind: "append", connection: "c", entry: entry(1) },
        { kind: "set", owner: "a", key: "l", value: undefined as never },
      ]),
    );
    assert.deepEqual(store.snapshot(), { values: [], outbox: [] });
    assert.deepEqual(store.outbox(), { entries: 0, bytes: 0, oldest: undefined });
    store.close();
  });

  for (const [what, limits, expected] of [
    ["entries", { entries: 3, bytes: 1e9 }, [8, 9, 10]],
    ["bytes", { entries: 1e9, bytes: 25 }, [9, 10]],
    ["bytes, but never of the last", { entries: 1e9, bytes: 5 }, [10]],
  ] as const) {
    it(`drops the oldest beyond its bound of ${what}, and says how many`, async () => {
      await using folder = await temporaryFolder("store");
      const { store } = open(join(folder.path, "w.db"), limits);
      let dropped = 0;
      for (let sequence = 1; sequence <= 10; sequence++) {
        dropped += store.commit([{ kind: "append", connection: "c", entry: entry(sequence, 10) }]).dropped;
      }
      const left = store.readOutbox("c", 0, 100).map(({ sequence }) => sequence);
      assert.deepEqual(left, expected);
      assert.equal(dropped, 10 - expected.length);
      assert.equal(store.outbox().entries, expected.length);
      store.close();
    });
  }

  it("puts a file aside that is no database, and begins anew", async () => {
    await using folder = await temporaryFolder("store");
    const path = join(folder.path, "w.db");
    writeFileSync(path, "this was a database once ".repeat(100));
    const { store, corrupt } = open(path);
    assert.deepEqual(store.snapshot(), { values: [], outbox: [] });
    assert.deepEqual(corrupt, [`${path}.unreadable-7`]);
    store.commit([{ kind: "set", owner: "a", key: "k", value: "1" }]);
    store.close();
    assert.match(readFileSync(`${path}.unreadable-7`, "utf8"), /^this was/);
  });

  it("says that it began anew when the file breaks while it runs", async () => {
    await using folder = await temporaryFolder("store");
    const path = join(folder.path, "w.db");
    const first = open(path);
    for (let key = 0; key < 500; key++) {
      first.store.commit([
        { kind: "set", owner: "a", key: `${key}`, value: JSON.stringify("x".repeat(100)) },
      ]);
    }
    first.store.close();
    const { store, corrupt } = open(path);
    store.outbox();
    store.readOutbox("c", 0, 1);
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096);
    writeFileSync(path, bytes);
    const result = store.commit(
      Array.from(
        { length: 500 },
        (_, key) => ({ kind: "set", owner: "a", key: `${key}`, value: "1" }) as const,
      ),
    );
    assert.equal(result.isFresh, true);
    assert.equal(corrupt.length, 1);
    assert.equal(store.snapshot().values.length, 500);
    store.close();
  });

  it("leaves nothing behind when it is removed", async () => {
    await using folder = await temporaryFolder("store");
    const path = join(folder.path, "w.db");
    const { store } = open(path);
    store.commit([{ kind: "set", owner: "a", key: "k", value: "1" }]);
    store.close();
    removeStore(path);
    assert.deepEqual(readdirSync(folder.path), []);
  });
});
