import type { MappingRun, ScalarStyle } from "../model.ts";
import { indentAt } from "./lines.ts";

/**
 * Where the characters of a flow scalar's text stand in the source: `text` is what YAML makes of `source[start … end)`.
 * All that is not escaped, folded or indentation lies in a run. Runs are in order and do not overlap.
 */
export function flowScalarRuns(
  source: string,
  start: number,
  end: number,
  style: Exclude<ScalarStyle, "literal" | "folded">,
  text: string,
): MappingRun[] {
  if (text === "") return [];
  switch (style) {
    case "plain":
      return flowRuns(source, start, end, text, plainPieces);
    case "single":
      return flowRuns(source, start + 1, end - 1, text, singlePieces);
    case "double":
      return flowRuns(source, start + 1, end - 1, text, doublePieces);
  }
}

/** A stretch of a source line that enters the text as it is (`escaped` 0), or an escape of one or more characters. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly escaped: boolean;
}

type Pieces = (source: string, start: number, end: number) => Piece[];

function flowRuns(source: string, start: number, end: number, text: string, pieces: Pieces): MappingRun[] {
  const runs: MappingRun[] = [];
  let at = 0;
  for (const line of flowLines(source, start, end)) {
    at = skipFolded(text, at, line);
    for (const piece of pieces(source, line.start, line.end)) {
      if (piece.escaped) {
        at += escapedLength(source, piece);
        continue;
      }
      const length = piece.end - piece.start;
      if (length > 0) runs.push({ textStart: at, sourceStart: piece.start, length });
      at += length;
    }
  }
  return runs;
}

interface Line {
  readonly start: number;
  readonly end: number;
  /** The line before ended with a `\`: nothing was put between. */
  readonly glued: boolean;
  readonly first: boolean;
}

/** The lines of a flow scalar without what folding drops: outer space of inner lines. Blank lines are left out. */
function flowLines(source: string, start: number, end: number): Line[] {
  const lines: Line[] = [];
  let at = start;
  let glued = false;
  for (let first = true; ; first = false) {
    const feed = source.indexOf("\n", at);
    const last = feed === -1 || feed >= end;
    let lineStart = at;
    let lineEnd = last ? end : feed;
    if (!first) while (lineStart < lineEnd && isSpace(source, lineStart)) lineStart++;
    if (!last) {
      if (source[lineEnd - 1] === "\r") lineEnd--;
      const untrimmed = lineEnd;
      while (lineEnd > lineStart && isSpace(source, lineEnd - 1)) lineEnd--;
      // An escaped space or tab at the end of the line stays; the backslash makes it part of the text.
      if (lineEnd < untrimmed && escapesNext(source, lineStart, lineEnd)) lineEnd++;
    }
    if (lineEnd > lineStart || first) {
      const line = { start: lineStart, end: lineEnd, glued, first };
      const gluesNext = !last && escapesNext(source, lineStart, lineEnd) && source[lineEnd - 1] === "\\";
      lines.push(gluesNext ? { ...line, end: lineEnd - 1 } : line);
      glued = gluesNext;
    }
    if (last) return lines;
    at = feed + 1;
  }
}

function isSpace(source: string, at: number): boolean {
  const code = source.charCodeAt(at);
  return code === 0x20 || code === 0x09;
}

/** True where an odd number of backslashes stands before `at`. */
function escapesNext(source: string, from: number, at: number): boolean {
  let count = 0;
  while (at - 1 - count >= from && source[at - 1 - count] === "\\") count++;
  return count % 2 === 1;
}

/** Moves over the space or line feeds that folding put between two lines. */
function skipFolded(text: string, at: number, line: Line): number {
  if (line.first) return at;
  let next = at;
  if (line.glued) {
    while (text[next] === "\n") next++;
    return next;
  }
  if (text[next] === " ") return next + 1;
  while (text[next] === "\n") next++;
  return next;
}

function plainPieces(_source: string, start: number, end: number): Piece[] {
  return [{ start, end, escaped: false }];
}

function singlePieces(source: string, start: number, end: number): Piece[] {
  const pieces: Piece[] = [];
  let from = start;
  for (let at = source.indexOf("''", from); at !== -1 && at < end; at = source.indexOf("''", from)) {
    // The first of the two stands for both.
    pieces.push({ start: from, end: at + 1, escaped: false });
    from = at + 2;
  }
  pieces.push({ start: from, end, escaped: false });
  return pieces;
}

function doublePieces(source: string, start: number, end: number): Piece[] {
  const pieces: Piece[] = [];
  let from = start;
  let at = start;
  while (at < end) {
    if (source[at] !== "\\") {
      at++;
      continue;
    }
    pieces.push({ start: from, end: at, escaped: false });
    const length = { x: 4, u: 6, U: 10 }[source[at + 1] ?? ""] ?? 2;
    pieces.push({ start: at, end: at + length, escaped: true });
    at += length;
    from = at;
  }
  pieces.push({ start: from, end, escaped: false });
  return pieces;
}

function escapedLength(source: string, piece: Piece): number {
  if (source[piece.start + 1] !== "U") return 1;
  return Number.parseInt(source.slice(piece.start + 2, piece.end), 16) > 0xffff ? 2 : 1;
}

/** A line of a block scalar, without its line break. */
export interface BlockLine {
  readonly start: number;
  readonly end: number;
}

/** Block scalars: every line of the source follows in the text, with only line feeds and folded spaces between. */
export function blockRuns(
  source: string,
  lines: readonly BlockLine[],
  indent: number,
  text: string,
): MappingRun[] {
  const runs: MappingRun[] = [];
  let at = 0;
  for (const line of lines) {
    if (line.end - line.start <= indent) continue;
    const content = source.slice(line.start + indent, line.end);
    while (text[at] === "\n") at++;
    // A folded line break; a line that itself starts with space is never folded.
    if (text[at] === " " && !text.startsWith(content, at)) at++;
    if (!text.startsWith(content, at)) continue;
    runs.push({ textStart: at, sourceStart: line.start + indent, length: content.length });
    at += content.length;
  }
  return runs;
}

/** The lines of a block scalar below its header. */
export function blockLines(source: string, start: number, end: number): readonly BlockLine[] {
  const header = source.indexOf("\n", start);
  if (header === -1) return [];
  const lines: BlockLine[] = [];
  for (let at = header + 1; at < end; ) {
    const feed = source.indexOf("\n", at);
    const stop = feed === -1 || feed >= end ? end : feed;
    lines.push({ start: at, end: stop > at && source[stop - 1] === "\r" ? stop - 1 : stop });
    at = stop + 1;
  }
  return lines;
}

/** The indentation that YAML takes off: as the header says (`|2`), else that of the first line with content. */
export function blockIndent(
  source: string,
  start: number,
  lines: readonly BlockLine[],
  parentIndent: number,
): number {
  const indicator = /^[|>][-+]?([1-9])/.exec(source.slice(start, start + 3))?.[1];
  if (indicator !== undefined) return parentIndent + Number(indicator);
  for (const line of lines) {
    const spaces = indentAt(source, line.start);
    if (line.start + spaces < line.end) return spaces;
  }
  return 0;
}
