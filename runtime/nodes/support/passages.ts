import type { Clock, KeyValueStore } from "../../engine/contract.ts";
import { plannedBefore } from "./time.ts";

/** Which messages of a key have gone through within the last `per` milliseconds, as far as that bounds the next ones. */
export interface Passages {
  /** Takes up what durable state holds, and tells of which keys. */
  load(): readonly string[];
  /** Whether one more may go through now. */
  isFree(key: string): boolean;
  /** When one more may go through, on the monotonic clock. */
  nextFree(key: string): number;
  /** One goes through now. */
  note(key: string): void;
  /** When the last one of a key is over, on the monotonic clock; one that is over already is forgotten, and undefined. */
  over(key: string): number | undefined;
}

/** The times of the last `limit` passages; the next one takes the place of the oldest. */
interface Ring {
  /** On the monotonic clock. */
  readonly times: number[];
  next: number;
}

/** Names in state are `passed/<place>/<key>`. One write for each passage, however large the limit. */
const pattern = /^passed\/(\d+)\/(.*)$/s;

export function createPassages(
  clock: Clock,
  state: KeyValueStore,
  { limit, per }: { readonly limit: number; readonly per: number },
): Passages {
  const rings = new Map<string, Ring>();
  const nameOf = (key: string, place: number) => `passed/${place}/${key}`;
  const nextFree = (key: string) => {
    const ring = rings.get(key);
    const oldest = ring?.times[ring.next];
    return oldest === undefined ? clock.monotonic() : oldest + per;
  };

  function forget(key: string): void {
    for (const place of rings.get(key)?.times.keys() ?? []) state.delete(nameOf(key, place));
    rings.delete(key);
  }

  function noted(key: string, time: number, wall: number): void {
    const ring = rings.get(key) ?? { times: [], next: 0 };
    state.set(nameOf(key, ring.next), wall);
    ring.times[ring.next] = time;
    ring.next = (ring.next + 1) % limit;
    rings.set(key, ring);
  }

  return {
    load() {
      const found = new Map<string, number[]>();
      for (const [name, wall] of [...state.entries()]) {
        const key = pattern.exec(name)?.[2];
        if (key === undefined) continue;
        const walls = found.get(key) ?? [];
        found.set(key, walls);
        walls.push(Number(wall));
        // Written again in order: the limit may be another one now.
        state.delete(name);
      }
      const timeOf = plannedBefore(clock);
      for (const [key, walls] of found) {
        for (const wall of walls.sort((one, other) => one - other)) {
          noted(key, timeOf(wall + per, per) - per, wall);
        }
      }
      return [...found.keys()];
    },
    nextFree,
    // Timers are exact to the millisecond, no more.
    isFree: (key) => nextFree(key) - clock.monotonic() < 1,
    note: (key) => noted(key, clock.monotonic(), clock.now()),
    over(key) {
      const ring = rings.get(key);
      if (!ring) return undefined;
      const last = ring.times.reduce((latest, time) => Math.max(latest, time), Number.NEGATIVE_INFINITY);
      if (last + per - clock.monotonic() >= 1) return last + per;
      forget(key);
      return undefined;
    },
  };
}
