import type { Range } from "../model.ts";
import { indentAt, nextLine } from "./lines.ts";

/**
 * Cuts the lines in `within` into blocks, each starting at a line that has exactly `indent` spaces in front.
 * In a block map with keys at that indentation no value of YAML can have such a line inside, so that each block can be
 * parsed by itself: a broken one does not spoil the next, and an unchanged one need not be parsed again. A line that a
 * tab indents belongs to the block above it, to which it is an error.
 * Undefined where a line is indented less, or where the map is written in another way.
 */
export function splitBlocks(text: string, within: Range, indent: number): readonly Range[] | undefined {
  const starts: number[] = [];
  for (let line = within.start; line < within.end; line = nextLine(text, line)) {
    const column = indentAt(text, line);
    const first = text[line + column];
    if (isBlankOrComment(first)) continue;
    const isInside = first === "\t" || column > indent;
    if (isInside || (column === indent && continuesBlock(text, line + column))) {
      if (starts.length === 0) return undefined;
      continue;
    }
    if (column < indent) return undefined;
    starts.push(line);
  }
  return starts.map((start, index) => ({ start, end: starts[index + 1] ?? within.end }));
}

/** The lines of the children of a block that is only `key:` in its first line; undefined where it is not. */
export function childLines(
  text: string,
  block: Range,
):
  | {
      readonly range: Range;
      readonly indent: number;
      /** Lines in front of all others that are indented deeper than they are, so that they belong to nothing. */
      readonly stray: Range | undefined;
    }
  | undefined {
  const start = nextLine(text, block.start);
  if (!/^ *[^\s:#'"[\]{}]+:[ \t]*(?:#.*)?\r?\n?$/.test(text.slice(block.start, start))) return undefined;
  let first: number | undefined;
  let outermost: { readonly line: number; readonly indent: number } | undefined;
  for (let line = start; line < block.end; line = nextLine(text, line)) {
    const indent = indentAt(text, line);
    const character = text[line + indent];
    if (isBlankOrComment(character) || character === "\t") continue;
    first ??= line;
    if (outermost === undefined || indent < outermost.indent) outermost = { line, indent };
  }
  if (first === undefined || outermost === undefined) return undefined;
  if (/[[{]/.test(text[first + indentAt(text, first)] ?? "")) return undefined;
  const { line, indent } = outermost;
  if (indent <= indentAt(text, block.start)) return undefined;
  const stray = line === first ? undefined : { start: first, end: line };
  return { range: { start: line, end: block.end }, indent, stray };
}

function isBlankOrComment(first: string | undefined): boolean {
  return first === undefined || first === "\n" || first === "\r" || first === "#";
}

/**
 * List items may stand under their key without indentation, and so may the bracket that closes a flow collection, and
 * the value (`: b`) of a key that is set off by `?`.
 */
function continuesBlock(text: string, at: number): boolean {
  const first = text[at];
  if (first === "]" || first === "}") return true;
  const second = text[at + 1];
  return (
    (first === "-" || first === ":") &&
    (second === undefined || second === " " || second === "\n" || second === "\r")
  );
}
