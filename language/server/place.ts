import type { Range } from "../model.ts";
import { indentAt, lineEnd, lineStart } from "../syntax/lines.ts";
import { listItem, type PlaceStep, placeInFlow } from "./place-flow.ts";

/**
 * What a cursor stands at, told from the lines alone, so that it is known in text that cannot be parsed (yet).
 * `key`: at a key of the map that `path` leads to. `value`: at the value of the last step of `path`.
 * `item`: behind a dash, where a value or the first key of a map may stand.
 */
export interface Place {
  readonly kind: "key" | "value" | "item";
  readonly path: readonly PlaceStep[];
  /** From the start of the word to the cursor. */
  readonly word: Range;
  /** Inside braces or brackets. */
  readonly inFlow: boolean;
  /** Inside the lines of a block scalar (`|` or `>`). */
  readonly inBlock: boolean;
  /** The keys that the map has beside the one at the cursor; for values, those of the map around. */
  readonly siblings: readonly string[];
  /** The column of the key. */
  readonly column: number;
}

/** One step into the text that a line makes: a key, or the dash of a list. */
interface Level {
  readonly column: number;
  /** Undefined for a dash. */
  readonly key: string | undefined;
  /** Where what follows the colon or dash starts. */
  readonly rest: number;
}

/** Undefined in a comment, and where nothing can be said. */
export function placeAt(text: string, offset: number): Place | undefined {
  const start = lineStart(text, offset);
  const own = levelsOf(text, start).filter(({ rest }) => rest <= offset);
  const wordStart = wordStartOf(text, start, own, offset);
  const column =
    own[0]?.column ?? (wordStart < offset || own.length > 0 ? wordStart - start : offset - start);
  const chain = [...ancestors(text, start, column, own[0]), ...own];
  const block = chain.findIndex((level) => isBlockHeader(text, level) && lineStart(text, level.rest) < start);
  if (block !== -1) return inBlockScalar(text, chain.slice(0, block + 1), offset);
  const opening = chain.findIndex(({ rest }) => isFlowStart(text, rest) && rest < offset);
  if (opening !== -1) return fromFlow(text, chain.slice(0, opening + 1), offset);
  const before = text.slice(start, offset);
  // Behind a colon a blank has to come first.
  if (isComment(before) || (before.endsWith(":") && own.length > 0)) return undefined;
  return inLine(text, chain, own, { start: wordStart, end: offset });
}

function inLine(
  text: string,
  chain: readonly Level[],
  own: readonly Level[],
  word: Range,
): Place | undefined {
  const path = stepsOf(chain);
  const last = own.at(-1);
  const start = lineStart(text, word.end);
  if (last === undefined) {
    const column = word.start - start;
    const siblings = siblingsAt(text, start, column);
    return { kind: "key", path, word, inFlow: false, inBlock: false, siblings, column };
  }
  const kind = last.key === undefined ? "item" : "value";
  const column = last.key === undefined ? last.rest - start : last.column;
  const siblings = siblingsAt(text, start, column);
  return { kind, path, word, inFlow: false, inBlock: false, siblings, column };
}

function inBlockScalar(text: string, chain: readonly Level[], offset: number): Place {
  const start = Math.max(
    lineStart(text, offset),
    offset - (/[\w$]*$/.exec(text.slice(0, offset))?.[0].length ?? 0),
  );
  const column = chain.at(-1)?.column ?? 0;
  const word = { start, end: offset };
  return { kind: "value", path: stepsOf(chain), word, inFlow: false, inBlock: true, siblings: [], column };
}

function fromFlow(text: string, chain: readonly Level[], offset: number): Place | undefined {
  const last = chain.at(-1);
  const inside = last && placeInFlow(text, last.rest, offset);
  if (inside === undefined || last === undefined) return undefined;
  const path = [...stepsOf(chain), ...inside.path];
  return { ...inside, path, inFlow: true, inBlock: false, column: last.column };
}

function stepsOf(chain: readonly Level[]): readonly PlaceStep[] {
  return chain.map(({ key }) => key ?? listItem);
}

