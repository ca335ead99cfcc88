import { cardWidth } from "../model/cards.ts";
import { wireEnds } from "../model/geometry.ts";
import type { Picture } from "../picture.ts";

export interface OverviewColours {
  readonly card: string;
  readonly border: string;
  readonly wire: string;
  readonly selected: string;
  readonly error: string;
  readonly warning: string;
  /** By category. */
  readonly accents: Readonly<Record<string, string>>;
}

export interface OverviewScene {
  readonly picture: Picture;
  readonly selection: ReadonlySet<string>;
  readonly transform: readonly [x: number, y: number, zoom: number];
  /** Pixels of the page. */
  readonly width: number;
  readonly height: number;
  readonly colours: OverviewColours;
}

/** Draws cards as boxes and wires as lines. Sizes are what one sees, whatever the zoom. */
export function drawOverview(context: CanvasRenderingContext2D, scene: OverviewScene): void {
  context.clearRect(0, 0, scene.width, scene.height);
  drawWires(context, scene);
  drawCards(context, scene);
}

function drawWires(context: CanvasRenderingContext2D, { picture, transform, colours }: OverviewScene): void {
  const [x, y, zoom] = transform;
  context.beginPath();
  for (const wire of picture.wires) {
    const ends = wireEnds(wire, picture.cardsById, picture.positions);
    if (!ends) continue;
    context.moveTo(ends.start.x * zoom + x, ends.start.y * zoom + y);
    context.lineTo(ends.end.x * zoom + x, ends.end.y * zoom + y);
  }
  context.strokeStyle = colours.wire;
  context.lineWidth = 1;
  context.stroke();
}

function drawCards(context: CanvasRenderingContext2D, scene: OverviewScene): void {
  const { picture, selection, transform, width, height, colours } = scene;
  const [x, y, zoom] = transform;
  const wide = Math.max(2, cardWidth * zoom);
  for (const card of picture.cards) {
    const position = picture.positions.get(card.id);
    if (!position) continue;
    const left = position.x * zoom + x;
    const top = position.y * zoom + y;
    const high = Math.max(2, card.height * zoom);
    if (left > width || top > height || left + wide < 0 || top + high < 0) continue;
    context.fillStyle = colours.card;
    context.fillRect(left, top, wide, high);
    context.fillStyle = colours.accents[card.category] ?? colours.border;
    context.fillRect(left, top, Math.max(1, wide / 8), high);
    const selected = selection.has(card.id);
    context.strokeStyle = selected
      ? colours.selected
      : card.severity
        ? colours[card.severity]
        : colours.border;
    context.lineWidth = selected || card.severity ? 2 : 1;
    context.strokeRect(left, top, wide, high);
  }
}
