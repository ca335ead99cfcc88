/** Takes artifacts in, piece by piece, and lets in only what may run here. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { EddyError } from "../../../language/problem.ts";
import { unpackArtifact, type VerifiedArtifact, verifyArtifact } from "../../protocol/artifact.ts";
import type { RequestParams, RequestResult } from "../../protocol/contract.ts";
import type { Deployments } from "../deployments.ts";
import { readPublishers } from "../identity.ts";
import { asDiskError, diskFull, type Layout, listFolders, type Step, settlePointers } from "../layout.ts";
import { diskOf } from "./health.ts";
import { listVersions, pruneVersions, readSignature, writeProgram } from "./programs.ts";

export interface InstallerOptions {
  readonly layout: Layout;
  readonly deployments: Deployments;
  /** What workflows may need here. */
  readonly capabilities: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Tries a version beside the one that runs; rejects where it cannot be loaded. */
  readonly load: (artifact: VerifiedArtifact) => Promise<void>;
  readonly step: Step;
}

export interface Installer {
  receive(piece: RequestParams<"workflow/install">): Promise<RequestResult<"workflow/install">>;
  /** Takes away what an installation that was broken off has left. */
  tidy(): void;
}

/** The archive, what is in it unpacked, and some to go on working with. */
const roomFor = (size: number) => 4 * size + 4 * 1024 * 1024;

export function createInstaller(options: InstallerOptions): Installer {
  const { layout, deployments } = options;

  async function accept(id: string, version: string, bytes: Uint8Array): Promise<void> {
    const claimed = unpackArtifact(bytes);
    const after = claimed.signature ? deployments.lastSequence(id, claimed.signature.key) : 0;
    const publishers = readPublishers(layout).map(({ key }) => key);
    const artifact = verifyArtifact(bytes, publishers, options.now(), { after });
    const { manifest, signature } = artifact;
    if (manifest.id !== id || !manifest.version.startsWith(version)) {
      throw new EddyError(
        "EDDY_ARTIFACT_ALTERED",
        `The artifact is ${manifest.id} ${manifest.version.slice(0, 12)}, not ${id} ${version.slice(0, 12)} as was said. Send it again.`,
      );
    }
    checkFit(artifact, options.capabilities);
    await options.load(artifact);
    writeProgram(layout, artifact, options.step);
    deployments.accept(id, signature.key, signature.sequence);
    pruneVersions(layout, id);
  }

  return {
    async receive({ id, version, size, offset, data }) {
      const installed = listVersions(layout, id).find((one) => one.startsWith(version));
      if (installed !== undefined) {
        rememberSequence(id, installed);
        return { received: size, installed: true };
      }
      const path = layout.incoming(id, version);
      const bytes = Buffer.from(data, "base64");
      let received = sizeOf(path);
      if (bytes.length === 0 && offset === 0) return { received: Math.min(received, size), installed: false };
      if (offset > received) {
        throw new EddyError(
          "EDDY_INSTALL_OFFSET",
          `The piece at ${offset} came before the one at ${received}. Go on from there.`,
          { details: { received } },
        );
      }
      if (offset + bytes.length > size) {
        throw new EddyError("EDDY_INSTALL_SIZE", "More bytes came than the artifact has. Begin again.");
      }
      if (offset === 0) prepare(id, path, size);
      received = writePiece(path, bytes, offset);
      if (received < size) return { received, installed: false };
      try {
        await accept(id, version, readFileSync(path));
      } catch (error) {
        throw asDiskError(error, layout.home);
      } finally {
        rmSync(path, { force: true });
        removeIfEmpty(layout.workflow(id));
      }
      return { received, installed: true };
    },
    tidy() {
      for (const id of listFolders(layout.workflows)) {
        try {
          tidyFolder(id);
        } catch {
          // A disk that cannot be written keeps no agent from starting; what is left there does no harm.
        }
      }
    },
  };

  function tidyFolder(id: string): void {
    const folder = layout.workflow(id);
    settlePointers(folder);
    // What has come of an upload is kept: it goes on from there.
    const done = new Set(listVersions(layout, id).map((version) => layout.incoming(id, version)));
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const isLeft = name.startsWith(".unpacking-") || name.endsWith(".new") || done.has(path);
      if (isLeft) rmSync(path, { recursive: true, force: true });
    }
  }

  function prepare(id: string, path: string, size: number): void {
    const folder = layout.workflow(id);
    // Another upload that was broken off; it would be begun anew anyway.
    if (existsSync(folder)) {
      for (const name of readdirSync(folder)) {
        if (name.startsWith(".incoming-") && join(folder, name) !== path) rmSync(join(folder, name));
      }
    }
    const disk = diskOf(layout.home);
    if (disk && disk.free < roomFor(size))
      throw diskFull(layout.home, `${roomFor(size)} bytes are needed, ${disk.free} are free`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  function writePiece(path: string, bytes: Uint8Array, offset: number): number {
    options.step("write piece");
    try {
      // Not opened for appending: a piece that is sent again takes the place of what it had written.
      const file = openSync(path, existsSync(path) ? "r+" : "w", 0o600);
      try {
        for (let at = 0; at < bytes.length; )
          at += writeSync(file, bytes, at, bytes.length - at, offset + at);
        ftruncateSync(file, offset + bytes.length);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      rmSync(path, { force: true });
      throw asDiskError(error, layout.home);
    }
    return offset + bytes.length;
  }

  /** The agent may have ended between the two steps that accept a version. */
  function rememberSequence(id: string, version: string): void {
    const signature = readSignature(layout, id, version);
    if (signature && signature.sequence > deployments.lastSequence(id, signature.key)) {
      deployments.accept(id, signature.key, signature.sequence);
    }
  }
}

function checkFit({ manifest }: VerifiedArtifact, capabilities: readonly string[]): void {
  if (manifest.target === "browser") {
    throw new EddyError(
      "EDDY_TARGET",
      `"${manifest.id}" was compiled for a browser. Compile it for "node" or "deno" to run it on a device.`,
    );
  }
  const missing = manifest.capabilities.filter((name) => !capabilities.includes(name));
  if (missing.length > 0) {
    throw new EddyError(
      "EDDY_CAPABILITY",
      `"${manifest.id}" needs what this device does not allow: ${missing.join(", ")}.`,
      { details: { missing } },
    );
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
