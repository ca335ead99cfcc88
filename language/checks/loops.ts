import type { Problem } from "../problem.ts";
import { type CheckContext, report } from "./context.ts";
import { type Edge, findLoops, type Graph } from "./graph.ts";

/**
 * Loops of nodes that all answer at once: a message in one of them would run for ever. A loop through a node that
 * answers later, or that keeps messages, lets other work in between and is fine.
 */
export function checkLoops(context: CheckContext): readonly Problem[] {
  const { graph } = context;
  const ids = graph.steps
    .filter(({ descriptor }) => descriptor?.timing === "immediate")
    .map(({ node }) => node.id);
  const immediate = new Set(ids);
  const followers = (id: string): readonly string[] =>
    edgesOf(graph, id).flatMap(({ target }) => (immediate.has(target.node.id) ? [target.node.id] : []));
  return findLoops(ids, followers).flatMap((loop) => {
    const path = shortestLoop(graph, loop);
    const closing = path.at(-1);
    if (!closing) return [];
    const names = [...path.map(({ source }) => source.node.id), closing.target.node.id].join(" → ");
    const message = `This loop can never finish, since every node in it answers at once: ${names}. Put a node that waits (delay, throttle, debounce) into it, or open it.`;
    return [report("EDDY_LOOP", "error", closing.wire.range, message, { node: closing.target.node.id })];
  });
}

/** The wires from the first node of a loop back to it. */
function shortestLoop(graph: Graph, loop: readonly string[]): readonly Edge[] {
  const first = loop[0];
  if (first === undefined) return [];
  const inside = new Set(loop);
  const reachedBy = new Map<string, Edge>();
  const queue = [first];
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    for (const edge of edgesOf(graph, id)) {
      const target = edge.target.node.id;
      if (!inside.has(target) || reachedBy.has(target)) continue;
      reachedBy.set(target, edge);
      queue.push(target);
    }
  }
  const path: Edge[] = [];
  let edge = reachedBy.get(first);
  while (edge) {
    path.unshift(edge);
    edge = edge.source.node.id === first ? undefined : reachedBy.get(edge.source.node.id);
  }
  return path;
}

function edgesOf(graph: Graph, id: string): readonly Edge[] {
  return graph.outOf.get(id) ?? [];
}
