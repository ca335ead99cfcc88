import type { Position, SourceEntry } from "../model.ts";
import { writeReference } from "../parse/wires.ts";
import { joined, type Place, type Written, writeKey, writeScalar } from "../syntax/write.ts";
import { insertBlock } from "./blocks.ts";
import type { Edit, OutputEnd } from "./edit.ts";
import { takesEntries, valueWriter } from "./params.ts";
import { refusePosition, writePosition } from "./positions.ts";
import { refuseId, refuseNewWire } from "./refusals.ts";
import { done, type Edited, nodeEntry, refused, type Source, sectionOf, unknownNode } from "./source.ts";

type EditOf<K extends Edit["kind"]> = Extract<Edit, { kind: K }>;

export function addNode(source: Source, edit: EditOf<"add-node">): Edited {
  const refusal =
    refuseId(source, edit.id) ??
    refusePosition(edit.at) ??
    (edit.from && refuseNewWire(source, edit.from, edit.type));
  if (refusal !== undefined) return refusal;
  const after = edit.after ?? edit.from?.node;
  if (edit.after !== undefined && nodeEntry(source, edit.after) === undefined) return unknownNode(edit.after);
  return insertNode(source, edit, after === undefined ? undefined : nodeEntry(source, after));
}

interface NewNode {
  readonly id: string;
  readonly type: string;
  readonly from?: OutputEnd | undefined;
  readonly input?: string | undefined;
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly at?: Position | undefined;
}

export function insertNode(source: Source, node: NewNode, after: SourceEntry | undefined): Edited {
  const nodes = sectionOf(source, "nodes");
  if (nodes !== undefined && !takesEntries(nodes)) {
    return refused(
      "EDDY_EDIT_SHAPE",
      "What is written for nodes: is no map: correct it in the text.",
      nodes.value.range,
    );
  }
  const descriptor = source.catalog.nodes.get(node.type);
  const entries: (readonly [string, (place: Place) => Written])[] = [
    ["type", (place) => writeScalar(node.type, place)],
  ];
  if (node.from !== undefined)
    entries.push(["from", fixed(writeFrom(node.from, node.input ?? firstInput(source, node.type)))]);
  for (const [name, text] of Object.entries(node.params ?? {})) {
    const param =
      descriptor !== undefined && Object.hasOwn(descriptor.params, name)
        ? descriptor.params[name]
        : undefined;
    entries.push([name, valueWriter(param, text)]);
  }
  if (node.at !== undefined) entries.push(["at", fixed(writePosition(node.at))]);
  return done(
    insertBlock(
      source,
      "nodes",
      {
        lines: (column) => nodeLines(source, node.id, entries, column),
        flow: () => nodeInFlow(node.id, entries),
      },
      after,
    ),
  );
}

function fixed(head: string): () => Written {
  return () => ({ head, body: "" });
}

function writeFrom(wire: OutputEnd, input: string): string {
  return input === "in"
    ? writeReference(wire)
    : `{ ${writeKey(input, { flow: true })}: ${writeReference(wire)} }`;
}

/** The input that a wire goes to where nobody says which. */
function firstInput(source: Source, type: string): string {
  const descriptor = source.catalog.nodes.get(type);
  if (descriptor?.inputs !== "named") return "in";
  return descriptor.inputPorts?.[0]?.name ?? "a";
}

type NewEntry = readonly [key: string, write: (place: Place) => Written];

function nodeLines({ unit, eol }: Source, id: string, entries: readonly NewEntry[], column: number): string {
  const inner = column + unit;
  const place: Place = { flow: false, column: inner, unit, eol };
  const lines = entries.map(
    ([key, write]) => `${" ".repeat(inner)}${writeKey(key)}:${joined(write(place))}${eol}`,
  );
  return `${" ".repeat(column)}${writeKey(id)}:${eol}${lines.join("")}`;
}

function nodeInFlow(id: string, entries: readonly NewEntry[]): string {
  const place: Place = { flow: true, column: 0, unit: 2, eol: "\n" };
  return `${writeKey(id, place)}: { ${entries.map(([key, write]) => `${writeKey(key, place)}: ${write(place).head}`).join(", ")} }`;
}
