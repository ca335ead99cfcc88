import assert from "node:assert/strict";
import {
  applyTextEdits,
  type ParsedWorkflow,
  type Problem,
  parseWorkflow,
  type Range,
  type SourceValue,
  type Workflow,
} from "../../../language/index.ts";
import { readMarks } from "../marks.ts";

const head = "eddy: 1\n";

/** Reads a workflow that is written without its first line, and has no problems. */
export function parse(source: string): ParsedWorkflow {
  const parsed = parseWorkflow(head + source, "test.flow.yaml");
  assert.deepEqual(parsed.problems, []);
  return parsed;
}

/** A part of such a workflow, as `plain` data. */
export function read(source: string, key: keyof Workflow): unknown {
  const { workflow, text } = parse(source);
  return plain(workflow[key], text);
}

/**
 * A part of the model in a form that can be compared: maps are objects, a range is the text that it marks, a value and its
 * range are the value alone where it is written so, and what is kept as it is written is `written`.
 */
export function plain(value: unknown, text: string): unknown {
  if (value instanceof Map) return plain(Object.fromEntries(value), text);
  if (Array.isArray(value)) return value.map((item) => plain(item, text));
  if (typeof value !== "object" || value === null) return value;
  if (isRange(value)) return text.slice(value.start, value.end);
  if (isSource(value)) return written(value, text);
  if ("key" in value && "value" in value) return plain(value.value, text);
  const fields = Object.entries(value).map(([key, field]) => [key, plain(field, text)] as const);
  const { range, value: inside, ...others } = Object.fromEntries(fields);
  const isLocated = "value" in value && Object.keys(others).length === 0;
  return isLocated && range === inside ? inside : Object.fromEntries(fields);
}

/** A scalar is its text, with its style in front where it is not plain. Says too that its range fits. */
function written(value: SourceValue, text: string): unknown {
  if (value.kind === "list") return value.items.map((item) => written(item, text));
  if (value.kind === "map")
    return Object.fromEntries(value.entries.map((entry) => [entry.key.value, written(entry.value, text)]));
  if (value.style !== "plain") return `${value.style} ${value.text}`;
  assert.equal(text.slice(value.range.start, value.range.end), value.text);
  return value.text;
}

function isRange(value: object): value is Range {
  return "start" in value && "end" in value;
}

function isSource(value: object): value is SourceValue {
  return "kind" in value;
}

/**
 * Reads a workflow that is written without its first line, with `«` and `»` around what a problem is expected to mark.
 * `expected` is each problem in the order in which they are told: its code, then a part of its message. Nothing else may
 * be wrong.
 */
export function problems(source: string, ...expected: readonly string[]): ParsedWorkflow {
  return problemsOf(readMarks(source, head), expected);
}

/** The same for a whole file. */
export function problemsOfFile(source: string, ...expected: readonly string[]): ParsedWorkflow {
  return problemsOf(readMarks(source), expected);
}

function problemsOf(
  { text, ranges }: ReturnType<typeof readMarks>,
  expected: readonly string[],
): ParsedWorkflow {
  const parsed = parseWorkflow(text, "test.flow.yaml");
  const shown = (code: string, range: Range | undefined): string =>
    `${code} @ ${range?.start}: ${JSON.stringify(text.slice(range?.start, range?.end))}`;
  assert.deepEqual(
    parsed.problems.map(({ code, range }) => shown(code, range)),
    expected.map((line, index) => shown(line.split(" ", 1)[0] ?? "", ranges[index])),
  );
  for (const [index, { message }] of parsed.problems.entries()) {
    const part = expected[index]?.replace(/^\S+ ?/, "") ?? "";
    assert.ok(message.includes(part), `${JSON.stringify(message)} does not say ${JSON.stringify(part)}`);
  }
  return parsed;
}

/** The whole text after the only fix, or the one with this title, of what is wrong. */
export function fixed(text: string, title?: string): string {
  const fixes = parseWorkflow(text, "").problems.flatMap((problem: Problem) => problem.fixes ?? []);
  const chosen = fixes.filter((fix) => title === undefined || fix.title === title);
  assert.equal(chosen.length, 1, `Fixes: ${fixes.map((fix) => fix.title).join(", ")}`);
  return applyTextEdits(text, chosen[0]?.edits ?? []);
}
