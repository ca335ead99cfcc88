/** How the device and the agent on it are. */
import { readFileSync, statfsSync } from "node:fs";
import { freemem, loadavg } from "node:os";
import type { Health } from "../../protocol/contract.ts";
import type { Problem } from "../messages.ts";
import type { OutboxTotals } from "../store.ts";

export interface HealthMonitor {
  /** Keeps or forgets what is wrong with one thing. */
  report(about: string, problem: Problem | undefined): void;
  /** What is wrong with things whose names begin so, by the rest of the name. */
  troubles(prefix: string): ReadonlySet<string>;
  read(outbox: Iterable<OutboxTotals>, written: Health["written"]): Health;
  close(): void;
}

/** Bytes below which writing will soon fail. */
const lowDisk = 20 * 1024 * 1024;
/** Milliseconds between two looks at how late the event loop is. */
const lagInterval = 1_000;

export function createHealthMonitor(home: string, now: () => number): HealthMonitor {
  const problems = new Map<string, Problem>();
  let lag = 0;
  let due = performance.now() + lagInterval;
  const timer = setInterval(() => {
    const at = performance.now();
    lag = Math.max(0, at - due);
    due = at + lagInterval;
  }, lagInterval).unref();

  return {
    report(about, problem) {
      if (problem) problems.set(about, problem);
      else problems.delete(about);
    },
    troubles: (prefix) =>
      new Set(
        [...problems.keys()].flatMap((about) => (about.startsWith(prefix) ? about.slice(prefix.length) : [])),
      ),
    read(outboxes, written) {
      const disk = diskOf(home);
      const reasons = [...problems.values()];
      if (disk && disk.free < lowDisk) {
        const megabytes = (disk.free / 2 ** 20).toFixed(1);
        reasons.push({ code: "EDDY_DISK_LOW", message: `Only ${megabytes} MB of disk are free. Make room.` });
      }
      const temperature = temperatureOf();
      const { rss, heapUsed } = process.memoryUsage();
      return {
        status: statusOf(reasons),
        reasons,
        time: now(),
        memory: { rss, heapUsed, free: freemem() },
        disk: disk ?? { free: 0, total: 0 },
        load: loadavg(),
        ...(temperature === undefined ? {} : { temperature }),
        eventLoopLag: Math.max(lag, performance.now() - due, 0),
        outbox: sum(outboxes),
        ...(written === undefined ? {} : { written }),
      };
    },
    close: () => clearInterval(timer),
  };
}

/** What keeps anything from being stored is failing; all else still works in part. */
const failing = new Set(["EDDY_DISK_FULL", "EDDY_STORE_UNAVAILABLE"]);

function statusOf(reasons: readonly Problem[]): Health["status"] {
  if (reasons.length === 0) return "ok";
  return reasons.some(({ code }) => failing.has(code)) ? "failing" : "degraded";
}

/** Bytes of the file system that holds the agent's files. */
export function diskOf(home: string): { free: number; total: number; inodes?: number } | undefined {
  try {
    const { bavail, blocks, bsize, files, ffree } = statfsSync(home);
    // Some file systems have no fixed number of files, and tell 0 of 0.
    return { free: bavail * bsize, total: blocks * bsize, ...(files > 0 ? { inodes: ffree } : {}) };
  } catch {
    // A platform that does not tell.
    return undefined;
  }
}

/** Degrees Celsius of the processor, where Linux tells. */
function temperatureOf(): number | undefined {
  try {
    const value = Number(readFileSync("/sys/class/thermal/thermal_zone0/temp", "utf8")) / 1000;
    return Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function sum(outboxes: Iterable<OutboxTotals>): Health["outbox"] {
  let entries = 0;
  let bytes = 0;
  let oldest: number | undefined;
  for (const one of outboxes) {
    entries += one.entries;
    bytes += one.bytes;
    if (one.oldest !== undefined) oldest = Math.min(oldest ?? one.oldest, one.oldest);
  }
  return { entries, bytes, ...(oldest === undefined ? {} : { oldest }) };
}
