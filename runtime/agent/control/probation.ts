/**
 * A new version has to show for a while that it is no worse than the one before it. Where it crashes, fails more often,
 * loses a connection, falls silent or eats memory, the one before takes its place again, and it is said why.
 */
import type { WorkflowCounters } from "../../engine/contract.ts";
import type { Problem } from "../messages.ts";
import type { Entries, Entry } from "./entries.ts";

/** What the version before was like. */
export interface Baseline {
  readonly version: string;
  /** Of its executions that failed, from 0 to 1. */
  readonly errorRate: number;
  /** Executions in a millisecond, over all the time that it ran. */
  readonly rate: number;
  /** Names of its connections that did not work; undefined where nobody knows. */
  readonly troubles: ReadonlySet<string> | undefined;
}

export interface ProbationOptions {
  readonly entries: Entries;
  /** Milliseconds that it lasts; none where this is 0. */
  readonly duration: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Connections of a workflow that do not work now. */
  readonly troubles: (id: string) => ReadonlySet<string>;
  /** Bytes of the heap that the workflow's worker uses, and may use. */
  readonly heap: (entry: Entry) => Promise<{ readonly used: number; readonly limit: number } | undefined>;
  /** It has failed: the version before has to take its place. */
  readonly onFailed: (entry: Entry, baseline: Baseline, problem: Problem) => void;
  /** It has passed. */
  readonly onPassed: (entry: Entry) => void;
}

export interface Probations {
  /** What a version is like that is about to be replaced. */
  baseline(entry: Entry, version: string): Baseline;
  begin(entry: Entry, baseline: Baseline): void;
  /** When it ends, milliseconds since 1970; undefined where there is none. */
  until(id: string): number | undefined;
  /** It crashed. False where it is not on probation. */
  failed(entry: Entry, problem: Problem): boolean;
  /** Nothing is judged any more. */
  cancel(id: string): void;
  close(): void;
}

interface Probation {
  readonly entry: Entry;
  readonly baseline: Baseline;
  readonly until: number;
  readonly timer: NodeJS.Timeout;
  /** Bytes of heap in use, one look after the other. */
  readonly heap: number[];
}

/** Milliseconds between two looks. */
const interval = 1_000;
/** Failures below which a rate of them says nothing. */
const fewErrors = 5;
/** By how much more of its executions may fail before it is worse, from 0 to 1. */
const errorMargin = 0.1;
/** Executions that the old version would have had; with none of them, the new one is silent. */
const expectedExecutions = 10;
/** Looks at the heap that are one sample, its smallest: between two collections it grows without meaning anything. */
const heapWindow = 5;
/** Milliseconds within which the heap would be full if it went on like this. */
const heapHorizon = 10 * 60_000;

export function createProbations(options: ProbationOptions): Probations {
  const { entries, duration, now, onFailed, onPassed } = options;
  const running = new Map<string, Probation>();

  function end(id: string): Probation | undefined {
    const probation = running.get(id);
    clearInterval(probation?.timer);
    running.delete(id);
    return probation;
  }

  function fail(probation: Probation, problem: Problem): void {
    end(probation.entry.id);
    onFailed(probation.entry, probation.baseline, problem);
  }

  async function look(probation: Probation): Promise<void> {
    const { entry, baseline, until, heap } = probation;
    await entries.readCounters();
    const memory = await options.heap(entry);
    // It may have ended meanwhile.
    if (running.get(entry.id) !== probation) return;
    if (memory) heap.push(memory.used);
    const isOver = now() >= until;
    const problem =
      failsMoreOften(entry.counters, baseline) ??
      (isOver ? isSilent(entry.counters, baseline, duration) : undefined) ??
      (isOver ? hasLost(options.troubles(entry.id), baseline) : undefined) ??
      (isOver && memory ? growsTooFast(heap, memory.limit) : undefined);
    if (problem) fail(probation, problem);
    else if (isOver) {
      end(entry.id);
      onPassed(entry);
    }
  }

  return {
    baseline: (entry, version) => ({
      version,
      errorRate: errorRateOf(entry.counters),
      rate: (entry.counters?.executions ?? 0) / Math.max(1, now() - entry.since),
      troubles: options.troubles(entry.id),
    }),
    begin(entry, baseline) {
      end(entry.id);
      if (duration <= 0) return;
      const timer = setInterval(
        () => {
          look(probation).catch(() => {
            // Its worker has ended, which is told on its own.
          });
        },
        Math.min(interval, duration),
      ).unref();
      const probation: Probation = { entry, baseline, until: now() + duration, timer, heap: [] };
      running.set(entry.id, probation);
    },
    until: (id) => running.get(id)?.until,
    failed(entry, problem) {
      const probation = running.get(entry.id);
      if (probation) fail(probation, problem);
      return probation !== undefined;
    },
    cancel: (id) => void end(id),
    close() {
      for (const id of [...running.keys()]) end(id);
    },
  };
}

function errorRateOf(counters: WorkflowCounters | undefined): number {
  return counters && counters.executions > 0 ? counters.errors / counters.executions : 0;
}

export function failsMoreOften(
  counters: WorkflowCounters | undefined,
  { errorRate }: Pick<Baseline, "errorRate">,
): Problem | undefined {
  if (!counters || counters.errors < fewErrors) return undefined;
  const rate = errorRateOf(counters);
  if (rate <= errorRate + errorMargin) return undefined;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  return {
    code: "EDDY_FAILS_MORE",
    message: `${percent(rate)} of its executions failed, of the version before ${percent(errorRate)}.`,
  };
}

export function isSilent(
  counters: WorkflowCounters | undefined,
  { rate }: Pick<Baseline, "rate">,
  duration: number,
): Problem | undefined {
  const expected = rate * duration;
  if (!counters || counters.executions > 0 || expected < expectedExecutions) return undefined;
  return {
    code: "EDDY_SILENT",
    message: `It did nothing in ${duration / 1000} seconds, in which the version before would have had about ${Math.round(expected)} executions.`,
  };
}

function hasLost(now: ReadonlySet<string>, { troubles }: Baseline): Problem | undefined {
  const lost = troubles ? [...now].filter((name) => !troubles.has(name)) : [];
  if (lost.length === 0) return undefined;
  return {
    code: "EDDY_CONNECTION_WORSE",
    message: `Its connection ${lost.map((name) => `"${name}"`).join(", ")} does not work, which it did for the version before.`,
  };
}

/** `heap` and `limit` in bytes; the looks are a second apart. */
export function growsTooFast(heap: readonly number[], limit: number): Problem | undefined {
  const lows: number[] = [];
  for (let at = 0; at + heapWindow <= heap.length; at += heapWindow)
    lows.push(Math.min(...heap.slice(at, at + heapWindow)));
  const [first, last] = [lows[0], lows.at(-1)];
  // The first window is that of the start.
  if (first === undefined || last === undefined || lows.length < 4) return undefined;
  const grows = lows.slice(2).every((low, at) => low > (lows[at + 1] ?? low));
  const slope = (last - (lows[1] ?? first)) / ((lows.length - 2) * heapWindow * interval);
  if (!grows || last + slope * heapHorizon < limit) return undefined;
  const megabytes = ((slope * 60_000) / 2 ** 20).toFixed(1);
  return {
    code: "EDDY_MEMORY_GROWS",
    message: `Its memory grows by ${megabytes} MB a minute and would be full within ten.`,
  };
}
