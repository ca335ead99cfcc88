import assert from "node:assert/strict";
import type { Edit } from "../../../language/edits/edit.ts";
import type { Range } from "../../../language/model.ts";
import { parseWorkflow } from "../../../language/parse.ts";
import type { Block, RandomDocument } from "./documents.ts";
import { type Meaning, meaningOf } from "./meaning.ts";

/** A document, an edit that was made to it, and what came of it. */
export interface Made {
  readonly document: RandomDocument;
  readonly edit: Edit;
  readonly edits: readonly { readonly range: Range; readonly newText: string }[];
  readonly after: string;
}

/** Bytes outside the lines of the nodes that an edit touches stay as they are. */
export function keepsOtherBytes({ document, edit, edits, after }: Made): void {
  if (document.inBraces) return;
  const touched = touchedNodes(document.text, edit, after);
  for (const { range } of edits) {
    const changed = document.text.slice(range.start, range.end);
    assert.ok(
      mayChange(document, touched, range),
      `${JSON.stringify(edit)} touches ${JSON.stringify(changed)}`,
    );
  }
}

/** What is written for a node that an edit does not touch stays as it is, however the nodes are written. */
export function keepsOtherNodes(before: string, edit: Edit, after: string): void {
  const touched = touchedNodes(before, edit, after);
  const nodes = writtenNodes(after);
  for (const [id, text] of writtenNodes(before)) if (!touched.has(id)) assert.equal(nodes.get(id), text, id);
}

/**
 * All lines stay, in their order, that belong to nothing that the edit touches: comments, blank lines, unknown keys, other
 * sections. With what is taken out, the blank lines around it may go.
 */
export function keepsOtherLines({ document, edit, after }: Made): void {
  const { text, blocks, sections, inBraces } = document;
  const before = meaningOf(text);
  const nodes = touchedNodes(text, edit, after);
  const parts = touchedSections(before, edit);
  const touched = [
    ...blocks.filter(({ id }) => nodes.has(id)),
    ...sections.filter(({ id }) => parts.has(id)),
  ];
  const takesOut = ["remove-nodes", "ungroup", "remove-note"].includes(edit.kind);
  const kept = linesOf(text)
    .filter(({ line }) => !(inBraces && line.startsWith("nodes:")))
    .filter(({ start }) => !touched.some((block) => isIn(block, start)))
    .filter(({ line, start }) => !(takesOut && line === "" && touchesBlanks(text, start, touched)));
  const found = linesOf(after);
  let at = 0;
  for (const { line } of kept) {
    while (at < found.length && found[at]?.line !== line) at++;
    assert.ok(at < found.length, `${JSON.stringify(edit)} loses the line ${JSON.stringify(line)}`);
    at++;
  }
}

/** Moving nodes writes their places, and nothing else. */
export function writesOnlyPlaces({ document, edit, edits }: Made): void {
  if (edit.kind !== "move-nodes" && edit.kind !== "layout") return;
  const places = placesOf(document.text);
  for (const { range, newText } of edits) {
    const isInside = places.some(({ start, end }) => range.start >= start && range.end <= end);
    const isNew = range.start === range.end && /^[\s,{]*at: \[[-\d., ]+\][\s}]*$/.test(newText);
    // A node of which nothing is written gets braces around its first key.
    assert.ok(isInside || isNew, JSON.stringify({ range, newText }));
  }
}

/** The nodes whose text an edit may change: those it is about, and those whose wires have to change with them. */
export function touchedNodes(text: string, edit: Edit, after: string): ReadonlySet<string> {
  const before = meaningOf(text).nodes;
  const now = meaningOf(after).nodes;
  const wiresChanged = Object.keys(before).filter(
    (id) => JSON.stringify(before[id]?.wires) !== JSON.stringify(now[id]?.wires),
  );
  switch (edit.kind) {
    case "set-param":
    case "unset-param":
      return new Set([edit.id]);
    case "move-nodes":
    case "layout":
      return new Set(Object.keys(edit.positions));
    case "connect":
    case "disconnect":
    case "insert-on-wire":
      return new Set([edit.target.node]);
    case "rename-node":
      return new Set([edit.id, ...wiresChanged]);
    case "remove-nodes":
      return new Set([...edit.ids, ...wiresChanged]);
    default:
      return new Set();
  }
}

