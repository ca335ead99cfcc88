import { reservedNodeKeys } from "../catalog.ts";
import type { Located, Range, SourceEntry, SourceScalar, WorkflowNode } from "../model.ts";
import { entriesByKey, isEmpty, type Reader } from "./reader.ts";
import { readNodeSettings } from "./settings.ts";
import { readWires } from "./wires.ts";

export function readNodes(reader: Reader, entry: SourceEntry | undefined): ReadonlyMap<string, WorkflowNode> {
  const nodes = new Map<string, WorkflowNode>();
  for (const node of reader.map(entry, "a map of nodes: id, then type and params")) {
    reader.node = node.key.value;
    if (readable(reader, node.key)) nodes.set(node.key.value, readNode(reader, node));
    reader.node = undefined;
  }
  return nodes;
}

function readable(reader: Reader, id: Located<string>): boolean {
  if (!reader.name(id, "a node")) return false;
  if (id.value !== "any") return true;
  const message = `"any" stands for every node (any.error) and cannot be the id of one: choose another id.`;
  reader.report("EDDY_RESERVED_NAME", id.range, message);
  return false;
}

function readNode(reader: Reader, entry: SourceEntry): WorkflowNode {
  const { key, value } = entry;
  const fields = value.kind === "map" ? entriesByKey(value) : new Map<string, SourceEntry>();
  if (value.kind !== "map" && !isEmpty(value))
    reader.mismatch(entry, "a map with the type of the node and its params");
  const from = fields.get("from");
  const label = reader.text(fields.get("label"));
  const notes = reader.text(fields.get("notes"));
  const at = reader.pair(fields.get("at"));
  const output = readOutput(reader, fields.get("output"));
  return {
    id: key.value,
    idRange: key.range,
    range: { start: key.range.start, end: Math.max(key.range.end, value.range.end) },
    type: readType(reader, entry, fields.get("type"), value.kind === "map" || isEmpty(value)),
    from: readWires(reader, from),
    ...(from === undefined ? {} : { fromRange: from.value.range }),
    params: new Map([...fields].filter(([name]) => !reserved.has(name))),
    ...(output === undefined ? {} : { output }),
    ...(label === undefined ? {} : { label }),
    ...(notes === undefined ? {} : { notes }),
    disabled: reader.boolean(fields.get("disabled")) ?? false,
    ...(at === undefined ? {} : { at: { x: at[0], y: at[1] } }),
    settings: readNodeSettings(reader, fields),
  };
}

const reserved: ReadonlySet<string> = new Set(reservedNodeKeys);

/** A node without type has the type "", at its id. */
function readType(
  reader: Reader,
  node: SourceEntry,
  type: SourceEntry | undefined,
  isMap: boolean,
): Located<string> {
  if (type === undefined) {
    const message = `The node "${node.key.value}" has no type: write type: with one of the types of the palette.`;
    if (isMap && !reader.isBroken(node.key)) reader.report("EDDY_NODE_TYPE_MISSING", node.key.range, message);
    return { value: "", range: node.key.range };
  }
  const scalar = reader.scalar(type, "the name of a node type");
  return scalar === undefined
    ? { value: "", range: type.key.range }
    : { value: scalar.text, range: scalar.range };
}

/** TypeScript text; the map form `{ a: string }` is TypeScript too, and is taken as it is written. */
function readOutput(reader: Reader, entry: SourceEntry | undefined): SourceScalar | undefined {
  return reader.scalar(entry, "a TypeScript type; one with braces as a block (|-) or in quotes");
}

/** From the first character of a key to the end of its value. */
export function entryRange({ key, value }: SourceEntry): Range {
  return { start: key.range.start, end: Math.max(key.range.end, value.range.end) };
}
