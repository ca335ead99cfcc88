import type { SourceEntry, SourceList, SourceMap, SourceValue } from "../model.ts";
import type { TextEdit } from "../problem.ts";
import { behindBlankLines, lineEnd, lineStart, nextLine } from "../syntax/lines.ts";
import { joined, type Place, type Written, writeKey } from "../syntax/write.ts";
import { columnOf, insertion, isFlow, type Source } from "./source.ts";

/** Where a value stands: behind the colon of a key or the dash or comma of an item. */
export interface Slot {
  readonly value: SourceValue;
  /** Behind the colon or dash; where the value itself starts for an item in brackets. */
  readonly after: number;
  /** The column of the key or dash. */
  readonly column: number;
  /** Inside braces or brackets. */
  readonly flow: boolean;
}

export function entrySlot(text: string, { key, value }: SourceEntry, flow: boolean): Slot {
  const colon = text.indexOf(":", key.range.end);
  const hasColon = colon !== -1 && text.slice(key.range.end, colon).trim() === "";
  return {
    value,
    after: hasColon ? colon + 1 : key.range.end,
    column: columnOf(text, key.range.start),
    flow,
  };
}

export function itemSlot(text: string, list: SourceList, index: number): Slot | undefined {
  const value = list.items[index];
  if (value === undefined) return undefined;
  const column = columnOf(text, list.range.start);
  if (isFlow(text, list)) return { value, after: value.range.start, column, flow: true };
  const dash = text.lastIndexOf("-", value.range.start - 1);
  return { value, after: dash + 1, column, flow: false };
}

export function placeOf(source: Source, slot: Pick<Slot, "column" | "flow">): Place {
  return { flow: slot.flow, column: slot.column, unit: source.unit, eol: source.eol };
}

