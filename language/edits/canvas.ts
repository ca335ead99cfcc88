import type { SourceEntry } from "../model.ts";
import { namePattern } from "../parse/reader.ts";
import type { TextEdit } from "../problem.ts";
import { joined, type Place, type Written, writeKey, writeScalar } from "../syntax/write.ts";
import { insertBlock, removeFromSection } from "./blocks.ts";
import type { Edit } from "./edit.ts";
import { takesEntries } from "./params.ts";
import { refusePosition, writeNumber, writePosition } from "./positions.ts";
import { entrySlot, insertEntry, placeOf, replaceValue } from "./slots.ts";
import {
  done,
  type Edited,
  entriesOf,
  entryOf,
  isFlow,
  nodeEntry,
  refused,
  type Source,
  sectionOf,
  unknownNode,
} from "./source.ts";

type EditOf<K extends Edit["kind"]> = Extract<Edit, { kind: K }>;

/** Draws a frame around nodes; one of this id that exists gets this label and these nodes. */
export function group(source: Source, { id, label, nodes }: EditOf<"group">): Edited {
  const missing = nodes.find((node) => nodeEntry(source, node) === undefined);
  if (missing !== undefined) return unknownNode(missing);
  if (nodes.length === 0) return refused("EDDY_EDIT_GROUP", "A group needs at least one node.");
  const members: Field = ["nodes", () => ({ head: `[${[...new Set(nodes)].join(", ")}]`, body: "" })];
  return putEntry(source, "groups", id, [
    ["label", (place) => writeScalar(label, { ...place, unlessPlain: "quotes" })],
    members,
  ]);
}

export function ungroup(source: Source, { id }: EditOf<"ungroup">): Edited {
  return removeOne(source, "groups", id);
}

/** Writes a note; one of this id that exists gets this text and place. */
export function setNote(source: Source, { id, text, at, size }: EditOf<"set-note">): Edited {
  const refusal = refusePosition(at) ?? refusePosition(size && { x: size.width, y: size.height });
  if (refusal !== undefined) return refusal;
  const fields: Field[] = [
    ["text", (place) => writeScalar(text, place)],
    ["at", () => ({ head: writePosition(at), body: "" })],
  ];
  const written = size && `[${writeNumber(size.width)}, ${writeNumber(size.height)}]`;
  if (written !== undefined) fields.push(["size", () => ({ head: written, body: "" })]);
  return putEntry(source, "notes", id, fields);
}

export function removeNote(source: Source, { id }: EditOf<"remove-note">): Edited {
  return removeOne(source, "notes", id);
}

type Field = readonly [key: string, write: (place: Place) => Written];

function removeOne(source: Source, section: "groups" | "notes", id: string): Edited {
  if (!entriesOf(source, section).some(({ key }) => key.value === id)) {
    return refused("EDDY_EDIT_GROUP", `There is no "${id}" in ${section}.`);
  }
  return done(removeFromSection(source, section, new Set([id])));
}

function putEntry(source: Source, section: "groups" | "notes", id: string, fields: readonly Field[]): Edited {
  const parent = sectionOf(source, section);
  if (!namePattern.test(id)) {
    return refused(
      "EDDY_NAME",
      `"${id}" cannot be used here: use letters, digits, _ and -, with a letter first.`,
    );
  }
  if (parent !== undefined && !takesEntries(parent)) {
    return refused(
      "EDDY_EDIT_SHAPE",
      `What is written for ${section}: is no map: correct it in the text.`,
      parent.value.range,
    );
  }
  const existing = entriesOf(source, section).find(({ key }) => key.value === id);
  if (existing === undefined) {
    return done(
      insertBlock(source, section, {
        lines: (column) => entryLines(source, id, fields, column),
        flow: () => entryInFlow(id, fields),
      }),
    );
  }
  if (!takesEntries(existing)) {
    return refused(
      "EDDY_EDIT_SHAPE",
      `What is written for "${id}" in ${section}: is no map: correct it in the text.`,
      existing.value.range,
    );
  }
  const inFlow = parent !== undefined && isFlow(source.text, parent.value);
  return done(fields.flatMap((field) => putField(source, existing, field, inFlow)));
}

function putField(
  source: Source,
  owner: SourceEntry,
  [key, write]: Field,
  inFlow: boolean,
): readonly TextEdit[] {
  const slot = entrySlot(source.text, owner, inFlow);
  const entry = owner.value.kind === "map" ? entryOf(owner.value, key) : undefined;
  if (entry === undefined) return insertEntry(source, slot, key, write);
  const field = entrySlot(source.text, entry, inFlow || isFlow(source.text, owner.value));
  const style = entry.value.kind === "scalar" ? { style: entry.value.style } : {};
  const written = write({ ...placeOf(source, field), ...style });
  const { start, end } = entry.value.range;
  return written.body === "" && source.text.slice(start, end) === written.head
    ? []
    : replaceValue(source, field, written);
}

function entryLines({ unit, eol }: Source, id: string, fields: readonly Field[], column: number): string {
  const place: Place = { flow: false, column: column + unit, unit, eol };
  const indent = " ".repeat(place.column);
  const lines = fields.map(([key, write]) => `${indent}${key}:${joined(write(place))}${eol}`);
  return `${" ".repeat(column)}${writeKey(id)}:${eol}${lines.join("")}`;
}

function entryInFlow(id: string, fields: readonly Field[]): string {
  const place: Place = { flow: true, column: 0, unit: 2, eol: "\n" };
  return `${writeKey(id, place)}: { ${fields.map(([key, write]) => `${key}: ${write(place).head}`).join(", ")} }`;
}
