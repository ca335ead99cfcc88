// How long it takes in VS Code from saving a workflow of ten nodes until its problems show (or are gone): the whole of
// parse, checks, compile and report, in the extension host; and the same for a subflow, until fifty open workflows that are
// made of it have been compiled again. Prints p50 and p95 of 30 saves, and fails where p50 of the first is above its limit.
// Build first. Run: node bench/save.ts
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
const results = await runExtensionTests({
  workspace: folder.path,
  tests: ["bench/vscode/save.ts"],
  environment: { EDDY_FIGURES: folder.path, EDDY_HOME: join(folder.path, "home") },
});
const failure = results.find(({ state }) => state === "failed");
if (failure) throw new Error(failure.error);
const p50 = await tell("one", "from save to problems");
await tell("fifty", "from save of a subflow to the problems of 50 workflows");
console.log(`${p50 <= limit ? "✔" : "✘"} from save to problems at most ${limit} ms`);
if (p50 > limit) process.exitCode = 1;

async function tell(name: string, what: string): Promise<number> {
  const all: readonly number[] = JSON.parse(await readFile(join(folder.path, `${name}.json`), "utf8"));
  const at = (share: number) => Math.round(percentile(all.slice(warmUp), share));
  const first = Math.round(all[0] ?? Number.NaN);
  console.log(`${what}: first ${first} ms, then p50 ${at(0.5)} ms, p95 ${at(0.95)} ms`);
  return at(0.5);
}
