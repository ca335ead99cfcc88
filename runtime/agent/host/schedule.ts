import { Cron } from "croner";

/**
 * When a cron expression fires next after `from` (both milliseconds since 1970), in a time zone (IANA name);
 * undefined where it never does. Only computes: the engine's clock does the waiting.
 */
export function nextTime(expression: string, timezone: string, from: number): number | undefined {
  return new Cron(expression, { timezone, paused: true }).nextRun(new Date(from))?.getTime();
}
