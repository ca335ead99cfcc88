import { type Edge, MarkerType, type Node, Position as Side } from "@xyflow/react";
import type { PortTypeView, WorkflowView } from "../../protocol.ts";
import { type Card, cardWidth, type WireView } from "../model/cards.ts";
import { type Box, boundsOf, cardBox } from "../model/geometry.ts";
import type { Picture } from "../picture.ts";

export type CardNode = Node<{ card: Card }, "card">;
export type NoteNode = Node<{ note: WorkflowView["notes"][number] }, "note">;
export type GroupNode = Node<{ label: string; color: string }, "group">;
export type FlowNode = CardNode | NoteNode | GroupNode;
export type FlowEdge = Edge<{ wire: WireView; tone: Tone }, "wire">;
export type Tone = "plain" | "error-port" | "faulty";

export const notePrefix = "note:";
export const groupPrefix = "group:";

export function inputHandle(name: string): string {
  return `in:${name}`;
}

export function outputHandle(name: string): string {
  return `out:${name}`;
}

/** The name of the port behind a handle, and on which side of its node it is. */
export function readHandle(
  id: string | null | undefined,
): { readonly side: "in" | "out"; readonly port: string } | undefined {
  if (id?.startsWith("in:")) return { side: "in", port: id.slice(3) };
  if (id?.startsWith("out:")) return { side: "out", port: id.slice(4) };
  return undefined;
}

/** React Flow's nodes; one whose look, place and selection are as before is the same object as before. */
export function flowNodes(
  picture: Picture,
  selection: ReadonlySet<string>,
  before: ReadonlyMap<string, FlowNode>,
): readonly FlowNode[] {
  return [
    ...groupNodes(picture),
    ...picture.workflow.notes.map((note) => noteNode(note, picture, selection)),
    ...picture.cards.map((card) => cardNode(card, picture, selection.has(card.id), before.get(card.id))),
  ];
}

function cardNode(card: Card, picture: Picture, selected: boolean, before: FlowNode | undefined): CardNode {
  const position = picture.positions.get(card.id) ?? { x: 0, y: 0 };
  const draggable = !picture.locked;
  const same =
    before?.type === "card" &&
    before.data.card === card &&
    before.selected === selected &&
    before.draggable === draggable &&
    before.position.x === position.x &&
    before.position.y === position.y;
  if (same) return before;
  return {
    id: card.id,
    type: "card",
    position,
    selected,
    draggable,
    connectable: draggable,
    width: cardWidth,
    height: card.height,
    // Given here, so that nothing has to be measured: a graph of thousands of nodes opens at once.
    handles: handlesOf(card),
    data: before?.type === "card" && before.data.card === card ? before.data : { card },
    ariaLabel: card.title,
  };
}

/** Pixels: the dot that is seen. What can be hit is larger, see graph.css. */
export const handleSize = 10;

function handlesOf(card: Card): NonNullable<CardNode["handles"]> {
  const half = handleSize / 2;
  const size = { width: handleSize, height: handleSize };
  return [
    ...card.inputs.map(({ name, y }) => ({
      id: inputHandle(name),
      type: "target" as const,
      position: Side.Left,
      x: -half,
      y: y - half,
      ...size,
    })),
    ...card.outputs.map(({ name, y }) => ({
      id: outputHandle(name),
      type: "source" as const,
      position: Side.Right,
      x: cardWidth - half,
      y: y - half,
      ...size,
    })),
  ];
}

function noteNode(
  note: WorkflowView["notes"][number],
  { positions, locked }: Picture,
  selection: ReadonlySet<string>,
): NoteNode {
  const id = notePrefix + note.id;
  return {
    id,
    type: "note",
    position: positions.get(id) ?? note.at,
    selected: selection.has(id),
    draggable: !locked,
    width: note.size?.width ?? 200,
    height: note.size?.height ?? 100,
    zIndex: -1,
    data: { note },
    ariaLabel: note.text,
  };
}

const groupMargin = 20;
const groupHead = 24;

function groupNodes({ workflow, cardsById, positions }: Picture): readonly GroupNode[] {
  return workflow.groups.flatMap(({ id, label, nodes, color }) => {
    const boxes = nodes.flatMap((node): Box[] => {
      const card = cardsById.get(node);
      const position = positions.get(node);
      return card && position ? [cardBox(card, position)] : [];
    });
    const bounds = boundsOf(boxes);
    if (!bounds) return [];
    return [
      {
        id: groupPrefix + id,
        type: "group" as const,
        position: { x: bounds.x - groupMargin, y: bounds.y - groupMargin - groupHead },
        width: bounds.width + 2 * groupMargin,
        height: bounds.height + 2 * groupMargin + groupHead,
        selectable: false,
        draggable: false,
        zIndex: -2,
        className: "group",
        data: { label: label || id, color: color ?? "" },
        ariaLabel: label || id,
      },
    ];
  });
}

export function flowEdges(
  { wires, locked }: Picture,
  selected: string | undefined,
  before: ReadonlyMap<string, FlowEdge>,
): readonly FlowEdge[] {
  return wires.map((wire) => {
    const old = before.get(wire.id);
    const isSelected = wire.id === selected;
    if (old?.data?.wire === wire && old.selected === isSelected && old.reconnectable === !locked) return old;
    return {
      id: wire.id,
      type: "wire",
      source: wire.source.node,
      target: wire.target.node,
      sourceHandle: outputHandle(wire.source.port),
      targetHandle: inputHandle(wire.target.input),
      selected: isSelected,
      reconnectable: !locked,
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14, color: "" },
      interactionWidth: 16,
      data: { wire, tone: toneOf(wire) },
      ariaLabel: [
        `${wire.source.node}.${wire.source.port} → ${wire.target.node}.${wire.target.input}`,
        ...(wire.type ? [typeText(wire.type)] : []),
        ...(wire.problems ?? []),
      ].join("\n"),
    };
  });
}

function toneOf({ source, problems }: WireView): Tone {
  if (problems !== undefined) return "faulty";
  return source.port === "error" ? "error-port" : "plain";
}

/** What a wire carries, in one line or more. */
export function typeText({ payload, isNever, isUnknown }: PortTypeView): string {
  if (isNever) return "never";
  return isUnknown ? "any" : payload;
}
