import type { Range } from "../model.ts";

/** A key, or `listItem` for any item of a list. */
export type PlaceStep = string | typeof listItem;
export const listItem = 0;

/** A place inside braces or brackets; the path starts at the bracket. */
export interface FlowPlace {
  readonly kind: "key" | "value" | "item";
  readonly path: readonly PlaceStep[];
  readonly word: Range;
  readonly siblings: readonly string[];
}

interface Open {
  readonly isMap: boolean;
  readonly keys: string[];
  /** The key whose value is being written. */
  key: string | undefined;
  /** Where the current key, value or item starts. */
  start: number;
}

/** Undefined where the bracket at `start` is closed before `offset`, or what is written is no flow collection. */
export function placeInFlow(text: string, start: number, offset: number): FlowPlace | undefined {
  const open: Open[] = [];
  for (let at = start; at < offset; at++) {
    const character = text[at];
    const top = open.at(-1);
    if (character === "{" || character === "[") {
      // A brace in the middle of a word is a part of it: `${msg.topic}`.
      if (top !== undefined && text.slice(top.start, at).trim() !== "") continue;
      open.push({ isMap: character === "{", keys: [], key: undefined, start: at + 1 });
    } else if (top === undefined) {
      return undefined;
    } else if (character === '"' || character === "'") {
      if (text.slice(top.start, at).trim() === "") at = quoteEnd(text, at, offset);
    } else if (character === "}" || character === "]") {
      open.pop();
      const outer = open.at(-1);
      if (outer === undefined) return undefined;
      outer.start = at + 1;
    } else {
      readSeparator(text, at, top);
    }
  }
  const top = open.at(-1);
  return top && placeOf(text, open, top, offset);
}

function readSeparator(text: string, at: number, top: Open): void {
  if (text[at] === ",") {
    top.key = undefined;
    top.start = at + 1;
  } else if (
    text[at] === ":" &&
    top.isMap &&
    top.key === undefined &&
    /["'\s]|undefined/.test(`${text[at + 1]}`)
  ) {
    top.key = unquoted(text.slice(top.start, at));
    top.keys.push(top.key);
    top.start = at + 1;
  }
}

function placeOf(text: string, open: readonly Open[], top: Open, offset: number): FlowPlace {
  const steps = open.flatMap((one): readonly PlaceStep[] => {
    if (!one.isMap) return [listItem];
    return one.key === undefined ? [] : [one.key];
  });
  const gap = /^\s*["']?/.exec(text.slice(top.start, offset))?.[0].length ?? 0;
  const word = { start: top.start + gap, end: offset };
  const kind = !top.isMap ? "item" : top.key === undefined ? "key" : "value";
  const behind = top.isMap ? keysBehind(text, offset) : [];
  return { kind, path: steps, word, siblings: [...top.keys, ...behind] };
}

/** The keys that follow up to the closing brace on the same line. */
function keysBehind(text: string, offset: number): readonly string[] {
  const rest = /^[^}\n]*/.exec(text.slice(offset, offset + 2_000))?.[0] ?? "";
  return [...rest.matchAll(/,\s*([\w-]+):/g)].map(([, key = ""]) => key);
}

function quoteEnd(text: string, start: number, limit: number): number {
  const quote = text[start];
  for (let at = start + 1; at < limit; at++) {
    if (quote === '"' && text[at] === "\\") at++;
    else if (text[at] === quote) return at;
  }
  return limit;
}

function unquoted(written: string): string {
  return written.trim().replace(/^(["'])(.*)\1$/, "$2");
}
