import {
  type ChildProcess,
  type ForkOptions,
  fork,
  type SpawnOptions,
  type StdioOptions,
  spawn,
} from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Channel } from "../link.ts";
import type { Activity } from "../pulse.ts";
import { openSheet, type Sheet, sheetOfChild } from "../sheet.ts";
import { workerArgument } from "../worker/main.ts";
import { denoOptions, nodePermissions } from "./permissions.ts";
import { startWatchdog } from "./watchdog.ts";
import {
  blocked,
  crashed,
  dataFor,
  linkTo,
  outOfMemory,
  type WorkerHandle,
  type WorkerOptions,
} from "./worker-handle.ts";

/** A worker in a process of its own, with what it may do held to by the operating system and by Node or Deno. */
export function startProcess(options: WorkerOptions): WorkerHandle {
  let beats = 0;
  const sheet = openSheet();
  let last: Activity | undefined;
  const activity = () => {
    last ??= sheet?.read();
    return last;
  };
  const child = start(options, sheet);
  const { link, ended, closed } = linkTo(channelTo(child), options, () => beats++);
  child.send(dataFor(options, undefined, sheet && sheetOfChild), () => {});
  const watchdog = startWatchdog({
    blockedAfter: options.blockedAfter,
    beats: () => beats,
    processorTime: () => (child.pid === undefined ? undefined : processorTime(child.pid)),
    onBlocked() {
      const running = activity();
      child.kill("SIGKILL");
      ended(blocked(options.blockedAfter, running));
    },
  });
  child.on("error", (error) => {
    ended(crashed(error.message, undefined));
    sheet?.close();
  });
  child.on("exit", (code, signal) => {
    watchdog.stop();
    const running = activity();
    sheet?.close();
    // V8 ends the process when its heap is full: Node's with SIGABRT, Deno's with SIGTRAP.
    const isFull = signal === "SIGABRT" || signal === "SIGTRAP" || code === 134;
    ended(
      isFull
        ? outOfMemory(options.memory, running)
        : crashed(`the process ended with ${code ?? signal}`, running),
    );
  });
  return {
    kind: "process",
    link,
    async close() {
      closed();
      watchdog.stop();
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Milliseconds, where Linux tells: user and system time are the 14th and 15th field, in hundredths of a second (proc(5)). */
function processorTime(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name, which may have blanks and brackets in it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    return Number.isFinite(ticks) ? ticks * 10 : undefined;
  } catch {
    return undefined;
  }
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

function start({ entry, memory, capabilities }: WorkerOptions, sheet: Sheet | undefined): ChildProcess {
  const script = fileURLToPath(entry);
  const heap = `--max-old-space-size=${Math.ceil(memory / 2 ** 20)}`;
  const stdio: StdioOptions = ["ignore", "ignore", "inherit", "ipc"];
  if (sheet) stdio.push(sheet.descriptor);
  const options: SpawnOptions & ForkOptions = { serialization: "advanced", stdio };
  if (process.versions.deno === undefined) {
    const execArgv = [heap, ...nodePermissions(capabilities)];
    return fork(script, [workerArgument], { ...options, execArgv });
  }
  // Deno's `fork` takes V8's options only.
  const words = [...denoOptions(capabilities, heap), script, workerArgument];
  return spawn(process.execPath, words, options);
}
