import { getViewportForBounds, type OnMoveStart, useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";
import type { Position } from "../../../language/model.ts";
import { useCanvas } from "../canvas.ts";
import { cardWidth } from "../model/cards.ts";
import { type Box, boundsOf, cardBox, centreOf, contains } from "../model/geometry.ts";

export const minimumZoom = 0.05;

/** Gives the canvas its hands on the drawing area; what it gives back tells it that somebody pans or zooms. */
export function useViewport(): { onMoveStart: OnMoveStart } {
  const canvas = useCanvas();
  const { screenToFlowPosition, flowToScreenPosition, setViewport, getViewport } = useReactFlow();
  /** All is in sight, as somebody has wished or as it was at first, and nobody has moved since. */
  const fitted = useRef(true);
  useEffect(() => {
    const area = () => document.querySelector(".graph")?.getBoundingClientRect() ?? new DOMRect();
    const visible = (): Box => {
      const { x, y, width, height } = area();
      const { zoom } = getViewport();
      return {
        ...screenToFlowPosition({ x, y }, { snapToGrid: false }),
        width: width / zoom,
        height: height / zoom,
      };
    };
    // Not React Flow's own `setCenter`: it learns only later that a panel has taken room.
    const centre = ({ x, y }: Position, zoom: number) => {
      fitted.current = false;
      const { width, height } = area();
      const viewport = { x: width / 2 - x * zoom, y: height / 2 - y * zoom, zoom };
      void setViewport(viewport, { duration: motion() });
    };
    canvas.viewport = {
      centre: () => {
        const { x, y } = centreOf(visible());
        return { x: x - cardWidth / 2, y: y - 30 };
      },
      toScreen: flowToScreenPosition,
      fit: (ids, { instant = false } = {}) => {
        const { cards, positions } = canvas.picture;
        const boxes = cards.flatMap((card) => {
          const position = positions.get(card.id);
          return position && (!ids || ids.includes(card.id)) ? [cardBox(card, position)] : [];
        });
        const bounds = boundsOf(boxes);
        const { width, height } = area();
        if (!bounds || width === 0) return;
        fitted.current = ids === undefined;
        const target = getViewportForBounds(bounds, width, height, minimumZoom, 1, 0.12);
        void setViewport(target, { duration: instant ? 0 : motion() });
      },
      show: (id) => {
        const card = canvas.picture.cardsById.get(id);
        const position = canvas.picture.positions.get(id);
        if (!card || !position) return;
        const box = cardBox(card, position);
        if (contains(visible(), box)) return;
        centre(centreOf(box), Math.max(getViewport().zoom, 0.6));
      },
      goTo: (point) => centre(point, 0.8),
      focus: () => document.querySelector<HTMLElement>(".graph")?.focus(),
    };
    // Panels take or give room with the same change of size: theirs comes first.
    const onResize = () =>
      requestAnimationFrame(() => fitted.current && canvas.viewport?.fit(undefined, { instant: true }));
    window.addEventListener("resize", onResize);
    return () => {
      window.removeEventListener("resize", onResize);
      canvas.viewport = undefined;
    };
  }, [canvas, screenToFlowPosition, flowToScreenPosition, setViewport, getViewport]);
  return {
    onMoveStart: (event) => {
      // Without an event it is the canvas that moves.
      if (event) fitted.current = false;
    },
  };
}

/** Milliseconds; none for who wants less motion. */
function motion(): number {
  return matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150;
}
