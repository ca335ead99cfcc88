import type { NodeDescriptor } from "./catalog.ts";
import type { SourceValue, WorkflowNode } from "./model.ts";

/**
 * The output ports of a node, without the `error` that every node has. Ports that a param names (`switch.cases`,
 * `function.outputs`) come first, in the order in which they are written: the first is the one for a plain result.
 */
export function outputPorts(node: WorkflowNode, descriptor: NodeDescriptor): string[] {
  const fixed = descriptor.outputs.map(({ name }) => name);
  if (!descriptor.outputsFrom) return fixed;
  const { param, mode } = descriptor.outputsFrom;
  const named = namesIn(node.params.get(param)?.value);
  if (mode === "replace") return named.length > 0 ? named : fixed;
  return [...new Set([...named, ...fixed])];
}

/**
 * The input ports of a node: none for a trigger, `in` where there is one; where they have names, those that the type
 * fixes (a subflow), else those that `from` gives them (`join`).
 */
export function inputPorts(node: WorkflowNode, descriptor: NodeDescriptor): string[] {
  switch (descriptor.inputs) {
    case "none":
      return [];
    case "single":
      return ["in"];
    case "named":
      return (
        descriptor.inputPorts?.map(({ name }) => name) ?? [...new Set(node.from.map(({ input }) => input))]
      );
  }
}

/** The ports named by a param: the keys of a map, the items of a list, or a single name. */
function namesIn(value: SourceValue | undefined): string[] {
  if (value === undefined) return [];
  const names =
    value.kind === "map"
      ? value.entries.map(({ key }) => key.value)
      : value.kind === "list"
        ? value.items.flatMap((item) => (item.kind === "scalar" ? [item.text] : []))
        : [value.text];
  return [...new Set(names.filter((name) => name !== ""))];
}
