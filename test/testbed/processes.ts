import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { promisify } from "node:util";
import { eventually } from "./resources.ts";

export interface RunningProgram extends AsyncDisposable {
  readonly pid: number;
  /** What it has printed so far, both streams, newest last, at most a megabyte. */
  output(): string;
  /** Resolves with the exit code, or null where a signal ended it. */
  readonly exited: Promise<number | null>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly folder?: string;
  /** Tells that the program is ready; polled until it does. */
  readonly ready?: (program: RunningProgram) => Promise<boolean> | boolean;
  /** Milliseconds. */
  readonly readyWithin?: number;
}

/** Starts a program in a process group of its own, waits until it is ready, and ends the whole group when disposed. */
export async function startProgram(
  command: string,
  options: readonly string[],
  settings: ProgramOptions = {},
): Promise<RunningProgram> {
  const child = spawn(command, options, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    cwd: settings.folder,
    env: { ...process.env, ...settings.environment },
  });
  const program = await running(child, command);
  const { ready } = settings;
  if (!ready) return program;
  let code: number | null | undefined;
  const watch = program.exited.then((value) => {
    code = value;
  });
  try {
    await eventually(
      `${command} is ready`,
      () => {
        if (code !== undefined) return true;
        return ready(program);
      },
      { timeout: settings.readyWithin ?? 15_000 },
    );
    if (code !== undefined) throw new Error(`${command} ended with ${code} before it was ready.`);
    return program;
  } catch (error) {
    await program.stop("SIGKILL");
    await watch;
    throw new Error(`${error instanceof Error ? error.message : error}\n${program.output()}`, {
      cause: error,
    });
  }
}

async function running(child: ChildProcess, command: string): Promise<RunningProgram> {
  let output = "";
  const collect = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-1_000_000);
  };
  child.stdout?.on("data", collect);
  child.stderr?.on("data", collect);
  const exited = once(child, "close").then(([code]) => (typeof code === "number" ? code : null));
  const { pid } = child;
  if (pid === undefined) {
    const reason = await exited.then(
      () => "no process",
      (error: unknown) => error,
    );
    throw new Error(`${command} could not be started: ${String(reason)}`);
  }
  const killGroup = (signal: NodeJS.Signals) => signalGroup(pid, signal);
  // A test run that dies must not leave servers behind.
  const killAtExit = () => killGroup("SIGKILL");
  process.once("exit", killAtExit);
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    killGroup(signal);
    const patience = setTimeout(() => killGroup("SIGKILL"), 5_000);
    await exited;
    clearTimeout(patience);
    // What the program itself had started goes with it.
    killGroup("SIGKILL");
    process.off("exit", killAtExit);
  };
  return { pid, output: () => output, exited, stop, [Symbol.asyncDispose]: () => stop() };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Whether something listens on this loopback port. */
export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Runs a program to its end and gives what it printed; a non-zero exit code is an error with its output. */
export async function runProgram(
  command: string,
  options: readonly string[],
  settings: Pick<ProgramOptions, "environment" | "folder"> = {},
): Promise<string> {
  const { stdout } = await promisify(execFile)(command, options, {
    cwd: settings.folder,
    env: { ...process.env, ...settings.environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}
