import type { SourceEntry, SourceMap } from "../model.ts";
import { workflowKeys } from "../parse.ts";
import type { TextEdit } from "../problem.ts";
import { behindBlankLines, indentAt, isBlankLine, lineEnd, lineStart, nextLine } from "../syntax/lines.ts";
import { readYaml } from "../syntax/yaml.ts";
import { commentsAbove, endOfEntry, entrySlot, insertEntry, keepsBlankLines, removeLines } from "./slots.ts";
import { columnOf, entryOf, insertion, isFlow, type Source, sectionOf } from "./source.ts";

/** The whole lines of a node (or another entry of a section): its comments above, its entries, and the deeper comments below. */
export interface EntryBlock {
  readonly entry: SourceEntry;
  readonly start: number;
  /** The start of the line behind it. */
  readonly end: number;
}

export function blockOf(text: string, entry: SourceEntry): EntryBlock {
  const line = lineStart(text, entry.key.range.start);
  return { entry, start: commentsAbove(text, line), end: trailingCommentsEnd(text, entry) };
}

function trailingCommentsEnd(text: string, entry: SourceEntry): number {
  const column = columnOf(text, entry.key.range.start);
  let end = nextLine(text, endOfEntry(entry));
  for (let line = end; line < text.length; line = nextLine(text, line)) {
    const indent = indentAt(text, line);
    if (isBlankLine(text, line)) continue;
    if (text[line + indent] !== "#" || indent <= column) break;
    end = nextLine(text, line);
  }
  return end;
}

/** New entries of a section, for either way in which the section may be written. */
export interface BlockContent {
  /** Lines with their indentation, each with a line break behind it. */
  readonly lines: (column: number) => string;
  /** What stands in a section written in braces. */
  readonly flow: () => string;
}

/**
 * Puts a new entry into a section, behind `after` or as its last one, set off by a blank line where the others are.
 */
export function insertBlock(
  source: Source,
  section: string,
  content: BlockContent,
  after?: SourceEntry,
): readonly TextEdit[] {
  const { text, unit } = source;
  const entry = sectionOf(source, section);
  if (entry === undefined || entry.value.kind !== "map" || entry.value.entries.length === 0) {
    return insertFirst(source, section, content);
  }
  const entries = entry.value.entries;
  const previous = after ?? entries.at(-1);
  if (previous === undefined) return [];
  if (isFlow(text, entry.value)) return [insertion(endOfEntry(previous), `, ${content.flow()}`)];
  const column = columnOf(text, previous.key.range.start) || unit;
  return insertLines(source, previous, entries, content.lines(column));
}

function insertLines(
  { text, eol }: Source,
  previous: SourceEntry,
  entries: readonly SourceEntry[],
  lines: string,
): readonly TextEdit[] {
  const block = blockOf(text, previous);
  const separated = isSeparated(text, block, entries) && !keepsBlankLines(text, previous.value);
  if (keepsWhatFollows(lines))
    return [insertBehindBlankLines(text, block.end, (separated ? eol : "") + lines, eol)];
  if (block.end === text.length && text[block.end - 1] !== "\n") {
    return [insertion(block.end, eol + (separated ? eol : "") + lines.slice(0, -eol.length))];
  }
  if (!separated) return [insertion(block.end, lines)];
  // Behind the blank line rather than before it: git then merges this with a change to the last line of the block before.
  const blank =
    block.end < text.length && isBlankLine(text, block.end) && nextLine(text, block.end) < text.length;
  return blank ? [insertion(nextLine(text, block.end), lines + eol)] : [insertion(block.end, eol + lines)];
}

/** Nodes are set off by blank lines where the one before the new one is, or where it is the only one. */
function isSeparated(text: string, block: EntryBlock, entries: readonly SourceEntry[]): boolean {
  if (entries.length === 1) return true;
  const before = block.start > 0 && isBlankLine(text, lineStart(text, block.start - 1));
  const isLast = block.entry === entries.at(-1);
  return before || (!isLast && isBlankLine(text, block.end));
}

function insertFirst(source: Source, section: string, content: BlockContent): readonly TextEdit[] {
  const { text, eol, unit, parsed } = source;
  const entry = sectionOf(source, section);
  if (entry === undefined) return insertSection(source, section, content);
  const root = parsed.syntax.root;
  const slot = entrySlot(text, entry, root !== undefined && isFlow(text, root));
  if (slot.flow)
    return [
      {
        range: { start: slot.after, end: Math.max(slot.after, slot.value.range.end) },
        newText: ` { ${content.flow()} }`,
      },
    ];
  const end = lineEnd(text, endOfEntry(entry));
  const lines = content.lines(slot.column + unit);
  // What stands there is nothing or `{}`, perhaps with a comment behind it.
  const braces: TextEdit = {
    range: { start: slot.after, end: Math.max(slot.after, slot.value.range.end) },
    newText: "",
  };
  if (keepsWhatFollows(lines)) return [braces, insertBehindBlankLines(text, nextLine(text, end), lines, eol)];
  return [braces, insertion(end, eol + lines.slice(0, -eol.length))];
}

