import type { Catalog } from "../../language/catalog.ts";
import { inputPorts, outputPorts, type ParsedWorkflow } from "../../language/index.ts";
import type { WorkflowNode } from "../../language/model.ts";
import type { Problem } from "../../language/problem.ts";
import type { CatalogView, NodeView, ProblemView, WorkflowView } from "../../webview/protocol.ts";

/** The workflow as plain data for the canvas. */
export function workflowView({ workflow }: ParsedWorkflow, catalog: Catalog): WorkflowView {
  return {
    id: workflow.id,
    name: workflow.name,
    nodes: [...workflow.nodes.values()].map((node) => nodeView(node, catalog)),
    groups: workflow.groups.map(({ range: _, ...group }) => group),
    notes: workflow.notes.map(({ range: _, ...note }) => note),
    connections: [...workflow.connections.values()].map(({ name, type }) => ({
      name: name.value,
      type: type.value,
    })),
  };
}

function nodeView(node: WorkflowNode, catalog: Catalog): NodeView {
  const descriptor = catalog.nodes.get(node.type.value);
  return {
    id: node.id,
    type: node.type.value,
    from: node.from.map(({ input, node: source, port }) => ({ input, node: source, port })),
    params: Object.fromEntries([...node.params].map(([name, entry]) => [name, entry.value])),
    ...(node.output ? { output: node.output.text } : {}),
    ...(node.label === undefined ? {} : { label: node.label }),
    ...(node.notes === undefined ? {} : { notes: node.notes }),
    disabled: node.disabled,
    ...(node.at ? { at: node.at } : {}),
    // A node of an unknown type still has the ports that its wires name.
    inputs: descriptor ? inputPorts(node, descriptor) : [...new Set(node.from.map(({ input }) => input))],
    outputs: [...(descriptor ? outputPorts(node, descriptor) : ["out"]), "error"],
  };
}

export function catalogView(catalog: Catalog): CatalogView {
  return { nodes: [...catalog.nodes.values()], connections: [...catalog.connections.values()] };
}

export function problemView(problem: Problem, line: number): ProblemView {
  return {
    code: problem.code,
    severity: problem.severity,
    message: problem.message,
    ...(problem.node === undefined ? {} : { node: problem.node }),
    line,
  };
}
