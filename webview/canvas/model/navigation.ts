import type { InputEnd, OutputEnd } from "../../../language/edits/edit.ts";
import type { Position } from "../../../language/model.ts";
import type { Card, WireView } from "./cards.ts";

export type Direction = "left" | "right" | "up" | "down";

/** The node that an arrow key leads to: near, and more in that direction than beside it. */
export function nearestIn(
  direction: Direction,
  from: Position,
  others: ReadonlyMap<string, Position>,
): string | undefined {
  let best: { readonly id: string; readonly cost: number } | undefined;
  for (const [id, { x, y }] of others) {
    const [ahead, aside] = along(direction, x - from.x, y - from.y);
    if (ahead <= 0) continue;
    // What lies straight ahead is meant before what lies as far away at a slant.
    const cost = ahead + 2 * Math.abs(aside) + (Math.abs(aside) > ahead ? 10_000 : 0);
    if (best === undefined || cost < best.cost) best = { id, cost };
  }
  return best?.id;
}

function along(direction: Direction, dx: number, dy: number): readonly [ahead: number, aside: number] {
  switch (direction) {
    case "left":
      return [-dx, dy];
    case "right":
      return [dx, dy];
    case "up":
      return [-dy, dx];
    case "down":
      return [dy, dx];
  }
}

/** All nodes in the order in which messages pass them, as far as loops allow: sources first, then along the wires. */
export function graphOrder(ids: readonly string[], wires: readonly WireView[]): readonly string[] {
  const waiting = new Map(ids.map((id) => [id, 0]));
  const next = Map.groupBy(wires, ({ source }) => source.node);
  for (const { source, target } of wires) {
    if (source.node !== target.node) waiting.set(target.node, (waiting.get(target.node) ?? 0) + 1);
  }
  const order: string[] = [];
  const visited = new Set<string>();
  const visit = (first: string) => {
    const stack = [first];
    for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
      if (visited.has(id)) continue;
      visited.add(id);
      order.push(id);
      for (const { target } of (next.get(id) ?? []).toReversed()) {
        const left = (waiting.get(target.node) ?? 0) - 1;
        waiting.set(target.node, left);
        if (left <= 0) stack.push(target.node);
      }
    }
  };
  for (const id of ids) if (waiting.get(id) === 0) visit(id);
  // What is left lies in or behind loops: there the order of the file holds.
  for (const id of ids) visit(id);
  return order;
}

/** Inputs that a wire from `source` could lead to, nearest first. */
export function wireTargets(
  source: OutputEnd,
  cards: readonly Card[],
  wires: readonly WireView[],
  positions: ReadonlyMap<string, Position>,
): readonly InputEnd[] {
  const start = positions.get(source.node) ?? { x: 0, y: 0 };
  const distance = (id: string) => {
    const { x, y } = positions.get(id) ?? start;
    // What lies to the right is what wires usually lead to.
    return Math.hypot(x - start.x, y - start.y) + (x > start.x ? 0 : 2_000);
  };
  const connected = new Set(
    wires
      .filter(({ source: { node, port } }) => node === source.node && port === source.port)
      .map(({ target }) => `${target.node}.${target.input}`),
  );
  return cards
    .filter(({ id }) => id !== source.node)
    .toSorted((a, b) => distance(a.id) - distance(b.id))
    .flatMap(({ id, inputs }) => inputs.map(({ name }): InputEnd => ({ node: id, input: name })))
    .filter(({ node, input }) => !connected.has(`${node}.${input}`));
}
