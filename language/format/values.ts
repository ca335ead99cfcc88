import type { SourceMap, SourceScalar, SourceValue } from "../model.ts";
import { isEmpty } from "../parse/reader.ts";
import { indentAt, lineEnd, lineStart } from "../syntax/lines.ts";
import { blockLines } from "../syntax/runs.ts";
import { inOrder } from "./order.ts";

/** How much deeper each level stands. */
export const indentUnit = 2;

/** A value as it is to stand behind a key or dash: the rest of that line, and whole lines below it. */
export interface PrintedValue {
  readonly head: string;
  readonly lines: readonly string[];
}

/** A block scalar (`|`, `>`) under a key or dash at `column`, with the comment of its header. */
export function printBlockScalar(text: string, value: SourceScalar, column: number): PrintedValue {
  const { start, end } = value.range;
  const header = text.slice(start, lineEnd(text, start)).trimEnd();
  const [, style = "|", marks = "", comment = ""] = /^([|>])([-+1-9]*)(.*)$/.exec(header) ?? [];
  // A text that ends with the file, without a line break, would get one.
  const chomping =
    marks.includes("+") && value.text.endsWith("\n") ? "+" : value.text.endsWith("\n") ? "" : "-";
  const first = value.runs[0];
  const indent = first === undefined ? 0 : first.sourceStart - lineStart(text, first.sourceStart);
  const lines = blockLines(text, start, end + 1).map((line) =>
    first === undefined || line.end - line.start <= indent
      ? ""
      : " ".repeat(column + indentUnit) + text.slice(line.start + indent, line.end),
  );
  const indicator = /[1-9]/.test(marks) ? String(indentUnit) : "";
  return { head: style + indicator + chomping + comment, lines };
}

/** A value as it stands in the source, its further lines moved to where its key or dash is now. */
export function printAsWritten(text: string, value: SourceValue, column: number): PrintedValue {
  const [head = "", ...rest] = text.slice(value.range.start, value.range.end).split(/\r?\n/);
  if (rest.length === 0) return { head: value.kind === "scalar" ? head : head.trimEnd(), lines: [] };
  const last = rest.at(-1) ?? "";
  const closes = value.kind !== "scalar" && /^ *[\]}]/.test(last);
  const inner = (closes ? rest.slice(0, -1) : rest).filter((line) => line.trim() !== "");
  const least = Math.min(...inner.map((line) => indentAt(line, 0)));
  const shift = column + indentUnit - least;
  const lines = rest.map((line, index) => {
    const content = line.trimStart();
    if (content === "") return "";
    if (closes && index === rest.length - 1) return " ".repeat(column) + content;
    return " ".repeat(indentAt(line, 0) + shift) + content;
  });
  return { head: head.trimEnd(), lines };
}

/** A map or list in braces or brackets on one line, evenly spaced; undefined where it has to stay as it is written. */
export function printFlow(text: string, value: SourceValue, path: readonly string[]): string | undefined {
  const { start, end } = value.range;
  const written = text.slice(start, end);
  if (written.includes("\n") || isEmpty(value)) return undefined;
  switch (value.kind) {
    case "scalar":
      return written;
    case "list":
      return joinFlow(
        "[",
        value.items.map((item) => printFlow(text, item, [...path, "-"])),
        "]",
      );
    case "map":
      return joinFlow("{ ", printFlowEntries(text, value, path), " }");
  }
}

function printFlowEntries(
  text: string,
  map: SourceMap,
  path: readonly string[],
): readonly (string | undefined)[] {
  return inOrder(path, map.entries, ({ key }) => key.value).map(({ key, value }) => {
    const printed = printFlow(text, value, [...path, key.value]);
    return printed && `${text.slice(key.range.start, key.range.end)}: ${printed}`;
  });
}

function joinFlow(open: string, parts: readonly (string | undefined)[], close: string): string | undefined {
  if (parts.includes(undefined)) return undefined;
  return parts.length === 0 ? open.trim() + close.trim() : open + parts.join(", ") + close;
}

/** True where a comment stands inside a value in braces or brackets. */
export function hasComment(text: string, value: SourceValue): boolean {
  let rest = "";
  let at = value.range.start;
  for (const { start, end } of scalarRanges(value)) {
    rest += text.slice(at, Math.max(at, start));
    at = Math.max(at, end);
  }
  return (rest + text.slice(at, value.range.end)).includes("#");
}

function scalarRanges(value: SourceValue): readonly { readonly start: number; readonly end: number }[] {
  switch (value.kind) {
    case "scalar":
      return [value.range];
    case "list":
      return value.items.flatMap(scalarRanges);
    case "map":
      return value.entries.flatMap((entry) => [entry.key.range, ...scalarRanges(entry.value)]);
  }
}
