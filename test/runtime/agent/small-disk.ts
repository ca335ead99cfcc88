import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "../../testbed/processes.ts";
import { temporaryFolder } from "../../testbed/resources.ts";

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Until no more fits than these bytes. */
  fill(spare?: number): void;
  /** Until there can be no more files than these. */
  takeFiles(spare?: number): void;
  makeRoom(): void;
  /** Fails while somebody has a file open for writing. */
  setReadOnly(isReadOnly: boolean): Promise<void>;
}

/** A disk of its own in memory. Mounting one takes root, or a sudo that asks for nothing. */
export async function smallDisk(megabytes: number, { files = 1_000 } = {}): Promise<SmallDisk> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder("disk"));
  const path = join(folder.path, "disk");
  await mkdir(path);
  const owner = `uid=${process.getuid?.() ?? 0},gid=${process.getgid?.() ?? 0},mode=0700`;
  await asRoot([
    "mount",
    "-t",
    "tmpfs",
    "-o",
    `size=${megabytes}m,nr_inodes=${files},${owner}`,
    "tmpfs",
    path,
  ]);
  // Lazily: what the test leaves open must not keep it mounted.
  stack.defer(() => asRoot(["umount", "-l", path]));
  const ballast = join(path, "ballast");
  const emptyFiles = join(path, "empty");
  const owned = stack.move();
  return {
    path,
    fill(spare = 0) {
      const file = openSync(ballast, "a");
      try {
        for (const size of [2 ** 20, 2 ** 12, 1]) untilFull(() => writeSync(file, new Uint8Array(size)));
        if (spare > 0) ftruncateSync(file, Math.max(0, fstatSync(file).size - spare));
      } finally {
        closeSync(file);
      }
    },
    takeFiles(spare = 0) {
      mkdirSync(emptyFiles, { recursive: true });
      let count = 0;
      untilFull(() => closeSync(openSync(join(emptyFiles, `${++count}`), "w")));
      for (let left = spare; left > 0; left--) rmSync(join(emptyFiles, `${--count}`), { force: true });
    },
    makeRoom() {
      for (const filler of [ballast, emptyFiles]) rmSync(filler, { recursive: true, force: true });
    },
    setReadOnly: (isReadOnly) => asRoot(["mount", "-o", `remount,${isReadOnly ? "ro" : "rw"}`, path]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function untilFull(take: () => void): void {
  try {
    for (;;) take();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}

async function asRoot(words: readonly string[]): Promise<void> {
  const [command = "", ...options] = process.getuid?.() === 0 ? words : ["sudo", "-n", ...words];
  await runProgram(command, options);
}
