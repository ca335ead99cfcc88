/** Milliseconds between two looks at a worker. */
const lookInterval = 500;
/** Milliseconds that a worker may take to its first sign of life, on a small device that is busy starting everything. */
const startPatience = 60_000;
/** How many times as long a worker may be silent that does not compute: it waits for a disk or a program. */
const waitingPatience = 6;

export interface WatchdogOptions {
  /** Milliseconds without a sign of life. */
  readonly blockedAfter: number;
  /** Signs of life so far. */
  readonly beats: () => number;
  /** Milliseconds of processor time that the worker, or the process that it is part of, has used; undefined where nobody tells. */
  readonly processorTime: () => number | undefined;
  readonly onBlocked: () => void;
  /** Called at each look. */
  readonly onLook?: () => void;
}

/**
 * Counts looks at which a worker had not moved: a device that was asleep looks late, and the worker slept too. Processor
 * time tells an endless loop from a device so busy, or so slow, that the worker's turn has hardly come.
 */
export function startWatchdog(options: WatchdogOptions): { stop(): void } {
  const { blockedAfter, beats, processorTime, onBlocked, onLook } = options;
  let last = beats();
  let still = 0;
  let used = processorTime();

  function isBlocked(): boolean {
    const silent = still * lookInterval;
    if (last === 0) return silent >= Math.max(startPatience, blockedAfter);
    if (silent < blockedAfter) return false;
    const now = processorTime();
    if (now === undefined || used === undefined) return true;
    return now - used >= blockedAfter || silent >= waitingPatience * blockedAfter;
  }

  const timer = setInterval(() => {
    const current = beats();
    if (current === last) still++;
    else {
      still = 0;
      used = processorTime();
    }
    last = current;
    if (isBlocked()) {
      clearInterval(timer);
      onBlocked();
    } else {
      onLook?.();
    }
  }, lookInterval);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
