import { applyEdit } from "../edits/apply.ts";
import { applyTextEdits } from "../edits/text-edits.ts";
import type { SourceScalar, SourceValue } from "../model.ts";
import { type ParsedWorkflow, parseWorkflow } from "../parse.ts";
import type { Severity } from "../problem.ts";
import { folderOf, joinPath } from "../resolve-paths.ts";
import { sourceRange } from "../source-range.ts";
import type { CompletionKind, TypeChecker } from "../types/index.ts";
import type { Analysis } from "./analysis.ts";

/** What a form's field asks about its text, which may not be in the document yet. Offsets count in that text. */
export type FieldQuestion = {
  readonly node: string;
  /** The param, and what leads to a value in it. */
  readonly path: readonly (string | number)[];
  readonly text: string;
} & (
  | { readonly kind: "complete" | "hover" | "signature"; readonly offset: number }
  /** More about an item of the completion at that place. */
  | { readonly kind: "details"; readonly offset: number; readonly label: string }
  | { readonly kind: "check" }
);

export type FieldAnswer =
  | { readonly kind: "complete"; readonly start: number; readonly items: readonly FieldCompletion[] }
  /** TypeScript, and Markdown that explains it. */
  | {
      readonly kind: "hover";
      readonly start: number;
      readonly end: number;
      readonly type: string;
      readonly doc: string;
    }
  | { readonly kind: "details"; readonly type: string; readonly doc: string }
  | { readonly kind: "signature"; readonly label: string; readonly active: string; readonly doc: string }
  | { readonly kind: "check"; readonly problems: readonly FieldProblem[] };

export interface FieldCompletion {
  readonly label: string;
  readonly kind: CompletionKind;
  readonly insert?: string;
}

export interface FieldProblem {
  readonly start: number;
  readonly end: number;
  readonly severity: Severity;
  readonly message: string;
}

/** Answers for a field as if its text stood in the document. Undefined where there is nothing to say. */
export function answerField(
  analysis: Analysis,
  checker: TypeChecker,
  question: FieldQuestion,
): FieldAnswer | undefined {
  const draft = draftOf(analysis, question);
  if (draft === undefined) return undefined;
  const { parsed, file, scalar } = draft;
  const { problems } = checker.check({ parsed, catalog: analysis.catalog, file });
  if (question.kind === "check") {
    const own = [...parsed.problems, ...problems].flatMap(({ range, severity, message }) => {
      const start = textOffset(scalar, range.start);
      const end = textOffset(scalar, range.end);
      return start === undefined || end === undefined ? [] : [{ start, end, severity, message }];
    });
    return { kind: "check", problems: own };
  }
  const { offset, text } = question;
  const place = sourceRange(scalar, offset, offset).start;
  switch (question.kind) {
    case "complete": {
      const items = checker.complete(file, place)?.filter(({ range }) => range === undefined) ?? [];
      const sorted = items.toSorted((one, other) => compare(one.sortText, other.sortText));
      const start = offset - (/[\w$]*$/.exec(text.slice(0, offset))?.[0].length ?? 0);
      return {
        kind: "complete",
        start,
        items: sorted.map(({ label, kind, insertText }) => ({
          label,
          kind,
          ...(insertText === undefined ? {} : { insert: insertText }),
        })),
      };
    }
    case "details": {
      const details = checker.completionDetails(file, place, question.label);
      return details && { kind: "details", type: details.detail, doc: details.documentation };
    }
    case "hover": {
      const hover = checker.hover(file, place);
      const start = hover && textOffset(scalar, hover.range.start);
      const end = hover && textOffset(scalar, hover.range.end);
      if (!hover || start === undefined || end === undefined) return undefined;
      return { kind: "hover", start, end, type: hover.type, doc: hover.documentation };
    }
    case "signature":
      return signature(checker, file, place);
  }
}

function signature(checker: TypeChecker, file: string, place: number): FieldAnswer | undefined {
  const help = checker.signatureHelp(file, place);
  const shown = help?.signatures[help.activeSignature];
  if (!help || !shown) return undefined;
  const parameter = shown.parameters[help.activeParameter];
  return { kind: "signature", label: shown.label, active: parameter?.label ?? "", doc: shown.documentation };
}

interface Draft {
  readonly parsed: ParsedWorkflow;
  /** Beside the document, so that imports are found, and what is known of the document itself stays. */
  readonly file: string;
  readonly scalar: SourceScalar;
}

function draftOf(
  { text, file, catalog }: Analysis,
  { node, path, text: written }: FieldQuestion,
): Draft | undefined {
  const { edits, problems } = applyEdit(text, { kind: "set-param", id: node, path, text: written }, catalog);
  if (problems.some(({ severity }) => severity === "error")) return undefined;
  const draft = joinPath(folderOf(file), `.field.${file.split("/").at(-1)}`) ?? file;
  const parsed = parseWorkflow(applyTextEdits(text, edits), draft);
  const [param, ...rest] = path;
  const params = parsed.workflow.nodes.get(node)?.params;
  const scalar = valueAt(params?.get(String(param))?.value, rest);
  return scalar?.kind === "scalar" ? { parsed, file: draft, scalar } : undefined;
}

function valueAt(
  value: SourceValue | undefined,
  path: readonly (string | number)[],
): SourceValue | undefined {
  const [step, ...rest] = path;
  if (step === undefined || value === undefined) return value;
  if (value.kind === "list") return valueAt(value.items[Number(step)], rest);
  if (value.kind === "map")
    return valueAt(value.entries.find(({ key }) => key.value === String(step))?.value, rest);
  return undefined;
}

/** The other way than `sourceRange`: undefined where the place is not in the scalar. */
function textOffset({ runs, text }: SourceScalar, offset: number): number | undefined {
  for (const { textStart, sourceStart, length } of runs) {
    const into = offset - sourceStart;
    if (into >= 0 && into <= length) return Math.min(textStart + into, text.length);
  }
  return undefined;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