/** Puts another value where one stands (or none yet). A comment behind it stays where it is. */
export function replaceValue({ text }: Source, slot: Slot, { head, body }: Written): readonly TextEdit[] {
  const { value, after } = slot;
  const nothing = value.range.start === value.range.end;
  const gap = /^[ \t]*/.exec(text.slice(after, value.range.start))?.[0].length ?? 0;
  const collection = value.kind !== "scalar" && !isFlow(text, value);
  const behindColon = nothing || collection || head === "";
  const start = behindColon ? after : Math.min(after + gap, value.range.start);
  const space = behindColon && head !== "" ? " " : "";
  const end = nothing ? after : value.range.end;
  if (isBlockScalar(value)) {
    const header = lineEnd(text, value.range.start);
    const comment = /[ \t]#.*$/.exec(text.slice(value.range.start, header))?.[0] ?? "";
    return [{ range: { start, end }, newText: head + comment + body }];
  }
  const beside = collection ? text.slice(after, Math.min(lineEnd(text, after), value.range.start)) : "";
  const written = space + head + (/[ \t]+#.*$/.exec(beside)?.[0] ?? "");
  const line = lineEnd(text, end);
  if (body === "" || line === end) return [{ range: { start, end }, newText: written + body }];
  return [{ range: { start, end }, newText: written }, insertion(line, body)];
}

function isBlockScalar(value: SourceValue): boolean {
  return value.kind === "scalar" && (value.style === "literal" || value.style === "folded");
}

/** Writes a value for the place it is to stand at. */
export type Write = (place: Place) => Written;

/**
 * Adds an entry to the map in `slot` (or where there is nothing yet), behind `after` or as the last one.
 * The caller has made sure that the value is a map or nothing.
 */
export function insertEntry(
  source: Source,
  slot: Slot,
  key: string,
  write: Write,
  after?: SourceEntry,
): readonly TextEdit[] {
  const { text, eol, unit } = source;
  const { value } = slot;
  const entries = value.kind === "map" ? value.entries : [];
  const previous = after ?? entries.at(-1);
  if (slot.flow || (isFlow(text, value) && previous !== undefined))
    return insertInFlow(source, slot, key, write, previous);
  const column = previous === undefined ? slot.column + unit : columnOf(text, previous.key.range.start);
  const line = `${eol}${" ".repeat(column)}${writeKey(key)}:${joined(write({ flow: false, column, unit, eol }))}`;
  if (previous !== undefined) return [insertion(lineEnd(text, endOfEntry(previous)), line)];
  return replaceValue(source, slot, { head: "", body: line });
}

function insertInFlow(
  source: Source,
  slot: Slot,
  key: string,
  write: Write,
  previous: SourceEntry | undefined,
): readonly TextEdit[] {
  const place: Place = { flow: true, column: slot.column, unit: source.unit, eol: source.eol };
  const entry = `${writeKey(key, place)}: ${write(place).head}`;
  if (previous !== undefined) return [insertion(endOfEntry(previous), `, ${entry}`)];
  return replaceValue(source, slot, { head: `{ ${entry} }`, body: "" });
}

export function endOfEntry({ key, value }: SourceEntry): number {
  return Math.max(key.range.end, value.range.end);
}

/** Takes an entry out of a map that has others. In a block its lines go, and the comment lines directly above them. */
export function removeEntry({ text }: Source, map: SourceMap, entry: SourceEntry): TextEdit {
  const index = map.entries.indexOf(entry);
  const next = map.entries[index + 1];
  const previous = map.entries[index - 1];
  const start = entry.key.range.start;
  if (isFlow(text, map)) {
    if (next !== undefined) return removal(start, next.key.range.start);
    if (previous !== undefined) return removal(endOfEntry(previous), endOfEntry(entry));
    return { range: map.range, newText: "{}" };
  }
  const compact = text.slice(lineStart(text, start), start).trim() !== "";
  if (compact && next !== undefined) return removal(start, next.key.range.start);
  const end = endOfEntry(entry);
  // Blank lines below would become part of a text above that keeps them.
  const keeps = previous !== undefined && keepsBlankLines(text, previous.value);
  const last = keeps ? Math.max(end, behindBlankLines(text, nextLine(text, end)) - 1) : end;
  return removeLines(text, commentsAbove(text, lineStart(text, start)), last);
}

/** Takes an item out of a list that has others. */
export function removeItem(source: Source, list: SourceList, index: number): TextEdit | undefined {
  const { text } = source;
  const slot = itemSlot(text, list, index);
  const next = itemSlot(text, list, index + 1);
  const previous = itemSlot(text, list, index - 1);
  if (slot === undefined) return undefined;
  if (slot.flow) {
    if (next !== undefined) return removal(slot.value.range.start, next.value.range.start);
    if (previous !== undefined) return removal(previous.value.range.end, slot.value.range.end);
    return { range: list.range, newText: "[]" };
  }
  const dash = slot.after - 1;
  const line = lineStart(text, dash);
  if (text.slice(line, dash).trim() !== "" && next !== undefined) return removal(dash, next.after - 1);
  return removeLines(text, commentsAbove(text, line), Math.max(slot.after, slot.value.range.end));
}

/** Adds an item behind the last of a list. */
export function appendItem(source: Source, slot: Slot, list: SourceList, write: Write): readonly TextEdit[] {
  const { text, eol, unit } = source;
  const last = list.items.at(-1);
  const flow = slot.flow || isFlow(text, list);
  if (flow) {
    const { head } = write({ flow, column: slot.column, unit, eol });
    if (last === undefined) return [{ range: list.range, newText: `[${head}]` }];
    return [insertion(last.range.end, `, ${head}`)];
  }
  const column = columnOf(text, list.range.start);
  const line = `${eol}${" ".repeat(column)}-${joined(write({ flow, column, unit, eol }))}`;
  return [insertion(lineEnd(text, list.range.end), line)];
}

function removal(start: number, end: number): TextEdit {
  return { range: { start, end }, newText: "" };
}

/** Removes whole lines, from the start of one up to that in which `last` lies; the last line of a file with the break before it. */
export function removeLines(text: string, start: number, last: number): TextEdit {
  const end = nextLine(text, last);
  const atEnd = end === text.length && text[end - 1] !== "\n";
  return removal(atEnd && start > 0 ? lineEnd(text, lineStart(text, start - 1)) : start, end);
}

/** Where the comment lines directly above a line begin that are indented as it is; the line itself where there are none. */
export function commentsAbove(text: string, line: number): number {
  const indent = /^ */.exec(text.slice(line, lineEnd(text, line)))?.[0] ?? "";
  let first = line;
  while (first > 0) {
    const above = lineStart(text, first - 1);
    if (!text.startsWith(`${indent}#`, above)) break;
    first = above;
  }
  return first;
}

/** True where blank lines behind the value are part of it: its last text is a block that keeps them (`|+`). */
export function keepsBlankLines(text: string, value: SourceValue): boolean {
  if (value.kind === "scalar")
    return /^[|>][1-9]?\+/.test(text.slice(value.range.start, value.range.start + 3));
  if (isFlow(text, value)) return false;
  const last = value.kind === "map" ? value.entries.at(-1)?.value : value.items.at(-1);
  return last !== undefined && keepsBlankLines(text, last);
}
