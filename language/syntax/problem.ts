import type { CodeDescription } from "../codes.ts";
import type { Range } from "../model.ts";
import type { ProblemCode, QuickFix } from "../problem.ts";

/** What can be wrong with the text of a workflow file, before anybody looks at what it means. */
export const syntaxCodes = {
  EDDY_YAML_SYNTAX: {
    title: "Text that is no YAML",
    why: "What stands there cannot be read, so nothing may be written to the file either.",
    fix: "Correct the place that is marked; an expression with special characters is best written as a block (|-).",
  },
  EDDY_YAML_INDENT: {
    title: "Wrong indentation",
    why: "In YAML the indentation says what belongs to what.",
    fix: "Indent with spaces, as the lines around it are.",
  },
  EDDY_YAML_TAB: {
    title: "Tab used for indentation",
    why: "YAML allows spaces only.",
    fix: "Replace the tab by spaces.",
  },
  EDDY_YAML_DUPLICATE_KEY: {
    title: "Key written twice",
    why: "Only one of the two values could count, and nobody could say which.",
    fix: "Remove one of them.",
  },
  EDDY_YAML_KEY: {
    title: "Key that is no text",
    why: "Keys are names. YAML reads a plain number, true, false or null as something else, and a list or map as a key too.",
    fix: "Write the key in quotes.",
  },
  EDDY_YAML_FORBIDDEN_KEY: {
    title: "Key that is not allowed",
    why: "The name has a meaning of its own in JavaScript objects, and could change others by accident.",
    fix: "Choose another key.",
  },
  EDDY_YAML_MERGE_KEY: {
    title: "Merge key",
    why: "`<<` is no part of YAML 1.2, and hides where a value comes from.",
    fix: "Write the values out.",
  },
  EDDY_YAML_TAG: {
    title: "Tag",
    why: "YAML takes a word that starts with `!` for a tag, so the expression behind it would lose it.",
    fix: "Write the value as a block (|-) or in quotes.",
  },
  EDDY_YAML_ALIAS: {
    title: "Alias",
    why: "YAML takes a word that starts with `*` for a reference to another value. Workflow files have none.",
    fix: "Write the value out; an expression as a block (|-) or in quotes.",
  },
  EDDY_YAML_ANCHOR: {
    title: "Anchor",
    why: "YAML takes a word that starts with `&` for the name of a value. Workflow files have none.",
    fix: "Remove it; write an expression as a block (|-) or in quotes.",
  },
  EDDY_YAML_SHORTHAND: {
    title: "Object in short form",
    why: "In `{ a, b }` or `{ ...a }` YAML reads keys without value, not what JavaScript makes of them.",
    fix: "Write `{ a: a, b: b }`, or the whole expression as a block (|-).",
  },
  EDDY_YAML_COMMENT: {
    title: "Comment inside a value",
    why: "Behind a space, `#` starts a comment, so the rest of the value is lost.",
    fix: "Write the value as a block (|-) or in quotes; put a space behind `#` where a comment is meant.",
  },
  EDDY_YAML_DOCUMENTS: {
    title: "More than one document",
    why: "A file holds one workflow; what follows `---` would be lost.",
    fix: "Put each workflow into a file of its own.",
  },
  EDDY_YAML_DIRECTIVE: {
    title: "YAML directive",
    why: "Workflow files are YAML 1.2 without directives.",
    fix: "Remove the line.",
  },
  EDDY_YAML_TOO_DEEP: {
    title: "Nested too deeply",
    why: "No workflow needs it, and it is a way to make tools run out of memory.",
    fix: "Nest less; long data belongs into a file of its own.",
  },
  EDDY_YAML_TOO_LARGE: {
    title: "Workflow file too large",
    why: "Every change reads the whole file, and an editor has to stay fast.",
    fix: "Move data out of the file, or parts of the workflow into subflows.",
  },
  EDDY_YAML_CHARACTER: {
    title: "Character that no text has",
    why: "Control characters cannot be seen, and YAML does not allow them. The file may be no text at all.",
    fix: "Remove the character, or write it as an escape in double quotes.",
  },
  EDDY_MERGE_CONFLICT: {
    title: "Merge conflict",
    why: "git has left both sides in the file.",
    fix: "Keep one side and remove the lines with the markers.",
  },
} as const satisfies Readonly<Record<ProblemCode, CodeDescription>>;

/** A code of what can be wrong with the text. */
export type SyntaxCode = keyof typeof syntaxCodes;

/** Something wrong with the text. `fatal`: what stands there is not known, so nothing may be written to the file. */
export interface SyntaxProblem {
  readonly code: SyntaxCode;
  readonly message: string;
  readonly range: Range;
  readonly fatal: boolean;
  readonly fixes?: readonly QuickFix[];
}

export function shiftRange(range: Range, by: number): Range {
  return { start: range.start + by, end: range.end + by };
}

export function shiftProblem(problem: SyntaxProblem, by: number): SyntaxProblem {
  const moved = { ...problem, range: shiftRange(problem.range, by) };
  if (problem.fixes === undefined) return moved;
  const fixes = problem.fixes.map((fix) => ({
    title: fix.title,
    edits: fix.edits.map((edit) => ({ range: shiftRange(edit.range, by), newText: edit.newText })),
  }));
  return { ...moved, fixes };
}