/** The dashes and the key that a line starts with. */
function levelsOf(text: string, start: number): readonly Level[] {
  const levels: Level[] = [];
  const end = lineEnd(text, start);
  let at = start + indentAt(text, start);
  while (text[at] === "-" && (text[at + 1] === " " || at + 1 === end)) {
    const rest = Math.min(at + 1 + indentAt(text, at + 1), end);
    levels.push({ column: at - start, key: undefined, rest });
    at = rest;
  }
  const key = keyPattern.exec(text.slice(at, Math.min(end, at + longestKey)));
  const written = key?.[1];
  if (key === null || written === undefined) return levels;
  const behind = at + key[0].length;
  const rest = Math.min(behind + indentAt(text, behind), end);
  levels.push({ column: at - start, key: written.replace(/^(["'])(.*)\1$/, "$2"), rest });
  return levels;
}

const longestKey = 300;
const keyPattern =
  /^("[^"\n]*"|'[^'\n]*'|[^\s"'{}[\],#&*!|>%@`:-](?:[^:\n#{}[\],]|:(?=\S))*?|-(?=\S)[^:\n]*?)[ \t]*:(?=[ \t\r\n]|$)/;

/** The levels of the lines above that the line at `start` is inside of, outermost first. */
function ancestors(text: string, start: number, column: number, first: Level | undefined): readonly Level[] {
  const found: Level[] = [];
  let limit = column;
  let isDash = first !== undefined && first.key === undefined;
  for (let line = start; line > 0 && (limit > 0 || isDash); ) {
    line = lineStart(text, line - 1);
    const indent = indentAt(text, line);
    if (indent > limit || isBlankOrComment(text, line + indent)) continue;
    // The dashes of a list may stand at the column of the key that it belongs to.
    const outer = levelsOf(text, line).filter(
      (level) => level.column < limit || (isDash && level.column === limit && level.key !== undefined),
    );
    const [outermost] = outer;
    if (outermost === undefined) continue;
    found.unshift(...outer);
    limit = outermost.column;
    isDash = outermost.key === undefined;
  }
  return found;
}

/** The keys that stand at a column, around a line, in one map. */
function siblingsAt(text: string, line: number, column: number): readonly string[] {
  const keys: string[] = [];
  /** False where the map ends. */
  const look = (at: number): boolean => {
    const indent = indentAt(text, at);
    if (isBlankOrComment(text, at + indent)) return true;
    const level = levelsOf(text, at).find((one) => one.column === column && one.key !== undefined);
    if (level?.key !== undefined) keys.push(level.key);
    return indent >= column;
  };
  // Where a dash starts the line, the map starts there too.
  const isFirst = levelsOf(text, line)[0]?.key === undefined && text[line + indentAt(text, line)] === "-";
  for (let at = line; !isFirst && at > 0; ) {
    at = lineStart(text, at - 1);
    if (!look(at)) break;
  }
  for (let at = nextLineStart(text, line); at !== undefined; at = nextLineStart(text, at)) {
    if (indentAt(text, at) < column && !isBlankOrComment(text, at + indentAt(text, at))) break;
    look(at);
  }
  return keys;
}

function nextLineStart(text: string, offset: number): number | undefined {
  const feed = text.indexOf("\n", offset);
  return feed === -1 ? undefined : feed + 1;
}

/** Where the word that ends at the cursor starts: behind the colon or dash and what is blank there, and a quote. */
function wordStartOf(text: string, start: number, own: readonly Level[], offset: number): number {
  const from = own.at(-1)?.rest ?? start + indentAt(text, start);
  const at = Math.min(from, offset);
  return /^["']/.test(text.slice(at, offset)) ? at + 1 : at;
}

function isBlockHeader(text: string, { rest }: Level): boolean {
  return /^[|>][1-9]?[-+]?[1-9]?[ \t]*(?:#.*)?$/.test(text.slice(rest, lineEnd(text, rest)));
}

function isFlowStart(text: string, at: number): boolean {
  return text[at] === "{" || text[at] === "[";
}

function isBlankOrComment(text: string, at: number): boolean {
  const first = text[at];
  return first === undefined || first === "\n" || first === "\r" || first === "#";
}

function isComment(before: string): boolean {
  return /^\s*#/.test(before) || /^(?:[^"'#]|"[^"]*"|'[^']*'|\S#)*\s#/.test(before);
}
