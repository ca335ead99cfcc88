/** Milliseconds. */
export interface BackoffLimits {
  readonly first: number;
  readonly longest: number;
}

/**
 * How long to wait before the next attempt: anything up to an exponentially growing bound, so that a thousand devices
 * whose broker came back do not all knock at the same moment ("full jitter").
 */
export function backoff(attempt: number, limits: BackoffLimits, random: () => number): number {
  const bound = Math.min(limits.longest, limits.first * 2 ** Math.min(attempt, 30));
  return Math.max(1, Math.round(bound * random()));
}
