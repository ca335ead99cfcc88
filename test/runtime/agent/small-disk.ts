import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
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

export interface FailingDisk extends AsyncDisposable {
  readonly path: string;
  /** The kernel lets nobody write any more, whoever has files open: what it does when a card begins to fail. */
  fail(): Promise<void>;
  /** Checked and mounted anew. Nobody may have a file of it open. */
  repair(): Promise<void>;
}

/** A disk with ext4 in a file. Undefined where there is no kernel that lets one fail, or no right to mount it. */
export async function failingDisk(megabytes: number): Promise<FailingDisk | undefined> {
  if (process.getuid?.() !== 0 || !existsSync("/dev/loop-control")) return undefined;
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder("failing"));
  const image = join(folder.path, "image");
  const path = join(folder.path, "disk");
  await mkdir(path);
  writeFileSync(image, "");
  truncateSync(image, megabytes * 2 ** 20);
  await runProgram("mkfs.ext4", ["-q", "-F", image]);
  const mount = () => runProgram("mount", ["-o", "loop,errors=remount-ro", image, path]);
  await mount();
  stack.defer(() => asRoot(["umount", "-l", path]));
  const device = basename((await runProgram("findmnt", ["-n", "-o", "SOURCE", path])).trim());
  const trigger = `/sys/fs/ext4/${device}/trigger_fs_error`;
  if (!device.startsWith("loop") || !existsSync(trigger)) return undefined;
  const owned = stack.move();
  return {
    path,
    fail: async () => writeFileSync(trigger, "a test"),
    async repair() {
      await runProgram("umount", [path]);
      // It ends with 1 where it has mended something.
      await runProgram("sh", ["-c", 'fsck.ext4 -f -y "$0" || [ $? = 1 ]', image]);
      await mount();
    },
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
