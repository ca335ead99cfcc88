import type { SourceEntry } from "../model.ts";
import { namePattern } from "../parse/reader.ts";
import { writeReference } from "../parse/wires.ts";
import { insertNode } from "./add.ts";
import type { Edit, InputEnd, OutputEnd } from "./edit.ts";
import { nodeSlot, refuseShape, takesEntries } from "./params.ts";
import { refusePosition } from "./positions.ts";
import { refuseId, refuseNewWire, refuseOutput } from "./refusals.ts";
import { descriptorOf, done, type Edited, nodeEntry, refused, type Source, unknownNode } from "./source.ts";
import { addWire, isSameOutput, rewire, writtenWires } from "./wires.ts";

type EditOf<K extends Edit["kind"]> = Extract<Edit, { kind: K }>;

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
    isSameOutput(wire, from) && input === target.input ? { node: edit.id, port } : wire,
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
    rewire(source, owner, (wire, input) =>
      isSameOutput(wire, from) && input === target.input ? [] : [wire],
    ),
  );
}

function noWire(from: OutputEnd, target: InputEnd): Edited {
  return refused("EDDY_EDIT_WIRE", `There is no wire from "${writeReference(from)}" into "${target.node}".`);
}

function hasWire(owner: SourceEntry, from: OutputEnd, input: string): boolean {
  return writtenWires(owner).some((wire) => wire.input === input && isSameOutput(wire.end, from));
}

function wireOwner(source: Source, target: InputEnd): SourceEntry | undefined {
  return nodeEntry(source, target.node);
}
