import { workflowView } from "../../extension/canvas/view.ts";
import type { NodeDescriptor } from "../../language/catalog.ts";
import { parseWorkflow } from "../../language/index.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { type Card, makeCards, makeWires, type WireView } from "../../webview/canvas/model/cards.ts";
import type { NodeView, ProblemView, WorkflowView } from "../../webview/protocol.ts";

/** The view of a workflow whose nodes are given as they stand in the file. */
export function view(nodes: string): WorkflowView {
  const indented = nodes.replace(/^(?=.)/gm, "  ");
  return workflowView(parseWorkflow(`eddy: 1\nnodes:\n${indented}\n`, "test.flow.yaml"), builtinCatalog);
}

export function onlyNode(nodes: string): NodeView {
  const [node] = view(nodes).nodes;
  if (!node) throw new Error("There is no node.");
  return node;
}

export const descriptors: ReadonlyMap<string, NodeDescriptor> = builtinCatalog.nodes;

export function cardsOf(
  workflow: WorkflowView,
  problems: readonly ProblemView[] = [],
): ReadonlyMap<string, Card> {
  return new Map(makeCards(workflow, descriptors, problems).map((card) => [card.id, card]));
}

export function wire(source: string, target: string): WireView {
  const [node = "", port = "out"] = source.split(".");
  const [to = "", input = "in"] = target.split(".");
  return { id: `${source}>${target}`, source: { node, port }, target: { node: to, input } };
}

export { makeWires };
