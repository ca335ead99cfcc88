import type { Range, SourceScalar } from "./model.ts";

/**
 * Where a stretch of a scalar's text stands in the file. An end that lies in an escape or a folded line break, which
 * have no characters of their own, is moved to the nearest character that has; the whole scalar where there is none.
 */
export function sourceRange(scalar: SourceScalar, start: number, end: number): Range {
  const from = sourceOffset(scalar, start, "start");
  const to = sourceOffset(scalar, end, "end");
  return from === undefined || to === undefined || to < from ? scalar.range : { start: from, end: to };
}

function sourceOffset(scalar: SourceScalar, offset: number, edge: "start" | "end"): number | undefined {
  let before: number | undefined;
  for (const { textStart, sourceStart, length } of scalar.runs) {
    const into = offset - textStart;
    // The end of one run may be the start of the next: a start belongs to the later, an end to the earlier.
    if (edge === "start" ? into >= 0 && into < length : into > 0 && into <= length) return sourceStart + into;
    if (into < 0) return edge === "start" ? sourceStart : (before ?? sourceStart);
    if (into >= length) before = sourceStart + length;
  }
  return before;
}
