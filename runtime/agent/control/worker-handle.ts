/** Starts what runs workflows, watches over it and ends it. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { EddyError } from "../../../language/problem.ts";
import {
  type Channel,
  createLink,
  type EventsOf,
  inlineChannels,
  type Link,
  type RequestsOf,
} from "../link.ts";
import type { ControlSide, Problem, WorkerData, WorkerSide } from "../messages.ts";
import { readPulse } from "../pulse.ts";
import { workerArgument } from "../worker/main.ts";
import { createShell } from "../worker/shell.ts";

export type WorkerKind = "thread" | "process" | "inline";

export interface WorkerOptions {
  readonly kind: WorkerKind;
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
  /** It has ended, unasked. `running` is the slot whose code was running then, where that is known. */
  readonly onEnd: (end: WorkerEnd) => void;
}

export interface WorkerEnd {
  readonly kind: "blocked" | "out-of-memory" | "crashed";
  readonly problem: Problem;
  readonly running: number | undefined;
}

export interface WorkerHandle {
  readonly kind: WorkerKind;
  readonly link: Link<WorkerSide>;
  /** Ends it at once; `onEnd` is not called. */
  close(): Promise<void>;
}

/** Milliseconds between two looks at a worker's pulse. */
const lookInterval = 500;

export function startWorker(options: WorkerOptions): WorkerHandle {
  if (options.kind === "thread") return startThread(options);
  if (options.kind === "process") return startProcess(options);
  return startInline(options);
}

function startThread(options: WorkerOptions): WorkerHandle {
  const pulse = new SharedArrayBuffer(8);
  const data: WorkerData = dataFor(options, pulse);
  const worker = new Worker(options.entry, {
    workerData: data,
    resourceLimits: { maxOldGenerationSizeMb: Math.ceil(options.memory / 2 ** 20) },
  });
  const reader = readPulse(pulse);
  const end = once((reported: WorkerEnd) => {
    watchdog.stop();
    link.end(workerEnded(reported.problem));
    options.onEnd(reported);
  });
  const link = linkTo(
    {
      post: (message) => worker.postMessage(message),
      onMessage: (listener) => void worker.on("message", listener),
    },
    options,
    () => {},
  );
  const watchdog = startWatchdog(
    options.blockedAfter,
    () => reader.beats,
    () => {
      const running = reader.running || undefined;
      void worker.terminate();
      end(blocked(options.blockedAfter, running));
    },
  );
  worker.on("error", (error: Error & { code?: string }) => {
    if (error.code === "ERR_WORKER_OUT_OF_MEMORY")
      end(outOfMemory(options.memory, reader.running || undefined));
    else end(crashed(error.message, reader.running || undefined));
  });
  worker.on("exit", (code) => end(crashed(`the thread ended with ${code}`, undefined)));
  return {
    kind: "thread",
    link,
    async close() {
      end.forget();
      watchdog.stop();
      link.end(closedByAgent());
      await worker.terminate();
    },
  };
}

