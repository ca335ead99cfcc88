import type { Clock } from "../../../runtime/engine/contract.ts";

/** Time that passes only when a test says so. */
export function createManualClock(start = 1_000): Clock & { pass(milliseconds: number): void } {
  let now = start;
  const timers = new Set<{ readonly due: number; readonly run: () => void }>();
  return {
    now: () => now,
    monotonic: () => now,
    after(milliseconds, run) {
      const timer = { due: now + milliseconds, run };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    pass(milliseconds) {
      const until = now + milliseconds;
      for (;;) {
        const next = [...timers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0];
        if (!next) break;
        timers.delete(next);
        now = next.due;
        next.run();
      }
      now = until;
    },
  };
}
