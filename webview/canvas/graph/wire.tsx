import { BaseEdge, EdgeLabelRenderer, type EdgeProps, getBezierPath } from "@xyflow/react";
import { memo, useState } from "react";
import { useCanvas } from "../canvas.ts";
import { Icon } from "../panels/icon.tsx";
import { type FlowEdge, typeText } from "./flow.ts";

/** A wire. Its type shows while the pointer is on it; a selected one can be cut in two by a new node, or removed. */
export const WireEdge = memo(function WireEdge(props: EdgeProps<FlowEdge>) {
  const [path, x, y] = getBezierPath(props);
  const { data, selected } = props;
  const [hovered, setHovered] = useState(false);
  const classes = `wire ${data?.tone ?? "plain"} ${selected ? "selected" : ""}`;
  return (
    <>
      <g onPointerEnter={() => setHovered(true)} onPointerLeave={() => setHovered(false)}>
        <BaseEdge
          id={props.id}
          path={path}
          className={classes}
          interactionWidth={props.interactionWidth ?? 16}
          {...(props.markerEnd ? { markerEnd: props.markerEnd } : {})}
        />
      </g>
      {(hovered || selected) && data && <WireType wire={data.wire} x={x} y={y} />}
      {selected && data && <WireTools wire={data.wire} x={x} y={y} />}
    </>
  );
});

/** What the wire carries, and what is wrong with it. */
function WireType({ wire, x, y }: WireToolsProps) {
  const { type, problems = [] } = wire;
  if (!type && problems.length === 0) return null;
  return (
    <EdgeLabelRenderer>
      <div
        className="wire-type"
        role="tooltip"
        style={{ transform: `translate(-50%, 0) translate(${x}px, ${y + 14}px)` }}
      >
        {type && <code>{typeText(type)}</code>}
        {problems.map((problem) => (
          <p key={problem}>{problem}</p>
        ))}
      </div>
    </EdgeLabelRenderer>
  );
}

interface WireToolsProps {
  readonly wire: NonNullable<FlowEdge["data"]>["wire"];
  readonly x: number;
  readonly y: number;
}

function WireTools({ wire, x, y }: WireToolsProps) {
  const canvas = useCanvas();
  return (
    <EdgeLabelRenderer>
      <div
        className="wire-tools nodrag nopan"
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
      >
        <button
          type="button"
          title={canvas.t("Insert a node")}
          aria-label={canvas.t("Insert a node")}
          onClick={(event) =>
            canvas.store.set({
              quickAdd: {
                screen: { x: event.clientX, y: event.clientY },
                at: { x: x - 90, y: y - 30 },
                wire: { source: wire.source, target: wire.target },
              },
            })
          }
        >
          <Icon name="add" />
        </button>
        <button
          type="button"
          title={canvas.t("Remove the wire")}
          aria-label={canvas.t("Remove the wire")}
          onClick={() => canvas.disconnect(wire.source, wire.target)}
        >
          <Icon name="close" />
        </button>
      </div>
    </EdgeLabelRenderer>
  );
}
