import type { ClientChannel } from "ssh2";
import { EddyError } from "../../language/problem.ts";
import { connectionLost, type SshConnection } from "./connection.ts";

export interface CommandResult {
  /** Undefined where a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** What the command reads; without it, it reads nothing. `onWritten` is told how many bytes have gone out. */
  readonly input?: { readonly bytes: Uint8Array; readonly onWritten?: (bytes: number) => void };
  /** Milliseconds that it may be silent. */
  readonly patience?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Characters of output that are kept of one command. */
const longestOutput = 1024 * 1024;
const defaultPatience = 60_000;
/** Bytes; an ssh packet carries 32 kB. */
const piece = 128 * 1024;

/** Quotes a word for any shell that a login may have: sh, bash, zsh, fish. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Runs a POSIX shell script on the device to its end. Rejects only where the connection or `signal` ends it. */
export async function runScript(
  connection: SshConnection,
  script: string,
  { input, patience = defaultPatience, signal }: CommandOptions = {},
): Promise<CommandResult> {
  signal?.throwIfAborted();
  const channel = await connection.open(`/bin/sh -c ${quote(script)}`);
  let timeout: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  try {
    return await new Promise<CommandResult>((resolve, reject) => {
      onAbort = () => reject(signal?.reason);
      // It may have been given up while the channel opened.
      if (signal?.aborted) return onAbort();
      signal?.addEventListener("abort", onAbort, { once: true });
      const isAlive = () => {
        clearTimeout(timeout);
        timeout = setTimeout(() => reject(silent(connection, patience)), patience);
      };
      isAlive();
      void connection.closed.then(() => reject(connectionLost(connection.target)));
      collect(channel, isAlive).then(resolve, reject);
      const written = (bytes: number) => {
        isAlive();
        input?.onWritten?.(bytes);
      };
      // A command that stops reading says why in its exit code and in what it prints.
      channel.on("error", () => {});
      writeAll(channel, input?.bytes ?? new Uint8Array(), written);
    });
  } finally {
    clearTimeout(timeout);
    signal?.removeEventListener("abort", onAbort);
    channel.close();
  }
}

function collect(channel: ClientChannel, isAlive: () => void): Promise<CommandResult> {
  return new Promise((resolve) => {
    let code: number | undefined;
    const output = { stdout: "", stderr: "" };
    const keep = (stream: keyof typeof output) => (chunk: Buffer) => {
      isAlive();
      if (output[stream].length < longestOutput) output[stream] += chunk.toString("utf8");
    };
    channel.on("data", keep("stdout"));
    channel.stderr.on("data", keep("stderr"));
    channel.once("exit", (exit: unknown) => {
      if (typeof exit === "number") code = exit;
    });
    channel.once("close", () => resolve({ code, ...output }));
  });
}

function writeAll(channel: ClientChannel, bytes: Uint8Array, onWritten: (bytes: number) => void): void {
  let offset = 0;
  const next = () => {
    if (channel.destroyed) return;
    if (offset >= bytes.length) return void channel.end();
    const part = bytes.subarray(offset, offset + piece);
    channel.write(part, () => {
      offset += part.length;
      onWritten(offset);
      next();
    });
  };
  next();
}

function silent({ target }: SshConnection, patience: number): EddyError {
  return new EddyError(
    "EDDY_UNREACHABLE",
    `${target.host} has not answered for ${Math.round(patience / 1000)} s. It may be overloaded; try again.`,
  );
}
