import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { problemCodes } from "../../language/index.ts";

const root = join(import.meta.dirname, "../..");
const tables = [
  "language/codes.ts",
  "language/parse/codes.ts",
  "language/edits/codes.ts",
  "language/syntax/problem.ts",
  "language/types/codes.ts",
];
const codePattern = /EDDY_[A-Z0-9_]+/g;

function codesIn(files: readonly string[]): ReadonlySet<string> {
  return new Set(files.flatMap((file) => readFileSync(join(root, file), "utf8").match(codePattern) ?? []));
}

describe("problem codes", () => {
  const used = codesIn(globSync("language/**/*.ts", { cwd: root }).filter((file) => !tables.includes(file)));

  it("has every code that is used, and uses every code that it has", () => {
    const known: readonly string[] = [...problemCodes.keys()];
    assert.deepEqual(
      [...used].filter((code) => code !== "EDDY_" && !known.includes(code)),
      [],
    );
    assert.deepEqual(
      known.filter((code) => !used.has(code)),
      [],
    );
  });

  it("says of each what it is, why it matters and what to do, in sentences", () => {
    for (const [code, { title, why, fix }] of problemCodes) {
      assert.match(title, /^[A-Z].*[^.]$/, code);
      assert.match(why, /^\S.*[.?]$/s, code);
      assert.match(fix, /^[A-Z].*\.$/s, code);
    }
  });

  it("has each code in one table only", () => {
    const all = tables.flatMap((file) => [...codesIn([file])]);
    assert.equal(new Set(all).size, all.length);
  });

  it("has each of them on the page of problems", () => {
    const page = readFileSync(join(root, "docs/problems.md"), "utf8");
    for (const code of problemCodes.keys()) assert.ok(page.includes(`\n## ${code}\n`), code);
  });
});
