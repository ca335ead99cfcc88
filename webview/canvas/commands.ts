import type { CanvasCommand } from "../protocol.ts";
import type { Canvas } from "./canvas.ts";
import { graphOrder, wireTargets } from "./model/navigation.ts";

/** Does what a key, a menu or the command palette asks for. */
export function runCommand(canvas: Canvas, command: CanvasCommand): void {
  const selected = [...canvas.store.get().selection].filter((id) => canvas.picture.cardsById.has(id));
  actions[command](canvas, selected);
}

const actions: Readonly<Record<CanvasCommand, (canvas: Canvas, selected: readonly string[]) => void>> = {
  addNode: (canvas) => canvas.openQuickAdd(),
  insertOnWire: (canvas) => insertOnSelectedWire(canvas),
  startWire: startWire,
  rename: (canvas, [id]) => id !== undefined && canvas.focusField("id"),
  deleteSelection: (canvas, selected) => deleteSelection(canvas, selected, { heal: false }),
  deleteAndHeal: (canvas, selected) => deleteSelection(canvas, selected, { heal: true }),
  duplicate: (canvas, selected) => canvas.duplicate(selected),
  copy: (canvas, selected) => copy(canvas, selected),
  cut: (canvas, selected) => {
    copy(canvas, selected);
    canvas.remove(selected, false);
  },
  paste: (canvas) => canvas.paste(),
  selectAll: (canvas) => canvas.select(canvas.picture.cardsById.keys()),
  nextProblem: nextProblem,
  fitSelection: (canvas, selected) => canvas.viewport?.fit(selected.length > 0 ? selected : undefined),
  fitAll: (canvas) => canvas.viewport?.fit(),
  layout: (canvas) => void canvas.arrange(),
  find: (canvas) => canvas.store.set({ find: true }),
  toggleLive: (canvas) =>
    canvas.bridge.send({ type: "set-live", live: canvas.store.get().snapshot?.live !== true }),
  cheatSheet: (canvas) => canvas.store.set({ cheatSheet: !canvas.store.get().cheatSheet }),
};

function copy(canvas: Canvas, nodes: readonly string[]): void {
  if (nodes.length === 0) return;
  canvas.bridge.send({ type: "copy", nodes });
  canvas.store.set({ announcement: canvas.t("{0} copied.", nodes.join(", ")) });
}

function deleteSelection(canvas: Canvas, selected: readonly string[], { heal }: { heal: boolean }): void {
  const { selectedWire, selection } = canvas.store.get();
  const wire = canvas.picture.wires.find(({ id }) => id === selectedWire);
  const [note] = [...selection].filter((id) => id.startsWith("note:"));
  if (wire) canvas.disconnect(wire.source, wire.target);
  else if (selected.length > 0) canvas.remove(selected, heal);
  else if (note) canvas.edit({ kind: "remove-note", id: note.slice(5) }, canvas.t("Note deleted."));
}

function insertOnSelectedWire(canvas: Canvas): void {
  const { selectedWire, selection } = canvas.store.get();
  const { wires, positions, locked } = canvas.picture;
  const [id] = selection;
  // Of a node, the wire that leaves it is meant.
  const wire = wires.find((one) => one.id === selectedWire) ?? wires.find(({ source }) => source.node === id);
  const from = wire && positions.get(wire.source.node);
  const to = wire && positions.get(wire.target.node);
  if (!wire || !from || !to || !canvas.viewport || locked) return;
  const at = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  canvas.store.set({
    quickAdd: {
      screen: canvas.viewport.toScreen(at),
      at,
      wire: { source: wire.source, target: wire.target },
    },
  });
}

/** Begins a wire at the selected node: arrows choose where it leads, Enter connects. */
function startWire(canvas: Canvas, [id]: readonly string[]): void {
  const { cardsById, cards, wires, positions, locked } = canvas.picture;
  const [port] = cardsById.get(id ?? "")?.outputs ?? [];
  if (id === undefined || !port || locked) return;
  const source = { node: id, port: port.name };
  const targets = wireTargets(source, cards, wires, positions);
  canvas.store.set({ wiring: { source, targets, index: 0 } });
  canvas.viewport?.focus();
}

function nextProblem(canvas: Canvas, [id]: readonly string[]): void {
  const { cards, cardsById, wires } = canvas.picture;
  const order = graphOrder(
    cards.map((card) => card.id),
    wires,
  );
  const bad = order.filter((one) => cardsById.get(one)?.severity !== undefined);
  const next = bad[(bad.indexOf(id ?? "") + 1) % bad.length];
  if (next === undefined) {
    canvas.store.set({ announcement: canvas.t("There are no problems.") });
    return;
  }
  canvas.select([next]);
  canvas.viewport?.show(next);
}
