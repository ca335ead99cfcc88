import type { Wire } from "../model.ts";
import type { Step } from "./context.ts";

/** A wire between two nodes that are there and not disabled. `any.error` is no wire between two nodes. */
export interface Edge {
  readonly source: Step;
  readonly target: Step;
  readonly wire: Wire;
}

export interface Graph {
  /** Every node that is not disabled, in the order of the file. */
  readonly steps: readonly Step[];
  readonly into: ReadonlyMap<string, readonly Edge[]>;
  readonly outOf: ReadonlyMap<string, readonly Edge[]>;
}

export function createGraph(steps: ReadonlyMap<string, Step>): Graph {
  const enabled = [...steps.values()].filter(({ node }) => !node.disabled);
  const into = new Map<string, Edge[]>(enabled.map(({ node }) => [node.id, []]));
  const outOf = new Map<string, Edge[]>(enabled.map(({ node }) => [node.id, []]));
  for (const target of enabled) {
    for (const wire of target.node.from) {
      const source = wire.node === "any" ? undefined : steps.get(wire.node);
      if (!source || source.node.disabled) continue;
      const edge = { source, target, wire };
      into.get(target.node.id)?.push(edge);
      outOf.get(source.node.id)?.push(edge);
    }
  }
  return { steps: enabled, into, outOf };
}

/**
 * The strongly connected parts of a graph, each in the order of `ids` (Tarjan 1972, without recursion, so that a chain of
 * any length fits). Parts of one node that does not follow itself are left out: what is left are the loops.
 */
export function findLoops(
  ids: readonly string[],
  next: (id: string) => readonly string[],
): readonly (readonly string[])[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const pending: string[] = [];
  const isPending = new Set<string>();
  const loops: (readonly string[])[] = [];
  const enter = (id: string) => {
    order.set(id, order.size);
    lowest.set(id, order.size - 1);
    pending.push(id);
    isPending.add(id);
    return { id, followers: next(id), index: 0 };
  };
  const lower = (id: string, value: number) => lowest.set(id, Math.min(lowest.get(id) ?? value, value));
  for (const root of ids) {
    if (order.has(root)) continue;
    const path = [enter(root)];
    for (let frame = path.at(-1); frame; frame = path.at(-1)) {
      const follower = frame.followers[frame.index++];
      if (follower !== undefined) {
        const seen = order.get(follower);
        if (seen === undefined) path.push(enter(follower));
        else if (isPending.has(follower)) lower(frame.id, seen);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent) lower(parent.id, lowest.get(frame.id) ?? 0);
      if (lowest.get(frame.id) !== order.get(frame.id)) continue;
      const part = pending.splice(pending.lastIndexOf(frame.id));
      for (const id of part) isPending.delete(id);
      if (part.length > 1 || frame.followers.includes(frame.id)) loops.push(inOrder(part, ids));
    }
  }
  return loops;
}

function inOrder(part: readonly string[], ids: readonly string[]): readonly string[] {
  const inside = new Set(part);
  return ids.filter((id) => inside.has(id));
}
