/** The real `eddy` command as a process of its own: built from the sources as they are now, once a test run. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Static, TSchema } from "typebox";
import { Check, Errors } from "typebox/value";
import { buildAll } from "../../scripts/lib/targets.mjs";
import { temporaryFolder } from "../testbed/resources.ts";

let built: Promise<string> | undefined;

/** The folder of the built command. */
export function builtCommand(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const folder = await temporaryFolder("cli-build");
  process.once("exit", () => {
    // Asynchronous work is over by now.
    rmSync(folder.path, { recursive: true, force: true });
  });
  const { ok, summary } = await buildAll({
    outFolder: folder.path,
    minify: false,
    types: false,
    only: ["cli", "agent", "runtime", "library", "test-worker"],
  });
  if (!ok || !existsSync(join(folder.path, "cli.mjs"))) throw new Error(summary);
  // Where what is left outside of the built file is found, as in an installed package.
  await symlink(resolve("node_modules"), join(folder.path, "node_modules"));
  return folder.path;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Settings {
  /** The folder that it is started in. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** What it reads from standard input, which is closed otherwise. */
  readonly input?: string;
}

export interface Started {
  readonly ended: Promise<Ended>;
  /** Resolves with the first line of standard output that fits. */
  line(fits: (line: string) => boolean): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Runs it to its end. */
export async function eddy(given: readonly string[], settings: Settings): Promise<Ended> {
  return (await startEddy(given, settings)).ended;
}

/** Starts it. `EDDY_HOME` is in the folder it runs in, so that nobody meets the desk of who runs the tests. */
export async function startEddy(
  given: readonly string[],
  { folder, environment = {}, input = "" }: Settings,
): Promise<Started> {
  const { NO_COLOR: _plain, FORCE_COLOR: _forced, ...inherited } = process.env;
  const child = spawn(process.execPath, [join(await builtCommand(), "cli.mjs"), ...given], {
    cwd: folder,
    env: { ...inherited, EDDY_HOME: join(folder, "home"), ...environment },
  });
  let stdout = "";
  let stderr = "";
  const hearers = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    for (const hear of [...hearers]) hear();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  // It may have ended before it has read what it was given.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const ended = new Promise<Ended>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code, stdout, stderr }));
  });
  return {
    ended,
    kill: (signal) => void child.kill(signal),
    line: (fits) =>
      new Promise((found, fail) => {
        const look = () => {
          const line = stdout.split("\n").slice(0, -1).find(fits);
          if (line === undefined) return;
          hearers.delete(look);
          found(line);
        };
        hearers.add(look);
        look();
        ended.then(
          (end) => fail(new Error(`It ended before such a line came: ${JSON.stringify(end)}`)),
          fail,
        );
      }),
  };
}

/** The one JSON document on standard output, which is of that shape. */
export function document<Schema extends TSchema>(schema: Schema, { stdout, stderr }: Ended): Static<Schema> {
  assert.match(stdout, /^[^\n]+\n$/, `One line is wanted. ${stdout}${stderr}`);
  return shaped(schema, JSON.parse(stdout));
}

/** One JSON object a line. */
export function lines({ stdout }: Ended): readonly unknown[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line): unknown => JSON.parse(line));
}

export function shaped<Schema extends TSchema>(schema: Schema, value: unknown): Static<Schema> {
  if (Check(schema, value)) return value;
  const [first] = Errors(schema, value);
  throw new Error(`${first?.instancePath} ${first?.message}: ${JSON.stringify(value)}`);
}
