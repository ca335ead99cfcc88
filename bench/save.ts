// How long it takes in VS Code from saving a workflow of ten nodes until its problems show (or are gone): the whole of
// parse, checks, compile and report, in the extension host. Prints p50 and p95 of 30 saves, and fails where p50 is above
// its limit. Build first. Run: node bench/save.ts
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runExtensionTests } from "../test/testbed/extension-tests.ts";
import { temporaryFolder } from "../test/testbed/resources.ts";
import { percentile } from "./support/statistics.ts";

/** Milliseconds. */
const limit = 300;
/** Saves until the compiler is warm. */
const warmUp = 6;

await using folder = await temporaryFolder("bench-save");
const file = join(folder.path, "figures.json");
const results = await runExtensionTests({
  workspace: folder.path,
  tests: ["bench/vscode/save.ts"],
  environment: { EDDY_FIGURES: file, EDDY_HOME: join(folder.path, "home") },
});
const failure = results.find(({ state }) => state === "failed");
if (failure) throw new Error(failure.error);
const all: readonly number[] = JSON.parse(await readFile(file, "utf8"));
const at = (share: number) => Math.round(percentile(all.slice(warmUp), share));
console.log(`first save ${Math.round(all[0] ?? Number.NaN)} ms, then p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
console.log(`${at(0.5) <= limit ? "✔" : "✘"} from save to problems: p50 ${at(0.5)} ms, at most ${limit} ms`);
if (at(0.5) > limit) process.exitCode = 1;
