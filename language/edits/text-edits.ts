import type { TextEdit } from "../problem.ts";

/**
 * The text with all edits made. They may be in any order; of two at one place the first comes first. Throws a
 * `RangeError` where they overlap or lie outside of the text.
 */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let at = 0;
  for (const { range, newText } of inOrder(edits)) {
    if (range.start < at || range.end < range.start || range.end > text.length) {
      throw new RangeError(`Text edits overlap or lie outside the text at ${range.start}`);
    }
    result += text.slice(at, range.start) + newText;
    at = range.end;
  }
  return result + text.slice(at);
}

/** The edits that turn the edited text back into `text`. */
export function invertTextEdits(text: string, edits: readonly TextEdit[]): TextEdit[] {
  let shift = 0;
  return inOrder(edits).map(({ range, newText }) => {
    const start = range.start + shift;
    shift += newText.length - (range.end - range.start);
    return { range: { start, end: start + newText.length }, newText: text.slice(range.start, range.end) };
  });
}

/**
 * Edits that say no more than they change: what a replacement leaves as it was is cut off, empty ones are dropped, and
 * removals that overlap (the break before the last line of a file goes with it, and with the line before) become one.
 */
export function minimalEdits(text: string, edits: readonly TextEdit[]): TextEdit[] {
  return joinRemovals(inOrder(edits)).flatMap((edit) => {
    const minimal = trim(text, edit);
    return minimal.newText === "" && minimal.range.start === minimal.range.end ? [] : [minimal];
  });
}

function joinRemovals(edits: readonly TextEdit[]): readonly TextEdit[] {
  const joined: TextEdit[] = [];
  for (const edit of edits) {
    const last = joined.at(-1);
    if (
      last !== undefined &&
      last.newText === "" &&
      edit.newText === "" &&
      edit.range.start < last.range.end
    ) {
      joined[joined.length - 1] = {
        range: { start: last.range.start, end: Math.max(last.range.end, edit.range.end) },
        newText: "",
      };
    } else {
      joined.push(edit);
    }
  }
  return joined;
}

function inOrder(edits: readonly TextEdit[]): TextEdit[] {
  return edits.toSorted((a, b) => a.range.start - b.range.start || a.range.end - b.range.end);
}

function trim(text: string, { range, newText }: TextEdit): TextEdit {
  const old = text.slice(range.start, range.end);
  const shorter = Math.min(old.length, newText.length);
  let prefix = 0;
  while (prefix < shorter && old[prefix] === newText[prefix]) prefix++;
  if (splitsPair(old, prefix) || splitsPair(newText, prefix)) prefix--;
  let suffix = 0;
  while (suffix < shorter - prefix && old.at(-1 - suffix) === newText.at(-1 - suffix)) suffix++;
  if (splitsPair(old, old.length - suffix) || splitsPair(newText, newText.length - suffix)) suffix--;
  return {
    range: { start: range.start + prefix, end: range.end - suffix },
    newText: newText.slice(prefix, newText.length - suffix),
  };
}

/** A line break and a surrogate pair are one thing to an editor, though they are two UTF-16 units. */
function splitsPair(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return false;
  if (text[at - 1] === "\r" && text[at] === "\n") return true;
  return isBetween(text.charCodeAt(at - 1), 0xd800, 0xdbff) && isBetween(text.charCodeAt(at), 0xdc00, 0xdfff);
}

function isBetween(code: number, low: number, high: number): boolean {
  return code >= low && code <= high;
}
