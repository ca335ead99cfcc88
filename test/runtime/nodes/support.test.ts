import assert from "node:assert/strict";
import fc from "fast-check";
import type { Json } from "../../../language/model.ts";
import { createVirtualClock } from "../../../runtime/engine/clock.ts";
import { createAgenda } from "../../../runtime/nodes/support/agenda.ts";
import { boundedState } from "../../../runtime/nodes/support/bounded.ts";
import { keyOf } from "../../../runtime/nodes/support/keys.ts";
import { createStoredQueues } from "../../../runtime/nodes/support/queue.ts";
import { show } from "../../../runtime/nodes/support/show.ts";
import { isSame, plainData, restored, stored } from "../../../runtime/nodes/support/stored.ts";
import { createMemoryHost } from "../memory-host.ts";
import { hostile } from "./expressions.ts";

describe("what nodes share", () => {
  describe("an agenda", () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant("plan" as const), name: fc.constantFrom("a", "b", "c"), in: fc.nat(30) }),
      fc.record({
        kind: fc.constant("cancel" as const),
        name: fc.constantFrom("a", "b", "c"),
        in: fc.constant(0),
      }),
      fc.record({ kind: fc.constant("pass" as const), name: fc.constant(""), in: fc.nat(20) }),
    );

    it("gives the thread back between the turns of what plans itself for now, in the order of planning", async () => {
      const clock = createVirtualClock();
      const done: string[] = [];
      const agenda = createAgenda(
        clock,
        (name) => {
          done.push(name);
          if (name === "again" && done.length < 1_000) agenda.plan("again", clock.now());
        },
        (error) => assert.fail(String(error)),
      );
      agenda.plan("again", clock.now());
      agenda.plan("other", clock.now());
      // One turn of the clock, of a thousand that are to come.
      agenda.check();
      assert.deepEqual(done, ["again", "other"]);
      await clock.advance(1);
      assert.equal(done.length, 1_000);
    });

    it("does each thing at the time that was planned last for it", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
          const clock = createVirtualClock();
          const done: string[] = [];
          const expected: { readonly name: string; readonly at: number }[] = [];
          const planned = new Map<string, number>();
          const agenda = createAgenda(clock, (name) => done.push(`${name} ${clock.now()}`), unexpected);
          const passed = (until: number) => {
            for (const [name, at] of planned) {
              if (at > until) continue;
              expected.push({ name, at });
              planned.delete(name);
            }
          };
          for (const { kind, name, in: wait } of actions) {
            if (kind === "plan") {
              agenda.plan(name, clock.now() + wait);
              planned.set(name, clock.now() + wait);
            } else if (kind === "cancel") {
              agenda.cancel(name);
              planned.delete(name);
            } else {
              await clock.advance(wait);
              passed(clock.now());
            }
          }
          assert.deepEqual(
            ["a", "b", "c"].filter((name) => agenda.has(name)),
            [...planned.keys()].sort(),
          );
          await clock.advance(100);
          passed(clock.now());
          assert.deepEqual(done.toSorted(), expected.map(({ name, at }) => `${name} ${at}`).sort());
          assert.equal(clock.next, undefined);
        }),
        { numRuns: 100 },
      );
    });

    it("waits with one timer, and goes on when one thing fails", async () => {
      const clock = createVirtualClock();
      const done: string[] = [];
      const failures: unknown[] = [];
      const run = (name: string) => {
        if (name === "0") throw new Error(name);
        done.push(name);
      };
      const agenda = createAgenda(clock, run, (error) => failures.push(error));
      for (let name = 0; name < 1000; name++) agenda.plan(`${name}`, clock.now() + 1);
      await clock.advance(1);
      assert.equal(done.length, 999);
      assert.equal(failures.length, 1);
      for (let name = 0; name < 1000; name++) agenda.plan(`${name}`, clock.now() + 1);
      for (let name = 0; name < 1000; name++) agenda.cancel(`${name}`);
      await clock.advance(1);
      assert.equal(done.length, 999);
    });

    it("does nothing once it is closed", async () => {
      const clock = createVirtualClock();
      const agenda = createAgenda(clock, unexpected, unexpected);
      agenda.plan("a", clock.now() + 1);
      agenda.close();
      agenda.plan("b", clock.now() + 1);
      await clock.advance(10);
      assert.equal(clock.next, undefined);
    });
  });

  describe("values in durable state", () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      maxDepth: 4,
      key: fc.oneof(fc.string(), fc.constantFrom("$eddy", "__proto__", "value", "toJSON")),
    });

    it("come back as they were", () => {
      fc.assert(
        fc.property(anything, (value) => {
          // A negative zero is a zero on a disk, and a member that is undefined is as good as none.
          fc.pre(!hasNegativeZero(value));
          const { json } = stored(value);
          const back = restored(JSON.parse(JSON.stringify(json)));
          assert.deepEqual(withoutUndefined(back), withoutUndefined(value));
        }),
        { numRuns: 500, examples: [[new Date(Number.NaN)], [{ at: new Date(0) }]] },
      );
    });

    it("are kept without a copy where they are plain", () => {
      const value = { a: [1, "x", null, { b: true }] };
      assert.equal(stored(value).json, value);
    });

    it("are the same whatever the order of their members", () => {
      assert.ok(isSame({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 }));
      for (const [one, other] of [
        [{ a: 1 }, { a: 1, b: 2 }],
        [
          [1, 2],
          [2, 1],
        ],
        [[], {}],
        [{ a: 1 }, { b: 1 }],
        [null, {}],
        [0, "0"],
        [{ toString: 1 }, {}],
      ] satisfies [Json, Json][]) {
        assert.ok(!isSame(one, other));
        assert.ok(!isSame(other, one));
      }
    });

    it("are refused where they have to be plain data and are not", () => {
      assert.deepEqual(plainData({ a: [null, 1] }), { a: [null, 1] });
      for (const value of [undefined, Number.NaN, new Date(0), new Uint8Array(1), 1n, () => 1, [undefined]])
        assert.throws(() => plainData(value), { code: "EDDY_NOT_STORABLE" });
    });
  });

  it("keys are what by gave, told apart from each other", () => {
    const keys = ["a", "1", 1, true, "true", null, "null", undefined, { a: 1 }, [1], 5n].map((one) =>
      keyOf(one),
    );
    assert.deepEqual(keys, ["a", "1", "1", "true", "true", "null", "null", "", '{"a":1}', "[1]", "5"]);
    for (const wrong of ["x".repeat(1001), () => 1, Symbol("s")])
      assert.throws(() => keyOf(wrong), { code: "EDDY_KEY" });
  });

  it("queues keep their order, key by key and over restarts", () => {
    const key = fc.constantFrom("", "a", "1/a", "queue/0/");
    const action = fc.record({ kind: fc.constantFrom("push", "shift", "reopen"), key });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const state = createMemoryHost().storage.open("node");
        const model = new Map<string, number[]>();
        let queues = createStoredQueues(state);
        for (const [index, { kind, key: own }] of actions.entries()) {
          const expected = model.get(own) ?? [];
          model.set(own, expected);
          if (kind === "push") {
            queues.push(own, index);
            expected.push(index);
          } else if (kind === "shift") assert.equal(queues.shift(own), expected.shift());
          else {
            queues = createStoredQueues(state);
            const waiting = [...model].filter(([, list]) => list.length > 0).map(([name]) => name);
            assert.deepEqual(queues.load().toSorted(), waiting.sort());
          }
          assert.equal(queues.length(own), expected.length);
        }
        const left = [...model.values()].reduce((sum, { length }) => sum + length, 0);
        assert.equal([...state.entries()].length, left);
      }),
    );
  });

  it("state has room for so many values", () => {
    const state = boundedState(createMemoryHost().storage.open("node"), 2);
    state.set("a", 1);
    state.set("b", 2);
    assert.throws(() => state.set("c", 3), { code: "EDDY_TOO_MUCH_KEPT" });
    state.set("a", 4);
    state.delete("x");
    assert.throws(() => state.set("c", 3), { code: "EDDY_TOO_MUCH_KEPT" });
    state.delete("b");
    state.set("c", 3);
    assert.deepEqual(
      [...state.entries()],
      [
        ["a", 4],
        ["c", 3],
      ],
    );
  });

  it("shows whatever there is, and no more of it than it should", () => {
    assert.equal(show({ a: [1, "x", null], b: undefined }), '{"a":[1,"x",null]}');
    for (const [, value] of hostile) assert.ok(show(value).length > 0);
    assert.ok(show("x".repeat(1_000_000)).length <= 4001);
    assert.ok(show(Array(1_000_000).fill(0), 50).length <= 51);
    assert.ok(show({ a: "😀".repeat(100) }, 10).isWellFormed());
  });
});

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries.map(([name, one]) => [name, withoutUndefined(one)]));
}

function hasNegativeZero(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).some(hasNegativeZero);
  return Object.is(value, -0);
}

function unexpected(what: unknown): never {
  throw new Error(`Nobody expected ${what}`);
}
