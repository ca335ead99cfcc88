// Runs inside VS Code's extension host: mocha's start, and the way back for its results.
import { rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type MochaConstructor from "mocha";
import type { TestResult } from "./extension-tests.ts";

export interface HostSettings {
  /** Where the results go. */
  readonly results: string;
  readonly grep?: string;
  /** Folder of the mocha package. */
  readonly mocha: string;
}

/** Runs the modules' tests and writes their results. Fails when any test failed, which VS Code turns into its exit code. */
export async function runInHost(
  modules: readonly (readonly [name: string, load: () => unknown])[],
  settings: HostSettings,
): Promise<void> {
  const results = await runMocha(modules, settings).catch((error: unknown): TestResult[] => [
    { title: "The tests could be loaded", state: "failed", error: textOf(error) },
  ]);
  // The reader polls for the file, so it has to appear complete.
  await writeFile(`${settings.results}.part`, JSON.stringify(results));
  await rename(`${settings.results}.part`, settings.results);
  const failed = results.filter((result) => result.state === "failed");
  if (failed.length > 0) throw new Error(`${failed.length} tests failed`);
}

async function runMocha(
  modules: readonly (readonly [name: string, load: () => unknown])[],
  settings: HostSettings,
): Promise<TestResult[]> {
  const Mocha: typeof MochaConstructor = createRequire(settings.results)(settings.mocha);
  const mocha = new Mocha({ timeout: 30_000, forbidOnly: true, reporter: Mocha.reporters.Base });
  if (settings.grep) mocha.fgrep(settings.grep);
  for (const [name, load] of modules) {
    mocha.suite.emit("pre-require", globalThis, name, mocha);
    mocha.suite.emit("require", load(), name, mocha);
    mocha.suite.emit("post-require", globalThis, name, mocha);
  }
  const results: TestResult[] = [];
  await new Promise<void>((done) => {
    const runner = mocha.run(() => done());
    runner.on("pass", (test) => {
      const duration = test.duration ?? 0;
      results.push({ title: test.fullTitle(), state: "passed", duration });
    });
    runner.on("fail", (test, error) => {
      results.push({ title: test.fullTitle(), state: "failed", error: textOf(error) });
    });
    runner.on("pending", (test) => {
      results.push({ title: test.fullTitle(), state: "pending" });
    });
  });
  return results;
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const details =
    "actual" in error
      ? `\nactual: ${print(error.actual)}\nexpected: ${print("expected" in error && error.expected)}`
      : "";
  return `${error.stack ?? error.message}${details}`;
}

function print(value: unknown): string {
  return JSON.stringify(value, undefined, 2)?.slice(0, 4_000) ?? String(value);
}
