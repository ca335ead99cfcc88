/** Milliseconds between two looks at a worker. */
const lookInterval = 500;
/** Milliseconds that a worker may take to its first sign of life, on a small device that is busy starting everything. */
const startPatience = 60_000;

export interface WatchdogOptions {
  /** Milliseconds without a sign of life. */
  readonly blockedAfter: number;
  /** Signs of life so far. */
  readonly beats: () => number;
  readonly onBlocked: () => void;
  /** Called at each look. */
  readonly onLook?: () => void;
}

/**
 * Counts looks at which a worker had not moved. A look that itself came late says nothing: the whole device was busy or
 * asleep, not the worker.
 */
export function startWatchdog({ blockedAfter, beats, onBlocked, onLook }: WatchdogOptions): { stop(): void } {
  let last = beats();
  let still = 0;
  let looked = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const isLate = now - looked > 2 * lookInterval;
    looked = now;
    const current = beats();
    still = current !== last || isLate ? 0 : still + 1;
    last = current;
    if (still * lookInterval >= (current === 0 ? Math.max(startPatience, blockedAfter) : blockedAfter)) {
      clearInterval(timer);
      onBlocked();
    } else {
      onLook?.();
    }
  }, lookInterval);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
