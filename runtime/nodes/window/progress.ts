import type { Clock, KeyValueStore } from "../../engine/contract.ts";
import type { TimeSource } from "../support/agenda.ts";
import { isObject } from "../support/stored.ts";

/** How far time has come for windows: what ends before `now` is complete. */
export interface Progress extends TimeSource {
  /** A message of this time has come. */
  see(at: number): void;
}

/** Windows of the time at which messages come: they end when the clock says so. */
export function clockProgress(clock: Clock): Progress {
  return { now: () => clock.now(), after: (milliseconds, run) => clock.after(milliseconds, run), see() {} };
}

/**
 * Windows of the time that messages carry: it has come as far as the latest of them, and on with the clock while none
 * comes, less `lateness`. Survives restarts.
 */
export function messageProgress(clock: Clock, state: KeyValueStore, lateness: number): Progress {
  const kept = state.get("progress");
  let latest = isObject(kept) ? Number(kept.latest) : Number.NEGATIVE_INFINITY;
  let seen = isObject(kept) ? Number(kept.seen) : 0;
  const reached = () => latest + Math.max(0, clock.now() - seen);
  return {
    now: () => reached() - lateness,
    after: (milliseconds, run) => clock.after(milliseconds, run),
    see(at) {
      if (at < reached()) return;
      latest = at;
      seen = clock.now();
      state.set("progress", { latest, seen });
    },
  };
}
