import {
  Background,
  BackgroundVariant,
  type Connection,
  type EdgeTypes,
  MiniMap,
  type NodeTypes,
  type OnConnectEnd,
  ReactFlow,
  useReactFlow,
} from "@xyflow/react";
import { type DragEvent, type MouseEvent, useEffect, useMemo, useRef } from "react";
import { useCanvas, useCanvasState, usePicture, useSettled } from "../canvas.ts";
import { cardWidth } from "../model/cards.ts";
import { cardAt, gridSize, wireAt } from "../model/geometry.ts";
import { CardView } from "./card.tsx";
import { useNodeChanges } from "./changes.ts";
import { paletteDragType } from "./drag.ts";
import { type FlowEdge, type FlowNode, flowEdges, flowNodes, readHandle } from "./flow.ts";
import { useCutting, WiringPreview } from "./gestures.tsx";
import { GroupView, NoteView } from "./notes.tsx";
import { Overview, useOverview } from "./overview.tsx";
import { minimumZoom, useViewport } from "./viewport.ts";
import { WireEdge } from "./wire.tsx";

/** The map draws an element for each node; larger workflows have the overview. */
const mapLimit = 300;

const nodeTypes: NodeTypes = { card: CardView, note: NoteView, group: GroupView };
const edgeTypes: EdgeTypes = { wire: WireEdge };

/** The drawing area. React Flow draws; what there is to draw is derived from the store and nothing else. */
export function Graph() {
  const canvas = useCanvas();
  const picture = usePicture();
  const overview = useOverview();
  const { nodes, edges } = useFlowElements(overview);
  const changes = useNodeChanges();
  const pane = usePane(overview);
  const wiring = useWiring();
  const cutting = useCutting();
  const viewport = useViewport();
  return (
    <ReactFlow<FlowNode, FlowEdge>
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      {...viewport}
      {...cutting.events}
      {...changes}
      onDragOver={pane.onDragOver}
      onDrop={pane.onDrop}
      onDoubleClick={pane.onDoubleClick}
      {...wiring}
      onPaneClick={pane.onPaneClick}
      onEdgeClick={(_, { id }) => {
        canvas.select([]);
        canvas.store.set({ selectedWire: id });
      }}
      nodesConnectable={!picture.locked}
      nodesFocusable={false}
      edgesFocusable={false}
      disableKeyboardA11y
      onlyRenderVisibleElements
      elevateNodesOnSelect={false}
      zoomOnDoubleClick={false}
      snapToGrid
      snapGrid={[gridSize, gridSize]}
      selectNodesOnDrag={false}
      minZoom={minimumZoom}
      maxZoom={2}
      deleteKeyCode={null}
      panActivationKeyCode={null}
      selectionKeyCode="Shift"
      multiSelectionKeyCode={["Control", "Meta", "Shift"]}
      connectionRadius={28}
      proOptions={{ hideAttribution: true }}
      onInit={() => canvas.viewport?.fit(undefined, { instant: true })}
    >
      <Background variant={BackgroundVariant.Dots} gap={gridSize} size={1} />
      <WiringPreview />
      {cutting.line}
      {overview && <Overview />}
      {picture.cards.length > 0 && picture.cards.length <= mapLimit && !overview && (
        <MiniMap
          style={{ width: 150, height: 100 }}
          pannable
          zoomable
          ariaLabel={canvas.t("Overview")}
          nodeBorderRadius={4}
        />
      )}
    </ReactFlow>
  );
}

/** In the overview React Flow has nothing to draw: one picture shows all. */
function useFlowElements(overview: boolean) {
  const picture = usePicture();
  // A drag moves nodes; wires follow by themselves.
  const settled = useSettled();
  const selection = useCanvasState((state) => state.selection);
  const selectedWire = useCanvasState((state) => state.selectedWire);
  const oldNodes = useRef<ReadonlyMap<string, FlowNode>>(new Map());
  const oldEdges = useRef<ReadonlyMap<string, FlowEdge>>(new Map());
  const nodes = useMemo(
    () => (overview ? [] : [...flowNodes(picture, selection, oldNodes.current)]),
    [picture, selection, overview],
  );
  const edges = useMemo(
    () => (overview ? [] : [...flowEdges(settled, selectedWire, oldEdges.current)]),
    [settled, selectedWire, overview],
  );
  useEffect(() => {
    oldNodes.current = new Map(nodes.map((node) => [node.id, node]));
    oldEdges.current = new Map(edges.map((edge) => [edge.id, edge]));
  }, [nodes, edges]);
  return { nodes, edges };
}