function startProcess(options: WorkerOptions): WorkerHandle {
  let beats = 0;
  const child = fork(fileURLToPath(options.entry), [workerArgument], {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [
      `--max-old-space-size=${Math.ceil(options.memory / 2 ** 20)}`,
      ...permissions(options.capabilities),
    ],
  });
  const channel = channelTo(child);
  const end = once((reported: WorkerEnd) => {
    watchdog.stop();
    link.end(workerEnded(reported.problem));
    options.onEnd(reported);
  });
  const link = linkTo(channel, options, () => beats++);
  child.send(dataFor(options, undefined));
  const watchdog = startWatchdog(
    options.blockedAfter,
    () => beats,
    () => {
      child.kill("SIGKILL");
      end(blocked(options.blockedAfter, undefined));
    },
  );
  child.on("error", (error) => end(crashed(error.message, undefined)));
  child.on("exit", (code, signal) => {
    // V8 ends the process with SIGABRT when its heap is full.
    if (signal === "SIGABRT" || code === 134) end(outOfMemory(options.memory, undefined));
    else end(crashed(`the process ended with ${code ?? signal}`, undefined));
  });
  return {
    kind: "process",
    link,
    async close() {
      end.forget();
      watchdog.stop();
      link.end(closedByAgent());
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Without threads there is no watchdog, and whoever blocks blocks the agent too. */
function startInline(options: WorkerOptions): WorkerHandle {
  const [near, far] = inlineChannels();
  const link = linkTo(near, options, () => {});
  const shell = createShell(far, dataFor(options, undefined));
  const take = (error: unknown) => {
    if (!shell.failed(error)) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      options.events.log({ time: Date.now(), level: "error", workflow: "", message });
    }
  };
  process.on("uncaughtException", take);
  process.on("unhandledRejection", take);
  return {
    kind: "inline",
    link,
    async close() {
      process.off("uncaughtException", take);
      process.off("unhandledRejection", take);
      await shell.close();
      link.end(closedByAgent());
    },
  };
}

function dataFor({ clientPrefix, device }: WorkerOptions, pulse: SharedArrayBuffer | undefined): WorkerData {
  return { kind: "eddy-worker", clientPrefix, device, pulse };
}

function linkTo(channel: Channel, { requests, events }: WorkerOptions, beat: () => void): Link<WorkerSide> {
  return createLink<ControlSide, WorkerSide>(channel, requests, { ...events, beat });
}

/** What is sent before the process listens waits here. */
function channelTo(child: ChildProcess): Channel {
  let waiting: unknown[] | undefined = [];
  child.on("message", (message) => {
    if (!isReady(message)) return;
    const early = waiting ?? [];
    waiting = undefined;
    for (const one of early) send(one);
  });
  const send = (message: unknown) => {
    // A process that is gone is told by "exit".
    if (child.connected) child.send(message as object, () => {});
  };
  return {
    post: (message) => (waiting ? void waiting.push(message) : send(message)),
    onMessage(listener) {
      child.on("message", (message) => {
        if (!isReady(message)) listener(message);
      });
    },
  };
}

function isReady(message: unknown): boolean {
  return typeof message === "object" && message !== null && "kind" in message && message.kind === "ready";
}

/**
 * Counts looks at which a worker had not moved. A look that itself came late says nothing: the whole device was busy or
 * asleep, not the worker.
 */
function startWatchdog(blockedAfter: number, beats: () => number, onBlocked: () => void): { stop(): void } {
  let last = beats();
  let still = 0;
  let looked = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const isLate = now - looked > 2 * lookInterval;
    looked = now;
    const current = beats();
    if (current !== last || isLate) still = 0;
    else still++;
    last = current;
    if (still * lookInterval < blockedAfter) return;
    clearInterval(timer);
    onBlocked();
  }, lookInterval);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** Node's permission model (nodejs.org/api/permissions.html). It knows no network. */
function permissions(capabilities: readonly string[]): string[] {
  if (!process.allowedNodeEnvironmentFlags.has("--permission")) return [];
  return [
    "--permission",
    // Modules, certificates, the time zone: what is read on the way is not to be foreseen.
    "--allow-fs-read=*",
    ...(capabilities.includes("files") ? ["--allow-fs-write=*"] : []),
    ...(capabilities.includes("exec") ? ["--allow-child-process"] : []),
    ...(capabilities.includes("native") ? ["--allow-addons"] : []),
  ];
}

function once<Value>(run: (value: Value) => void): ((value: Value) => void) & { forget(): void } {
  let isDone = false;
  const guarded = (value: Value) => {
    if (isDone) return;
    isDone = true;
    run(value);
  };
  return Object.assign(guarded, {
    forget: () => {
      isDone = true;
    },
  });
}

function blocked(milliseconds: number, running: number | undefined): WorkerEnd {
  const message = `It did not come to an end within ${milliseconds / 1000} s and held everything up, so it was ended. Look for an endless loop.`;
  return { kind: "blocked", problem: { code: "EDDY_BLOCKED", message }, running };
}

function outOfMemory(bytes: number, running: number | undefined): WorkerEnd {
  const message = `It used more than ${Math.round(bytes / 2 ** 20)} MB of memory. Look for something that only grows, or give it more with settings.memory.`;
  return { kind: "out-of-memory", problem: { code: "EDDY_OUT_OF_MEMORY", message }, running };
}

function crashed(message: string, running: number | undefined): WorkerEnd {
  return {
    kind: "crashed",
    problem: { code: "EDDY_CRASHED", message: `Its worker ended: ${message}` },
    running,
  };
}

function workerEnded({ message }: Problem): EddyError {
  return new EddyError("EDDY_WORKER_ENDED", message);
}

function closedByAgent(): EddyError {
  return new EddyError("EDDY_STOPPED", "The agent has ended this worker.");
}
