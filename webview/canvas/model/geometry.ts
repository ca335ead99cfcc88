import type { Position } from "../../../language/model.ts";
import { type Card, cardWidth, type WireView } from "./cards.ts";

/** Everything on the canvas lies on this grid. */
export const gridSize = 20;

export function snap({ x, y }: Position): Position {
  return { x: Math.round(x / gridSize) * gridSize, y: Math.round(y / gridSize) * gridSize };
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function cardBox(card: Card, position: Position): Box {
  return { ...position, width: cardWidth, height: card.height };
}

export function centreOf({ x, y, width, height }: Box): Position {
  return { x: x + width / 2, y: y + height / 2 };
}

/** The smallest box around all of them, or nothing for none. */
export function boundsOf(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  return { x, y, width: right - x, height: bottom - y };
}

export function overlaps(a: Box, b: Box, gap = 0): boolean {
  return (
    a.x < b.x + b.width + gap &&
    b.x < a.x + a.width + gap &&
    a.y < b.y + b.height + gap &&
    b.y < a.y + a.height + gap
  );
}

/** True where the inner box lies wholly in the outer one. */
export function contains(outer: Box, inner: Box): boolean {
  return (
    outer.x <= inner.x &&
    outer.y <= inner.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** The nearest place on the grid, downwards, where the box covers no other. */
export function freePlace(box: Box, others: readonly Box[]): Position {
  let { x, y } = snap(box);
  while (others.some((other) => overlaps({ ...box, x, y }, other, gridSize / 2))) y += gridSize;
  return { x, y };
}

/** Points on the curve of a wire: cubic, leaving to the right and arriving from the left. */
export function wirePoints(start: Position, end: Position, count = 24): readonly Position[] {
  const reach = controlReach(end.x - start.x);
  return Array.from({ length: count + 1 }, (_, index) => {
    const t = index / count;
    const u = 1 - t;
    const a = u * u * u;
    const b = 3 * u * u * t;
    const c = 3 * u * t * t;
    const d = t * t * t;
    return {
      x: a * start.x + b * (start.x + reach) + c * (end.x - reach) + d * end.x,
      y: (a + b) * start.y + (c + d) * end.y,
    };
  });
}

/** As React Flow's bezier edges with their usual curvature of 0.25. */
function controlReach(distance: number): number {
  return distance >= 0 ? distance / 2 : 0.25 * 25 * Math.sqrt(-distance);
}

/** The ends of a wire, from the cards and their positions. */
export function wireEnds(
  wire: WireView,
  cards: ReadonlyMap<string, Card>,
  positions: ReadonlyMap<string, Position>,
): { readonly start: Position; readonly end: Position } | undefined {
  const source = cards.get(wire.source.node);
  const target = cards.get(wire.target.node);
  const from = positions.get(wire.source.node);
  const to = positions.get(wire.target.node);
  const output = source?.outputs.find(({ name }) => name === wire.source.port);
  const input = target?.inputs.find(({ name }) => name === wire.target.input);
  if (!from || !to || !output || !input) return undefined;
  return {
    start: { x: from.x + cardWidth, y: from.y + output.y },
    end: { x: to.x, y: to.y + input.y },
  };
}

/** The wire that passes within `reach` of the point, the nearest first. */
export function wireAt(
  point: Position,
  wires: readonly WireView[],
  cards: ReadonlyMap<string, Card>,
  positions: ReadonlyMap<string, Position>,
  reach = 16,
): WireView | undefined {
  let nearest: { readonly wire: WireView; readonly distance: number } | undefined;
  for (const wire of wires) {
    const ends = wireEnds(wire, cards, positions);
    if (!ends) continue;
    const distance = distanceToLine(point, wirePoints(ends.start, ends.end));
    if (distance <= reach && (nearest === undefined || distance < nearest.distance))
      nearest = { wire, distance };
  }
  return nearest?.wire;
}

/** Wires that the line from `a` to `b` cuts. */
export function wiresCut(
  a: Position,
  b: Position,
  wires: readonly WireView[],
  cards: ReadonlyMap<string, Card>,
  positions: ReadonlyMap<string, Position>,
): readonly WireView[] {
  return wires.filter((wire) => {
    const ends = wireEnds(wire, cards, positions);
    if (!ends) return false;
    const points = wirePoints(ends.start, ends.end);
    return points.some((point, index) => {
      const next = points[index + 1];
      return next !== undefined && crosses(a, b, point, next);
    });
  });
}

function distanceToLine(point: Position, line: readonly Position[]): number {
  let least = Number.POSITIVE_INFINITY;
  line.forEach((a, index) => {
    const b = line[index + 1];
    if (b) least = Math.min(least, distanceToSegment(point, a, b));
  });
  return least;
}

function distanceToSegment(point: Position, a: Position, b: Position): number {
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  const length = dx * dx + dy * dy;
  const t =
    length === 0 ? 0 : Math.max(0, Math.min(1, ((point.x - a.x) * dx + (point.y - a.y) * dy) / length));
  return Math.hypot(point.x - a.x - t * dx, point.y - a.y - t * dy);
}

function crosses(a: Position, b: Position, c: Position, d: Position): boolean {
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}

function side(a: Position, b: Position, point: Position): boolean {
  return (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0;
}

/** The card under a point, the one on top where several are. */
export function cardAt(
  { x, y }: Position,
  cards: readonly Card[],
  positions: ReadonlyMap<string, Position>,
): Card | undefined {
  return cards.findLast((card) => {
    const position = positions.get(card.id);
    return (
      position !== undefined &&
      x >= position.x &&
      x <= position.x + cardWidth &&
      y >= position.y &&
      y <= position.y + card.height
    );
  });
}
