import type { Clock } from "../../engine/contract.ts";
import type { TimeSource } from "./agenda.ts";

/** Time that nobody can set: what is to take a minute takes a minute, whatever is done to the clock meanwhile. */
export function steadyTime(clock: Clock): TimeSource {
  return { now: () => clock.monotonic(), after: (milliseconds, run) => clock.after(milliseconds, run) };
}

/**
 * Of a wait that was planned in an earlier run: what is left of it until `due` (milliseconds since 1970). The clock may
 * have been set back since, so that `longest`, the whole wait, bounds it.
 */
export function timeLeft(clock: Clock, due: number, longest: number): number {
  return Math.min(Math.max(0, due - clock.now()), longest);
}
