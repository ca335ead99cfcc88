/** What the desk has deployed, kept so that a spare can take the place of a device that is dead. */
import { readdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import Type, { type Static } from "typebox";
import { Check } from "typebox/value";
import type { AgentClient } from "../runtime/protocol/client.ts";
import { readIfThere, writeFileAtomic } from "./files.ts";

const scope = Type.Object({
  env: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  /** Names alone: a device tells no secret. */
  secrets: Type.Array(Type.String()),
});
const bindingsSchema = Type.Object({ device: scope, workflow: scope });
/** What was bound on the device when a workflow was deployed: for all, and for it. */
export type Bindings = Static<typeof bindingsSchema>;

export interface KeptWorkflow {
  readonly id: string;
  readonly artifact: Uint8Array;
  readonly bindings: Bindings;
}

/** Bytes of artifacts that are kept of all devices; the ones deployed longest ago go first. */
const mostBytes = 256 * 2 ** 20;

const folderOf = (home: string) => join(home, "deployed");

export async function readBindings(client: AgentClient, workflow: string): Promise<Bindings> {
  const [device, own] = await Promise.all([
    client.request("config/get", {}),
    client.request("config/get", { workflow }),
  ]);
  return { device, workflow: own };
}

/** Keeps what a device runs now. */
export async function keepDeployed(
  home: string,
  device: string,
  workflow: string,
  artifact: Uint8Array,
  connect: () => Promise<AgentClient>,
): Promise<void> {
  const bindings = await readBindings(await connect(), workflow);
  const path = join(folderOf(home), device, workflow);
  await writeFileAtomic(`${path}.json`, `${JSON.stringify(bindings)}\n`, { mode: 0o600 });
  await writeFileAtomic(`${path}.eddy`, artifact, { mode: 0o600 });
  await prune(folderOf(home));
}

export async function readDeployed(home: string, device: string): Promise<readonly KeptWorkflow[]> {
  const folder = join(folderOf(home), device);
  const names = await readdir(folder).catch(() => []);
  const found = names
    .filter((name) => name.endsWith(".eddy"))
    .toSorted()
    .map(async (name) => {
      const id = name.slice(0, -".eddy".length);
      const value: unknown = JSON.parse((await readIfThere(join(folder, `${id}.json`))) ?? "null");
      const none = { env: {}, secrets: [] };
      const bindings = Check(bindingsSchema, value) ? value : { device: none, workflow: none };
      return { id, artifact: await readFile(join(folder, name)), bindings };
    });
  return Promise.all(found);
}

export async function forgetDeployed(home: string, device: string): Promise<void> {
  await rm(join(folderOf(home), device), { recursive: true, force: true });
  // Where it was the last one; otherwise it is not empty, and stays.
  await rmdir(folderOf(home)).catch(() => {});
}

async function prune(folder: string): Promise<void> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".eddy"));
  const files = await Promise.all(
    names.map(async (name) => {
      const { mtimeMs, size } = await stat(join(folder, name));
      return { path: join(folder, name), mtimeMs, size };
    }),
  );
  let total = 0;
  for (const { path, size } of files.toSorted((a, b) => b.mtimeMs - a.mtimeMs)) {
    total += size;
    if (total > mostBytes)
      for (const one of [path, path.replace(/eddy$/, "json")]) await rm(one, { force: true });
  }
}
