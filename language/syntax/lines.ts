/** A place as editors count: 0-based line, and UTF-16 units from the start of the line. */
export interface LinePosition {
  readonly line: number;
  readonly character: number;
}

/** Converts between offsets and lines of one text. */
export interface LineIndex {
  readonly lineCount: number;
  /** Offsets outside the text are moved to its nearest end. */
  positionAt(offset: number): LinePosition;
  /** Positions outside the text are moved to the nearest place inside it. */
  offsetAt(position: LinePosition): number;
}

/** Lines end with `\n` or `\r\n`. Made once a text; looking up is a binary search. */
export function createLineIndex(text: string): LineIndex {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  const startOf = (line: number): number => starts[line] ?? text.length;
  return {
    lineCount: starts.length,
    positionAt(offset) {
      const inside = Math.max(0, Math.min(offset, text.length));
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (startOf(middle) <= inside) low = middle;
        else high = middle - 1;
      }
      return { line: low, character: inside - startOf(low) };
    },
    offsetAt({ line, character }) {
      if (line < 0) return 0;
      if (line >= starts.length) return text.length;
      const start = startOf(line);
      return Math.max(start, Math.min(start + character, lineEnd(text, start)));
    },
  };
}

/** The offset of the first character of the line that `offset` is in. */
export function lineStart(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

/** The offset behind the last character of the line that `offset` is in, before its line break. */
export function lineEnd(text: string, offset: number): number {
  const feed = text.indexOf("\n", offset);
  if (feed === -1) return text.length;
  return feed > offset && text[feed - 1] === "\r" ? feed - 1 : feed;
}

/** The offset of the first character of the next line, or the end of the text. */
export function nextLine(text: string, offset: number): number {
  const feed = text.indexOf("\n", offset);
  return feed === -1 ? text.length : feed + 1;
}

/** How many spaces the line that starts at `start` begins with. */
export function indentAt(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) === 0x20) at++;
  return at - start;
}

export function isBlankLine(text: string, line: number): boolean {
  return text.slice(line, lineEnd(text, line)).trim() === "";
}

/** The start of the first line at or behind `line` that is not blank, or the end of the text. */
export function behindBlankLines(text: string, line: number): number {
  let end = line;
  while (end < text.length && isBlankLine(text, end)) end = nextLine(text, end);
  return end;
}
