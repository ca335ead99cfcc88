/** What runs workflows, as the control thread sees it: something that answers, and that can end. */
import { EddyError } from "../../../language/problem.ts";
import { type Channel, createLink, type EventsOf, type Link, type RequestsOf } from "../link.ts";
import type { ControlSide, Problem, WorkerData, WorkerSide } from "../messages.ts";
import type { Activity } from "../pulse.ts";

export type WorkerKind = "thread" | "process" | "inline";

export interface WorkerOptions {
  /** The module that a thread or process runs: the agent's own. */
  readonly entry: URL;
  /** Bytes of heap; beyond it the worker ends, and nothing else. */
  readonly memory: number;
  readonly clientPrefix: string;
  readonly device: WorkerData["device"];
  /** What a process may do, where the platform can hold it to that. */
  readonly capabilities: readonly string[];
  /** Milliseconds without a sign of life after which a worker counts as blocked. */
  readonly blockedAfter: number;
  readonly requests: RequestsOf<ControlSide>;
  readonly events: Omit<EventsOf<ControlSide>, "beat">;
  /** It has ended, unasked. Called once, and not after `close`. */
  readonly onEnd: (end: WorkerEnd) => void;
}

export interface WorkerHandle {
  readonly kind: WorkerKind;
  readonly link: Link<WorkerSide>;
  /** Ends it at once. */
  close(): Promise<void>;
}

export interface WorkerEnd {
  readonly kind: "blocked" | "out-of-memory" | "crashed";
  readonly problem: Problem;
  /** What was running then, where that is known. */
  readonly running: Activity | undefined;
}

export function dataFor(
  { clientPrefix, device }: WorkerOptions,
  pulse: SharedArrayBuffer | undefined,
  sheet?: number,
): WorkerData {
  return { kind: "eddy-worker", clientPrefix, device, pulse, sheet };
}

/** The link to a worker, and the one moment at which it ends, of itself or because it is closed. */
export function linkTo(
  channel: Channel,
  { requests, events, onEnd }: WorkerOptions,
  beat: () => void = () => {},
) {
  const link = createLink<ControlSide, WorkerSide>(channel, requests, { ...events, beat });
  let isOver = false;
  return {
    link,
    ended(end: WorkerEnd): void {
      if (isOver) return;
      isOver = true;
      link.end(new EddyError("EDDY_WORKER_ENDED", end.problem.message));
      onEnd(end);
    },
    closed(): void {
      isOver = true;
      link.end(new EddyError("EDDY_STOPPED", "The agent has ended this worker."));
    },
  };
}

export function blocked(milliseconds: number, running: Activity | undefined): WorkerEnd {
  const message = `It did not come to an end within ${milliseconds / 1000} s and held everything up, so it was ended. Look for an endless loop.`;
  return { kind: "blocked", problem: { code: "EDDY_BLOCKED", message }, running };
}

export function outOfMemory(bytes: number, running: Activity | undefined): WorkerEnd {
  const message = `It used more than ${Math.round(bytes / 2 ** 20)} MB of memory. Look for something that only grows, or give it more with settings.memory.`;
  return { kind: "out-of-memory", problem: { code: "EDDY_OUT_OF_MEMORY", message }, running };
}

export function crashed(message: string, running: Activity | undefined): WorkerEnd {
  return {
    kind: "crashed",
    problem: { code: "EDDY_CRASHED", message: `Its worker ended: ${message}` },
    running,
  };
}
