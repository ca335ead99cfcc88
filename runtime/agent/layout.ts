/** Where an agent keeps what, and how a file or pointer there changes from one whole state to the next. */
import { createHash } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { Static, TSchema } from "typebox";
import { Check } from "typebox/value";
import { EddyError } from "../../language/problem.ts";

/** The folders and files of one agent. See docs/architecture.md for the tree. */
export interface Layout {
  readonly home: string;
  readonly publishers: string;
  readonly deviceKey: string;
  readonly workflows: string;
  readonly data: string;
  readonly logs: string;
  readonly configuration: string;
  readonly deployments: string;
  /** How the last starts of the agent went. */
  readonly boots: string;
  /** Where the agent is reachable beside its socket, sealed. */
  readonly broker: string;
  readonly lock: string;
  workflow(id: string): string;
  version(id: string, version: string): string;
  /** Bytes of a version that have come so far. */
  incoming(id: string, version: string): string;
  database(id: string): string;
  /** Messages that a workflow had failed over. */
  kept(id: string): string;
}

/** The name of the store of values shared on the device. No workflow's id begins with a dot. */
export const deviceStore = ".device";

export function layoutOf(home: string): Layout {
  const workflows = join(home, "workflows");
  const data = join(home, "data");
  return {
    home,
    publishers: join(home, "publishers"),
    deviceKey: join(home, "keys", "device.key"),
    workflows,
    data,
    logs: join(home, "logs"),
    configuration: join(home, "configuration.json"),
    deployments: join(home, "deployments.json"),
    boots: join(home, "boots.json"),
    broker: join(home, "broker.sealed"),
    lock: join(home, "agent.lock"),
    workflow: (id) => join(workflows, id),
    version: (id, version) => join(workflows, id, version),
    incoming: (id, version) => join(workflows, id, `.incoming-${version}`),
    database: (id) => join(data, `${id}.db`),
    kept: (id) => join(data, `${id}.kept.json`),
  };
}

/** Makes the folders, for this user alone. */
export function prepareLayout(layout: Layout): void {
  for (const folder of [
    layout.home,
    dirname(layout.deviceKey),
    layout.publishers,
    layout.workflows,
    layout.data,
    layout.logs,
  ]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

/** Called before each step that changes the disk. A test throws in it, or ends the process, to see what is left. */
export type Step = (name: string) => void;

/** Writes beside and renames, so that whoever reads after a power cut finds the old file or the new one. */
export function writeWhole(path: string, content: string | Uint8Array, step: Step = () => {}): void {
  const beside = `${path}.new`;
  step("write beside");
  writeDurably(beside, content);
  step("rename");
  renameSync(beside, path);
  syncFolder(dirname(path));
}

/** Writes and waits until the disk has it. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const file = openSync(path, "w", 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** A rename is durable once its folder is. Windows knows no such thing. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

export type Pointer = "current" | "previous";

/** The version that a pointer of a workflow names. */
export function readPointer(folder: string, pointer: Pointer | typeof nextPrevious): string | undefined {
  const path = join(folder, pointer);
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

/** What `previous` becomes once `current` has changed: both change, or neither, whenever the power is cut. */
const nextPrevious = "previous.next";

/** Makes a version the current one, and the one that was it the previous one. */
export function switchPointers(folder: string, version: string, step: Step): void {
  settlePointers(folder);
  const before = readPointer(folder, "current");
  if (before === version) return;
  if (before !== undefined) writePointer(folder, nextPrevious, before, step);
  writePointer(folder, "current", version, step);
  step("settle previous");
  settlePointers(folder);
}

/** Ends what a switch that was broken off has begun. */
export function settlePointers(folder: string): void {
  const before = readPointer(folder, nextPrevious);
  if (before === undefined) return;
  if (before === readPointer(folder, "current")) removePointer(folder, nextPrevious);
  else renameSync(join(folder, nextPrevious), join(folder, "previous"));
  syncFolder(folder);
}

/** A symbolic link, replaced by a rename; a small file on Windows, where links need rights that users lack. */
export function writePointer(
  folder: string,
  pointer: Pointer | typeof nextPrevious,
  version: string,
  step: Step = () => {},
): void {
  const path = join(folder, pointer);
  if (process.platform === "win32") {
    writeWhole(path, version, step);
    return;
  }
  const beside = `${path}.new`;
  rmSync(beside, { force: true });
  step(`link ${pointer}`);
  symlinkSync(version, beside);
  step(`rename ${pointer}`);
  renameSync(beside, path);
  step(`sync ${pointer}`);
  syncFolder(folder);
}

export function removePointer(folder: string, pointer: Pointer | typeof nextPrevious): void {
  rmSync(join(folder, pointer), { force: true });
}

/** Ids of workflows that have a folder. */
export function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * What a JSON file of the agent holds, or undefined where there is none. One that cannot be read is put aside, so that
 * the agent starts all the same and nothing of it is lost; `onUnreadable` hears where it is now.
 */
export function readJsonFile<Shape extends TSchema>(
  path: string,
  shape: Shape,
  onUnreadable: (keptAs: string) => void,
): Static<Shape> | undefined {
  const text = readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (Check(shape, value)) return value;
  } catch {
    // Told below, together with what is JSON of another shape.
  }
  const beside = `${path}.unreadable`;
  renameSync(path, beside);
  onUnreadable(beside);
  return undefined;
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What the disk refused, told so that somebody can do something about it; anything else as it is. */
export function asDiskError(error: unknown, home: string): unknown {
  const code = errorCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") return diskFull(home, "it could not be written");
  if (code === "EROFS" || code === "EACCES" || code === "EPERM" || code === "EIO" || isFolderRefused(error)) {
    const what = code === "ENOENT" ? "no folder can be made" : code;
    return new EddyError(
      "EDDY_STORE_UNAVAILABLE",
      `The disk of ${home} cannot be written (${what}). Check the disk and its permissions.`,
      { cause: error },
    );
  }
  return error;
}

/** Where a folder with all above it cannot be made since the disk is read-only, Node says that it is missing. */
function isFolderRefused(error: unknown): boolean {
  return (
    errorCode(error) === "ENOENT" && error instanceof Error && "syscall" in error && error.syscall === "mkdir"
  );
}

export function diskFull(home: string, what: string): EddyError {
  return new EddyError("EDDY_DISK_FULL", `The disk of ${home} is full: ${what}. Make room and try again.`);
}
