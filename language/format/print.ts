import { endOfEntry, entrySlot, keepsBlankLines } from "../edits/slots.ts";
import { columnOf, isFlow } from "../edits/source.ts";
import type { Range, SourceEntry, SourceList, SourceMap, SourceScalar, SourceValue } from "../model.ts";
import { isEmpty } from "../parse/reader.ts";
import { indentAt, isBlankLine, lineStart, nextLine } from "../syntax/lines.ts";
import { writeKey, writeScalar } from "../syntax/write.ts";
import { inOrder } from "./order.ts";
import { commentBehind, deeperCommentsEnd, joinTrivia, readTrivia, type Trivia } from "./trivia.ts";
import {
  hasComment,
  indentUnit,
  type PrintedValue,
  printAsWritten,
  printBlockScalar,
  printFlow,
} from "./values.ts";

/** Whole lines of the source, from the start of one to the start of another. */
type Region = Range;

/** Something in a map or list, printed: what stands above it, and its own lines. */
interface Piece {
  readonly key: string;
  readonly above: Trivia;
  readonly lines: readonly string[];
  /** Blank lines behind it would become part of it. */
  readonly keeps: boolean;
}

/** The lines of a whole map or list. */
interface Stack {
  readonly lines: readonly string[];
  readonly keeps: boolean;
}

/** Prints the maps and lists of a workflow file: keys in order, levels two spaces apart, comments where they belong. */
export class Printer {
  readonly #text: string;
  /** Scalars that are code, whatever quotes they have: written plain, or as a block. */
  readonly #code: ReadonlySet<SourceScalar>;

  constructor(text: string, code: ReadonlySet<SourceScalar>) {
    this.#text = text;
    this.#code = code;
  }

