import { Cron } from "croner";
import type { Host } from "../../engine/contract.ts";

export const nextTime: Host["nextTime"] = (cron, timezone, from) =>
  new Cron(cron, { timezone, paused: true }).nextRun(new Date(from))?.getTime();
