/** What V8 has made of the agent's program, kept beside it: compiling is a third of the time until the first message. */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { constants, Script } from "node:vm";

/** Bytes of free disk below which room is left to what workflows store. */
const leastDisk = 64 * 1024 * 1024;
/** Bytes of a sha256. */
const digestLength = 32;

export interface KeptCode {
  /** It was run by what is kept. */
  readonly isKept: boolean;
  /** Keeps what has been compiled by now, if the disk allows it. */
  keep(): void;
}

/** Runs a script. What is kept of it goes by the name of a `part`. */
export function runKept(program: string, part: string): KeptCode {
  const source = readFileSync(program);
  const folder = join(dirname(program), "compiled");
  const kept = readKept(folder, part, source);
  const script = new Script(source.toString("latin1"), {
    filename: program,
    cachedData: kept,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  script.runInThisContext();
  return {
    // V8 takes none of another version of itself, or with other options.
    isKept: kept !== undefined && script.cachedDataRejected === false,
    keep: () => writeKept(folder, part, source, script),
  };
}

/** Undefined for anything but what was kept here of this very program, by this user. */
function readKept(folder: string, part: string, source: Uint8Array): Buffer | undefined {
  try {
    if (!isOwn(folder)) return undefined;
    const bytes = readFileSync(join(folder, part));
    const data = bytes.subarray(digestLength);
    // V8 itself looks at its version and at the length of the program only.
    return digestOf(source, data).equals(bytes.subarray(0, digestLength)) ? data : undefined;
  } catch {
    return undefined;
  }
}

/** Where the disk does not take it, the next start takes as long as this one. */
function writeKept(folder: string, part: string, source: Uint8Array, script: Script): void {
  const beside = join(folder, `${part}.new`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = statfsSync(folder);
    if (!isOwn(folder) || bavail * bsize < leastDisk) return;
    const data = script.createCachedData();
    // It need not outlast a power cut: what is not whole is not taken.
    writeFileSync(beside, Buffer.concat([digestOf(source, data), data]), { mode: 0o600 });
    renameSync(beside, join(folder, part));
  } catch {
    try {
      rmSync(beside, { force: true });
    } catch {
      // The next one is written over it.
    }
  }
}

/** Whoever else could write there could have the agent run anything. */
function isOwn(folder: string): boolean {
  const { uid, mode } = lstatSync(folder);
  // Windows knows neither; there it lies in the user's own profile.
  if (process.getuid === undefined) return true;
  const isFolderOfOwner = (mode & 0o170077) === 0o040000;
  return isFolderOfOwner && uid === process.getuid();
}

function digestOf(source: Uint8Array, data: Uint8Array): Buffer {
  const { arch, platform, version, versions } = process;
  return createHash("sha256")
    .update(`${platform} ${arch} ${version} ${versions.v8}\n`)
    .update(source)
    .update(data)
    .digest();
}
