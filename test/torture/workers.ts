/** The processes and threads that an agent in this process runs workflows in, and their end at a moment's notice. */
import { readdirSync, readFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";

/** SIGKILL to all processes that this one has started to run workflows. Gives how many. */
export function endProcesses(): number {
  const workers = ownProcesses();
  for (const worker of workers) process.kill(worker, "SIGKILL");
  return workers.length;
}

function ownProcesses(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8"))?.[1];
        return (
          Number(parent) === process.pid && readFileSync(`/proc/${name}/cmdline`, "utf8").includes("\0worker")
        );
      } catch {
        // It has ended meanwhile.
        return false;
      }
    })
    .map(Number);
}

/** Knows the threads that are started from now on. No signal ends one; this is what comes nearest to it. */
export function recordThreads(): Disposable & { end(): number } {
  const { Worker } = threads;
  const running = new Set<threads.Worker>();
  threads.Worker = class extends Worker {
    constructor(...options: ConstructorParameters<typeof Worker>) {
      super(...options);
      running.add(this);
      this.once("exit", () => running.delete(this));
    }
  };
  syncBuiltinESMExports();
  return {
    end() {
      for (const thread of running) void thread.terminate();
      return running.size;
    },
    [Symbol.dispose]() {
      threads.Worker = Worker;
      syncBuiltinESMExports();
    },
  };
}
