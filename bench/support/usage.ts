// What a process takes, as Linux tells it. Nothing elsewhere.
import { existsSync, readFileSync } from "node:fs";

/** Clock ticks a second: the same on every Linux that Node runs on. */
const ticks = 100;

/** Megabytes of memory that are in use now. */
export function residentMemory(pid: number): number | undefined {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return undefined;
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(status, "utf8")) ?? [];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/** Milliseconds that all its threads have worked. */
export function processorTime(pid: number): number | undefined {
  const stat = `/proc/${pid}/stat`;
  if (!existsSync(stat)) return undefined;
  // The name in brackets may hold spaces.
  const fields = readFileSync(stat, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticks;
}
