import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { EddyError } from "../../language/problem.ts";

export interface AgentFiles {
  /** Made from what is in the files, so that the same files are the same version on every desk. */
  readonly version: string;
  /** Of all files together. */
  readonly bytes: number;
  readonly files: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** The built agent: `agent.mjs` and what it starts, in one folder. */
export async function readAgentFiles(folder: string): Promise<AgentFiles> {
  const all = await readdir(folder).catch((): string[] => []);
  const names = all.filter((name) => /^agent(-[a-z-]+)?\.mjs$/.test(name)).sort();
  if (!names.includes("agent.mjs"))
    throw new EddyError(
      "EDDY_NO_AGENT",
      `The agent that goes to devices is not in ${folder}. Build it with "npm run build".`,
    );
  const files = await Promise.all(
    names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })),
  );
  const hash = createHash("sha256");
  for (const { name, bytes } of files) hash.update(`${name} ${bytes.length}\n`).update(bytes);
  return {
    version: hash.digest("hex").slice(0, 12),
    bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0),
    files,
  };
}

/** Where the built agent is: beside the bundle that this code is part of, a folder above it, or in the checkout's `dist/`. */
export function findAgentDirectory(): string {
  const own = fileURLToPath(import.meta.url);
  const here = dirname(own);
  if (own.endsWith(".ts")) return join(here, "..", "..", "dist");
  return [here, dirname(here)].find((place) => existsSync(join(place, "agent.mjs"))) ?? here;
}

/** The version of the agent that this program brings; undefined where it brings none. */
export async function agentVersion(directory: () => string): Promise<string | undefined> {
  try {
    return (await readAgentFiles(directory())).version;
  } catch {
    return undefined;
  }
}
