import type { Range, SourceEntry, SourceMap } from "../model.ts";
import { workflowKeys } from "../parse.ts";
import type { QuickFix, TextEdit } from "../problem.ts";
import { indentAt, lineEnd, lineStart, nextLine } from "../syntax/lines.ts";
import { type CheckContext, entryOf } from "./context.ts";

/** Puts another text in place of a name. */
export function replace(range: Range, newText: string): QuickFix {
  return { title: `Change to ${newText}`, edits: [{ range, newText }] };
}

/** Offers a replacement where there is a guess. */
export function replacements(range: Range, guess: string | undefined): readonly QuickFix[] {
  return guess === undefined ? [] : [replace(range, guess)];
}

/**
 * Removes an entry from its map, with its lines where it has lines of its own. None where the map would be left without
 * entries, since an empty map means something else.
 */
export function removeEntry(
  text: string,
  map: SourceMap,
  entry: SourceEntry,
  title: string,
): readonly QuickFix[] {
  if (map.entries.length < 2) return [];
  const index = map.entries.indexOf(entry);
  const before = map.entries[index - 1];
  const behind = map.entries[index + 1];
  const end = endOf(entry);
  if (isFlow(text, map)) {
    const range = before
      ? { start: endOf(before), end }
      : { start: entry.key.range.start, end: behind?.key.range.start ?? end };
    return [{ title, edits: [{ range, newText: "" }] }];
  }
  const start = lineStart(text, entry.key.range.start);
  // The first key behind a list's dash shares its line with the dash.
  if (text.slice(start, entry.key.range.start).trim() !== "") return [];
  return [{ title, edits: [{ range: { start, end: nextLine(text, end) }, newText: "" }] }];
}

/** Declares a name in a section of the file (`env`, `secrets`, …), which is added where there is none. */
export function declare(
  context: CheckContext,
  section: (typeof workflowKeys)[number],
  name: string,
  body: string,
): readonly TextEdit[] {
  const { root, text } = context;
  if (root === undefined || isFlow(text, root)) return [];
  const entry = entryOf(root, section);
  if (entry === undefined) return addSection(root, text, section, `${name}: ${body}`);
  if (entry.value.kind === "map") return addToMap(entry.value, text, `${name}: ${body}`);
  if (entry.value.kind !== "scalar" || entry.value.text !== "") return [];
  return [insertLine(text, entry.key.range.end, `  ${name}: ${body}`)];
}

/** Adds a key to a node, behind its type. */
export function addNodeKey(
  context: CheckContext,
  id: string,
  key: string,
  value: string,
): readonly TextEdit[] {
  const map = context.nodeMaps.get(id);
  const type = entryOf(map, "type");
  if (!map || !type) return [];
  if (isFlow(context.text, map)) {
    return [{ range: { start: endOf(type), end: endOf(type) }, newText: `, ${key}: ${value}` }];
  }
  return [insertLine(context.text, endOf(type), `${columnOf(context.text, type)}${key}: ${value}`)];
}

function addSection(root: SourceMap, text: string, section: string, line: string): readonly TextEdit[] {
  const order: readonly string[] = workflowKeys;
  const next = root.entries.find(({ key }) => order.indexOf(key.value) > order.indexOf(section));
  const eol = lineBreak(text);
  if (!next) {
    const last = root.entries.at(-1);
    return last ? [insertLine(text, endOf(last), `${section}:${eol}  ${line}`)] : [];
  }
  const at = aboveComments(text, lineStart(text, next.key.range.start));
  // Sections keep the distance that they have.
  const spaced = at > 0 && text.slice(lineStart(text, at - 1), at).trim() === "";
  const newText = `${section}:${eol}  ${line}${eol}${spaced ? eol : ""}`;
  return [{ range: { start: at, end: at }, newText }];
}

function addToMap(map: SourceMap, text: string, line: string): readonly TextEdit[] {
  const last = map.entries.at(-1);
  if (last === undefined) return [{ range: map.range, newText: `{ ${line} }` }];
  const end = endOf(last);
  if (isFlow(text, map)) return [{ range: { start: end, end }, newText: `, ${line}` }];
  return [insertLine(text, end, `${columnOf(text, last)}${line}`)];
}

function insertLine(text: string, behind: number, line: string): TextEdit {
  const at = lineEnd(text, behind);
  return { range: { start: at, end: at }, newText: `${lineBreak(text)}${line}` };
}

/** The start of the comment lines that stand directly above a line, since they belong to it. */
function aboveComments(text: string, line: number): number {
  let start = line;
  while (start > 0) {
    const above = lineStart(text, start - 1);
    if (text[above + indentAt(text, above)] !== "#") return start;
    start = above;
  }
  return start;
}

function columnOf(text: string, entry: SourceEntry): string {
  return " ".repeat(entry.key.range.start - lineStart(text, entry.key.range.start));
}

function lineBreak(text: string): string {
  const feed = text.indexOf("\n");
  return feed > 0 && text[feed - 1] === "\r" ? "\r\n" : "\n";
}

export function isFlow(text: string, map: SourceMap): boolean {
  return text[map.range.start] === "{";
}

function endOf({ key, value }: SourceEntry): number {
  // A key without value: the place of the value is behind the colon, or nowhere.
  return Math.max(key.range.end, value.range.end);
}
