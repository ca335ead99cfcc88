import type { Position } from "../../../language/model.ts";
import type { WorkflowView } from "../../protocol.ts";
import type { Card, WireView } from "./cards.ts";
import { type Box, boundsOf, cardBox, freePlace } from "./geometry.ts";

/** From one column of cards to the next, and from one row to the next. */
export const columnStep = 240;
export const rowStep = 120;

/**
 * Where each node stands: where its `at` says, else where `automatic` puts it, else beside what it gets its messages
 * from. Nothing of this is written before somebody moves the node.
 */
export function placeNodes(
  workflow: WorkflowView,
  cards: ReadonlyMap<string, Card>,
  automatic: ReadonlyMap<string, Position>,
): ReadonlyMap<string, Position> {
  const placed = new Map<string, Position>();
  const boxes: Box[] = [];
  const place = (id: string, position: Position) => {
    placed.set(id, position);
    const card = cards.get(id);
    if (card) boxes.push(cardBox(card, position));
  };
  for (const { id, at } of workflow.nodes) if (at) place(id, at);
  for (const { id, from, at } of workflow.nodes) {
    if (at) continue;
    const known = automatic.get(id);
    if (known) {
      place(id, known);
      continue;
    }
    const source = from.map(({ node }) => placed.get(node)).find((position) => position !== undefined);
    const card = cards.get(id);
    const wanted = source ? { x: source.x + columnStep, y: source.y } : startOfNewRow(boxes);
    place(id, card ? freePlace(cardBox(card, wanted), boxes) : wanted);
  }
  return placed;
}

function startOfNewRow(boxes: readonly Box[]): Position {
  const bounds = boundsOf(boxes);
  return bounds ? { x: bounds.x, y: bounds.y + bounds.height + 40 } : { x: 0, y: 0 };
}

/** True where several nodes have no place yet: one alone goes beside what it gets its messages from. */
export function needsLayout(workflow: WorkflowView, automatic: ReadonlyMap<string, Position>): boolean {
  return workflow.nodes.filter(({ id, at }) => at === undefined && !automatic.has(id)).length > 1;
}

/**
 * An arrangement of all nodes, moved to where the nodes with a place of their own are. Nodes that had an automatic
 * place keep it, so that nothing jumps while somebody looks at it.
 */
export function fitIn(
  workflow: WorkflowView,
  cards: ReadonlyMap<string, Card>,
  arranged: ReadonlyMap<string, Position>,
  before: ReadonlyMap<string, Position>,
): ReadonlyMap<string, Position> {
  const settled = new Map(
    workflow.nodes.flatMap(({ id, at }) => {
      const place = at ?? before.get(id);
      return place ? [[id, place]] : [];
    }),
  );
  const [anchor] = settled.keys();
  const there = anchor === undefined ? undefined : settled.get(anchor);
  const here = anchor === undefined ? undefined : arranged.get(anchor);
  const shift = there && here ? { x: there.x - here.x, y: there.y - here.y } : { x: 0, y: 0 };
  const boxes = [...settled].flatMap(([id, position]) => {
    const card = cards.get(id);
    return card ? [cardBox(card, position)] : [];
  });
  const result = new Map(before);
  for (const [id, { x, y }] of arranged) {
    const card = cards.get(id);
    if (!card || settled.has(id)) continue;
    const wanted = cardBox(card, { x: x + shift.x, y: y + shift.y });
    const place = boxes.length > 0 && settled.size > 0 ? freePlace(wanted, boxes) : wanted;
    boxes.push(cardBox(card, place));
    result.set(id, { x: place.x, y: place.y });
  }
  return result;
}

/** Columns by the longest way from a source: what is shown where the layout worker does not answer. */
export function layeredPositions(ids: readonly string[], wires: readonly WireView[]): Map<string, Position> {
  const column = new Map(ids.map((id) => [id, 0]));
  // Each pass moves a node behind its sources; a loop would go on for ever, so there are only as many as nodes.
  for (let pass = 0, moved = true; moved && pass < Math.min(ids.length, 100); pass++) {
    moved = false;
    for (const { source, target } of wires) {
      const least = (column.get(source.node) ?? 0) + 1;
      if (source.node === target.node || (column.get(target.node) ?? 0) >= least) continue;
      column.set(target.node, least);
      moved = true;
    }
  }
  const rows = new Map<number, number>();
  return new Map(
    ids.map((id) => {
      const x = column.get(id) ?? 0;
      const y = rows.get(x) ?? 0;
      rows.set(x, y + 1);
      return [id, { x: x * columnStep, y: y * rowStep }];
    }),
  );
}
