import type { Worker } from "node:worker_threads";
import type { Link } from "../link.ts";
import type { WorkerSide } from "../messages.ts";
import { pulseSize, readPulse } from "../pulse.ts";
import { stackOf } from "./stack.ts";
import { openThread } from "./thread.ts";
import { startWatchdog } from "./watchdog.ts";
import {
  blocked,
  crashed,
  dataFor,
  linkTo,
  outOfMemory,
  type WorkerEnd,
  type WorkerHandle,
  type WorkerOptions,
} from "./worker-handle.ts";

/** Beats, 250 ms apart, after which a worker that has answered nothing hears nothing. */
const unheard = 12;

/** A worker in this process, with a heap of its own and a pulse in shared memory. */
export function startThread(options: WorkerOptions, thread?: Worker): WorkerHandle {
  const pulse = new SharedArrayBuffer(pulseSize);
  const worker = thread ?? openThread(options.entry, options.memory);
  worker.postMessage(dataFor(options, pulse));
  const reader = readPulse(pulse);
  const running = () => reader.activity;
  const channel = {
    post: (message: unknown) => worker.postMessage(message),
    onMessage: (listener: (message: unknown) => void) => void worker.on("message", listener),
  };
  const { link, ended, closed } = linkTo(channel, options);
  const heap = heapOf(worker, link, () => reader.beats);
  const watchdog = startWatchdog({
    blockedAfter: options.blockedAfter,
    beats: () => reader.beats,
    processorTime,
    onBlocked() {
      const activity = running();
      // Once it has ended, nobody can say any more which line it was at.
      void stackOf(worker.threadId).then((stack) =>
        endFor(blocked(options.blockedAfter, activity && { ...activity, stack })),
      );
    },
    onLook() {
      void heap().then((used) => {
        if (used > options.memory) endFor(outOfMemory(options.memory, running()));
      });
    },
  });
  // Told first: Deno tells of the thread's exit before `terminate` returns.
  function endFor(end: WorkerEnd): void {
    ended(end);
    void worker.terminate();
  }
  worker.on("error", (error: Error & { code?: string }) => {
    const isFull = error.code === "ERR_WORKER_OUT_OF_MEMORY";
    ended(isFull ? outOfMemory(options.memory, running()) : crashed(error.message, running()));
  });
  worker.on("exit", (code) => {
    watchdog.stop();
    ended(crashed(`the thread ended with ${code}`, running()));
  });
  return {
    kind: "thread",
    link,
    async close() {
      closed();
      watchdog.stop();
      await worker.terminate();
    },
  };
}

/** Of this whole process: not every Node tells a thread's own. Milliseconds. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * Bytes. Node 22.16 and 24 tell it even while the worker's code runs without a pause; elsewhere the worker is asked. On
 * Deno, one that has come to V8's limit may go on without what it was at, deaf to messages, so this is what ends it.
 */
function heapOf(worker: Worker, link: Link<WorkerSide>, beats: () => number): () => Promise<number> {
  let askedAt: number | undefined;
  return async () => {
    if (askedAt !== undefined) return beats() - askedAt > unheard ? Number.POSITIVE_INFINITY : 0;
    askedAt = beats();
    try {
      if (typeof worker.getHeapStatistics !== "function") return await link.request("heap", undefined);
      return (await worker.getHeapStatistics()).used_heap_size;
    } catch {
      // It is ending.
      return 0;
    } finally {
      askedAt = undefined;
    }
  };
}