/** What an edit may change behind the nodes. */
function touchedSections({ groups, tests }: Meaning, edit: Edit): ReadonlySet<string> {
  const groupsOf = (ids: readonly string[]) =>
    Object.entries(groups).flatMap(([id, { nodes }]) => (nodes.some((one) => ids.includes(one)) ? [id] : []));
  const withHeader = (gone: readonly string[]) => [
    ...gone.map((id) => `groups.${id}`),
    ...(Object.keys(groups).every((id) => gone.includes(id)) ? ["groups"] : []),
  ];
  switch (edit.kind) {
    case "group":
      return new Set([`groups.${edit.id}`]);
    case "ungroup":
      return new Set(withHeader([edit.id]));
    case "set-note":
    case "remove-note":
      return new Set([`notes.${edit.id}`]);
    case "remove-nodes":
      return new Set(withHeader(groupsOf(edit.ids)));
    case "rename-node": {
      const inTests = JSON.stringify(tests).includes(`"${edit.id}"`) ? ["tests"] : [];
      return new Set([...groupsOf([edit.id]).map((id) => `groups.${id}`), ...inTests]);
    }
    default:
      return new Set();
  }
}

/** Of what a change replaces, the part in a node has to be touched, that between nodes blank; the sections behind are another matter. */
function mayChange(document: RandomDocument, touched: ReadonlySet<string>, { start, end }: Range): boolean {
  const { text, blocks } = document;
  if (start === end) {
    return (
      isBoundary(document, start) ||
      blocks.some((block) => touched.has(block.id) && start >= block.start && start <= block.end)
    );
  }
  let at = start;
  let lastCharacter = 0;
  for (const block of blocks) {
    // The break behind the last line goes where the rest of the file goes.
    lastCharacter = block.start + text.slice(block.start, block.end).trimEnd().length;
    if (lastCharacter <= at || block.start >= end) continue;
    if (!touched.has(block.id) || text.slice(at, Math.max(at, block.start)).trim() !== "") return false;
    at = block.end;
  }
  return at >= Math.min(end, lastCharacter) || text.slice(at, end).trim() === "";
}

function isBoundary({ text, blocks }: RandomDocument, offset: number): boolean {
  const [first] = blocks;
  const last = blocks.at(-1);
  if (first === undefined || last === undefined || offset >= last.end) return true;
  return (
    offset >= first.start &&
    !blocks.some(({ start, end }) => offset > start && offset < end) &&
    text[offset - 1] === "\n"
  );
}

/** The nodes as they are written, from the key to the end of the last value. */
function writtenNodes(text: string): ReadonlyMap<string, string> {
  const { workflow } = parseWorkflow(text, "");
  return new Map(
    [...workflow.nodes.values()].map(({ id, range }) => [id, text.slice(range.start, range.end)]),
  );
}

/** Where the places of nodes are written, with their keys. */
function placesOf(text: string): readonly Range[] {
  const nodes = parseWorkflow(text, "").syntax.root?.entries.find(({ key }) => key.value === "nodes")?.value;
  return (nodes?.kind === "map" ? nodes.entries : []).flatMap(({ value }) =>
    (value.kind === "map" ? value.entries : [])
      .filter(({ key }) => key.value === "at")
      .map(({ key, value: place }) => ({ start: key.range.start, end: place.range.end })),
  );
}

interface Line {
  readonly line: string;
  readonly start: number;
}

function linesOf(text: string): readonly Line[] {
  let start = 0;
  return text.split("\n").map((line) => {
    const own = { line: line.replace(/\r$/, ""), start };
    start += line.length + 1;
    return own;
  });
}

function isIn({ start, end }: Block, offset: number): boolean {
  return offset >= start && offset < end;
}

/** True for a blank line with nothing but blank lines between it and something that is touched. */
function touchesBlanks(text: string, offset: number, touched: readonly Block[]): boolean {
  return touched.some(
    ({ start, end }) =>
      (offset >= end && text.slice(end, offset).trim() === "") ||
      (offset < start && text.slice(offset, start).trim() === ""),
  );
}
