import type { Position, SourceEntry } from "../model.ts";
import { isEmpty, namePattern } from "../parse/reader.ts";
import { parseReference, writeReference } from "../parse/wires.ts";
import type { TextEdit } from "../problem.ts";
import { joined, type Place, type Written, writeKey, writeScalar } from "../syntax/write.ts";
import { insertBlock, removeBlocks, removeFromSection } from "./blocks.ts";
import type { Edit, InputEnd, OutputEnd } from "./edit.ts";
import { nodeSlot, refuseShape, takesEntries, valueWriter } from "./params.ts";
import { entrySlot, insertEntry, placeOf, removeItem, replaceValue } from "./slots.ts";
import {
  descriptorOf,
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
import { addWire, rewire, writtenWires } from "./wires.ts";

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

function insertNode(source: Source, node: NewNode, after: SourceEntry | undefined): Edited {
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
  return `${" ".repeat(column)}${id}:${eol}${lines.join("")}`;
}

function nodeInFlow(id: string, entries: readonly NewEntry[]): string {
  const place: Place = { flow: true, column: 0, unit: 2, eol: "\n" };
  return `${id}: { ${entries.map(([key, write]) => `${writeKey(key, place)}: ${write(place).head}`).join(", ")} }`;
}

export function writePosition({ x, y }: Position): string {
  return `[${writeNumber(x)}, ${writeNumber(y)}]`;
}

/** Whole hundredths are more than a screen can show. */
export function writeNumber(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}

export function refusePosition(at: Position | undefined): Edited | undefined {
  const fits =
    at === undefined || [at.x, at.y].every((value) => Number.isFinite(value) && Math.abs(value) <= 1e9);
  return fits
    ? undefined
    : refused("EDDY_EDIT_POSITION", "A position is two numbers of at most a thousand million.");
}

/** Why an id cannot be given to a node; undefined where it can. */
export function refuseId(source: Source, id: string): Edited | undefined {
  if (!namePattern.test(id)) {
    return refused(
      "EDDY_NAME",
      `"${id}" cannot be the id of a node: use letters, digits, _ and -, with a letter first.`,
    );
  }
  if (id === "any")
    return refused("EDDY_RESERVED_NAME", `"any" stands for every node and cannot be the id of one.`);
  const taken = isTaken(source, id);
  return taken ? refused("EDDY_DUPLICATE_ID", `The name "${id}" is taken: choose another one.`) : undefined;
}

/** Wires name nodes and inputs of the workflow alike, so an id must not be either. */
export function isTaken(source: Source, id: string): boolean {
  return [...entriesOf(source, "nodes"), ...entriesOf(source, "inputs")].some(({ key }) => key.value === id);
}

function refuseNewWire(source: Source, wire: OutputEnd, type: string): Edited | undefined {
  const descriptor = source.catalog.nodes.get(type);
  if (descriptor?.inputs === "none")
    return refused("EDDY_WIRE_TRIGGER", `"${type}" is a trigger: it takes no wire.`);
  return refuseOutput(source, wire);
}

/** Why no wire can start there. Ports are left to the checks: a param may be about to name them. */
export function refuseOutput(source: Source, wire: OutputEnd): Edited | undefined {
  if (parseReference(writeReference(wire)) === undefined) {
    return refused("EDDY_WIRE_SYNTAX", `"${writeReference(wire)}" names no output of a node.`);
  }
  if (wire.node === "any") {
    return wire.port === "error"
      ? undefined
      : refused("EDDY_WIRE_ANY", `Only errors come from any: use any.error.`);
  }
  const known = entriesOf(source, "inputs").some(({ key }) => key.value === wire.node);
  return known || nodeEntry(source, wire.node) !== undefined ? undefined : unknownNode(wire.node);
}

export function insertOnWire(source: Source, edit: EditOf<"insert-on-wire">): Edited {
  const { source: from, target } = edit;
  const owner = wireOwner(source, target);
  const refusal =
    refuseId(source, edit.id) ?? refusePosition(edit.at) ?? refuseNewWire(source, from, edit.type);
  if (refusal !== undefined) return refusal;
  if (owner === undefined) return unknownNode(target.node);
  if (!hasWire(owner, from, target.input)) return noWire(from, target);
  const descriptor = source.catalog.nodes.get(edit.type);
  const port = edit.port ?? descriptor?.outputs[0]?.name ?? "out";
  const added = insertNode(source, { ...edit, from, params: undefined }, nodeEntry(source, from.node));
  const replaced = rewire(source, owner, (wire, input) => [
    isSame(wire, from) && input === target.input ? { node: edit.id, port } : wire,
  ]);
  return { edits: [...added.edits, ...replaced], problems: added.problems };
}

export function connect(source: Source, { source: from, target }: EditOf<"connect">): Edited {
  const owner = wireOwner(source, target);
  const refusal = refuseOutput(source, from) ?? refuseInput(source, target);
  if (refusal !== undefined) return refusal;
  if (owner === undefined) return unknownNode(target.node);
  if (!takesEntries(owner)) return refuseShape(target.node, owner);
  if (hasWire(owner, from, target.input)) {
    return refused(
      "EDDY_WIRE_TWICE",
      `"${target.node}" has a wire from "${writeReference(from)}" already.`,
      owner.key.range,
    );
  }
  return done(addWire(source, nodeSlot(source, owner), from, target.input));
}

function refuseInput(source: Source, target: InputEnd): Edited | undefined {
  const descriptor = descriptorOf(source, target.node);
  if (!namePattern.test(target.input))
    return refused("EDDY_NAME", `"${target.input}" cannot be the name of an input.`);
  if (descriptor?.inputs === "none") {
    return refused("EDDY_WIRE_TRIGGER", `"${target.node}" is a trigger: it takes no wire.`);
  }
  const names = descriptor?.inputs === "single" ? ["in"] : descriptor?.inputPorts?.map(({ name }) => name);
  if (names === undefined || names.includes(target.input)) return undefined;
  return refused(
    "EDDY_WIRE_INPUT",
    `"${target.node}" has no input "${target.input}", but ${names.join(", ")}.`,
  );
}

export function disconnect(source: Source, { source: from, target }: EditOf<"disconnect">): Edited {
  const owner = wireOwner(source, target);
  if (owner === undefined) return unknownNode(target.node);
  if (!hasWire(owner, from, target.input)) return noWire(from, target);
  return done(
    rewire(source, owner, (wire, input) => (isSame(wire, from) && input === target.input ? [] : [wire])),
  );
}

function noWire(from: OutputEnd, target: InputEnd): Edited {
  return refused("EDDY_EDIT_WIRE", `There is no wire from "${writeReference(from)}" into "${target.node}".`);
}

function hasWire(owner: SourceEntry, from: OutputEnd, input: string): boolean {
  return writtenWires(owner).some((wire) => wire.input === input && isSame(wire.end, from));
}

function isSame(a: OutputEnd, b: OutputEnd): boolean {
  return a.node === b.node && a.port === b.port;
}

function wireOwner(source: Source, target: InputEnd): SourceEntry | undefined {
  return nodeEntry(source, target.node);
}

/** Removes nodes with their wires; `heal` puts what fed them in front of what they fed. */
export function removeNodes(source: Source, { ids, heal }: EditOf<"remove-nodes">): Edited {
  const missing = ids.find((id) => nodeEntry(source, id) === undefined);
  if (missing !== undefined) return unknownNode(missing);
  const removed = new Set(ids);
  const replacement = (wire: OutputEnd): readonly OutputEnd[] => {
    if (!removed.has(wire.node)) return [wire];
    return heal && wire.port !== "error" ? feeders(source, wire.node, removed) : [];
  };
  const owners = [...entriesOf(source, "nodes"), ...entriesOf(source, "outputs")].filter(
    ({ key }) => !removed.has(key.value),
  );
  const wires = owners.flatMap((owner) =>
    rewire(source, owner, (wire) =>
      replacement(wire).filter(({ node }) => node !== owner.key.value || !removed.has(wire.node)),
    ),
  );
  return done([...wires, ...leaveGroups(source, removed), ...removeNodeBlocks(source, removed)]);
}

function removeNodeBlocks(source: Source, removed: ReadonlySet<string>): readonly TextEdit[] {
  const nodes = sectionOf(source, "nodes")?.value;
  return nodes?.kind === "map" ? removeBlocks(source, nodes, removed) : [];
}

/** The outputs, of nodes that stay, from which messages came to a node that goes. */
function feeders(source: Source, id: string, removed: ReadonlySet<string>): readonly OutputEnd[] {
  const found: OutputEnd[] = [];
  const visited = new Set<string>();
  const visit = (node: string): void => {
    if (visited.has(node)) return;
    visited.add(node);
    const entry = nodeEntry(source, node);
    for (const { end } of entry === undefined ? [] : writtenWires(entry)) {
      if (removed.has(end.node)) visit(end.node);
      else if (!found.some((other) => isSame(other, end))) found.push(end);
    }
  };
  visit(id);
  return found;
}

/** Takes nodes out of the groups they are in; a group of which nothing is left goes as well. */
function leaveGroups(source: Source, removed: ReadonlySet<string>): readonly TextEdit[] {
  const { text } = source;
  const section = sectionOf(source, "groups")?.value;
  const emptied = new Set<string>();
  const edits: TextEdit[] = [];
  for (const group of entriesOf(source, "groups")) {
    const members = group.value.kind === "map" ? entryOf(group.value, "nodes") : undefined;
    if (members?.value.kind !== "list" || group.value.kind !== "map") continue;
    const list = members.value;
    const gone = list.items.map((item) => item.kind === "scalar" && removed.has(item.text));
    if (!gone.includes(true)) continue;
    if (!gone.includes(false)) {
      emptied.add(group.key.value);
    } else if (isFlow(text, list)) {
      const kept = list.items
        .filter((_, index) => !gone[index])
        .map(({ range }) => text.slice(range.start, range.end));
      const flow = isFlow(text, group.value) || (section !== undefined && isFlow(text, section));
      edits.push(
        ...replaceValue(source, entrySlot(text, members, flow), { head: `[${kept.join(", ")}]`, body: "" }),
      );
    } else {
      for (const [index, isGone] of gone.entries()) {
        const edit = isGone ? removeItem(source, list, index) : undefined;
        if (edit !== undefined) edits.push(edit);
      }
    }
  }
  return [...edits, ...removeFromSection(source, "groups", emptied)];
}

/** Gives a node another id, and names it so wherever it is named. */
export function renameNode(source: Source, { id, newId }: EditOf<"rename-node">): Edited {
  const entry = nodeEntry(source, id);
  if (entry === undefined) return unknownNode(id);
  if (id === newId) return done([]);
  const refusal = refuseId(source, newId);
  if (refusal !== undefined) return refusal;
  const quote = source.text[entry.key.range.start];
  const key = quote === '"' || quote === "'" ? `${quote}${newId}${quote}` : newId;
  const owners = [...entriesOf(source, "nodes"), ...entriesOf(source, "outputs")];
  const wires = owners.flatMap((owner) =>
    rewire(source, owner, (wire) => [wire.node === id ? { node: newId, port: wire.port } : wire]),
  );
  const mentions = mentionsOf(source, id).map(({ text, style, range }) => {
    const written = writeScalar(newId, { flow: true, column: 0, unit: source.unit, eol: source.eol, style });
    return { range, newText: text === "" ? "" : written.head };
  });
  return done([{ range: entry.key.range, newText: key }, ...wires, ...mentions]);
}

/** Where tests and groups name a node. */
function mentionsOf(source: Source, id: string) {
  const groups = entriesOf(source, "groups").map(({ value }) =>
    value.kind === "map" ? entryOf(value, "nodes")?.value : undefined,
  );
  const members = groups.flatMap((list) => (list?.kind === "list" ? list.items : []));
  const tests = sectionOf(source, "tests")?.value;
  const steps = (tests?.kind === "list" ? tests.items : []).flatMap((test) =>
    ["given", "expect"].flatMap((key) => {
      const list = test.kind === "map" ? entryOf(test, key)?.value : undefined;
      return list?.kind === "list" ? list.items : [];
    }),
  );
  const named = steps.map((step) => (step.kind === "map" ? entryOf(step, "node")?.value : undefined));
  return [...members, ...named]
    .filter((value) => value !== undefined)
    .flatMap((value) => (value.kind === "scalar" && value.text === id ? [value] : []));
}

/** Writes positions, and nothing else. */
export function moveNodes(source: Source, positions: Readonly<Record<string, Position>>): Edited {
  const edits: TextEdit[] = [];
  for (const [id, at] of Object.entries(positions)) {
    const entry = nodeEntry(source, id);
    if (entry === undefined) return unknownNode(id);
    const refusal = refusePosition(at) ?? (takesEntries(entry) ? undefined : refuseShape(id, entry));
    if (refusal !== undefined) return refusal;
    edits.push(...moveNode(source, entry, at));
  }
  return done(edits);
}

function moveNode(source: Source, entry: SourceEntry, at: Position): readonly TextEdit[] {
  const slot = nodeSlot(source, entry);
  const written = entry.value.kind === "map" ? entryOf(entry.value, "at") : undefined;
  if (written === undefined) return insertEntry(source, slot, "at", fixed(writePosition(at)));
  const { value } = written;
  const [x, y] = value.kind === "list" && value.items.length === 2 ? value.items : [];
  if (x?.kind === "scalar" && y?.kind === "scalar" && !isEmpty(x) && !isEmpty(y)) {
    return [changed(x.value, at.x, x.range), changed(y.value, at.y, y.range)].flat();
  }
  const flow = slot.flow || isFlow(source.text, entry.value);
  const place = entrySlot(source.text, written, flow);
  return replaceValue(source, { ...place, ...placeOf(source, place) }, { head: writePosition(at), body: "" });
}

function changed(before: unknown, after: number, range: TextEdit["range"]): readonly TextEdit[] {
  return before === Number(writeNumber(after)) ? [] : [{ range, newText: writeNumber(after) }];
}
