import type { OutputEnd } from "./edit.ts";
import { entriesOf, nodeEntry, type Source } from "./source.ts";
import { isSameOutput, type Rewire, writtenWires } from "./wires.ts";

/** What becomes of the wires of a subflow's nodes, and of those from the node that used it. */
export interface InlinedWires {
  readonly inside: Rewire;
  readonly outside: Rewire;
}

/** Follows wires through the ports of the subflow `id`. `inner` is the subflow with ids that are free. */
export function inlinedWires(source: Source, id: string, inner: Source): InlinedWires {
  const { workflow } = inner.parsed;
  const errors = freeErrors(source, id, inner);
  const fromInside = (end: OutputEnd, seen: ReadonlySet<string>): readonly OutputEnd[] =>
    workflow.inputs.has(end.node) ? fromInput(end.node, seen) : [end];
  const fromInput = (name: string, seen: ReadonlySet<string>): readonly OutputEnd[] => {
    // A subflow that hands its input on as its output may be wired to itself.
    if (seen.has(name)) return [];
    const followed = new Set([...seen, name]);
    const entry = nodeEntry(source, id);
    return (entry === undefined ? [] : writtenWires(entry))
      .filter(({ input }) => input === name || (input === "in" && workflow.inputs.size === 1))
      .flatMap(({ end }) => fromOutside(end, followed));
  };
  const fromOutside = (end: OutputEnd, seen: ReadonlySet<string>): readonly OutputEnd[] => {
    if (end.node !== id) return [end];
    if (end.port === "error") return errors;
    return (workflow.outputs.get(end.port)?.from ?? []).flatMap(({ node, port }) =>
      fromInside({ node, port }, seen),
    );
  };
  return {
    inside: (wire) => fromInside(wire, new Set()),
    outside: (wire) => fromOutside(wire, new Set()),
  };
}

/** The errors that no wire of their own takes: those that leave the subflow by its `error`. */
function freeErrors(source: Source, id: string, inner: Source): readonly OutputEnd[] {
  const { nodes, outputs } = inner.parsed.workflow;
  const taken = innerWires(inner).map(({ end }) => end);
  const used = entriesOf(source, "nodes").flatMap(writtenWires);
  for (const [name, { from }] of outputs)
    if (used.some(({ end }) => isSameOutput(end, { node: id, port: name }))) taken.push(...from);
  return [...nodes.keys()]
    .map((node) => ({ node, port: "error" }))
    .filter((end) => !taken.some((other) => isSameOutput(other, end)));
}

/** Into nodes that run: a wire into a disabled one takes nothing. */
function innerWires(inner: Source) {
  const { nodes } = inner.parsed.workflow;
  return entriesOf(inner, "nodes")
    .filter(({ key }) => nodes.get(key.value)?.disabled === false)
    .flatMap(writtenWires);
}
