import type { SourceEntry } from "../model.ts";
import { writeReference } from "../parse/wires.ts";
import type { OutputEnd } from "./edit.ts";
import { freeName } from "./fragment.ts";
import { entriesOf, type Source } from "./source.ts";
import { otherNodes } from "./uses.ts";
import { isSameOutput, writtenWires } from "./wires.ts";

/** A port of the new subflow, and the output of a node that it stands for: outside for an input, inside for an output. */
export interface BoundaryPort {
  readonly name: string;
  readonly end: OutputEnd;
}

/** Where wires cross from the nodes of a subflow to the others. */
export interface Boundary {
  readonly inputs: readonly BoundaryPort[];
  readonly outputs: readonly BoundaryPort[];
}

/** One port for each output at the other end of a wire that crosses, named after it. */
export function boundaryOf(
  source: Source,
  moved: readonly SourceEntry[],
  ids: ReadonlySet<string>,
): Boundary {
  const outside = [...otherNodes(source, ids), ...entriesOf(source, "outputs")];
  const into = distinct(moved).filter(({ node }) => !ids.has(node));
  const out = distinct(outside).filter(({ node }) => ids.has(node));
  return {
    inputs: named(into, ids),
    // An only output is the one that a wire from the node itself means.
    outputs: out.length === 1 ? out.map((end) => ({ name: "out", end })) : named(out, new Set(["error"])),
  };
}

function distinct(owners: readonly SourceEntry[]): readonly OutputEnd[] {
  const ends: OutputEnd[] = [];
  for (const { end } of owners.flatMap(writtenWires))
    if (!ends.some((other) => isSameOutput(other, end))) ends.push(end);
  return ends;
}

function named(ends: readonly OutputEnd[], taken: ReadonlySet<string>): readonly BoundaryPort[] {
  const used = new Set(taken);
  return ends.map((end) => {
    const wanted = writeReference(end).replace(".", "-");
    const name = used.has(wanted) ? freeName(wanted, (other) => used.has(other)) : wanted;
    used.add(name);
    return { name, end };
  });
}

export function portFor(ports: readonly BoundaryPort[], end: OutputEnd): BoundaryPort | undefined {
  return ports.find((port) => isSameOutput(port.end, end));
}
