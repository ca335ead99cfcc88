import type { KeyboardEvent } from "react";
import type { Canvas } from "./canvas.ts";
import { cardBox, centreOf } from "./model/geometry.ts";
import { type Direction, graphOrder, nearestIn, wireTargets } from "./model/navigation.ts";

/** Keys of the drawing area that are no commands of VS Code: where one is at, and how one gets on. */
export function handleKey(canvas: Canvas, event: KeyboardEvent): void {
  if (isEditing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const handled = canvas.store.get().wiring ? wiringKey(canvas, event.key) : plainKey(canvas, event);
  if (!handled) return;
  event.preventDefault();
  event.stopPropagation();
}

/** True in a field where keys write. */
export function isEditing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && target.type !== "checkbox"))
  );
}

const directions: Readonly<Record<string, Direction>> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

function plainKey(canvas: Canvas, { key, shiftKey, target }: KeyboardEvent): boolean {
  const direction = directions[key];
  if (direction) return goTo(canvas, nearest(canvas, direction));
  const onArea = target instanceof HTMLElement && target.classList.contains("graph");
  switch (key) {
    case "Tab":
      return onArea && goTo(canvas, inOrder(canvas, shiftKey ? -1 : 1));
    case "Enter":
      if (!onArea || canvas.store.get().selection.size !== 1) return false;
      canvas.focusField("first");
      return true;
    case "Escape":
      canvas.store.set({ find: false, cheatSheet: false, quickAdd: undefined });
      canvas.select([]);
      return true;
    default:
      return false;
  }
}

function goTo(canvas: Canvas, id: string | undefined): boolean {
  if (id === undefined) return false;
  canvas.select([id]);
  canvas.viewport?.show(id);
  return true;
}

function nearest(canvas: Canvas, direction: Direction): string | undefined {
  const { cards, positions } = canvas.picture;
  const centres = new Map(
    cards.flatMap((card) => {
      const position = positions.get(card.id);
      return position ? [[card.id, centreOf(cardBox(card, position))]] : [];
    }),
  );
  const [id] = canvas.store.get().selection;
  const from = id === undefined ? undefined : centres.get(id);
  return from ? nearestIn(direction, from, centres) : inOrder(canvas, 1);
}

/** The node before or behind the selected one; nothing past the ends, where Tab leaves the canvas. */
function inOrder(canvas: Canvas, step: 1 | -1): string | undefined {
  const { cards, wires } = canvas.picture;
  const order = graphOrder(
    cards.map(({ id }) => id),
    wires,
  );
  const [id] = canvas.store.get().selection;
  const index = id === undefined ? -1 : order.indexOf(id);
  return index < 0 ? order.at(step > 0 ? 0 : -1) : order[index + step];
}

function wiringKey(canvas: Canvas, key: string): boolean {
  const { wiring } = canvas.store.get();
  if (!wiring) return false;
  const { source, targets, index } = wiring;
  const target = targets[index];
  switch (directions[key]) {
    case "up":
    case "down": {
      const step = key === "ArrowDown" ? 1 : targets.length - 1;
      if (targets.length > 0)
        canvas.store.set({ wiring: { ...wiring, index: (index + step) % targets.length } });
      return true;
    }
    case "left":
    case "right":
      changePort(canvas, key === "ArrowRight" ? 1 : -1);
      return true;
  }
  if (key === "Escape" || key === "Enter") {
    canvas.store.set({ wiring: undefined });
    if (key === "Enter" && target) canvas.connect(source, target);
    return true;
  }
  // Nothing else happens while a wire is drawn.
  return key !== "Tab";
}

function changePort(canvas: Canvas, step: 1 | -1): void {
  const { wiring } = canvas.store.get();
  if (!wiring) return;
  const { cards, cardsById, wires, positions } = canvas.picture;
  const ports = cardsById.get(wiring.source.node)?.outputs.map(({ name }) => name) ?? [];
  const next = ports.at((ports.indexOf(wiring.source.port) + step) % ports.length);
  if (next === undefined) return;
  const source = { node: wiring.source.node, port: next };
  canvas.store.set({ wiring: { source, targets: wireTargets(source, cards, wires, positions), index: 0 } });
}
