import assert from "node:assert/strict";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OutboxEntry } from "../../../runtime/agent/host/storage.ts";
import type { Salvaged } from "../../../runtime/agent/salvage.ts";
import {
  createWorkflowStore,
  type OutboxLimits,
  removeStore,
  type StorePage,
  type StorePosition,
  storeStart,
} from "../../../runtime/agent/store.ts";
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
  const corrupt: Salvaged[] = [];
  const store = createWorkflowStore({
    path,
    now: () => 7,
    onCorrupt: (salvaged) => corrupt.push(salvaged),
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

  it("gives all that it holds in pages, each row once and in order, however small they are", async () => {
    await using folder = await temporaryFolder("store");
    const { store } = open(join(folder.path, "w.db"));
    const keys = ["", "a", "aa", "b", "ä", "'"];
    store.commit([
      ...["one", "two"].flatMap((owner) =>
        keys.map((key) => ({ kind: "set", owner, key, value: `"${owner}${key}"` }) as const),
      ),
      ...[3, 0, 12].map((sequence) => ({ kind: "append", connection: "c", entry: entry(sequence) }) as const),
      { kind: "append", connection: "d", entry: entry(1) },
    ]);
    for (const bytes of [1, 20, 1_000_000]) {
      const values: string[] = [];
      const messages: string[] = [];
      let at: StorePosition | undefined = storeStart;
      while (at) {
        const page: StorePage = store.page(at, bytes);
        values.push(...page.values.map(([owner, key]) => `${owner} ${key}`));
        messages.push(...page.messages.map((one) => `${one.connection} ${one.entry.sequence}`));
        at = page.next;
      }
      assert.deepEqual(
        [...values].sort(),
        ["one", "two"].flatMap((owner) => keys.map((key) => `${owner} ${key}`)).sort(),
      );
      assert.equal(new Set(values).size, values.length);
      assert.deepEqual(messages, ["c 0", "c 3", "c 12", "d 1"]);
    }
    store.close();
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
    assert.deepEqual(corrupt, [{ keptAs: `${path}.unreadable-7`, values: 0, messages: 0 }]);
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

  it("carries over what can be read of a file that is broken in the middle", async () => {
    await using folder = await temporaryFolder("store");
    const path = join(folder.path, "w.db");
    const first = open(path).store;
    const keys = Array.from({ length: 2_000 }, (_, index) => `key-${String(index).padStart(4, "0")}`);
    first.commit(
      keys.map((key) => ({ kind: "set", owner: "a", key, value: JSON.stringify(key.repeat(20)) }) as const),
    );
    first.commit(
      keys.map((_, index) => ({ kind: "append", connection: "c", entry: entry(index + 1, 100) }) as const),
    );
    first.close();
    const bytes = readFileSync(path);
    const pages = bytes.length / 4096;
    // One page of the middle of the values.
    bytes.fill(0xa5, Math.floor(pages / 4) * 4096, (Math.floor(pages / 4) + 1) * 4096);
    writeFileSync(path, bytes);

    const { store, corrupt } = open(path);
    const { values } = store.snapshot();
    const found = corrupt[0];
    assert.ok(found && corrupt.length === 1);
    assert.equal(values.length, found.values);
    assert.ok(values.length > 1_900 && values.length < 2_000, `${values.length} values`);
    for (const [, key, value] of values) assert.equal(value, JSON.stringify(key.repeat(20)));
    assert.equal(found.messages, 2_000);
    assert.deepEqual(store.readOutbox("c", 1_998, 10), [entry(1_999, 100), entry(2_000, 100)]);
    store.commit([{ kind: "set", owner: "a", key: "new", value: "1" }]);
    store.close();
    // But for what opening it counts in its first page.
    assert.deepEqual(readFileSync(found.keptAs).subarray(4096), bytes.subarray(4096));
    assert.equal(open(path).store.snapshot().values.length, values.length + 1);
  });

  it("ends a salvage that a power cut had broken off", async () => {
    await using folder = await temporaryFolder("store");
    const path = join(folder.path, "w.db");
    const first = open(path).store;
    first.commit([{ kind: "set", owner: "a", key: "k", value: "1" }]);
    first.close();
    // The broken file had been put aside, and the new one not yet put in its place.
    renameSync(path, `${path}.salvaged`);
    const { store, corrupt } = open(path);
    assert.deepEqual(store.snapshot().values, [["a", "k", "1"]]);
    assert.deepEqual(corrupt, []);
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
