import assert from "node:assert/strict";
import { createVirtualClock } from "../../../runtime/engine/clock.ts";
import inject from "../../../runtime/nodes/inject.ts";
import { createNodeHarness, type HarnessOptions } from "../harness.ts";

const hour = 3_600_000;

function start(params: Partial<Parameters<typeof inject.create>[1]> = {}, options: HarnessOptions = {}) {
  const all = { payload: () => "tick", missed: "skip", "at-start": false, ...params } as const;
  return createNodeHarness(inject, all, options);
}

/** Times of day at which it fired. */
function times(node: ReturnType<typeof start>): readonly string[] {
  return node.messages().map(({ time }) => new Date(time).toISOString().slice(5, 19));
}

describe("inject", () => {
  it("does nothing by itself", async () => {
    const node = start();
    await node.start();
    await node.clock.advance(24 * hour);
    assert.deepEqual(node.emissions, []);
    await node.stop();
  });

  it("fires at intervals, from one interval after the start on", async () => {
    const node = start({ every: 1000, topic: () => "t" });
    await node.start();
    await node.clock.advance(999);
    assert.deepEqual(node.messages(), []);
    await node.clock.advance(2001);
    assert.deepEqual(node.payloads(), ["tick", "tick", "tick"]);
    assert.equal(node.messages()[0]?.topic, "t");
    await node.stop();
    await node.clock.advance(10_000);
    assert.equal(node.messages().length, 3);
  });

  it("keeps its rhythm through a restart, and is late rather than silent where that takes a moment", async () => {
    const node = start({ every: 1000 });
    await node.start();
    const begin = node.clock.now();
    const fired = () => node.messages().map(({ time }) => time - begin);
    await node.clock.advance(1_400);
    await node.restart();
    await node.clock.advance(1_000);
    assert.deepEqual(fired(), [1_000, 2_000]);
    await node.clock.advance(500);
    await node.stop();
    await node.clock.advance(300);
    await node.start();
    await node.clock.advance(1_500);
    assert.deepEqual(fired(), [1_000, 2_000, 3_200, 4_000]);
    await node.stop();
    // What passed while it was stopped for longer is skipped.
    await node.clock.advance(20_300);
    await node.start();
    await node.clock.advance(1_000);
    assert.deepEqual(fired(), [1_000, 2_000, 3_200, 4_000, 26_000]);
    await node.stop();
  });

  it("fires when the workflow starts, where it is told to", async () => {
    const node = start({ "at-start": true });
    await node.start();
    assert.deepEqual(node.payloads(), ["tick"]);
    await node.restart();
    assert.equal(node.messages().length, 2);
    await node.stop();
  });

  it("gives every message an id and a time of its own", async () => {
    const node = start({ every: 1000, payload: ({ id, time }) => [id, time] });
    await node.start();
    await node.clock.advance(2000);
    const messages = node.messages();
    assert.deepEqual(
      node.payloads(),
      messages.map(({ id, time }) => [id, time]),
    );
    assert.equal(new Set(messages.map(({ id }) => id)).size, 2);
    await node.stop();
  });

  it("goes on after a payload that failed", async () => {
    let count = 0;
    const payload = () => {
      if (count++ === 0) throw new Error("not yet");
      return count;
    };
    const node = start({ every: 1000, payload });
    await node.start();
    await node.clock.advance(2000);
    assert.equal(node.errors[0]?.payload.message, "not yet");
    assert.deepEqual(node.payloads(), [2]);
    await node.stop();
  });

  it("follows the clock on the wall", async () => {
    const node = start({ cron: "0 6 * * 1-5" }, { timezone: "Europe/Zurich" });
    await node.start();
    await node.clock.advance(5 * 24 * hour);
    // The first of January 2026 is a Thursday.
    assert.deepEqual(times(node), ["01-01T05:00:00", "01-02T05:00:00", "01-05T05:00:00"]);
    await node.stop();
  });

  describe("where the clock is set", () => {
    const minute = 60_000;

    /** At 05:00, with a job every day at 06:00. */
    async function atFive(change: Partial<Parameters<typeof inject.create>[1]> = {}) {
      const node = start({ cron: "0 6 * * *", ...change }, { timezone: "UTC" });
      const { clock } = node;
      const real = clock.now;
      let shift = 0;
      clock.now = () => real() + shift;
      await node.start();
      await clock.advance(5 * hour);
      return {
        node,
        setBy: (milliseconds: number) => {
          shift += milliseconds;
        },
      };
    }

    it("fires at the time that it shows then, forwards and backwards", async () => {
      const { node, setBy } = await atFive();
      setBy(30 * minute);
      await node.clock.advance(31 * minute);
      assert.deepEqual(times(node), ["01-01T06:00:00"]);
      setBy(-12 * hour);
      await node.clock.advance(12 * hour);
      assert.deepEqual(times(node), ["01-01T06:00:00", "01-01T06:00:00"]);
      await node.stop();
    });

    it("fires once where it is set back by a little over the time, and late where it is set forwards over it", async () => {
      const { node, setBy } = await atFive();
      await node.clock.advance(hour + minute);
      setBy(-10 * minute);
      await node.clock.advance(hour);
      assert.deepEqual(times(node), ["01-01T06:00:00"]);
      await node.clock.advance(22 * hour + 50 * minute);
      setBy(hour);
      await node.clock.advance(minute);
      assert.equal(times(node).length, 2);
      await node.stop();
    });

    it("fires neither at once nor in a burst where it learns that years have passed", async () => {
      const { node, setBy } = await atFive();
      setBy(20_000 * 24 * hour);
      await node.clock.advance(50 * minute);
      assert.deepEqual(times(node), []);
      await node.clock.advance(10 * minute);
      assert.equal(times(node).length, 1);
      await node.stop();
    });

    it("makes up once for those years, where it is told to", async () => {
      const { node, setBy } = await atFive({ missed: "once" });
      setBy(20_000 * 24 * hour);
      await node.clock.advance(50 * minute);
      assert.equal(times(node).length, 1);
      await node.stop();
    });
  });

  it("takes cron expressions with seconds", async () => {
    const node = start({ cron: "*/20 * * * * *" });
    await node.start();
    await node.clock.advance(60_000);
    assert.deepEqual(times(node), ["01-01T00:00:20", "01-01T00:00:40", "01-01T00:01:00"]);
    await node.stop();
  });

  it("fires once on a day on which the hour comes twice, and not never on one on which it is left out", async () => {
    for (const [day, count] of [
      ["2026-03-28T12:00:00Z", 2],
      ["2026-10-24T12:00:00Z", 2],
    ] as const) {
      const clock = createVirtualClock(Date.parse(day));
      const node = start({ cron: "30 2 * * *" }, { timezone: "Europe/Zurich", clock });
      await node.start();
      await clock.advance(2 * 24 * hour);
      assert.equal(node.messages().length, count, day);
      await node.stop();
    }
  });

  it("leaves out what passed while it did not run", async () => {
    const node = start({ cron: "0 * * * *" });
    await node.start();
    await node.stop();
    await node.clock.advance(3.5 * hour);
    await node.restart();
    await node.clock.advance(0);
    assert.deepEqual(node.messages(), []);
    await node.clock.advance(hour / 2);
    assert.deepEqual(times(node), ["01-01T04:00:00"]);
    await node.stop();
  });

  it("makes up once for what passed while it did not run, where it is told to", async () => {
    const node = start({ cron: "0 * * * *", missed: "once" });
    await node.start();
    await node.clock.advance(hour);
    await node.stop();
    await node.clock.advance(3.5 * hour);
    await node.restart();
    assert.deepEqual(times(node), ["01-01T01:00:00", "01-01T04:30:00"]);
    await node.restart();
    assert.equal(node.messages().length, 2);
    await node.stop();
  });

  it("has no arrears when it starts for the first time", async () => {
    const node = start({ cron: "0 * * * *", missed: "once" });
    await node.start();
    assert.deepEqual(node.messages(), []);
    await node.stop();
  });
});
