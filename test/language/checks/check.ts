import assert from "node:assert/strict";
import type { Catalog } from "../../../language/catalog.ts";
import { checkWorkflow } from "../../../language/checks/check.ts";
import type { Range } from "../../../language/model.ts";
import { parseWorkflow } from "../../../language/parse.ts";
import type { Problem } from "../../../language/problem.ts";
import { testCatalog } from "../catalog.ts";
import { readMarks } from "../marks.ts";

/**
 * Checks a workflow that is written without its first line (`eddy: 1`), with `«` and `»` around what a problem is expected
 * to mark. `expected` is each problem in the order of the file: `severity CODE`, then a part of its message.
 * Nothing else may be found: a source without marks has no problems.
 */
export function check(source: string, ...expected: readonly string[]): void {
  checkWith(testCatalog, source, ...expected);
}

export function checkWith(catalog: Catalog, source: string, ...expected: readonly string[]): void {
  const { text, ranges } = readMarks(source, "eddy: 1\n");
  const problems = problemsOf(text, catalog);
  const found = problems.map((problem) => describe(problem, text));
  const wanted = expected.map((line, index) => ({ line, range: ranges[index] ?? { start: 0, end: 0 } }));
  const matches =
    problems.length === wanted.length &&
    wanted.length >= ranges.length &&
    problems.every((problem, index) => {
      const want = wanted[index];
      return want && fits(problem, want.line) && sameRange(problem.range, want.range);
    });
  if (matches) return;
  const shown = wanted.map(
    ({ line, range }) => `${line} @ ${JSON.stringify(text.slice(range.start, range.end))}`,
  );
  assert.deepEqual(found, shown, "The problems are not those expected.");
  assert.fail(
    `The problems are elsewhere: ${JSON.stringify(problems.map(({ range }) => range))} ${JSON.stringify(ranges)}`,
  );
}

/** Applies the fix with this title, of whatever problem offers it, and compares the whole text. */
export function fix(source: string, title: string, expected: string): void {
  const { text } = readMarks(source, "eddy: 1\n");
  const fixes = problemsOf(text, testCatalog).flatMap((problem) => problem.fixes ?? []);
  const chosen = fixes.find((one) => one.title === title);
  assert.ok(chosen, `No fix "${title}" among: ${fixes.map((one) => one.title).join(", ")}`);
  const edits = [...chosen.edits].sort((left, right) => right.range.start - left.range.start);
  const result = edits.reduce(
    (before, { range, newText }) => before.slice(0, range.start) + newText + before.slice(range.end),
    text,
  );
  assert.equal(result, `eddy: 1\n${expected}`);
}

/** The titles of all fixes, in the order in which they are offered. */
export function fixTitles(source: string): readonly string[] {
  const { text } = readMarks(source, "eddy: 1\n");
  return problemsOf(text, testCatalog).flatMap(({ fixes }) => (fixes ?? []).map(({ title }) => title));
}

function problemsOf(text: string, catalog: Catalog): readonly Problem[] {
  const parsed = parseWorkflow(text, "test.flow.yaml");
  assert.deepEqual(
    parsed.problems.map(({ code, message }) => `${code} ${message}`),
    [],
    "The text itself has problems.",
  );
  return checkWorkflow(parsed, catalog);
}

function describe({ severity, code, message, range }: Problem, text: string): string {
  return `${severity} ${code} ${message} @ ${JSON.stringify(text.slice(range.start, range.end))}`;
}

function fits({ severity, code, message }: Problem, line: string): boolean {
  const [, wantedSeverity, wantedCode, part] = /^(\w+) (\w+) ?(.*)$/s.exec(line) ?? [];
  return severity === wantedSeverity && code === wantedCode && message.includes(part ?? "");
}

function sameRange(left: Range, right: Range): boolean {
  return left.start === right.start && left.end === right.end;
}
