import type { Group, Note, SourceEntry } from "../model.ts";
import { entryRange } from "./nodes.ts";
import type { Reader } from "./reader.ts";

/** `notes:`: id → { text, at, size? }. */
export function readNotes(reader: Reader, entry: SourceEntry | undefined): readonly Note[] {
  return reader.map(entry, "a map of notes: id, then text and at").flatMap((note): readonly Note[] => {
    if (!reader.name(note.key, "a note")) return [];
    const fields = reader.fields(note, ["text", "at", "size"], "a map with text and at");
    const at = reader.pair(fields.get("at")) ?? [0, 0];
    const size = reader.pair(fields.get("size"));
    return [
      {
        id: note.key.value,
        text: reader.text(fields.get("text")) ?? "",
        at: { x: at[0], y: at[1] },
        ...(size === undefined ? {} : { size: { width: size[0], height: size[1] } }),
        range: entryRange(note),
      },
    ];
  });
}

/** `groups:`: id → { label?, nodes, color? }. */
export function readGroups(reader: Reader, entry: SourceEntry | undefined): readonly Group[] {
  return reader.map(entry, "a map of groups: id, then label and nodes").flatMap((group): readonly Group[] => {
    if (!reader.name(group.key, "a group")) return [];
    const fields = reader.fields(group, ["label", "nodes", "color"], "a map with label and nodes");
    const color = reader.text(fields.get("color"));
    return [
      {
        id: group.key.value,
        label: reader.text(fields.get("label")) ?? group.key.value,
        nodes: readMembers(reader, fields.get("nodes")),
        ...(color === undefined ? {} : { color }),
        range: entryRange(group),
      },
    ];
  });
}

function readMembers(reader: Reader, entry: SourceEntry | undefined): readonly string[] {
  if (entry === undefined) return [];
  const { value } = entry;
  if (value.kind !== "list" || value.items.some(({ kind }) => kind !== "scalar")) {
    reader.mismatch(entry, "a list of node ids");
    return [];
  }
  return value.items.flatMap((item) => (item.kind === "scalar" ? [item.text] : []));
}
