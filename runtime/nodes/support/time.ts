import type { Clock } from "../../engine/contract.ts";
import type { TimeSource } from "./agenda.ts";

/** Time that nobody can set: what is to take a minute takes a minute, whatever is done to the clock meanwhile. */
export function steadyTime(clock: Clock): TimeSource {
  return { now: () => clock.monotonic(), after: (milliseconds, run) => clock.after(milliseconds, run) };
}

/**
 * When, in steady time, a wait ends that an earlier run has planned until `due` (milliseconds since 1970). The clock may have
 * been set back since, so that `longest`, the whole wait, bounds it. What is over already was over in this order.
 */
export function plannedBefore(clock: Clock): (due: number, longest: number) => number {
  // Read once, so that what is due at one time stays together.
  const [steady, now] = [clock.monotonic(), clock.now()];
  return (due, longest) => steady + Math.min(due - now, longest);
}
