/** Versions of workflows on disk. */
import { mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import Type from "typebox";
import { Check } from "typebox/value";
import { EddyError } from "../../../language/problem.ts";
import {
  canonicalJson,
  type Manifest,
  manifestSchema,
  type VerifiedArtifact,
} from "../../protocol/artifact.ts";
import {
  type Layout,
  listFolders,
  readIfThere,
  readPointer,
  type Step,
  sha256,
  syncFolder,
  writeDurably,
} from "../layout.ts";

export interface InstalledProgram {
  readonly manifest: Manifest;
  readonly code: string;
  readonly map?: string;
}

const signatureSchema = Type.Object({ key: Type.String(), sequence: Type.Integer() });

/** Versions of a workflow that are wholly there, the newest last. */
export function listVersions(layout: Layout, id: string): string[] {
  return listFolders(layout.workflow(id))
    .map((version) => ({ version, time: statSync(layout.version(id, version)).mtimeMs }))
    .sort((a, b) => a.time - b.time)
    .map(({ version }) => version);
}

/** The version that a request means: in full, by its beginning, or the one that is current, else the newest. */
export function resolveVersion(layout: Layout, id: string, wanted: string | undefined): string {
  const versions = listVersions(layout, id);
  const found =
    wanted === undefined
      ? (currentVersion(layout, id) ?? versions.at(-1))
      : versions.find((version) => version.startsWith(wanted));
  if (found !== undefined) return found;
  throw versions.length === 0
    ? new EddyError("EDDY_UNKNOWN_WORKFLOW", `There is no workflow "${id}" on this device.`)
    : new EddyError(
        "EDDY_UNKNOWN_VERSION",
        `Version ${wanted} of "${id}" is not on this device. Install it first.`,
      );
}

/** What runs, or would run: the version that `current` names, where it is there. */
export function currentVersion(layout: Layout, id: string): string | undefined {
  return pointed(layout, id, "current");
}

export function previousVersion(layout: Layout, id: string): string | undefined {
  return pointed(layout, id, "previous");
}

function pointed(layout: Layout, id: string, pointer: "current" | "previous"): string | undefined {
  const version = readPointer(layout.workflow(id), pointer);
  if (version === undefined || version.includes("/")) return undefined;
  return statSync(layout.version(id, version), { throwIfNoEntry: false }) ? version : undefined;
}

/** Reads a version, and checks that its code is still what was accepted. */
export function readProgram(layout: Layout, id: string, version: string): InstalledProgram {
  const folder = layout.version(id, version);
  const manifest = parseJson(readIfThere(join(folder, "manifest.json")));
  const code = readIfThere(join(folder, "workflow.js"));
  if (
    code === undefined ||
    !Check(manifestSchema, manifest) ||
    manifest.files["workflow.js"] !== sha256(Buffer.from(code))
  ) {
    throw new EddyError(
      "EDDY_ARTIFACT_ALTERED",
      `Version ${version.slice(0, 12)} of "${id}" has changed on this device's disk. Deploy it again.`,
    );
  }
  // A map that has changed makes failures harder to find, and nothing else.
  const map = readIfThere(join(folder, "workflow.js.map"));
  return { manifest, code, ...(map === undefined ? {} : { map }) };
}

/** Whose signature a version was accepted with. */
export function readSignature(
  layout: Layout,
  id: string,
  version: string,
): { readonly key: string; readonly sequence: number } | undefined {
  const signature = parseJson(readIfThere(join(layout.version(id, version), "signature.json")));
  return Check(signatureSchema, signature) ? signature : undefined;
}

/** Writes a version beside the others; it is there as a whole, or not at all. */
export function writeProgram(
  layout: Layout,
  { manifest, code, map, signature }: VerifiedArtifact,
  step: Step,
): void {
  const { id, version } = manifest;
  const folder = layout.workflow(id);
  const beside = join(folder, `.unpacking-${version}`);
  rmSync(beside, { recursive: true, force: true });
  step("make folder");
  mkdirSync(beside, { recursive: true, mode: 0o700 });
  const files: Readonly<Record<string, string>> = {
    "manifest.json": canonicalJson(manifest),
    "workflow.js": code,
    "signature.json": canonicalJson(signature),
    ...(map === undefined ? {} : { "workflow.js.map": map }),
  };
  for (const [name, content] of Object.entries(files)) {
    step(`write ${name}`);
    writeDurably(join(beside, name), content);
  }
  syncFolder(beside);
  step("rename folder");
  renameSync(beside, layout.version(id, version));
  step("sync folder");
  syncFolder(folder);
}

/** Deletes versions that no pointer names, except the newest. */
export function pruneVersions(layout: Layout, id: string): void {
  const kept = new Set([currentVersion(layout, id), previousVersion(layout, id)]);
  for (const version of listVersions(layout, id).slice(0, -1)) {
    if (!kept.has(version)) rmSync(layout.version(id, version), { recursive: true, force: true });
  }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined;
  }
}
