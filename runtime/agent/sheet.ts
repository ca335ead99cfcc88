/**
 * What shared memory is to a thread (see pulse.ts), for a process of its own: a file in memory that has no name, which
 * the process writes and the agent reads when that has ended.
 */
import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { type Activity, createPulse, type Pulse, pulseSize, readPulse } from "./pulse.ts";

/** The descriptor that it has in the process, after the standard ones and the channel. */
export const sheetOfChild = 4;

export interface Sheet {
  readonly descriptor: number;
  read(): Activity | undefined;
  close(): void;
}

/** Undefined where the platform has no files in memory: a disk would wear out by it. */
export function openSheet(): Sheet | undefined {
  if (process.platform !== "linux") return undefined;
  let descriptor: number;
  try {
    const path = `/dev/shm/eddy-${randomUUID()}`;
    descriptor = openSync(path, "wx+", 0o600);
    unlinkSync(path);
  } catch {
    return undefined;
  }
  let isOpen = true;
  return {
    descriptor,
    read() {
      if (!isOpen) return undefined;
      const bytes = new Uint8Array(new ArrayBuffer(pulseSize));
      readSync(descriptor, bytes, 0, pulseSize, 0);
      return readPulse(bytes.buffer).activity;
    },
    close() {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}

/** The process's side. */
export function pulseOnSheet(descriptor: number): Pulse {
  const memory = new ArrayBuffer(pulseSize);
  const bytes = new Uint8Array(memory);
  return createPulse(memory, (length) => void writeSync(descriptor, bytes, 0, length, 0));
}
