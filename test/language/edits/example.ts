import assert from "node:assert/strict";
import {
  applyEdit,
  applyTextEdits,
  type Edit,
  invertTextEdits,
  parseWorkflow,
} from "../../../language/index.ts";
import { testCatalog } from "../catalog.ts";

export type EditOf<Kind extends Edit["kind"]> = Omit<Extract<Edit, { kind: Kind }>, "kind">;

/** A text without the indentation that all of its lines share, from the line below the first on. */
export function dedent(text: string): string {
  if (!text.startsWith("\n")) return text;
  const lines = text.slice(1).replace(/ +$/, "").split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent)).join("\n");
}

/** The file says exactly this after the edit, and what it said before when the edit is undone. */
export function editsFile(before: string, edit: Edit, after: string): void {
  const { edits, problems } = applyEdit(before, edit, testCatalog);
  assert.deepEqual(problems, []);
  const result = applyTextEdits(before, edits);
  assert.equal(result, after);
  const worse = parseWorkflow(result, "").problems.filter(({ code }) => code.startsWith("EDDY_YAML_"));
  assert.deepEqual(worse, []);
  assert.equal(applyTextEdits(result, invertTextEdits(before, edits)), before);
}

/** The same for a workflow without its first line (`eddy: 1`), in both kinds of line breaks. */
export function edits(before: string, edit: Edit, after: string): void {
  for (const eol of ["\n", "\r\n"]) {
    const file = (text: string) => `eddy: 1\n${dedent(text)}`.replaceAll("\n", eol);
    editsFile(file(before), edit, file(after));
  }
}

/** The edit is not made of such a workflow. `problem` is its code, then a part of what it says. */
export function refuses(before: string, edit: Edit, problem: string): void {
  refusesFile(`eddy: 1\n${dedent(before)}`, edit, problem);
}

export function refusesFile(before: string, edit: Edit, problem: string): void {
  const { edits: made, problems } = applyEdit(before, edit, testCatalog);
  const [, code, part = ""] = /^(\S+) ?(.*)$/s.exec(problem) ?? [];
  assert.deepEqual([made, problems.map((one) => one.code)], [[], [code]]);
  const message = problems[0]?.message ?? "";
  assert.ok(message.includes(part), `${JSON.stringify(message)} does not say ${JSON.stringify(part)}`);
}
