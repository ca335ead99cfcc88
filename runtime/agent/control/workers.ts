/** Which worker runs which workflow: one for all, and some for one alone. */
import type { Worker } from "node:worker_threads";
import type { CommitResult, OutboxEntry, StoreOperation } from "../host/storage.ts";
import type { RequestsOf } from "../link.ts";
import type { ControlSide } from "../messages.ts";
import { isShared, type Stores } from "./stores.ts";
import type { WorkerEnd, WorkerHandle, WorkerKind, WorkerOptions } from "./worker-handle.ts";
import { startInline } from "./worker-inline.ts";
import { startProcess } from "./worker-process.ts";
import { startThread } from "./worker-thread.ts";

export interface WorkersOptions {
  readonly entry: URL;
  /** Started already, with `memory`, to be the worker for all. */
  readonly thread: Worker | undefined;
  readonly singleThreaded: boolean;
  /** Bytes. */
  readonly memory: number;
  /** Milliseconds. */
  readonly blockedAfter: number;
  readonly clientPrefix: string;
  readonly stores: Stores;
  readonly events: WorkerOptions["events"];
  /** A worker has ended, unasked, with these workflows in it. */
  readonly onEnd: (worker: RunningWorker, end: WorkerEnd) => void;
}

export interface RunningWorker {
  readonly handle: WorkerHandle;
  /** For one workflow, or for all. */
  readonly owner: string | undefined;
  /** Bytes. */
  readonly memory: number;
  readonly workflows: Set<string>;
}

export interface Placement {
  readonly isolation: "shared" | "worker" | "process";
  /** Bytes. */
  readonly memory?: number | undefined;
  readonly capabilities: readonly string[];
}

export interface Workers {
  /** The worker for a workflow, started where it does not run yet. */
  place(id: string, placement: Placement): RunningWorker;
  /** The worker in which versions are tried: the one for all. */
  forTrial(): RunningWorker;
  /** Ends a worker of its own that has no workflow any more. */
  release(worker: RunningWorker): Promise<void>;
  /** Ends the thread that was started already, if nobody has needed it. */
  releaseAhead(): Promise<void>;
  all(): readonly RunningWorker[];
  close(): Promise<void>;
}

const starters = { thread: startThread, process: startProcess, inline: startInline } as const;
const everything: Placement = { isolation: "shared", capabilities: [] };

export function createWorkers(options: WorkersOptions): Workers {
  const running = new Set<RunningWorker>();

  let ahead = options.thread;
  ahead?.once("exit", () => {
    ahead = undefined;
  });

  function start(owner: string | undefined, kind: WorkerKind, placement: Placement): RunningWorker {
    const requests: RequestsOf<ControlSide> = {
      commit: ({ id, operations }) => commit(worker, id, operations),
      readOutbox: ({ id, connection, after, limit }): readonly OutboxEntry[] =>
        options.stores.readOutbox(id, connection, after, limit),
    };
    const memory = placement.memory ?? options.memory;
    const thread = owner === undefined ? ahead : undefined;
    const handle = starters[kind](
      {
        entry: options.entry,
        memory,
        clientPrefix: options.clientPrefix,
        device: options.stores.device(),
        capabilities: placement.capabilities,
        blockedAfter: options.blockedAfter,
        requests,
        events: options.events,
        onEnd(end) {
          running.delete(worker);
          options.onEnd(worker, end);
        },
      },
      thread,
    );
    const worker: RunningWorker = { handle, owner, memory, workflows: new Set() };
    running.add(worker);
    if (thread) ahead = undefined;
    return worker;
  }

  /** What one workflow writes for all on the device reaches those in other workers too. */
  function commit(from: RunningWorker, id: string, operations: readonly StoreOperation[]): CommitResult {
    const result = options.stores.commit(id, operations);
    const changes: (readonly [key: string, value: string | undefined])[] = [];
    for (const one of operations.filter(isShared)) {
      if (one.kind === "set") changes.push([one.key, one.value]);
      if (one.kind === "delete") changes.push([one.key, undefined]);
    }
    if (changes.length > 0) {
      for (const worker of running) if (worker !== from) worker.handle.link.tell("device", changes);
    }
    return result;
  }

  function shared(): RunningWorker {
    const found = [...running].find((worker) => worker.owner === undefined);
    return found ?? start(undefined, options.singleThreaded ? "inline" : "thread", everything);
  }

  return {
    place(id, placement) {
      if (options.singleThreaded && placement.isolation !== "process") return shared();
      if (placement.isolation === "shared") return shared();
      const kind = placement.isolation === "process" ? "process" : "thread";
      const memory = placement.memory ?? options.memory;
      const found = [...running].find(
        (worker) => worker.owner === id && worker.handle.kind === kind && worker.memory === memory,
      );
      return found ?? start(id, kind, placement);
    },
    forTrial: shared,
    async release(worker) {
      if (worker.owner === undefined || worker.workflows.size > 0) return;
      running.delete(worker);
      await worker.handle.close();
    },
    async releaseAhead() {
      const unused = ahead;
      ahead = undefined;
      await unused?.terminate();
    },
    all: () => [...running],
    async close() {
      const closing = [...running];
      running.clear();
      await Promise.all(closing.map(({ handle }) => handle.close()));
    },
  };
}
