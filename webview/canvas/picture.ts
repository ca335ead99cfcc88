import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Position } from "../../language/model.ts";
import type { WorkflowView } from "../protocol.ts";
import { type Card, makeCards, makeWires, type WireView } from "./model/cards.ts";
import { placeNodes } from "./model/placement.ts";
import type { CanvasState, Snapshot } from "./store.ts";

/** What is on screen: the snapshot as cards, wires and positions. */
export interface Picture {
  readonly workflow: WorkflowView;
  readonly descriptors: ReadonlyMap<string, NodeDescriptor>;
  readonly cards: readonly Card[];
  readonly cardsById: ReadonlyMap<string, Card>;
  readonly wires: readonly WireView[];
  readonly positions: ReadonlyMap<string, Position>;
  /** Nothing may be changed: the text is broken, or read-only. */
  readonly locked: boolean;
}

interface Pictures {
  readonly picture: Picture;
  /** Without what is being dragged: what does not show positions is not drawn again while something moves. */
  readonly settled: Picture;
}

/** Made anew for each snapshot and arrangement; cards and wires that look the same stay the same objects. */
export function createPictures(): (state: CanvasState) => Pictures {
  let lastSnapshot: Snapshot | undefined;
  let lastAutomatic: ReadonlyMap<string, Position> | undefined;
  let lastMoved: ReadonlyMap<string, Position> | undefined;
  let settled = emptyPicture;
  let picture = emptyPicture;
  return ({ snapshot, automatic, moved }) => {
    if (snapshot !== lastSnapshot || automatic !== lastAutomatic) {
      settled = snapshot ? draw(snapshot, automatic, settled) : emptyPicture;
      lastMoved = undefined;
    }
    if (moved !== lastMoved)
      picture = moved.size === 0 ? settled : { ...settled, positions: withMoved(settled, moved) };
    lastSnapshot = snapshot;
    lastAutomatic = automatic;
    lastMoved = moved;
    return { picture, settled };
  };
}

const emptyPicture: Picture = {
  workflow: { id: "", name: "", nodes: [], groups: [], notes: [], connections: [] },
  descriptors: new Map(),
  cards: [],
  cardsById: new Map(),
  wires: [],
  positions: new Map(),
  locked: true,
};

function draw(snapshot: Snapshot, automatic: ReadonlyMap<string, Position>, before: Picture): Picture {
  const workflow = snapshot.workflow ?? emptyPicture.workflow;
  const descriptors = new Map(snapshot.catalog.nodes.map((descriptor) => [descriptor.type, descriptor]));
  const cards = makeCards(workflow, descriptors, snapshot.problems).map((card) => {
    const old = before.cardsById.get(card.id);
    return old && JSON.stringify(old) === JSON.stringify(card) ? old : card;
  });
  const cardsById = new Map(cards.map((card) => [card.id, card]));
  const oldWires = new Map(before.wires.map((wire) => [wire.id, wire]));
  return {
    workflow,
    descriptors,
    cards,
    cardsById,
    wires: makeWires(workflow, snapshot.types, snapshot.problems).map((wire) => {
      const old = oldWires.get(wire.id);
      return old && JSON.stringify(old) === JSON.stringify(wire) ? old : wire;
    }),
    positions: placeNodes(workflow, cardsById, automatic),
    locked: snapshot.broken !== undefined || snapshot.readOnly !== undefined || !snapshot.workflow,
  };
}

function withMoved({ positions }: Picture, moved: ReadonlyMap<string, Position>) {
  return new Map([...positions].map(([id, position]) => [id, moved.get(id) ?? position]));
}
