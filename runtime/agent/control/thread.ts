/** The threads that workflows run in, as far as little of the agent is needed to begin with them. */
import { readdirSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";
import { type ResourceLimits, Worker } from "node:worker_threads";
import type { WorkerMark } from "../messages.ts";

const megabyte = 2 ** 20;

/** A thread with so many bytes of heap. What it is to be is told by its first message. */
export function openThread(entry: URL, memory: number): Worker {
  const workerData: WorkerMark = { kind: "eddy-worker" };
  return new Worker(entry, { workerData, resourceLimits: limitsFor(memory) });
}

/**
 * The thread for all, while the rest of the agent is still read: the two take about as long. Undefined where no workflow
 * is installed that may need it.
 */
export function openThreadAhead(home: string, entry: URL, memory: number): Worker | undefined {
  try {
    if (readdirSync(join(home, "workflows")).length === 0) return undefined;
  } catch {
    // There is no such folder yet, or what keeps it from being read is told by who needs it.
    return undefined;
  }
  const thread = openThread(entry, memory);
  // An agent that cannot start ends all the same.
  thread.unref();
  // Where it fails before it is needed, another one takes its place.
  thread.on("error", () => {});
  return thread;
}

/**
 * V8's own limit is the second line: it ends the worker when the heap is full, but the whole process when one allocation
 * goes far beyond it, or when the young generation moves over at once. So it lies above the limit that is meant, which
 * is looked after from outside, and the young generation is kept small.
 */
function limitsFor(memory: number): ResourceLimits {
  const hard = memory + Math.max(32 * megabyte, memory / 2);
  return { maxOldGenerationSizeMb: Math.ceil(hard / megabyte), maxYoungGenerationSizeMb: 16 };
}

/** Bytes that a worker may use where nobody says: a quarter of what the device has free, between 64 and 512 MB. */
export function defaultWorkerMemory(): number {
  return Math.min(512 * megabyte, Math.max(64 * megabyte, freemem() / 4));
}
