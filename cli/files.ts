import { randomUUID } from "node:crypto";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { open, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { EddyError } from "../language/problem.ts";
import type { TypeFiles } from "../language/types/index.ts";

/** Bytes. Longer than any workflow may be, so that the language can say what its limit is; nothing larger is read. */
const largestFile = 32 * 1024 * 1024;

export interface SourceFile {
  /** As it was named. */
  readonly name: string;
  /** Absolute, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Reads a file that was named on the command line. Fails with a sentence where it is no file that can be read. */
export async function readSource(name: string): Promise<SourceFile> {
  const path = resolve(name);
  const bytes = await readBytes(path, name);
  if (bytes.includes(0))
    throw new EddyError("EDDY_FILE_BINARY", `${name} is no text file. A workflow is a YAML file in UTF-8.`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new EddyError("EDDY_FILE_BINARY", `${name} is not UTF-8. Save it as UTF-8 and try again.`);
  }
  return { name, path: path.replaceAll("\\", "/"), text };
}

async function readBytes(path: string, name: string): Promise<Uint8Array> {
  try {
    await using file = await open(path);
    const status = await file.stat();
    if (status.isDirectory())
      throw new EddyError("EDDY_FILE_UNREADABLE", `${name} is a folder. Name the files in it.`);
    if (status.size > largestFile)
      throw new EddyError(
        "EDDY_FILE_TOO_LARGE",
        `${name} has ${Math.round(status.size / 1_000_000)} MB and is no workflow that anybody wrote.`,
      );
    return await file.readFile();
  } catch (error) {
    throw fileError(error, name, "read");
  }
}

/** The text of another file that a workflow names, or undefined where there is none. */
export async function readNamed(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isSystemError(error) && ["ENOENT", "ENOTDIR", "EISDIR", "EACCES"].includes(error.code))
      return undefined;
    throw fileError(error, path, "read");
  }
}

/** Modules that scripts import, for the type checker. What cannot be read is not there. */
export const moduleFiles: TypeFiles = {
  readFile: (path) => attempt(() => readFileSync(path, "utf8")),
  fileExists: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
  directoryExists: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false,
  realpath: (path) => attempt(() => realpathSync(path).replaceAll("\\", "/")) ?? path,
};

function attempt<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

/** Writes a file beside the old one and puts it in its place, so that nobody ever reads half of it. */
export async function replaceFile({ name, path }: SourceFile, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    // A link stays one.
    const target = await realpath(path);
    const { mode } = await stat(target);
    await writeFile(temporary, text, { mode, flag: "wx" });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw fileError(error, name, "written");
  }
}

/** A failure of the file system as a sentence. */
export function fileError(error: unknown, name: string, doing: "read" | "written"): unknown {
  if (!isSystemError(error)) return error;
  switch (error.code) {
    case "ENOENT":
      return new EddyError("EDDY_FILE_NOT_FOUND", `There is no ${name}.`);
    case "ENOTDIR":
      return new EddyError("EDDY_FILE_NOT_FOUND", `There is no ${name}: a part of its path is a file.`);
    case "EISDIR":
      return new EddyError("EDDY_FILE_UNREADABLE", `${name} is a folder.`);
    case "EACCES":
    case "EPERM":
      return new EddyError("EDDY_FILE_UNREADABLE", `${name} may not be ${doing}: permission denied.`);
    case "EROFS":
      return new EddyError("EDDY_FILE_UNREADABLE", `${name} may not be written: the disk is read-only.`);
    case "ENOSPC":
      return new EddyError("EDDY_DISK_FULL", `${name} could not be written: the disk is full.`);
    case "EEXIST":
      return new EddyError(
        "EDDY_FILE_EXISTS",
        `${name} exists already. Choose another name, or move it away.`,
      );
    default:
      return new EddyError("EDDY_FILE_UNREADABLE", `${name} could not be ${doing}: ${error.code}.`, {
        cause: error,
      });
  }
}

function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string" && "syscall" in error;
}