  print(root: SourceMap): readonly string[] {
    const start = this.#text.startsWith("\uFEFF") ? 1 : 0;
    if (!isFlow(this.#text, root)) return this.#map(root, { start, end: this.#text.length }, 0, []).lines;
    const behind = nextLine(this.#text, root.range.end);
    const { head, lines } = printAsWritten(this.#text, root, 0);
    return [
      ...readTrivia(this.#text, start, lineStart(this.#text, root.range.start)),
      ...(hasComment(this.#text, root) ? [head, ...lines] : this.#expanded(root, 0, []).lines),
      ...trimEnd(readTrivia(this.#text, behind, this.#text.length)),
    ];
  }

  #collection(value: SourceMap | SourceList, region: Region, column: number, path: readonly string[]): Stack {
    return value.kind === "map"
      ? this.#map(value, region, column, path)
      : this.#list(value, region, column, path);
  }

  /** A map over several lines. Those in `region` that are not its entries' are comments and blank lines. */
  #map(map: SourceMap, region: Region, column: number, path: readonly string[]): Stack {
    const text = this.#text;
    const pieces: Piece[] = [];
    let at = region.start;
    for (const [index, entry] of map.entries.entries()) {
      const head = lineStart(text, entry.key.range.start);
      const next = map.entries[index + 1];
      const limit = next === undefined ? region.end : lineStart(text, next.key.range.start);
      const own = nextLine(text, endOfEntry(entry));
      const end = deeperCommentsEnd(text, own, limit, columnOf(text, entry.key.range.start));
      const above = readTrivia(text, Math.min(at, head), head);
      pieces.push(this.#entry(entry, above, { start: own, end }, column, [...path, entry.key.value]));
      at = end;
    }
    return this.#stack(pieces, readTrivia(text, at, region.end), column, path);
  }

  #entry(entry: SourceEntry, above: Trivia, below: Region, column: number, path: readonly string[]): Piece {
    const { key, value } = entry;
    const text = this.#text;
    const { after } = entrySlot(text, entry, false);
    const label = `${" ".repeat(column)}${text.slice(key.range.start, key.range.end)}:`;
    const piece = { key: key.value, above, keeps: false };
    if (value.kind !== "scalar" && !isFlow(text, value)) {
      const region = { start: nextLine(text, after), end: below.end };
      const { lines, keeps } = this.#collection(value, region, column + indentUnit, path);
      return { ...piece, lines: [label + commentBehind(text, after), ...lines], keeps };
    }
    const trailing = this.#trailing(value, below, column);
    if (value.kind === "map" && this.#isExpanded(value, path)) {
      const { lines } = this.#expanded(value, column + indentUnit, path);
      return { ...piece, lines: [label + commentBehind(text, value.range.end), ...lines, ...trailing] };
    }
    const { head, lines } = this.#value(value, after, column, path);
    const hoisted = this.#between(after, value);
    return {
      ...piece,
      above: [...above, ...hoisted],
      lines: [label + (head === "" || head.startsWith(" ") ? head : ` ${head}`), ...lines, ...trailing],
      keeps: keepsBlankLines(text, value) && trailing.length === 0,
    };
  }

  /** A list over several lines. Its items are set off as maps are. */
  #list(list: SourceList, region: Region, column: number, path: readonly string[]): Stack {
    const text = this.#text;
    const pieces: Piece[] = [];
    let at = region.start;
    for (const [index, item] of list.items.entries()) {
      const dash = index === 0 ? list.range.start : this.#nextDash(at);
      const head = lineStart(text, dash);
      const own = nextLine(text, Math.max(dash + 1, item.range.end));
      const next = index === list.items.length - 1 ? region.end : lineStart(text, this.#nextDash(own));
      const end = deeperCommentsEnd(text, own, next, columnOf(text, dash));
      const above = readTrivia(text, Math.min(at, head), head);
      pieces.push(this.#item(item, dash, above, { start: own, end }, column, [...path, "-"]));
      at = end;
    }
    return this.#stack(pieces, readTrivia(text, at, region.end), column, path);
  }

  #nextDash(from: number): number {
    const text = this.#text;
    let line = from;
    while (line < text.length && (isBlankLine(text, line) || text[line + indentAt(text, line)] === "#"))
      line = nextLine(text, line);
    return line + indentAt(text, line);
  }

  #item(
    item: SourceValue,
    dash: number,
    above: Trivia,
    below: Region,
    column: number,
    path: readonly string[],
  ): Piece {
    const text = this.#text;
    const hoisted = [...above, ...this.#between(dash + 1, item)];
    const label = `${" ".repeat(column)}-`;
    if (item.kind !== "scalar" && !isFlow(text, item)) {
      const region = { start: lineStart(text, item.range.start), end: below.end };
      const { lines, keeps } = this.#collection(item, region, column + indentUnit, path);
      const [first = "", ...rest] = lines;
      return { key: "", above: hoisted, lines: [`${label} ${first.trimStart()}`, ...rest], keeps };
    }
    const { head, lines } = this.#value(item, dash + 1, column, path);
    const behind = head === "" || head.startsWith(" ") ? head : ` ${head}`;
    const trailing = this.#trailing(item, below, column);
    const keeps = keepsBlankLines(text, item) && trailing.length === 0;
    return { key: "", above: hoisted, lines: [label + behind, ...lines, ...trailing], keeps };
  }

  /** The comments below a value. Below a text in a block they must not get so deep that they become part of it. */
  #trailing(value: SourceValue, below: Region, column: number): readonly string[] {
    const deeper = isBlock(value) ? column : column + indentUnit;
    const lines = readTrivia(this.#text, below.start, below.end);
    const kept = keepsBlankLines(this.#text, value) ? joinTrivia([lines], { blankInFront: false }) : lines;
    return indented(kept, deeper);
  }

  /** The comments between a key or dash and a value that starts on a later line. */
  #between(after: number, value: SourceValue): Trivia {
    const text = this.#text;
    const line = lineStart(text, value.range.start);
    if (isEmpty(value) || line <= after) return [];
    const own = commentBehind(text, after).trim();
    const between = readTrivia(text, nextLine(text, after), line);
    return [own, ...between].filter((comment) => comment !== "");
  }

  /** A scalar, or a map or list in braces or brackets, with the comment behind it. */
  #value(value: SourceValue, after: number, column: number, path: readonly string[]): PrintedValue {
    const text = this.#text;
    if (isEmpty(value)) return { head: commentBehind(text, after), lines: [] };
    if (value.kind === "scalar" && this.#code.has(value) && !isBlock(value))
      return this.#codeValue(value, column);
    if (value.kind === "scalar" && isBlock(value)) return printBlockScalar(text, value, column);
    const flow = value.kind === "scalar" ? undefined : printFlow(text, value, path);
    const { head, lines } =
      flow === undefined ? printAsWritten(text, value, column) : { head: flow, lines: [] };
    const comment = commentBehind(text, value.range.end);
    const last = lines.at(-1);
    return last === undefined
      ? { head: head + comment, lines }
      : { head, lines: [...lines.slice(0, -1), last + comment] };
  }

  #codeValue(value: SourceScalar, column: number): PrintedValue {
    const place = { flow: false, column, unit: indentUnit, eol: "\n" };
    const { head, body } = writeScalar(value.text, place);
    const comment = commentBehind(this.#text, value.range.end);
    return { head: head + comment, lines: body === "" ? [] : body.slice(1).split("\n") };
  }

  /** The file, its nodes, and nodes with params stand over several lines, unless comments hold them together. */
  #isExpanded(value: SourceMap, path: readonly string[]): boolean {
    if (value.entries.length === 0 || path[0] !== "nodes" || hasComment(this.#text, value)) return false;
    if (path.length === 1) return true;
    return path.length === 2 && value.entries.some(({ key }) => !keysOnOneLine.has(key.value));
  }

  #expanded(map: SourceMap, column: number, path: readonly string[]): Stack {
    const pieces = map.entries.map(({ key, value }): Piece => {
      const label = `${" ".repeat(column)}${writeKey(key.value)}:`;
      const inner = [...path, key.value];
      const piece = { key: key.value, above: [], keeps: false };
      if (value.kind === "map" && this.#isExpanded(value, inner))
        return { ...piece, lines: [label, ...this.#expanded(value, column + indentUnit, inner).lines] };
      if (isEmpty(value)) return { ...piece, lines: [label] };
      const { head, lines } = this.#flowValue(value, column, inner);
      return { ...piece, lines: [`${label} ${head}`, ...lines] };
    });
    return this.#stack(pieces, [], column, path);
  }

  #flowValue(value: SourceValue, column: number, path: readonly string[]): PrintedValue {
    if (value.kind === "scalar" && this.#code.has(value)) {
      const { head, body } = writeScalar(value.text, { flow: false, column, unit: indentUnit, eol: "\n" });
      return { head, lines: body === "" ? [] : body.slice(1).split("\n") };
    }
    const flow = value.kind === "scalar" ? undefined : printFlow(this.#text, value, path);
    return flow === undefined ? printAsWritten(this.#text, value, column) : { head: flow, lines: [] };
  }

  /** Puts the parts of a map or list below each other, in their order and set off as their kind is. */
  #stack(pieces: readonly Piece[], below: Trivia, column: number, path: readonly string[]): Stack {
    const sorted = inOrder(path, pieces, ({ key }) => key);
    const { opening, rest } = this.#opening(pieces, sorted);
    const parts = sorted.map((piece, index) => {
      const previous = sorted[index - 1];
      const above = piece === pieces[0] ? rest : piece.above;
      const apart = previous !== undefined && isSetApart(previous, piece, pieces, path);
      const blankInFront = previous !== undefined ? !previous.keeps : opening.length > 0;
      return [...indented(joinTrivia([apart ? [""] : [], above], { blankInFront }), column), ...piece.lines];
    });
    const lines = [...indented(joinTrivia([opening], { blankInFront: false }), column), ...parts.flat()];
    const keeps = sorted.at(-1)?.keeps === true;
    const tail = trimEnd(joinTrivia([below], { blankInFront: !keeps }));
    return { lines: [...lines, ...indented(tail, column)], keeps: keeps && tail.length === 0 };
  }

  /** What stands above the first of all, by itself, stays there when something else becomes the first. */
  #opening(pieces: readonly Piece[], sorted: readonly Piece[]): { opening: Trivia; rest: Trivia } {
    const above = pieces[0]?.above ?? [];
    const cut = sorted[0] === pieces[0] ? 0 : above.lastIndexOf("") + 1;
    return { opening: above.slice(0, cut), rest: above.slice(cut) };
  }
}

/** A node that says nothing else can stay on one line. */
const keysOnOneLine: ReadonlySet<string> = new Set(["type", "from", "label", "disabled", "at"]);

function isBlock(value: SourceValue): boolean {
  return value.kind === "scalar" && (value.style === "literal" || value.style === "folded");
}

/** Nodes of several lines have a blank line between, and so have sections that were not next to each other before. */
function isSetApart(
  previous: Piece,
  piece: Piece,
  written: readonly Piece[],
  path: readonly string[],
): boolean {
  if (previous.lines.length === 1 && piece.lines.length === 1) return false;
  if (path.length === 1) return path[0] === "nodes";
  return path.length === 0 && written[written.indexOf(piece) - 1] !== previous;
}

function indented(lines: Trivia, column: number): readonly string[] {
  return lines.map((line) => (line === "" ? "" : " ".repeat(column) + line));
}

function trimEnd(lines: Trivia): Trivia {
  const last = lines.findLastIndex((line) => line !== "");
  return lines.slice(0, last + 1);
}
