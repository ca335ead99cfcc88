import type { Clock, Timer } from "./contract.ts";

/** The longest delay that the platform's timers take; a longer one would fire at once. Milliseconds. */
const longestTimer = 2 ** 31 - 1;

/** The real clock. `now` is read once a tick: everything that happens in one turn of the event loop happens at one time. */
export function systemClock(): Clock {
  let time: number | undefined;
  return {
    now() {
      if (time === undefined) {
        time = Date.now();
        // Promise jobs still belong to the turn; the next timer or packet does not.
        setImmediate(() => {
          time = undefined;
        });
      }
      return time;
    },
    monotonic: () => performance.now(),
    after(milliseconds, run) {
      let timer: NodeJS.Timeout;
      let left = delay(milliseconds);
      const plan = () => {
        const part = Math.min(left, longestTimer);
        left -= part;
        timer = setTimeout(() => (left > 0 ? plan() : run()), part);
      };
      plan();
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

/** Delays come out of authors' expressions: what is no number is none, so that the timer fires all the same. */
function delay(milliseconds: number): number {
  return milliseconds > 0 ? Number(milliseconds) : 0;
}

/** A clock that moves when it is told to: the same events at the same times, as fast as the processor allows. */
export interface VirtualClock extends Clock {
  /** Moves on by `milliseconds`, firing what becomes due, in order of time and then of planning. */
  advance(milliseconds: number): Promise<void>;
  /** Moves from timer to timer until `isDone` says so or nothing is planned any more; tells whether it became so. */
  runUntil(isDone: () => boolean): Promise<boolean>;
  /** When the next timer is due, in milliseconds since 1970. */
  readonly next: number | undefined;
}

interface Planned {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
}

/** `start` in milliseconds since 1970. */
export function createVirtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let time = start;
  let order = 0;
  const planned = new Set<Planned>();
  const first = () =>
    [...planned].reduce<Planned | undefined>(
      (best, one) =>
        !best || one.due < best.due || (one.due === best.due && one.order < best.order) ? one : best,
      undefined,
    );
  const fireFirst = async (): Promise<boolean> => {
    const timer = first();
    if (!timer) return false;
    planned.delete(timer);
    time = Math.max(time, timer.due);
    timer.run();
    await settle();
    return true;
  };
  return {
    now: () => time,
    monotonic: () => time - start,
    after(milliseconds, run): Timer {
      const timer: Planned = { due: time + delay(milliseconds), order: order++, run };
      planned.add(timer);
      return { cancel: () => planned.delete(timer) };
    },
    async advance(milliseconds) {
      const end = time + milliseconds;
      await settle();
      while ((first()?.due ?? Infinity) <= end) await fireFirst();
      time = end;
    },
    async runUntil(isDone) {
      await settle();
      while (!isDone()) if (!(await fireFirst())) return isDone();
      return true;
    },
    get next() {
      return first()?.due;
    },
  };
}

/** Lets what was started by an event come to rest: promise jobs, and those that they start. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
