import assert from "node:assert/strict";
import fc from "fast-check";
import type { Message } from "../../../runtime/engine/contract.ts";
import window from "../../../runtime/nodes/window.ts";
import { createNodeHarness, type HarnessOptions, type NodeHarness } from "../harness.ts";
import { member, payload, topic } from "./expressions.ts";

type Params = Parameters<typeof window.create>[1];
type Told = Readonly<Record<string, unknown>> & { readonly start: number; readonly end: number };

const minute = 60_000;
const begun = Date.UTC(2026, 0, 1);

function start(params: Partial<Params>, options: HarnessOptions = {}) {
  const defaults = {
    value: payload,
    compute: ["mean", "min", "max"],
    align: "clock",
    empty: "skip",
    lateness: 0,
  } as const;
  return createNodeHarness(window, { ...defaults, ...params }, options);
}

/** With times since the start of the test. */
function told(node: NodeHarness): readonly Told[] {
  return node.payloads().map((one) => {
    const { start: from, end, ...rest } = one as Told;
    return { start: from - begun, end: end - begun, ...rest };
  });
}

const codes = (node: NodeHarness) => node.errors.map((error) => error.payload.code);
const at = (time: number, value: number): Partial<Message> => ({ payload: { time: begun + time, value } });

describe("window", () => {
  describe("of time", () => {
    it("tells of each window once when it is over", async () => {
      const node = start({ size: minute, compute: ["sum", "mean", "min", "max", "first", "last"] });
      await node.clock.advance(10_000);
      node.send({ payload: 1, topic: "t" });
      await node.clock.advance(30_000);
      node.send({ payload: 4, topic: "u" });
      await node.clock.advance(19_999);
      assert.deepEqual(told(node), []);
      await node.clock.advance(1);
      assert.deepEqual(told(node), [
        { start: 0, end: minute, count: 2, sum: 5, mean: 2.5, min: 1, max: 4, first: 1, last: 4 },
      ]);
      assert.equal(node.messages()[0]?.topic, "u");
      await node.clock.advance(10 * minute);
      assert.equal(node.messages().length, 1);
      assert.deepEqual(node.host.storage.contents(), {});
    });

    it("counts a message at a boundary to the window that begins there", async () => {
      const node = start({ size: minute, compute: ["sum"] });
      node.send({ payload: 1 });
      await node.clock.advance(minute);
      node.send({ payload: 2 });
      await node.clock.advance(minute);
      assert.deepEqual(told(node), [
        { start: 0, end: minute, count: 1, sum: 1 },
        { start: minute, end: 2 * minute, count: 1, sum: 2 },
      ]);
    });

    it("lets windows overlap", async () => {
      const node = start({ size: 3 * minute, slide: minute, compute: ["sum"] });
      for (const value of [1, 2, 4, 8]) {
        node.send({ payload: value });
        await node.clock.advance(minute);
      }
      await node.clock.advance(10 * minute);
      assert.deepEqual(
        told(node).map(({ start: from, sum }) => [from / minute, sum]),
        [
          [-2, 1],
          [-1, 3],
          [0, 7],
          [1, 14],
          [2, 12],
          [3, 8],
        ],
      );
    });

    it("leaves out what lies between windows that are apart", async () => {
      const node = start({ size: minute, slide: 3 * minute, compute: ["sum"] });
      for (const value of [1, 2, 4, 8]) {
        node.send({ payload: value });
        await node.clock.advance(minute);
      }
      await node.clock.advance(10 * minute);
      const sums = told(node).map(({ sum }) => sum);
      assert.deepEqual(sums, [4]);
      assert.deepEqual(codes(node), []);
    });

    it("keeps windows of its own for each key, and tells it", async () => {
      const node = start({ size: minute, compute: ["sum"], by: topic });
      node.send({ payload: 1, topic: "a" });
      node.send({ payload: 2, topic: "b" });
      node.send({ payload: 3, topic: "a" });
      await node.clock.advance(minute);
      assert.deepEqual(told(node), [
        { start: 0, end: minute, key: "a", count: 2, sum: 4 },
        { start: 0, end: minute, key: "b", count: 1, sum: 2 },
      ]);
    });

    it("begins with the first message of a key where it is told to", async () => {
      const node = start({ size: minute, align: "first", compute: ["sum"], by: topic });
      await node.clock.advance(10_000);
      node.send({ payload: 1, topic: "a" });
      await node.clock.advance(30_000);
      node.send({ payload: 2, topic: "b" });
      await node.clock.advance(minute);
      assert.deepEqual(
        told(node).map(({ key, start: from, end }) => [key, from, end]),
        [
          ["a", 10_000, 70_000],
          ["b", 40_000, 100_000],
        ],
      );
    });

    it("tells of empty windows where it is told to", async () => {
      const node = start({ size: minute, empty: "emit", compute: ["sum", "mean"] });
      await node.start();
      await node.clock.advance(minute);
      node.send({ payload: 3 });
      await node.clock.advance(2 * minute);
      assert.deepEqual(
        told(node).map(({ count, sum, mean }) => [count, sum, mean]),
        [
          [0, 0, null],
          [1, 3, 3],
          [0, 0, null],
        ],
      );
      await node.stop();
    });

    it("goes on with a window after a restart", async () => {
      const node = start({ size: minute, compute: ["mean", "p50", "count"], by: topic });
      for (const value of [1, 2]) node.send({ payload: value, topic: "a" });
      await node.clock.advance(20_000);
      await node.restart();
      node.send({ payload: 9, topic: "a" });
      await node.clock.advance(40_000);
      assert.deepEqual(told(node), [{ start: 0, end: minute, key: "a", count: 3, mean: 4, p50: 2 }]);
    });

    it("tells of a window that ended while it did not run", async () => {
      const node = start({ size: minute, compute: ["sum"] });
      node.send({ payload: 1 });
      await node.stop();
      await node.clock.advance(10 * minute);
      await node.restart();
      await node.clock.advance(0);
      assert.deepEqual(told(node), [{ start: 0, end: minute, count: 1, sum: 1 }]);
    });

    for (const [zone, from, end] of [
      // Clocks are put on at 01:00 UTC of 29 March 2026, and back at 01:00 UTC of 25 October 2026.
      ["Europe/Zurich", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
      ["Europe/Zurich", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
      ["Asia/Kathmandu", "2026-06-30T18:15:00Z", "2026-07-01T18:15:00Z"],
      ["Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"],
      ["UTC", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"],
    ] as const) {
      it(`knows how long the day is that begins in ${zone} at ${from}`, async () => {
        const node = start({ size: 24 * 60 * minute, compute: ["count"] }, { timezone: zone });
        await node.clock.advance(Date.parse(from) - begun + 60 * minute);
        node.send({ payload: 1 });
        await node.clock.advance(26 * 60 * minute);
        const [one] = node.payloads() as readonly Told[];
        assert.equal(new Date(one?.start ?? 0).toISOString(), from.replace("Z", ".000Z"));
        assert.equal(new Date(one?.end ?? 0).toISOString(), end.replace("Z", ".000Z"));
      });
    }
  });

  describe("of the time that messages carry", () => {
    const byTime = { size: minute, compute: ["sum"], time: member("time"), value: member("value") };

    it("ends when later messages show that it is over", () => {
      const node = start(byTime);
      node.send(at(10_000, 1));
      node.send(at(5000, 2));
      node.send(at(59_999, 4));
      assert.deepEqual(told(node), []);
      node.send(at(minute, 8));
      assert.deepEqual(told(node), [{ start: 0, end: minute, count: 3, sum: 7 }]);
    });

    it("ends when nothing comes for as long as it still has to go", async () => {
      const node = start(byTime);
      node.send(at(-3 * 24 * 60 * minute + 10_000, 1));
      await node.clock.advance(49_999);
      assert.deepEqual(told(node), []);
      await node.clock.advance(1);
      assert.equal(told(node)[0]?.sum, 1);
    });

    it("waits less where messages have moved time on", async () => {
      const node = start(byTime);
      node.send(at(0, 1));
      await node.clock.advance(1000);
      node.send(at(50_000, 2));
      await node.clock.advance(9999);
      assert.deepEqual(told(node), []);
      await node.clock.advance(1);
      assert.equal(told(node)[0]?.sum, 3);
    });

    it("refuses what comes too late, and waits for it where there is lateness", () => {
      const strict = start(byTime);
      for (const [time, value] of [
        [10_000, 1],
        [70_000, 2],
        [20_000, 4],
      ] as const)
        strict.send(at(time, value));
      assert.deepEqual(codes(strict), ["EDDY_WINDOW_LATE"]);

      const patient = start({ ...byTime, lateness: 30_000 });
      for (const [time, value] of [
        [10_000, 1],
        [70_000, 2],
        [20_000, 4],
        [90_000, 8],
        [30_000, 16],
      ] as const)
        patient.send(at(time, value));
      assert.deepEqual(told(patient), [{ start: 0, end: minute, count: 2, sum: 5 }]);
      assert.deepEqual(codes(patient), ["EDDY_WINDOW_LATE"]);
    });

    it("takes dates and texts as times, and nothing else", () => {
      const node = start({ ...byTime, time: ({ source }) => source?.time });
      const value = { value: 1 };
      for (const time of [begun, new Date(begun), "2026-01-01T00:00:00Z"])
        node.send({ payload: value, source: { time } });
      for (const time of ["yesterday", undefined, null, Number.NaN, new Date("x"), {}, []])
        node.send({ payload: value, source: { time } });
      assert.deepEqual(codes(node), Array(7).fill("EDDY_WINDOW_TIME"));
      node.send({ payload: value, source: { time: begun + minute } });
      assert.equal(told(node)[0]?.count, 3);
    });

    it("goes on from where time had come after a restart", async () => {
      const node = start(byTime);
      node.send(at(50_000, 1));
      node.send(at(110_000, 2));
      await node.restart();
      node.send(at(20_000, 4));
      assert.deepEqual(codes(node), ["EDDY_WINDOW_LATE"]);
      node.send(at(120_000, 8));
      assert.deepEqual(
        told(node).map(({ sum }) => sum),
        [1, 2],
      );
      await node.stop();
    });
  });

  describe("of so many messages", () => {
    it("tells of each so many", () => {
      const node = start({ size: { count: 3 }, compute: ["sum"] });
      for (const value of [1, 2, 3, 4, 5, 6, 7]) node.send({ payload: value });
      assert.deepEqual(
        node.payloads().map((one) => (one as Told).sum),
        [6, 15],
      );
    });

    it("lets them overlap, and be apart", () => {
      const overlapping = start({ size: { count: 3 }, slide: { count: 1 }, compute: ["sum"] });
      const apart = start({ size: { count: 2 }, slide: { count: 3 }, compute: ["sum"] });
      for (const node of [overlapping, apart])
        for (const value of [1, 2, 4, 8, 16]) node.send({ payload: value });
      const sums = (node: NodeHarness) => node.payloads().map((one) => (one as Told).sum);
      assert.deepEqual(sums(overlapping), [7, 14, 28]);
      assert.deepEqual(sums(apart), [3, 24]);
    });

    it("tells from when to when they came", async () => {
      const node = start({ size: { count: 2 }, compute: [] });
      node.send({ payload: "anything" });
      await node.clock.advance(700);
      node.send({ payload: null });
      assert.deepEqual(told(node), [{ start: 0, end: 700, count: 2 }]);
    });

    it("goes on after a restart, key by key", async () => {
      const node = start({ size: { count: 3 }, slide: { count: 2 }, compute: ["sum"], by: topic });
      for (const value of [1, 2, 4, 8]) {
        node.send({ payload: value, topic: "a" });
        node.send({ payload: -value, topic: "b" });
        await node.restart();
      }
      node.send({ payload: 16, topic: "a" });
      assert.deepEqual(
        node.payloads().map((one) => [(one as Told).key, (one as Told).sum]),
        [
          ["a", 7],
          ["b", -7],
          ["a", 28],
        ],
      );
      await node.stop();
    });
  });

  describe("of a session", () => {
    it("ends when nothing has come for the gap", async () => {
      const node = start({ gap: 1000, compute: ["sum"] });
      node.send({ payload: 1 });
      await node.clock.advance(999);
      node.send({ payload: 2 });
      await node.clock.advance(999);
      assert.deepEqual(told(node), []);
      await node.clock.advance(1);
      assert.deepEqual(told(node), [{ start: 0, end: 999, count: 2, sum: 3 }]);
      node.send({ payload: 4 });
      await node.clock.advance(1000);
      assert.equal(told(node)[1]?.sum, 4);
      assert.deepEqual(node.host.storage.contents(), {});
    });

    it("ends when it is as long as it may be", async () => {
      const node = start({ gap: 1000, size: 2500, compute: ["count"] });
      for (let step = 0; step < 10; step++) {
        node.send({ payload: 1 });
        await node.clock.advance(500);
      }
      await node.clock.advance(1000);
      assert.deepEqual(
        told(node).map(({ count }) => count),
        [5, 5],
      );
    });

    it("puts two together that a message in between shows to be one", async () => {
      const node = start({
        gap: 1000,
        lateness: 5000,
        compute: ["sum", "p50"],
        time: member("time"),
        value: member("value"),
      });
      node.send(at(0, 1));
      node.send(at(1500, 4));
      node.send(at(800, 2));
      await node.clock.advance(minute);
      assert.deepEqual(told(node), [{ start: 0, end: 1500, count: 3, sum: 7, p50: 2 }]);
    });

    it("goes on after a restart", async () => {
      const node = start({ gap: 1000, compute: ["sum"], by: topic });
      node.send({ payload: 1, topic: "a" });
      await node.clock.advance(600);
      await node.restart();
      node.send({ payload: 2, topic: "a" });
      await node.clock.advance(1000);
      assert.deepEqual(told(node), [{ start: 0, end: 600, key: "a", count: 2, sum: 3 }]);
    });
  });

  describe("computes", () => {
    const all = ["sum", "mean", "min", "max", "range", "stddev", "variance", "rms", "median", "p5", "p99.9"];

    it("what a textbook says, for any numbers in any order and with restarts", async () => {
      const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
      await fc.assert(
        fc.asyncProperty(
          fc.array(number, { minLength: 1, maxLength: 300 }),
          fc.nat(300),
          async (values, stop) => {
            const node = start({ size: minute, compute: all });
            for (const [index, value] of values.entries()) {
              if (index === stop) await node.restart();
              node.send({ payload: value });
            }
            await node.clock.advance(minute);
            const [actual] = node.payloads() as readonly Told[];
            for (const [name, wanted] of Object.entries(textbook(values))) {
              const found = Number(actual?.[name]);
              const scale = Math.max(1, ...values.map(Math.abs));
              const unit = name === "variance" ? scale * scale : scale;
              assert.ok(
                Math.abs(found - wanted) <= 1e-9 * unit * values.length,
                `${name}: ${found}, not ${wanted}`,
              );
            }
          },
        ),
        { numRuns: 60 },
      );
    });

    it("without losing small values beside large ones", async () => {
      const node = start({ size: minute, compute: ["sum", "stddev"] });
      for (const value of [1e16, 1, -1e16, 1]) node.send({ payload: value });
      await node.clock.advance(minute);
      assert.equal(told(node)[0]?.sum, 2);
      for (const value of [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]) node.send({ payload: value });
      await node.clock.advance(minute);
      assert.ok(Math.abs(Number(told(node)[1]?.stddev) - Math.sqrt(30)) < 1e-6);
    });

    it("by name where values have names", async () => {
      const node = start({ size: minute, compute: ["mean", "count"] });
      node.send({ payload: { celsius: 20, percent: 40 } });
      node.send({ payload: { celsius: 22 } });
      await node.clock.advance(minute);
      assert.deepEqual(told(node), [
        {
          start: 0,
          end: minute,
          count: 2,
          celsius: { mean: 21, count: 2 },
          percent: { mean: 40, count: 1 },
        },
      ]);
    });

    for (const [name, value] of [
      ["text", "21"],
      ["nothing", undefined],
      ["null", null],
      ["not a number", Number.NaN],
      ["infinity", Number.NEGATIVE_INFINITY],
      ["a list", [1]],
      ["a name of its own", { start: 1 }],
      ["no name", { "": 1 }],
      ["text inside", { a: "x" }],
      ["too many names", Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`n${index}`, index]))],
    ] as const) {
      it(`refuses what is no number: ${name}`, async () => {
        const node = start({ size: minute });
        node.send({ payload: value });
        assert.deepEqual(codes(node), ["EDDY_WINDOW_VALUE"]);
        await node.clock.advance(minute);
        assert.deepEqual(told(node), []);
      });
    }
  });

  it("is bounded in its keys", async () => {
    const node = start({ size: minute, compute: ["sum"], by: topic });
    for (let key = 0; key < 10_001; key++) node.send({ payload: 1, topic: `${key}` });
    assert.deepEqual(codes(node), ["EDDY_TOO_MANY_KEYS"]);
    await node.clock.advance(minute);
    assert.equal(node.messages().length, 10_000);
  });

  for (const [name, params] of [
    ["nothing", {}],
    ["a size of nothing", { size: 0 }],
    ["messages and time", { size: minute, slide: { count: 1 } }],
    ["a session of messages", { gap: 1, size: { count: 1 } }],
    ["too many parts", { size: minute, slide: 59_999 }],
  ] as const) {
    it(`refuses what describes no windows: ${name}`, () => {
      assert.throws(() => start(params), { code: "EDDY_WINDOW_SIZE" });
    });
  }
});

function textbook(values: readonly number[]): Readonly<Record<string, number>> {
  const sorted = values.toSorted((one, other) => one - other);
  const sum = values.reduce((total, value) => total + value, 0);
  const mean = sum / values.length;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  const variance = values.length < 2 ? 0 : squares / (values.length - 1);
  const percentile = (percent: number) => {
    const place = ((values.length - 1) * percent) / 100;
    const below = sorted[Math.floor(place)] ?? 0;
    return below + ((sorted[Math.ceil(place)] ?? 0) - below) * (place % 1);
  };
  const [min = 0] = sorted;
  const max = sorted.at(-1) ?? 0;
  const rms = Math.sqrt(values.reduce((total, value) => total + value * value, 0) / values.length);
  return {
    ...{ sum, mean, min, max, range: max - min, variance, stddev: Math.sqrt(variance), rms },
    ...{ median: percentile(50), p5: percentile(5), "p99.9": percentile(99.9) },
  };
}
