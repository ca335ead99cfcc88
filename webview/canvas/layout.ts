import elkApi, { type ElkNode } from "elkjs/lib/elk-api.js";
import type { Position } from "../../language/model.ts";
import { type Card, cardWidth, type WireView } from "./model/cards.ts";
import { snap } from "./model/geometry.ts";

export type Arrange = (
  cards: readonly Card[],
  wires: readonly WireView[],
) => Promise<ReadonlyMap<string, Position>>;

type Elk = InstanceType<typeof elkApi.default>;

/** Arranges nodes in layers, in a worker that starts when it is first needed. Rejects where it cannot be had. */
export function createLayouter(workerUrl: string): Arrange {
  let elk: Promise<Elk> | undefined;
  return async (cards, wires) => {
    elk ??= startElk(workerUrl);
    return positionsOf(await (await elk).layout(elkGraph(cards, wires)));
  };
}

/** A worker may not come from the host of a webview's resources, so its script is fetched and started from a blob. */
async function startElk(workerUrl: string): Promise<Elk> {
  const response = await fetch(workerUrl);
  if (!response.ok) throw new Error(`The layout could not be loaded (${response.status}).`);
  const url = URL.createObjectURL(new Blob([await response.text()], { type: "text/javascript" }));
  return new elkApi.default({ workerFactory: () => new Worker(url) });
}

const options = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.layered.spacing.nodeNodeBetweenLayers": "60",
  "elk.spacing.nodeNode": "40",
  "elk.spacing.componentComponent": "60",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
};

function elkGraph(cards: readonly Card[], wires: readonly WireView[]): ElkNode {
  const ids = new Set(cards.map(({ id }) => id));
  return {
    id: "",
    layoutOptions: options,
    children: cards.map((card) => ({
      id: card.id,
      width: cardWidth,
      height: card.height,
      layoutOptions: { "elk.portConstraints": "FIXED_POS" },
      ports: [
        ...card.inputs.map(({ name, y }) => ({ id: `${card.id}<${name}`, x: 0, y, width: 0, height: 0 })),
        ...card.outputs.map(({ name, y }) => ({
          id: `${card.id}>${name}`,
          x: cardWidth,
          y,
          width: 0,
          height: 0,
        })),
      ],
    })),
    edges: wires
      .filter(({ source, target }) => ids.has(source.node) && ids.has(target.node))
      .map(({ id, source, target }) => ({
        id,
        sources: [`${source.node}>${source.port}`],
        targets: [`${target.node}<${target.input}`],
      })),
  };
}

function positionsOf(graph: ElkNode): ReadonlyMap<string, Position> {
  return new Map(graph.children?.map(({ id, x = 0, y = 0 }) => [id, snap({ x, y })]));
}
