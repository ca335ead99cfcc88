import { ReactFlowProvider } from "@xyflow/react";
import { useCanvas, useCanvasState, useSettled } from "./canvas.ts";
import { cardElementId } from "./graph/card.tsx";
import { Graph } from "./graph/graph.tsx";
import { handleKey } from "./keyboard.ts";
import { Banner } from "./panels/banner.tsx";
import { CheatSheet } from "./panels/cheat-sheet.tsx";
import { FindBox } from "./panels/find.tsx";
import { Inspector } from "./panels/inspector.tsx";
import { Announcements, WiringBar } from "./panels/overlays.tsx";
import { Palette } from "./panels/palette.tsx";
import { QuickAddPopup } from "./panels/quick-add.tsx";
import { Start } from "./panels/start.tsx";
import { TopBar } from "./panels/top-bar.tsx";

/** The whole canvas: bar, palette, drawing area, inspector. */
export function App() {
  const ready = useCanvasState(({ snapshot, arranging }) => snapshot !== undefined && !arranging);
  if (!ready) return null;
  return (
    <ReactFlowProvider>
      <div className="app">
        <TopBar />
        <Banner />
        <div className="columns">
          <Palette />
          <DrawingArea />
          <Inspector />
        </div>
        <QuickAddPopup />
        <CheatSheet />
        <Announcements />
      </div>
    </ReactFlowProvider>
  );
}

function DrawingArea() {
  const canvas = useCanvas();
  const { workflow } = useSettled();
  const selection = useCanvasState((state) => state.selection);
  const broken = useCanvasState(({ snapshot }) => snapshot?.broken !== undefined);
  const [selected] = selection;
  return (
    <main className="area">
      <div
        className={broken ? "graph broken" : "graph"}
        role="application"
        aria-label={canvas.t("Canvas of {0}", workflow.name)}
        aria-activedescendant={selection.size === 1 && selected ? cardElementId(selected) : undefined}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: this is where the keys of the canvas arrive.
        tabIndex={0}
        onKeyDown={(event) => handleKey(canvas, event)}
      >
        <Graph />
      </div>
      <FindBox />
      <WiringBar />
      <Start />
    </main>
  );
}