/** Adds a section that the file does not have, where it stands by the order of keys; and the version in front of all. */
function insertSection(source: Source, section: string, content: BlockContent): readonly TextEdit[] {
  const { text, eol, unit, parsed } = source;
  const root = parsed.syntax.root;
  if (root !== undefined && isFlow(text, root)) {
    const slot = { value: root, after: root.range.start, column: 0, flow: true };
    return insertEntry(source, slot, section, () => ({ head: `{ ${content.flow()} }`, body: "" }));
  }
  const lines = `${section}:${eol}${content.lines(unit)}`;
  if (root === undefined || root.entries.length === 0)
    return [appendToFile(source, `eddy: 1${eol}${eol}${lines}`)];
  const previous = previousSection(root.entries, section);
  const top = lineStart(text, root.range.start) + (text.startsWith("\uFEFF") ? 1 : 0);
  const version = entryOf(root, "eddy") === undefined ? [insertion(top, `eddy: 1${eol}`)] : [];
  const keeps = keepsWhatFollows(lines);
  if (previous === undefined) return [...version, insertion(top, keeps ? lines : lines + eol)];
  const block = blockOf(text, previous);
  if (block.end === text.length) {
    return [...version, appendToFile(source, keepsBlankLines(text, previous.value) ? lines : eol + lines)];
  }
  const before = keepsBlankLines(text, previous.value) ? "" : eol;
  if (keeps) return [...version, insertBehindBlankLines(text, block.end, before + lines, eol)];
  const rest = isBlankLine(text, block.end) ? "" : eol;
  return [...version, insertion(block.end, before + lines + rest)];
}

/** True where blank lines behind these lines would become part of them: the last text is a block that keeps them (`|+`). */
function keepsWhatFollows(lines: string): boolean {
  if (!lines.includes("+")) return false;
  const { value } = readYaml(lines);
  return value !== undefined && keepsBlankLines(lines, value);
}

/** Puts lines in front of the next line that is not blank. The blank lines that are there already set them off. */
function insertBehindBlankLines(text: string, line: number, lines: string, eol: string): TextEdit {
  const at = behindBlankLines(text, line);
  const isComplete = at === 0 || text[at - 1] === "\n";
  return insertion(at, (isComplete ? "" : eol) + (at > line ? lines.replace(/^(?:\r?\n)+/, "") : lines));
}

function previousSection(entries: readonly SourceEntry[], section: string): SourceEntry | undefined {
  const order: readonly string[] = workflowKeys;
  const before = new Set(order.slice(0, order.indexOf(section)));
  return entries.findLast(({ key }) => before.has(key.value));
}

function appendToFile({ text, eol }: Source, lines: string): TextEdit {
  const complete = text === "" || text === "\uFEFF" || text.endsWith("\n");
  return insertion(text.length, complete ? lines : eol + lines);
}

/** Removes entries of a map that is written over whole lines, or in braces: with their comments, and the blank lines before them. */
export function removeBlocks(
  { text }: Source,
  map: SourceMap,
  ids: ReadonlySet<string>,
): readonly TextEdit[] {
  const { entries } = map;
  if (isFlow(text, map)) return removeFromFlow(map, ids);
  return entries.flatMap((child, index) => {
    if (!ids.has(child.key.value)) return [];
    const block = blockOf(text, child);
    const before = entries
      .slice(0, index)
      .filter(({ key }) => !ids.has(key.value))
      .at(-1);
    if (before === undefined) {
      const end = entries[index + 1] === undefined ? block.end : behindBlankLines(text, block.end);
      return [removeLines(text, block.start, end - 1)];
    }
    const end = keepsBlankLines(text, before.value) ? behindBlankLines(text, block.end) : block.end;
    return [removeLines(text, beforeBlankLines(text, block.start, entries[index - 1]), end - 1)];
  });
}

function beforeBlankLines(text: string, line: number, previous: SourceEntry | undefined): number {
  const floor = previous === undefined ? 0 : nextLine(text, endOfEntry(previous));
  let start = line;
  while (start > floor) {
    const above = lineStart(text, start - 1);
    if (!isBlankLine(text, above)) break;
    start = above;
  }
  return start;
}

/** Each run of removed entries goes with the comma behind it, or, at the end, with the one before it. */
function removeFromFlow({ entries, range }: SourceMap, ids: ReadonlySet<string>): readonly TextEdit[] {
  if (entries.every(({ key }) => ids.has(key.value))) return [{ range, newText: "{}" }];
  const edits: TextEdit[] = [];
  for (let index = 0; index < entries.length; index++) {
    const first = entries[index];
    if (first === undefined || !ids.has(first.key.value)) continue;
    const before = entries[index - 1];
    while (ids.has(entries[index + 1]?.key.value ?? "")) index++;
    const next = entries[index + 1];
    const last = entries[index] ?? first;
    if (next !== undefined)
      edits.push({ range: { start: first.key.range.start, end: next.key.range.start }, newText: "" });
    else if (before !== undefined)
      edits.push({ range: { start: endOfEntry(before), end: endOfEntry(last) }, newText: "" });
  }
  return edits;
}

/** Removes entries of a section, and the section itself where none is left. */
export function removeFromSection(
  source: Source,
  section: string,
  ids: ReadonlySet<string>,
): readonly TextEdit[] {
  const { root } = source.parsed.syntax;
  const map = entryOf(root, section)?.value;
  if (map?.kind !== "map" || root === undefined || ids.size === 0) return [];
  const someStay = map.entries.some(({ key }) => !ids.has(key.value));
  return someStay ? removeBlocks(source, map, ids) : removeBlocks(source, root, new Set([section]));
}
