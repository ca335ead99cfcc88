/**
 * What shared memory is to a thread (see pulse.ts), for a process of its own: a file in memory, which the process writes and the agent reads when that has ended.
 */
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { type Activity, createPulse, type Pulse, pulseSize, readPulse } from "./pulse.ts";

export interface Sheet {
  /** The agent's own. */
  readonly descriptor: number;
  /** Where the process finds it: the descriptor that it has there, or a path. */
  readonly inChild: number | string;
  /** The process has it open, or never will. */
  opened(): void;
  read(): Activity | undefined;
  close(): void;
}

/** After the standard ones and the channel. */
const handedOn = 4;

/** Undefined where the platform has no files in memory: a disk would wear out by it. */
export function openSheet(): Sheet | undefined {
  if (process.platform !== "linux") return undefined;
  // Deno hands no descriptors on: there, the file keeps its name until the process has opened it.
  const isByPath = process.versions.deno !== undefined;
  const path = `/dev/shm/eddy-${randomUUID()}`;
  let descriptor: number;
  try {
    descriptor = openSync(path, "wx+", 0o600);
    if (!isByPath) unlinkSync(path);
  } catch {
    return undefined;
  }
  let isOpen = true;
  let isNamed = isByPath;
  const opened = () => {
    if (isNamed) rmSync(path, { force: true });
    isNamed = false;
  };
  return {
    descriptor,
    inChild: isByPath ? path : handedOn,
    opened,
    read() {
      if (!isOpen) return undefined;
      const bytes = new Uint8Array(new ArrayBuffer(pulseSize));
      readSync(descriptor, bytes, 0, pulseSize, 0);
      return readPulse(bytes.buffer).activity;
    },
    close() {
      opened();
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

/** The process's side. */
export function pulseOnSheet(sheet: number | string): Pulse {
  const descriptor = typeof sheet === "number" ? sheet : openSync(sheet, "r+");
  const memory = new ArrayBuffer(pulseSize);
  const bytes = new Uint8Array(memory);
  return createPulse(memory, (length) => void writeSync(descriptor, bytes, 0, length, 0));
}
