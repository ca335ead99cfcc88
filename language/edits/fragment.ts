import type { Catalog } from "../catalog.ts";
import type { Position, SourceEntry, SourceValue } from "../model.ts";
import type { TextEdit } from "../problem.ts";
import { indentAt, isBlankLine, nextLine } from "../syntax/lines.ts";
import { joined, writeKey, writeValue } from "../syntax/write.ts";
import { blockOf, insertBlock } from "./blocks.ts";
import type { Edit } from "./edit.ts";
import { takesEntries } from "./params.ts";
import { moveNodes, refusePosition } from "./positions.ts";
import { isTaken } from "./refusals.ts";
import { renameNode } from "./rename.ts";
import { keepsBlankLines } from "./slots.ts";
import {
  columnOf,
  done,
  type Edited,
  entriesOf,
  isFlow,
  nodeEntry,
  openSource,
  refused,
  type Source,
  sectionOf,
  unknownNode,
} from "./source.ts";
import { applyTextEdits } from "./text-edits.ts";
import { rewire } from "./wires.ts";

type EditOf<K extends Edit["kind"]> = Extract<Edit, { kind: K }>;

/**
 * Some nodes of a workflow as text for the clipboard: a workflow of its own, with the comments of the nodes. Ids that do
 * not exist are left out; of a text that cannot be read nothing is copied.
 */
export function copyFragment(text: string, ids: readonly string[]): string {
  const source = openSource(text, noCatalog);
  const { eol, unit } = source;
  const nodes = sectionOf(source, "nodes");
  if (nodes === undefined || !source.parsed.readable) return `eddy: 1${eol}nodes: {}${eol}`;
  const wanted = new Set(ids);
  const copied = entriesOf(source, "nodes").filter(({ key }) => wanted.has(key.value));
  return copied.length === 0
    ? `eddy: 1${eol}nodes: {}${eol}`
    : `eddy: 1${eol}nodes:${eol}${nodeLines(source, nodes.value, copied, unit)}`;
}

const noCatalog: Catalog = { nodes: new Map(), connections: new Map() };

/** The blocks of nodes with a blank line between, but where that would become part of a text. */
function nodeLines(
  source: Source,
  nodes: SourceValue,
  entries: readonly SourceEntry[],
  column: number,
): string {
  const { text, eol } = source;
  const gap = ({ value }: SourceEntry): string => (keepsBlankLines(text, value) ? "" : eol);
  const write = isFlow(text, nodes) ? writtenOut : nodeText;
  return entries
    .map((entry, index) => write(source, entry, column) + (index === entries.length - 1 ? "" : gap(entry)))
    .join("");
}

/** The lines of a node (or of another entry), moved to another column. */
export function nodeText({ text, eol }: Source, entry: SourceEntry, column: number): string {
  const block = blockOf(text, entry);
  const lines = moveLines(text.slice(block.start, block.end), columnOf(text, entry.key.range.start), column);
  return lines.endsWith("\n") ? lines : lines + eol;
}

/** Whole lines, moved from one column to another. */
export function moveLines(text: string, from: number, column: number): string {
  let lines = "";
  for (let line = 0; line < text.length; line = nextLine(text, line)) {
    const content = text.slice(line, nextLine(text, line));
    lines += isBlankLine(text, line) ? content : moveLine(content, from, column);
  }
  return lines;
}

function moveLine(line: string, from: number, column: number): string {
  const indent = indentAt(line, 0);
  return " ".repeat(Math.max(0, indent + column - from)) + line.slice(indent);
}

/** A node of a map in braces, with a line for each of its keys. */
function writtenOut({ text, unit, eol }: Source, { key, value }: SourceEntry, column: number): string {
  const place = { flow: false, column: column + unit, unit, eol };
  const indent = eol + " ".repeat(place.column);
  const lines = (value.kind === "map" ? value.entries : []).map((entry) => {
    const written = isOneLine(text, entry.value)
      ? ` ${text.slice(entry.value.range.start, entry.value.range.end)}`
      : joined(writeValue(entry.value, place));
    return `${indent}${writeKey(entry.key.value)}:${written}`;
  });
  return `${" ".repeat(column)}${writeKey(key.value)}:${lines.join("")}${eol}`;
}

/** True for a map or list that can stand anywhere as it is written. */
export function isOneLine(text: string, value: SourceValue): boolean {
  return isFlow(text, value) && !text.slice(value.range.start, value.range.end).includes("\n");
}

type PlaceNode = (at: Position | undefined, index: number) => Position | undefined;

/** Enough for a node on the canvas and the space below it. */
const nodeSpacing = 120;

