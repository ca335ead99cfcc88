import { createLineIndex, type LineIndex, type LinePosition } from "../language/index.ts";
import type { Problem } from "../language/problem.ts";
import type { Diagnostic } from "./contract.ts";
import type { SourceFile } from "./files.ts";
import type { Output } from "./output.ts";

/** Problems with lines in place of offsets. */
export function diagnosticsOf(
  { name, text }: SourceFile,
  problems: readonly Problem[],
): readonly Diagnostic[] {
  const lines = createLineIndex(text);
  return problems.map(({ code, severity, message, range, node }) => ({
    file: name,
    code,
    severity,
    message,
    range: { start: lines.positionAt(range.start), end: lines.positionAt(range.end) },
    ...(node === undefined ? {} : { node }),
  }));
}

const colors = { error: "red", warning: "yellow", hint: "cyan" } as const;
/** Characters of a line that are shown at most. */
const longestLine = 160;

/** A problem as `file:line:column`, its sentence, and the line with a mark below the place. */
export function renderDiagnostic(
  { file, code, severity, message, range }: Diagnostic,
  source: { readonly text: string; readonly lines: LineIndex },
  style: Output["style"],
): readonly string[] {
  const place = `${file}:${range.start.line + 1}:${range.start.character + 1}`;
  const head = `${style("bold", place)} ${style(colors[severity], severity)} ${message} ${style("dim", code)}`;
  const line = lineOf(source, range.start.line);
  if (line.trim() === "") return [head];
  const number = String(range.start.line + 1);
  const margin = " ".repeat(number.length);
  const { shown, from } = window(line, range.start.character);
  const { lead, mark } = markOf(shown, from, range);
  return [
    head,
    `${style("dim", ` ${number} │`)} ${shown.replace(/\p{Cc}/gu, " ")}`,
    `${style("dim", ` ${margin} │`)} ${lead}${style(colors[severity], mark)}`,
  ];
}

/** The part of a long line that the place is in. */
function window(line: string, at: number): { readonly shown: string; readonly from: number } {
  const from = at < longestLine - 20 ? 0 : at - 40;
  return { shown: line.slice(from, from + longestLine), from };
}

function markOf(
  shown: string,
  from: number,
  { start, end }: { readonly start: LinePosition; readonly end: LinePosition },
): { readonly lead: string; readonly mark: string } {
  const column = Math.min(start.character - from, shown.length);
  const last = end.line === start.line ? end.character - from : shown.length;
  const length = Math.max(1, Math.min(last, shown.length) - column);
  return { lead: " ".repeat(column), mark: "^".repeat(length) };
}

function lineOf({ text, lines }: { readonly text: string; readonly lines: LineIndex }, line: number): string {
  const start = lines.offsetAt({ line, character: 0 });
  const end = lines.offsetAt({ line, character: Number.MAX_SAFE_INTEGER });
  return text.slice(start, end);
}

/** `2 errors, 1 warning`. */
export function countDiagnostics(diagnostics: readonly Diagnostic[]): string {
  const parts = (["error", "warning", "hint"] as const).flatMap((severity) => {
    const count = diagnostics.filter((one) => one.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  return parts.join(", ");
}

/** Problems for a person, on standard output or (as notes) beside it. */
export function tellProblems(
  output: Output,
  file: SourceFile,
  diagnostics: readonly Diagnostic[],
  where: "result" | "notes",
): void {
  const style = where === "result" ? output.style : output.noteStyle;
  const tell = where === "result" ? output.line : output.note;
  const source = { text: file.text, lines: createLineIndex(file.text) };
  for (const diagnostic of diagnostics)
    for (const line of renderDiagnostic(diagnostic, source, style)) tell(line);
}
