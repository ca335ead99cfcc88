import assert from "node:assert/strict";
import { mock } from "node:test";
import { startWatchdog } from "../../../runtime/agent/control/watchdog.ts";

interface Worker {
  /** Milliseconds between two signs of life; 0 for none. */
  readonly beatEvery: number;
  /** Of each second, milliseconds of processor time that it gets; undefined where nobody tells. */
  readonly share: number | undefined;
  readonly silentFrom?: number;
}

/** Seconds after which the worker was ended, if it was in two minutes. */
function endOf({ beatEvery, share, silentFrom = Number.POSITIVE_INFINITY }: Worker): number | undefined {
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    let now = 0;
    let ended: number | undefined;
    const watchdog = startWatchdog({
      blockedAfter: 5_000,
      beats: () => (beatEvery === 0 ? 0 : 1 + Math.floor(Math.min(now, silentFrom) / beatEvery)),
      processorTime: () => (share === undefined ? undefined : (now / 1_000) * share),
      onBlocked: () => {
        ended = now / 1_000;
      },
    });
    for (; now < 120_000 && ended === undefined; now += 100) mock.timers.tick(100);
    watchdog.stop();
    return ended;
  } finally {
    mock.timers.reset();
  }
}

describe("the watchdog", () => {
  for (const [what, worker, least, most] of [
    ["ends a worker that loops", { beatEvery: 250, share: 1_000, silentFrom: 10_000 }, 14.5, 16.5],
    [
      "ends one where nobody tells of processor time",
      { beatEvery: 250, share: undefined, silentFrom: 10_000 },
      14.5,
      16.5,
    ],
    [
      "waits for one that loops on a busy device",
      { beatEvery: 250, share: 250, silentFrom: 10_000 },
      29.5,
      31.5,
    ],
    ["ends one that waits for ever", { beatEvery: 250, share: 0, silentFrom: 10_000 }, 39.5, 41.5],
    ["ends one that never started", { beatEvery: 0, share: 1_000 }, 59.5, 61.5],
  ] as const) {
    it(what, () => {
      const seconds = endOf(worker) ?? Number.NaN;
      assert.ok(seconds >= least && seconds <= most, `after ${seconds} s`);
    });
  }

  it("leaves a worker alone that is only slow", () => {
    assert.equal(endOf({ beatEvery: 4_000, share: 1_000 }), undefined);
    assert.equal(endOf({ beatEvery: 25_000, share: 100 }), undefined);
  });
});