/** Puts nodes of another text into this one, under ids that are free, at a place on the canvas. */
export function paste(source: Source, { fragment, at }: EditOf<"paste">): Edited {
  const refusal = refusePosition(at);
  if (refusal !== undefined) return refusal;
  const copied = openSource(normalizeBreaks(fragment, source.eol), source.catalog);
  const entries = entriesOf(copied, "nodes");
  const usable = copied.parsed.readable && entries.length > 0 && entries.every(takesEntries);
  if (!usable)
    return refused(
      "EDDY_EDIT_FRAGMENT",
      "The clipboard holds no nodes of a workflow: copy nodes, or text that starts with nodes:.",
    );
  const positions = [...copied.parsed.workflow.nodes.values()].flatMap((node) =>
    node.at === undefined ? [] : [node.at],
  );
  const left = Math.min(...positions.map(({ x }) => x));
  const top = Math.min(...positions.map(({ y }) => y));
  // Nodes without a position stand below each other.
  const place: PlaceNode = (position, index) =>
    position === undefined
      ? { x: at.x, y: at.y + index * nodeSpacing }
      : { x: position.x - left + at.x, y: position.y - top + at.y };
  return putFragment(source, copied, place);
}

/** Copies nodes, with the wires that feed them, moved by `offset`. */
export function duplicateNodes(source: Source, { ids, offset }: EditOf<"duplicate-nodes">): Edited {
  const missing = ids.find((id) => nodeEntry(source, id) === undefined);
  if (missing !== undefined) return unknownNode(missing);
  const refusal = refusePosition(offset);
  if (refusal !== undefined || ids.length === 0) return refusal ?? done([]);
  const copied = openSource(copyFragment(source.text, ids), source.catalog);
  const broken = entriesOf(copied, "nodes").find((entry) => !takesEntries(entry));
  if (broken !== undefined)
    return refused(
      "EDDY_EDIT_SHAPE",
      `What is written for the node "${broken.key.value}" is no map: correct it in the text.`,
    );
  const place: PlaceNode = (position) => position && { x: position.x + offset.x, y: position.y + offset.y };
  const last = entriesOf(source, "nodes").findLast(({ key }) => ids.includes(key.value));
  return putFragment(source, copied, place, last);
}

export function normalizeBreaks(text: string, eol: string): string {
  return text.replace(/\r\n|\r|\n/g, eol);
}

function putFragment(source: Source, copied: Source, place: PlaceNode, after?: SourceEntry): Edited {
  const section = sectionOf(source, "nodes");
  if (section !== undefined && !takesEntries(section)) {
    return refused(
      "EDDY_EDIT_SHAPE",
      "What is written for nodes: is no map: correct it in the text.",
      section.value.range,
    );
  }
  const placed = step(
    dropForeignWires(source, copied),
    (current) => moveNodes(current, newPositions(current, place)).edits,
  );
  const renamed = renameTaken(placed, (id) => isTaken(source, id));
  const entries = entriesOf(renamed, "nodes");
  const nodes = sectionOf(renamed, "nodes");
  const content = {
    lines: (column: number) => (nodes === undefined ? "" : nodeLines(renamed, nodes.value, entries, column)),
    flow: () => entries.map((entry) => nodeInFlow(renamed, entry)).join(", "),
  };
  return done(insertBlock(source, "nodes", content, after));
}

function nodeInFlow({ text, eol, unit }: Source, { key, value }: SourceEntry): string {
  const { head } = writeValue(value, { flow: true, column: 0, unit, eol });
  const written = isOneLine(text, value) ? text.slice(value.range.start, value.range.end) : head || "{}";
  return `${writeKey(key.value, { flow: true })}: ${written}`;
}

/** The source after an edit of it. */
export function step(source: Source, edit: (source: Source) => readonly TextEdit[]): Source {
  const edits = edit(source);
  return edits.length === 0 ? source : openSource(applyTextEdits(source.text, edits), source.catalog);
}

/** Wires from nodes that are in neither text would lead nowhere. */
function dropForeignWires(source: Source, copied: Source): Source {
  const isKnown = (id: string): boolean =>
    id === "any" || nodeEntry(copied, id) !== undefined || isTaken(source, id);
  return step(copied, (current) =>
    entriesOf(current, "nodes").flatMap((entry) =>
      rewire(current, entry, (wire) => (isKnown(wire.node) ? [wire] : [])),
    ),
  );
}

function newPositions({ parsed }: Source, place: PlaceNode): Readonly<Record<string, Position>> {
  const moved = [...parsed.workflow.nodes.values()].flatMap(({ id, at }, index) => {
    const position = place(at, index);
    return position === undefined ? [] : [[id, position] as const];
  });
  return Object.fromEntries(moved);
}

/** Gives nodes whose id is taken another one: `warm` becomes `warm-2`. */
export function renameTaken(copied: Source, isUsed: (id: string) => boolean): Source {
  let current = copied;
  for (const { key } of entriesOf(copied, "nodes")) {
    const id = key.value;
    if (!isUsed(id)) continue;
    current = step(current, (now) => {
      const newId = freeName(id, (candidate) => isUsed(candidate) || isTaken(now, candidate));
      return renameNode(now, { kind: "rename-node", id, newId }).edits;
    });
  }
  return current;
}

/** The name with the next number behind it that is free. */
export function freeName(name: string, isUsed: (name: string) => boolean): string {
  const [, stem = name, count = "1"] = /^(.*?)-(\d{1,6})$/.exec(name) ?? [];
  for (let number = Number(count) + 1; ; number++) {
    const candidate = `${stem}-${number}`;
    if (!isUsed(candidate)) return candidate;
  }
}
