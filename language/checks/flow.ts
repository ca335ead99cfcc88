import type { Problem } from "../problem.ts";
import { enumerate } from "../similar.ts";
import { type CheckContext, report, type Step } from "./context.ts";
import { findLoops, type Graph } from "./graph.ts";
import { guessSource, knownSources } from "./wires.ts";

/** Nodes that no trigger leads to. Said where it begins, not again for what follows such a node. */
export function checkReachability(context: CheckContext): readonly Problem[] {
  const { graph } = context;
  const reached = reachable(context, graph);
  const left = graph.steps.filter(({ node }) => !reached.has(node.id));
  const loopOf = new Map<string, readonly string[]>();
  const ids = left.map(({ node }) => node.id);
  const followers = (id: string) => (graph.outOf.get(id) ?? []).map(({ target }) => target.node.id);
  for (const loop of findLoops(ids, followers)) for (const id of loop) loopOf.set(id, loop);
  return left.flatMap((step) => {
    const { id } = step.node;
    const loop = loopOf.get(id) ?? [id];
    // A loop is told once, at its first node.
    if (loop[0] !== id) return [];
    const inside = new Set(loop);
    const causedAbove = loop.some((member) =>
      (graph.into.get(member) ?? []).some(({ source }) => !inside.has(source.node.id)),
    );
    return causedAbove ? [] : [unreachable(context, step, loop)];
  });
}

/** Nodes whose messages no other node takes. A node that also acts on the world outside has its use all the same. */
export function checkUnusedOutputs(context: CheckContext): readonly Problem[] {
  const { workflow, steps } = context;
  const used = new Set<string>();
  const known = knownSources(context);
  const wires = [
    ...[...workflow.nodes.values()].flatMap(({ from }) => from),
    ...[...workflow.outputs.values()].flatMap(({ from }) => from),
  ];
  for (const wire of wires) {
    // A wire to a node that is misspelt is reported there.
    const source = steps.has(wire.node) ? wire.node : guessSource(wire, known);
    if (source !== undefined && wire.port !== "error") used.add(source);
  }
  return [...steps.values()].flatMap(({ node, descriptor, outputs }) => {
    if (!descriptor || node.disabled || outputs.size === 0 || used.has(node.id)) return [];
    if (actsOutside(descriptor)) return [];
    const ports = outputs.size === 1 ? "" : ` (${enumerate([...outputs])})`;
    const message = `Nothing takes the messages of "${node.id}"${ports}: wire a node to it, or remove it.`;
    return [report("EDDY_OUTPUT_UNUSED", "hint", node.idRange, message, { node: node.id })];
  });
}

function actsOutside({ category, timing, capabilities }: NonNullable<Step["descriptor"]>): boolean {
  if (timing === "trigger") return false;
  return ["output", "state", "subflow", "own"].includes(category) || (capabilities ?? []).length > 0;
}

function shownLoop(loop: readonly string[]): string {
  const shown = loop.length > 8 ? [...loop.slice(0, 7), "…"] : loop;
  return [...shown, loop[0]].join(" → ");
}

function unreachable(context: CheckContext, { node }: Step, loop: readonly string[]): Problem {
  const sleeping = node.from.filter(({ node: source }) => context.steps.get(source)?.node.disabled);
  if (sleeping.length > 0) {
    const names = enumerate([...new Set(sleeping.map(({ node: source }) => source))]);
    const message = `"${node.id}" does not run while ${names} is disabled.`;
    return report("EDDY_UNREACHABLE", "hint", node.idRange, message, { node: node.id });
  }
  const why =
    loop.length > 1 || node.from.some(({ node: source }) => source === node.id)
      ? `it is fed only by the loop it is in (${shownLoop(loop)})`
      : "nothing leads to it";
  const message = `"${node.id}" never runs: no trigger leads to it, ${why}.`;
  return report("EDDY_UNREACHABLE", "warning", node.idRange, message, { node: node.id });
}

/** The nodes that a message can come to. Where something about a node's wires is reported already, one might. */
function reachable(context: CheckContext, graph: Graph): ReadonlySet<string> {
  const reached = new Set<string>();
  const queue = graph.steps.filter((step) => isStart(context, step)).map(({ node }) => node.id);
  if (queue.length > 0) {
    // An error may come from any node that runs.
    const anyError = graph.steps.filter(({ node }) => node.from.some(({ node: source }) => source === "any"));
    queue.push(...anyError.map(({ node }) => node.id));
  }
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    for (const { target } of graph.outOf.get(id) ?? []) queue.push(target.node.id);
  }
  return reached;
}

function isStart({ steps, workflow }: CheckContext, { node, descriptor }: Step): boolean {
  if (!descriptor || descriptor.inputs === "none" || node.from.length === 0) return true;
  return node.from.some(
    ({ node: source }) => source !== "any" && (workflow.inputs.has(source) || !steps.has(source)),
  );
}
