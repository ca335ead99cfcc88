import type { NodeChange, OnNodeDrag } from "@xyflow/react";
import { useMemo } from "react";
import type { Position } from "../../../language/model.ts";
import { type Canvas, useCanvas } from "../canvas.ts";
import { snap } from "../model/geometry.ts";
import { type FlowNode, groupPrefix, notePrefix } from "./flow.ts";

/** Selection and drags of nodes: React Flow reports them, the store holds them. */
export function useNodeChanges() {
  const canvas = useCanvas();
  return useMemo(
    () => ({
      onNodesChange: (changes: NodeChange<FlowNode>[]) => {
        takeSelection(canvas, changes);
        takePositions(canvas, changes);
      },
      onNodeDragStop: ((_event, _node, nodes) => finishDrag(canvas, nodes)) satisfies OnNodeDrag<FlowNode>,
      onSelectionDragStop: (_event: unknown, nodes: FlowNode[]) => finishDrag(canvas, nodes),
    }),
    [canvas],
  );
}

function takeSelection(canvas: Canvas, changes: readonly NodeChange<FlowNode>[]): void {
  const before = canvas.store.get().selection;
  const selection = new Set(before);
  for (const change of changes) {
    if (change.type !== "select" || change.id.startsWith(groupPrefix)) continue;
    if (change.selected) selection.add(change.id);
    else selection.delete(change.id);
  }
  if (selection.size !== before.size || [...selection].some((id) => !before.has(id)))
    canvas.select(selection);
}

function takePositions(canvas: Canvas, changes: readonly NodeChange<FlowNode>[]): void {
  const moved = new Map<string, Position>();
  for (const change of changes) {
    if (change.type === "position" && change.position && change.dragging)
      moved.set(change.id, change.position);
  }
  if (moved.size > 0) canvas.store.set({ moved: new Map([...canvas.store.get().moved, ...moved]) });
}

/** One drag is one edit: of the nodes, or of the one note that was dragged. */
function finishDrag(canvas: Canvas, nodes: readonly FlowNode[]): void {
  const { positions, workflow } = canvas.picture;
  const settled = new Map(workflow.nodes.map(({ id, at }) => [id, at]));
  const moved = new Map<string, Position>();
  for (const { id, type, position } of nodes) {
    const at = settled.get(id);
    const place = snap(position);
    if (type === "card" && positions.has(id) && (at?.x !== place.x || at.y !== place.y)) moved.set(id, place);
  }
  const note = nodes.find(({ type }) => type === "note");
  if (moved.size > 0) canvas.move(moved);
  else if (note) moveNote(canvas, note);
}

function moveNote(canvas: Canvas, { id, position }: FlowNode): void {
  const note = canvas.picture.workflow.notes.find((one) => notePrefix + one.id === id);
  const at = snap(position);
  if (!note || (note.at.x === at.x && note.at.y === at.y)) return;
  const { text, size } = note;
  canvas.edit(
    { kind: "set-note", id: note.id, text, at, ...(size ? { size } : {}) },
    canvas.t("Note moved."),
  );
}
