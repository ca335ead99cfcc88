// Runs test/extension inside VS Code and prints what mocha's "spec" would.
// Options: --results FILE, --grep TEXT, --desktop (a downloaded desktop VS Code), and test files instead of all.
import { cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { runDesktopTests, runExtensionTests, type TestResult } from "./extension-tests.ts";
import { temporaryFolder } from "./resources.ts";

const checkout = resolve(import.meta.dirname, "..", "..");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    results: { type: "string" },
    grep: { type: "string" },
    desktop: { type: "boolean", default: false },
  },
});

await using workspace = await temporaryFolder("workspace");
// Tests edit what they open.
await cp(join(checkout, "examples"), workspace.path, { recursive: true });
await using home = await temporaryFolder("home");
const run = values.desktop ? runDesktopTests : runExtensionTests;
const results = await run({
  workspace: workspace.path,
  tests: positionals.length > 0 ? positionals : ["test/extension/**/*.test.ts"],
  environment: { EDDY_HOME: home.path },
  ...(values.grep !== undefined && { grep: values.grep }),
  timeout: 900_000,
});
print(results);
if (values.results) {
  await mkdir(dirname(values.results), { recursive: true });
  await writeFile(values.results, JSON.stringify(results));
}
process.exitCode = results.some(({ state }) => state === "failed") ? 1 : 0;

function print(all: readonly TestResult[]): void {
  const marks = { passed: "✔", failed: "✘", pending: "-" };
  for (const { title, state, duration, error } of all) {
    console.log(`  ${marks[state]} ${title}${duration === undefined ? "" : ` (${Math.round(duration)}ms)`}`);
    if (error !== undefined) console.log(error.replaceAll(/^/gm, "      "));
  }
}