/** A node type dropped on the canvas becomes a node there; on a wire, it is put in between. */
function usePane(overview: boolean) {
  const canvas = useCanvas();
  const { screenToFlowPosition } = useReactFlow();
  const pointOf = ({ clientX, clientY }: MouseEvent) =>
    screenToFlowPosition({ x: clientX, y: clientY }, { snapToGrid: false });
  // Only in the overview, whose cards are no elements, is there a card under the pane.
  const hit = (event: MouseEvent) => cardAt(pointOf(event), canvas.picture.cards, canvas.picture.positions);
  return {
    onPaneClick: (event: MouseEvent) => {
      const card = hit(event);
      canvas.select(card ? [card.id] : []);
    },
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes(paletteDragType)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    },
    onDrop: (event: DragEvent) => {
      const type = event.dataTransfer.getData(paletteDragType);
      if (type === "") return;
      event.preventDefault();
      const point = pointOf(event);
      const at = { x: point.x - cardWidth / 2, y: point.y - 20 };
      const { wires, cardsById, positions, descriptors } = canvas.picture;
      const wire = wireAt(point, wires, cardsById, positions);
      const fits = descriptors.get(type)?.inputs !== "none";
      if (wire && fits) canvas.insertOnWire(type, at, wire);
      else canvas.addNode(type, at);
      canvas.viewport?.focus();
    },
    onDoubleClick: (event: MouseEvent) => {
      if (!(event.target instanceof Element) || !event.target.classList.contains("react-flow__pane")) return;
      if (overview) canvas.viewport?.goTo(pointOf(event));
      else canvas.openQuickAdd({ at: pointOf(event) });
    },
  };
}

/** Wires drawn, moved and let go with the pointer. */
function useWiring() {
  const canvas = useCanvas();
  const { screenToFlowPosition } = useReactFlow();
  const reconnected = useRef(true);
  const onConnectEnd: OnConnectEnd = (event, { fromHandle, toHandle, fromNode }) => {
    const from = readHandle(fromHandle?.id);
    if (toHandle || !fromNode || from?.side !== "out" || !("clientX" in event)) return;
    const at = screenToFlowPosition({ x: event.clientX, y: event.clientY }, { snapToGrid: false });
    canvas.openQuickAdd({ at: { x: at.x, y: at.y - 20 }, from: { node: fromNode.id, port: from.port } });
  };
  return {
    onConnect: (connection: Connection) => {
      const ends = readConnection(connection);
      if (ends) canvas.connect(ends.source, ends.target);
    },
    onConnectEnd,
    isValidConnection: (connection: Connection | FlowEdge) => {
      const ends = readConnection(connection);
      return (
        ends !== undefined &&
        !canvas.picture.wires.some(
          ({ source, target }) =>
            source.node === ends.source.node &&
            source.port === ends.source.port &&
            target.node === ends.target.node &&
            target.input === ends.target.input,
        )
      );
    },
    onReconnectStart: () => {
      reconnected.current = false;
    },
    onReconnect: (edge: FlowEdge, connection: Connection) => {
      reconnected.current = true;
      const ends = readConnection(connection);
      if (ends && edge.data) canvas.reconnect(edge.data.wire, ends);
    },
    onReconnectEnd: (_: unknown, edge: FlowEdge) => {
      if (!reconnected.current && edge.data) canvas.disconnect(edge.data.wire.source, edge.data.wire.target);
      reconnected.current = true;
    },
  };
}

function readConnection({ source, target, sourceHandle, targetHandle }: Connection | FlowEdge) {
  const output = readHandle(sourceHandle);
  const input = readHandle(targetHandle);
  if (output?.side !== "out" || input?.side !== "in") return undefined;
  return { source: { node: source, port: output.port }, target: { node: target, input: input.port } };
}
