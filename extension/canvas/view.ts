import { type Catalog, reservedNodeKeys } from "../../language/catalog.ts";
import { inputPorts, outputPorts, type ParsedWorkflow } from "../../language/index.ts";
import type { SourceValue, Wire, Workflow, WorkflowNode } from "../../language/model.ts";
import type { Problem } from "../../language/problem.ts";
import type { CatalogView, NodeView, ProblemView, WorkflowView } from "../../webview/protocol.ts";

/** The workflow as plain data for the canvas. */
export function workflowView({ workflow, syntax }: ParsedWorkflow, catalog: Catalog): WorkflowView {
  const written = entriesOf(entriesOf(syntax.root).get("nodes"));
  return {
    id: workflow.id,
    name: workflow.name,
    nodes: [...workflow.nodes.values()].map((node) => nodeView(node, written.get(node.id), catalog)),
    groups: workflow.groups.map(({ range: _, ...group }) => group),
    notes: workflow.notes.map(({ range: _, ...note }) => note),
    connections: [...workflow.connections.values()].map(({ name, type }) => ({
      name: name.value,
      type: type.value,
    })),
  };
}

function nodeView(node: WorkflowNode, written: SourceValue | undefined, catalog: Catalog): NodeView {
  const descriptor = catalog.nodes.get(node.type.value);
  return {
    id: node.id,
    type: node.type.value,
    from: node.from.map(({ input, node: source, port }) => ({ input, node: source, port })),
    params: Object.fromEntries([...node.params].map(([name, entry]) => [name, entry.value])),
    settings: settingsOf(written),
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

/** Reserved keys that the model keeps as values of their own, or that have their place in the view already. */
const otherKeys: ReadonlySet<string> = new Set([
  "type",
  "from",
  "output",
  "label",
  "notes",
  "disabled",
  "at",
]);

/** How a node's settings are written: a form shows `5m`, not the milliseconds that it means. */
function settingsOf(written: SourceValue | undefined): Readonly<Record<string, SourceValue>> {
  const entries = entriesOf(written);
  const names = reservedNodeKeys.filter((name) => !otherKeys.has(name));
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = entries.get(name);
      return value ? [[name, value]] : [];
    }),
  );
}

function entriesOf(value: SourceValue | undefined): ReadonlyMap<string, SourceValue> {
  return new Map(value?.kind === "map" ? value.entries.map((entry) => [entry.key.value, entry.value]) : []);
}

export function catalogView(catalog: Catalog): CatalogView {
  return { nodes: [...catalog.nodes.values()], connections: [...catalog.connections.values()] };
}

/** `workflow`: the one that the problem is in, where it may be about a wire. */
export function problemView(problem: Problem, line: number, workflow?: Workflow): ProblemView {
  const wires = problem.wires ?? (workflow ? wiresAt(problem, workflow) : []);
  return {
    code: problem.code,
    severity: problem.severity,
    message: problem.message,
    ...(problem.node === undefined ? {} : { node: problem.node }),
    ...(wires.length > 0 ? { wires: wires.map(({ input, node, port }) => ({ input, node, port })) } : {}),
    line,
  };
}

/** The references in a node's `from` that a problem stands at. */
function wiresAt({ node, range }: Problem, workflow: Workflow): readonly Wire[] {
  const from = node === undefined ? [] : (workflow.nodes.get(node)?.from ?? []);
  return from.filter((wire) => wire.range.start <= range.start && range.end <= wire.range.end);
}
