/** What happens by itself when a workflow or its worker fails: another start, later and later, or none any more. */
import type { Deployments } from "../deployments.ts";
import { backoff } from "../host/backoff.ts";
import type { Layout } from "../layout.ts";
import { asFailure } from "../link.ts";
import type { Problem } from "../messages.ts";
import type { Entries, Entry } from "./entries.ts";
import { type Failure, failureOf } from "./failure.ts";
import type { KeptMessages } from "./kept.ts";
import type { Launcher } from "./launcher.ts";
import type { Logs } from "./logs.ts";
import { currentVersion } from "./programs.ts";
import type { WorkerEnd } from "./worker-handle.ts";
import type { RunningWorker } from "./workers.ts";

export interface RecoveryOptions {
  readonly layout: Layout;
  readonly deployments: Deployments;
  readonly entries: Entries;
  readonly launcher: Launcher;
  readonly logs: Logs;
  readonly kept: KeptMessages;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
  /** A version on probation has crashed: true where the one before it takes its place. */
  readonly takenBack: (entry: Entry, problem: Problem) => boolean;
  /** One change at a time for a workflow. */
  readonly exclusively: (id: string, work: () => Promise<void>) => Promise<void>;
}

export interface Recovery {
  /** Starts the current version, if it does not run; when it fails, it is tried again later. */
  restart(entry: Entry): Promise<void>;
  /** Leaves it at that where the workflow is to be restarted never, or has been too often. */
  restartLater(entry: Entry, problem: Problem): void;
  /** A workflow threw where nothing catches, and its worker has stopped it. */
  workflowFailed(id: string, problem: Problem): void;
  workerEnded(worker: RunningWorker, end: WorkerEnd): void;
  /** From here on, nothing is started again. */
  end(): void;
}

/** Milliseconds between two restarts. */
const restartPauses = { first: 1_000, longest: 60_000 };
/** After so many restarts in a row, somebody has to look at it. */
const mostRestarts = 6;
/** Milliseconds after which a workflow that runs counts as healthy again. */
const healthyAfter = 60_000;
/** What the device's disk may cure by itself. */
const passing = new Set(["EDDY_DISK_FULL", "EDDY_STORE_UNAVAILABLE"]);

export function createRecovery(options: RecoveryOptions): Recovery {
  const { layout, deployments, entries, launcher, logs, now, random, exclusively, takenBack } = options;
  let isOver = false;

  async function restart(entry: Entry): Promise<void> {
    if (isOver || entry.worker) return;
    const version = currentVersion(layout, entry.id);
    if (version === undefined) return;
    entries.set(entry, "starting", entry.reason);
    entry.isChanging = true;
    try {
      await launcher.launchVersion(entry, version);
      entries.set(entry, "running");
    } catch (error) {
      restartLater(entry, asProblem(error));
    } finally {
      entry.isChanging = false;
    }
  }

  function restartNow(entry: Entry): void {
    void exclusively(entry.id, () => restart(entry));
  }

  function restartLater(entry: Entry, problem: Problem): void {
    if (isOver || deployments.get(entry.id)?.wanted === "stopped") return;
    if (entry.state === "running" && now() - entry.since > healthyAfter) entry.attempts = 0;
    const version = currentVersion(layout, entry.id);
    const policy = entries.manifest(entry.id, version ?? "")?.restart ?? "on-failure";
    if (policy === "never" || problem.code === "EDDY_MISSING_VALUES" || entry.attempts >= mostRestarts) {
      logs.agent("error", `"${entry.id}" has failed. ${problem.message}`);
      entries.set(entry, "failed", problem);
      return;
    }
    const pause = backoff(entry.attempts, restartPauses, random);
    if (!passing.has(problem.code)) entry.attempts++;
    logs.agent("warn", `"${entry.id}" is started again in ${pause} ms. ${problem.message}`);
    entries.set(entry, "starting", problem);
    clearTimeout(entry.restart);
    entry.restart = setTimeout(() => restartNow(entry), pause);
  }

  function quarantine(entry: Entry, problem: Problem): void {
    logs.agent("error", `"${entry.id}" is taken out of service. ${problem.message}`);
    entries.set(entry, "quarantined", problem);
    try {
      deployments.set(entry.id, { wanted: "running", since: now(), quarantine: problem });
    } catch (error) {
      // A disk that cannot be written: the agent remembers it until it ends.
      logs.agent("error", asFailure(error).message);
    }
  }

  function keep(entry: Entry, message: NonNullable<Failure["message"]>): void {
    try {
      const { key } = options.kept.keep(entry.id, { ...message, time: now() });
      logs.agent("warn", `The message that "${entry.id}" was at is kept as ${key}.`);
    } catch (error) {
      // A disk that cannot be written.
      logs.agent("error", asFailure(error).message);
    }
  }

  return {
    restart,
    restartLater,
    workflowFailed(id, problem) {
      const entry = entries.find(id);
      if (!entry || entry.isChanging) return;
      entries.leave(entry);
      if (!takenBack(entry, problem)) restartLater(entry, problem);
    },
    workerEnded(worker, end) {
      if (isOver) return;
      const { kind, running } = end;
      const affected = [...worker.workflows].flatMap((id) => entries.find(id) ?? []);
      const guilty = entries.all().find(({ slot }) => slot === running?.slot);
      const culprit = guilty ?? (running === undefined ? likely(affected) : undefined);
      const { problem, message } = failureOf(layout, guilty, end);
      logs.agent("error", `A worker ended. ${problem.message}`);
      if (guilty && message) keep(guilty, message);
      for (const entry of affected) {
        entries.leave(entry);
        if (entry.isChanging) continue;
        if (entry !== culprit) {
          // Nobody knows who it was: alone, whoever it was will show.
          if (running === undefined) entry.isSuspect = true;
          restartNow(entry);
        } else if (takenBack(entry, problem)) {
          // Nothing more is to be done about it.
        } else if (kind === "blocked") {
          quarantine(entry, problem);
        } else {
          entry.isSuspect = true;
          restartLater(entry, problem);
        }
      }
    },
    end() {
      isOver = true;
    },
  };
}

/** Who it was where nobody was seen at work: the only one there, else the only one that is new. */
function likely(affected: readonly Entry[]): Entry | undefined {
  const suspects =
    affected.length > 1 ? affected.filter(({ probation }) => probation !== undefined) : affected;
  return suspects.length === 1 ? suspects[0] : undefined;
}

export function asProblem(error: unknown): Problem {
  const { code, message } = asFailure(error);
  return { code: code ?? "EDDY_INTERNAL", message };
}
