import { type ResourceLimits, Worker } from "node:worker_threads";
import { pulseSize, readPulse } from "../pulse.ts";
import { stackOf } from "./stack.ts";
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

const megabyte = 2 ** 20;

/** A worker in this process, with a heap of its own and a pulse in shared memory. */
export function startThread(options: WorkerOptions): WorkerHandle {
  const pulse = new SharedArrayBuffer(pulseSize);
  const worker = new Worker(options.entry, {
    workerData: dataFor(options, pulse),
    resourceLimits: limitsFor(options.memory),
  });
  const reader = readPulse(pulse);
  const running = () => reader.activity;
  const channel = {
    post: (message: unknown) => worker.postMessage(message),
    onMessage: (listener: (message: unknown) => void) => void worker.on("message", listener),
  };
  const { link, ended, closed } = linkTo(channel, options);
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
      void heapOf(worker).then((used) => {
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
 * V8's own limit is the second line: it ends the worker when the heap is full, but the whole process when one allocation
 * goes far beyond it, or when the young generation moves over at once. So it lies above the limit that is meant, which
 * is looked after from outside, and the young generation is kept small.
 */
function limitsFor(memory: number): ResourceLimits {
  // Deno tells nothing from outside, and ends the worker alone at its limit.
  const isLast = process.versions.deno !== undefined;
  const hard = isLast ? memory : memory + Math.max(32 * megabyte, memory / 2);
  return { maxOldGenerationSizeMb: Math.ceil(hard / megabyte), maxYoungGenerationSizeMb: 16 };
}

/** Bytes; told even while the worker's code runs without a pause. Node 22.16 and 24 know it, Deno does not. */
async function heapOf(worker: Worker): Promise<number> {
  if (typeof worker.getHeapStatistics !== "function") return 0;
  try {
    return (await worker.getHeapStatistics()).used_heap_size;
  } catch {
    // It is ending.
    return 0;
  }
}
