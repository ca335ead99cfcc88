import { useStore } from "@xyflow/react";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useCanvas, useCanvasState, usePicture } from "../canvas.ts";
import { drawOverview, type OverviewColours } from "./draw-overview.ts";

/** Cards cannot be read below this. */
const overviewZoom = 0.35;
/** Fewer cards than these are drawn as they are at any zoom. */
const manyCards = 150;

/** True where one picture is drawn instead of cards: many of them, too small to read. */
export function useOverview(): boolean {
  const small = useStore(({ transform: [, , zoom] }) => zoom < overviewZoom);
  const many = usePicture().cards.length >= manyCards;
  return small && many;
}

/** The whole workflow as one picture. Clicks go through it to the pane. */
export function Overview() {
  const canvas = useCanvas();
  const picture = usePicture();
  const selection = useCanvasState((state) => state.selection);
  const transform = useStore((state) => state.transform);
  const width = useStore((state) => state.width);
  const height = useStore((state) => state.height);
  const theme = useTheme();
  const element = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = element.current?.getContext("2d");
    if (!context || !element.current) return;
    const ratio = window.devicePixelRatio;
    element.current.width = width * ratio;
    element.current.height = height * ratio;
    context.scale(ratio, ratio);
    drawOverview(context, { picture, selection, transform, width, height, colours: readColours(theme) });
  }, [picture, selection, transform, width, height, theme]);
  return (
    <canvas
      ref={element}
      className="overview"
      data-testid="overview"
      aria-label={canvas.t("{0} nodes, zoom in to read them", picture.cards.length)}
      role="img"
      style={{ width, height }}
    />
  );
}

/** Changes when VS Code's theme does. */
function useTheme(): string {
  return useSyncExternalStore(
    (listener) => {
      const observer = new MutationObserver(listener);
      observer.observe(document.body, {
        attributes: true,
        attributeFilter: ["class", "data-vscode-theme-id"],
      });
      return () => observer.disconnect();
    },
    () => `${document.body.className} ${document.body.dataset.vscodeThemeId ?? ""}`,
  );
}

function readColours(_theme: string): OverviewColours {
  const style = getComputedStyle(document.body);
  const read = (...names: readonly string[]) =>
    names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim()).find((value) => value !== "") ??
    style.color;
  return {
    card: read("editorWidget-background"),
    border: read("contrastBorder", "descriptionForeground"),
    wire: read("descriptionForeground"),
    selected: read("focusBorder"),
    error: read("editorError-foreground", "errorForeground"),
    warning: read("editorWarning-foreground"),
    accents: {
      trigger: read("charts-green"),
      logic: read("charts-orange"),
      time: read("charts-orange"),
      transform: read("charts-blue"),
      state: read("charts-blue"),
      output: read("charts-purple"),
      files: read("charts-purple"),
      network: read("charts-red"),
    },
  };
}
