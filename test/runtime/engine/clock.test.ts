import assert from "node:assert/strict";
import { createVirtualClock, systemClock } from "../../../runtime/engine/clock.ts";

describe("virtual time", () => {
  it("fires timers by time and then by order, and lets promises come to rest between them", async () => {
    const clock = createVirtualClock(0);
    const fired: string[] = [];
    const at = (milliseconds: number, name: string) =>
      clock.after(milliseconds, () => void fired.push(`${name} ${clock.now()}`));
    at(20, "c");
    at(10, "a");
    at(10, "b");
    at(15, "cancelled").cancel();
    clock.after(10, async () => {
      await Promise.resolve();
      at(5, "later");
    });
    await clock.advance(15);
    assert.deepEqual(fired, ["a 10", "b 10", "later 15"]);
    assert.equal(clock.next, 20);
    await clock.advance(5);
    assert.deepEqual(fired.at(-1), "c 20");
    assert.equal(clock.next, undefined);
    assert.equal(clock.monotonic(), 20);
  });

  it("fires at once what is to wait for no time at all, or for what is no time", async () => {
    const clock = createVirtualClock(0);
    const fired: number[] = [];
    for (const delay of [0, -5, Number.NaN]) clock.after(delay, () => void fired.push(clock.now()));
    await clock.advance(0);
    assert.deepEqual(fired, [0, 0, 0]);
  });

  it("runs until something is so, or until nothing is planned", async () => {
    const clock = createVirtualClock(0);
    let count = 0;
    const tick = () => {
      count++;
      if (count < 5) clock.after(1_000, tick);
    };
    clock.after(1_000, tick);
    assert.equal(await clock.runUntil(() => count === 3), true);
    assert.equal(clock.now(), 3_000);
    assert.equal(await clock.runUntil(() => count === 50), false);
    assert.equal(count, 5);
  });
});

describe("the system's clock", () => {
  it("stands still within a tick and goes on with the next", async () => {
    const clock = systemClock();
    const first = clock.now();
    const until = performance.now() + 5;
    while (performance.now() < until);
    assert.equal(clock.now(), first);
    await new Promise<void>((resolve) => clock.after(1, resolve));
    assert.ok(clock.now() > first);
  });

  it("waits longer than the platform's timers can", () => {
    const clock = systemClock();
    let fired = false;
    const timer = clock.after(2 ** 40, () => {
      fired = true;
    });
    timer.cancel();
    assert.equal(fired, false);
  });
});
