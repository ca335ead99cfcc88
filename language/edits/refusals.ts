import { namePattern } from "../parse/reader.ts";
import { parseReference, writeReference } from "../parse/wires.ts";
import type { OutputEnd } from "./edit.ts";
import { type Edited, entriesOf, nodeEntry, refused, type Source, unknownNode } from "./source.ts";

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

export function refuseNewWire(source: Source, wire: OutputEnd, type: string): Edited | undefined {
  const descriptor = source.catalog.nodes.get(type);
  if (descriptor?.inputs === "none")
    return refused("EDDY_WIRE_TRIGGER", `"${type}" is a trigger: it takes no wire.`);
  return refuseOutput(source, wire);
}
