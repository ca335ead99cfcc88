import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EddyError } from "../language/problem.ts";

/**
 * Writes beside the file and renames: whoever reads meanwhile, or after a crash, sees the old content or the new one.
 * Folders that are missing are made for the user alone.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { mode }: { readonly mode: number },
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    // The process's umask may have taken more away than was asked for, and must never give more.
    await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (error) {
    // Where its folder is none there is nothing to take away.
    await rm(temporary, { force: true }).catch(() => {});
    throw explainFileError(error, path);
  }
}

/** The text of a file, or undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw explainFileError(error, path);
  }
}

/** A lock that is older than this was left behind by a process that died. Milliseconds. */
const staleAfter = 10_000;
/** Milliseconds that others may take: a slow start of an agent, a download of Node. */
const longestWait = 60_000;

/** Runs `action` while no other process on this computer runs one with the same lock in `folder`. */
export async function withLock<Result>(
  folder: string,
  name: string,
  action: () => Promise<Result>,
): Promise<Result> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw explainFileError(error, folder);
  });
  const path = join(folder, `${name}.lock`);
  const deadline = performance.now() + longestWait;
  while (!(await take(path))) {
    if (performance.now() > deadline)
      throw new EddyError("EDDY_LOCKED", `Another program holds ${path}. End it, or delete that file.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // Who takes longer than a lock may be old is still alive.
  const refresh = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, staleAfter / 4).unref();
  try {
    return await action();
  } finally {
    clearInterval(refresh);
    await rm(path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await (await open(path, "wx", 0o600)).close();
    return true;
  } catch (error) {
    // Windows answers EPERM while another process deletes the file.
    if (errorCode(error) !== "EEXIST" && errorCode(error) !== "EPERM") throw explainFileError(error, path);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > staleAfter) await rm(path, { force: true });
    return false;
  }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What a failed file operation means to the person at the desk. */
export function explainFileError(error: unknown, path: string): unknown {
  switch (errorCode(error)) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new EddyError("EDDY_PERMISSION", `${path} may not be written. Change its owner or its rights.`, {
        cause: error,
      });
    case "ENOSPC":
    case "EDQUOT":
      return new EddyError("EDDY_DISK_FULL", `There is no space left to write ${path}. Free some.`, {
        cause: error,
      });
    case "ENOTDIR":
    case "EISDIR":
    case "EEXIST":
      return new EddyError("EDDY_BAD_HOME", `${path} cannot be used: something else is in its place.`, {
        cause: error,
      });
    default:
      return error;
  }
}
