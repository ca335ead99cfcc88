/** The entry of a worker thread or a child process of the agent. */
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import type { Channel } from "../link.ts";
import type { WorkerData, WorkerMark } from "../messages.ts";
import type { Shell } from "./shell.ts";

/** The word after the script's path that makes a process a worker. */
export const workerArgument = "worker";

/** Whether this thread or process was started by an agent to run workflows. */
export function isWorker(): boolean {
  return isMainThread
    ? process.argv[2] === workerArgument && process.send !== undefined
    : isMarked(workerData);
}

export async function runWorker(): Promise<void> {
  // Only here: the agent's other thread and its helpers need none of it.
  const { createShell } = await import("./shell.ts");
  const begin = (channel: Channel) => (data: unknown) => {
    if (isWorkerData(data)) catchAll(createShell(channel, data));
  };
  if (parentPort) {
    const port = parentPort;
    const channel: Channel = {
      post: (message) => port.postMessage(message),
      onMessage: (listener) => void port.on("message", listener),
    };
    port.once("message", begin(channel));
    return;
  }
  const channel: Channel = {
    post: (message) => void process.send?.(message),
    onMessage: (listener) => void process.on("message", listener),
  };
  process.once("message", (data) => {
    begin(channel)(data);
    // The agent waits for this before it sends the first request.
    process.send?.({ kind: "ready" });
  });
  // Workflows without an agent would run unseen.
  process.once("disconnect", () => process.exit());
}

/** Takes what nothing has caught; a workflow that cannot be found out goes on, and the line in the log says what it was. */
function catchAll(shell: Shell): void {
  const take = (error: unknown) => {
    if (!shell.failed(error)) console.error(error);
  };
  process.on("uncaughtException", take);
  process.on("unhandledRejection", take);
}

function isMarked(data: unknown): data is WorkerMark {
  return typeof data === "object" && data !== null && "kind" in data && data.kind === "eddy-worker";
}

/** What comes first is of this program, and so is what the types say. */
function isWorkerData(data: unknown): data is WorkerData {
  return isMarked(data) && "clientPrefix" in data;
}
