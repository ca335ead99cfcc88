import type { Timer } from "../../engine/contract.ts";

/** What time it is, and a way to wait; milliseconds from any beginning. */
export interface TimeSource {
  now(): number;
  after(milliseconds: number, run: () => void): Timer;
}

/** Things to do at times, by name. However many there are, one timer waits for the next of them. */
export interface Agenda {
  /** Takes the place of what was planned under the name. */
  plan(name: string, at: number): void;
  cancel(name: string): void;
  has(name: string): boolean;
  /** Does what is due by now, for whoever knows that time has moved on. */
  check(): void;
  close(): void;
}

interface Entry {
  readonly name: string;
  /** Its place in the heap; an entry that was put off keeps it until its turn comes. */
  at: number;
  due: number;
  readonly order: number;
  isCancelled: boolean;
}

/**
 * Does what is due in the order of its time, and at one time in the order in which it was planned. What `run` throws goes
 * to `fail`, and the rest is done all the same.
 */
export function createAgenda(
  time: TimeSource,
  run: (name: string) => void,
  fail: (error: unknown) => void,
): Agenda {
  const entries = new Map<string, Entry>();
  let heap: Entry[] = [];
  let timer: Timer | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let order = 0;
  let isClosed = false;

  function cancel(name: string): void {
    const entry = entries.get(name);
    if (!entry) return;
    entry.isCancelled = true;
    entries.delete(name);
    // What was cancelled lies in the heap until its time: not more of it than of the rest.
    if (heap.length > 64 && heap.length > 2 * entries.size) {
      const live = heap.filter(({ isCancelled }) => !isCancelled);
      heap = [];
      for (const one of live) push(heap, one);
    }
  }

  function check(): void {
    const planned = order;
    for (let first = heap[0]; first && !isClosed; first = heap[0]) {
      // Timers are exact to the millisecond, no more.
      if (!first.isCancelled && first.at - time.now() >= 1) break;
      // What is planned meanwhile has another turn, so that what plans itself anew gives the thread back.
      if (!first.isCancelled && first.order >= planned) break;
      pop(heap);
      if (first.isCancelled) continue;
      if (first.due > first.at) {
        first.at = first.due;
        push(heap, first);
        continue;
      }
      entries.delete(first.name);
      try {
        run(first.name);
      } catch (error) {
        fail(error);
      }
    }
    // Time may have made a leap, so that there is another while to wait for the same thing.
    timerAt = Number.NaN;
    wait();
  }

  function wait(): void {
    const at = heap[0]?.at ?? Number.POSITIVE_INFINITY;
    if (isClosed || at === timerAt) return;
    timer?.cancel();
    timerAt = at;
    if (at === Number.POSITIVE_INFINITY) return;
    timer = time.after(Math.max(0, at - time.now()), check);
  }

  return {
    plan(name, at) {
      const known = entries.get(name);
      if (known && known.at <= at) {
        known.due = at;
        return;
      }
      cancel(name);
      const entry = { name, at, due: at, order: order++, isCancelled: false };
      entries.set(name, entry);
      push(heap, entry);
      wait();
    },
    cancel,
    has: (name) => entries.has(name),
    check,
    close() {
      isClosed = true;
      timer?.cancel();
    },
  };
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const above = (at - 1) >> 1;
    const parent = heap[above];
    if (!parent || !isBefore(entry, parent)) break;
    heap[at] = parent;
    heap[above] = entry;
    at = above;
  }
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (!last || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    const isRight = left && right && isBefore(right, left);
    const child = isRight ? right : left;
    if (!child || !isBefore(child, last)) break;
    heap[at] = child;
    at = 2 * at + (isRight ? 2 : 1);
  }
  heap[at] = last;
}
