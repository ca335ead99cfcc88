import { type FoldingRange, FoldingRangeKind } from "vscode-languageserver-protocol";
import type { SourceValue } from "../model.ts";
import { isBlankLine, nextLine } from "../syntax/lines.ts";
import type { Analysis } from "./analysis.ts";
import { shown } from "./symbols.ts";

/** Everything that takes more than one line: sections, nodes, maps, block scalars, and runs of comments. */
export function foldingRanges(analysis: Analysis): readonly FoldingRange[] {
  const { root } = analysis.parsed.syntax;
  return [...(root ? foldsIn(analysis, root) : []), ...comments(analysis)];
}

function foldsIn(analysis: Analysis, value: SourceValue): readonly FoldingRange[] {
  switch (value.kind) {
    case "scalar":
      return [];
    case "list":
      return value.items.flatMap((item) => [
        ...fold(analysis, item.range.start, item.range.end),
        ...foldsIn(analysis, item),
      ]);
    case "map":
      return value.entries.flatMap((entry) => [
        ...fold(analysis, entry.key.range.start, entry.value.range.end),
        ...foldsIn(analysis, entry.value),
      ]);
  }
}

function fold(analysis: Analysis, start: number, end: number): readonly FoldingRange[] {
  const startLine = analysis.lines.positionAt(start).line;
  const endLine = analysis.lines.positionAt(shown(analysis, { start, end }).end).line;
  return endLine > startLine ? [{ startLine, endLine }] : [];
}

function comments({ text }: Analysis): readonly FoldingRange[] {
  const folds: FoldingRange[] = [];
  let first: number | undefined;
  let line = 0;
  for (let at = 0; at <= text.length; at = nextLine(text, at), line++) {
    const isComment = /^[ \t]*#/.test(text.slice(at, at + 200)) && !isBlankLine(text, at);
    if (isComment) first ??= line;
    else if (first !== undefined) {
      if (line - 1 > first)
        folds.push({ startLine: first, endLine: line - 1, kind: FoldingRangeKind.Comment });
      first = undefined;
    }
    if (at === text.length || nextLine(text, at) === at) break;
  }
  return folds;
}
