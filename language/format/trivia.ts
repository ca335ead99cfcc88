import { indentAt, isBlankLine, lineEnd, nextLine } from "../syntax/lines.ts";

/** What stands between values: comments without their indentation, and "" for blank lines, however many. */
export type Trivia = readonly string[];

/** The comments and blank lines from one start of a line to another. Marks of a document (`---`) are left out. */
export function readTrivia(text: string, start: number, end: number): Trivia {
  const lines: string[] = [];
  for (let line = start; line < end; line = nextLine(text, line)) {
    const content = text
      .slice(line, lineEnd(text, line))
      .replace(/^(?:---|\.\.\.)(?=\s|$)/, "")
      .trim();
    if (content !== "" || lines.at(-1) !== "") lines.push(content);
  }
  return lines;
}

/** Where the comments below a value end that are indented more than its key, and so belong to it. */
export function deeperCommentsEnd(text: string, start: number, limit: number, column: number): number {
  let end = start;
  for (let line = start; line < limit; line = nextLine(text, line)) {
    if (isBlankLine(text, line)) continue;
    if (indentAt(text, line) <= column) break;
    end = nextLine(text, line);
  }
  return Math.min(end, limit);
}

/** The comment behind a value in its last line, with the space before it; "" where there is none. */
export function commentBehind(text: string, offset: number): string {
  const rest = text.slice(offset, lineEnd(text, offset)).trimEnd();
  const comment = rest.indexOf("#");
  return comment === -1 ? "" : " ".repeat(Math.max(1, comment)) + rest.slice(comment);
}

/** Joins what stands above one thing: no two blank lines in a row, none in front or behind where `edges` is false. */
export function joinTrivia(
  parts: readonly Trivia[],
  { blankInFront }: { readonly blankInFront: boolean },
): Trivia {
  const lines = parts.flat().filter((line, index, all) => line !== "" || all[index - 1] !== "");
  return !blankInFront && lines[0] === "" ? lines.slice(1) : lines;
}
