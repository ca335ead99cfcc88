/** What outlives the agent about time and wear: how late it has been already, and how much was written today. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Type from "typebox";
import { type Layout, readJsonFile, writeWhole } from "./layout.ts";
import type { Problem } from "./messages.ts";

export interface Ledger {
  /**
   * Milliseconds since 1970, and never before a time that the agent has seen: a clock that is set back makes no expired
   * signature valid again.
   */
  time(): number;
  /** Bytes written today (UTC), and how many may be in a day. Undefined where the platform does not tell. */
  written(): { readonly today: number; readonly budget: number } | undefined;
  close(): void;
}

export interface LedgerOptions {
  readonly layout: Layout;
  /** The device's clock, milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds on a clock that nobody sets. */
  readonly monotonic: () => number;
  /** Bytes that the process has written; undefined where nobody tells. */
  readonly processWrites?: () => number | undefined;
  /** Bytes a day. */
  readonly budget?: number;
  /** Hears what is wrong with the clock or the writing, and `undefined` once it is well. */
  readonly onProblem: (about: "clock" | "writes", problem: Problem | undefined) => void;
}

/** Milliseconds between two writes: a clock that was wrong at the device's start has been set by then. */
const interval = 10 * 60_000;
/** Milliseconds that a clock may differ by without anybody's having set it back. */
const tolerance = 60 * 60_000;
/** Bytes a day that a plain SD card stands for years. */
const defaultBudget = 2e9;

const ledgerSchema = Type.Object({ time: Type.Number(), day: Type.String(), written: Type.Number() });

export interface LedgerOfTests extends Ledger {
  /** Looks at the clock and writes. Happens every ten minutes by itself. */
  note(): void;
}

export function openLedger(options: LedgerOptions): LedgerOfTests {
  const { layout, now, monotonic, onProblem, budget = defaultBudget } = options;
  const processWrites = options.processWrites ?? writesOfProcess;
  const path = join(layout.home, "ledger.json");
  const before = readJsonFile(path, ledgerSchema, () => {
    // Whatever it said is not known any more: it begins anew.
  });
  let latest = before?.time ?? 0;
  let seenAt = monotonic();
  let counted = processWrites() ?? 0;
  let { day, written } = before ?? { day: dayOf(now()), written: 0 };

  /** While it runs, the clock that nobody sets tells how much later it is at least. */
  function time(): number {
    return Math.max(now(), latest === 0 ? 0 : latest + monotonic() - seenAt);
  }

  function count(): void {
    const total = processWrites();
    if (total === undefined) return;
    const today = dayOf(time());
    if (today !== day) written = 0;
    day = today;
    // A process that is just ending may be missing for once; it is not counted again when its parent has its sum.
    written += Math.max(0, total - counted);
    counted = Math.max(counted, total);
    onProblem("writes", written > budget ? tooMuch(written, budget) : undefined);
  }

  function note(): void {
    latest = time();
    seenAt = monotonic();
    const behind = latest - now();
    onProblem("clock", behind > tolerance ? setBack(now(), latest) : undefined);
    count();
    try {
      writeWhole(path, JSON.stringify({ time: latest, day, written }));
    } catch {
      // A disk that cannot be written is told by the store.
    }
  }

  if (latest - now() > tolerance) onProblem("clock", setBack(now(), latest));
  const timer = setInterval(note, interval).unref();
  return {
    time,
    note,
    written() {
      if (processWrites() === undefined) return undefined;
      count();
      return { today: written, budget };
    },
    close() {
      clearInterval(timer);
      // Of a short run, the clock may still be that of the start.
      if (monotonic() - seenAt < interval && latest === 0) return;
      note();
    },
  };
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function setBack(now: number, latest: number): Problem {
  const text = (time: number) => new Date(time).toISOString().slice(0, 16);
  return {
    code: "EDDY_CLOCK_BEHIND",
    message: `The device's clock says ${text(now)}, but it has been ${text(latest)} already. Set the clock. If it was the later time that was wrong, stop the agent and delete ledger.json in its folder.`,
  };
}

function tooMuch(written: number, budget: number): Problem {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  return {
    code: "EDDY_WRITES",
    message: `${megabytes(written)} MB were written today, more than the ${megabytes(budget)} MB that spare a memory card. Look for state that changes with every message.`,
  };
}

/**
 * All that this process and those that it has started have caused to be written: store, logs, workflows wherever they run.
 * Linux tells (proc(5)), and adds what a child wrote to the numbers of its parent once that has ended.
 */
export function writesOfProcess(): number | undefined {
  const own = writesOf("self");
  if (own === undefined) return undefined;
  return runningChildren().reduce((sum, child) => sum + (writesOf(child) ?? 0), own);
}

function writesOf(id: string): number | undefined {
  try {
    const found = /^write_bytes: (\d+)$/m.exec(readFileSync(`/proc/${id}/io`, "utf8"));
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** Of all threads: a workflow in the worker of all may have started a program. */
function runningChildren(): readonly string[] {
  try {
    return readdirSync("/proc/self/task").flatMap((thread) =>
      readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
    );
  } catch {
    // A kernel that does not tell, or a thread that has just ended.
    return [];
  }
}
