import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "../../testbed/processes.ts";
import { temporaryFolder } from "../../testbed/resources.ts";

export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Until not one byte more fits. */
  fill(): void;
  makeRoom(): void;
}

/** A disk of its own in memory. Mounting one takes root, or a sudo that asks for nothing. */
export async function smallDisk(megabytes: number): Promise<SmallDisk> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder("disk"));
  const path = join(folder.path, "disk");
  await mkdir(path);
  const owner = `uid=${process.getuid?.() ?? 0},gid=${process.getgid?.() ?? 0},mode=0700`;
  await asRoot(["mount", "-t", "tmpfs", "-o", `size=${megabytes}m,${owner}`, "tmpfs", path]);
  // Lazily: what the test leaves open must not keep it mounted.
  stack.defer(() => asRoot(["umount", "-l", path]));
  const ballast = join(path, "ballast");
  const owned = stack.move();
  return {
    path,
    fill() {
      const file = openSync(ballast, "a");
      try {
        for (const size of [2 ** 20, 2 ** 12, 1]) writeUntilFull(file, size);
      } finally {
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(ballast, { force: true }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function writeUntilFull(file: number, size: number): void {
  const bytes = new Uint8Array(size);
  try {
    for (;;) writeSync(file, bytes);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}

async function asRoot(words: readonly string[]): Promise<void> {
  const [command = "", ...options] = process.getuid?.() === 0 ? words : ["sudo", "-n", ...words];
  await runProgram(command, options);
}
