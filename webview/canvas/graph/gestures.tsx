import { useReactFlow, ViewportPortal } from "@xyflow/react";
import { type PointerEvent, useState } from "react";
import type { Position } from "../../../language/model.ts";
import { useCanvas, useCanvasState, usePicture } from "../canvas.ts";
import { wireEnds, wirePoints, wiresCut } from "../model/geometry.ts";

/** The wire that is being drawn with the keyboard, from its port to the input that is chosen. */
export function WiringPreview() {
  const wiring = useCanvasState((state) => state.wiring);
  const { cardsById, positions } = usePicture();
  const target = wiring?.targets[wiring.index];
  if (!wiring || !target) return null;
  const ends = wireEnds({ id: "", source: wiring.source, target }, cardsById, positions);
  if (!ends) return null;
  return <Line className="wiring-line" points={wirePoints(ends.start, ends.end)} />;
}

interface LineProps {
  readonly className: string;
  readonly points: readonly Position[];
}

function Line({ className, points }: LineProps) {
  return (
    <ViewportPortal>
      <svg className={`overlay-line ${className}`} aria-hidden="true">
        <polyline points={points.map(({ x, y }) => `${x},${y}`).join(" ")} />
      </svg>
    </ViewportPortal>
  );
}

interface Cut {
  readonly from: Position;
  readonly to: Position;
}

/** Alt+drag draws a line; what wires it crosses are removed. */
export function useCutting() {
  const canvas = useCanvas();
  const { screenToFlowPosition } = useReactFlow();
  const [cut, setCut] = useState<Cut | undefined>(undefined);
  const at = ({ clientX, clientY }: PointerEvent) =>
    screenToFlowPosition({ x: clientX, y: clientY }, { snapToGrid: false });
  const events = {
    onPointerDownCapture: (event: PointerEvent<HTMLElement>) => {
      if (!event.altKey || event.button !== 0 || canvas.picture.locked) return;
      // React Flow would pan or select.
      event.stopPropagation();
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      const from = at(event);
      setCut({ from, to: from });
    },
    onPointerMove: (event: PointerEvent) => {
      if (cut) setCut({ ...cut, to: at(event) });
    },
    onPointerUp: () => {
      if (!cut) return;
      const { wires, cardsById, positions } = canvas.picture;
      for (const wire of wiresCut(cut.from, cut.to, wires, cardsById, positions))
        canvas.disconnect(wire.source, wire.target);
      setCut(undefined);
    },
    onPointerCancel: () => setCut(undefined),
  };
  const line = cut ? <Line className="cut-line" points={[cut.from, cut.to]} /> : null;
  return { events, line };
}
