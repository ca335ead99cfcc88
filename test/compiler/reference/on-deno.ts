// Runs the cases of a file, [{ code, payloads }], and prints what came of each as JSON. Started by reference.real.test.ts.
import { readFileSync } from "node:fs";
import process from "node:process";
import { runCompiled } from "./compiled.ts";

const [path = ""] = process.argv.slice(2);
const cases: readonly { readonly code: string; readonly payloads: readonly unknown[] }[] = JSON.parse(
  readFileSync(path, "utf8"),
);
const results = [];
for (const { code, payloads } of cases) results.push(await runCompiled(code, payloads, { watched: false }));
console.log(JSON.stringify(results));
