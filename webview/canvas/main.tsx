import { createRoot } from "react-dom/client";
import { canvasProtocolVersion } from "../protocol.ts";
import { App } from "./app.tsx";
import { createBridge } from "./bridge.ts";
import { Canvas, CanvasContext } from "./canvas.ts";
import { runCommand } from "./commands.ts";
import { keepTyping, watchFocus } from "./focus.ts";
import { createLayouter } from "./layout.ts";
import "@xyflow/react/dist/style.css";
import "./style/theme.css";
import "./style/graph.css";
import "./style/panels.css";

const bridge = createBridge();
const canvas = new Canvas(bridge, createLayouter(document.body.dataset.layoutWorker ?? ""));

bridge.listen((message) => {
  switch (message.type) {
    case "snapshot":
    case "edit-result":
    case "values":
    case "answer":
    case "preview":
      return canvas.receive(message);
    case "command":
      return runCommand(canvas, message.command);
    case "reveal":
      canvas.select([message.node]);
      return canvas.viewport?.show(message.node);
  }
});
watchFocus(bridge);
keepTyping();

// What went wrong here is in the log of the extension, with everything else.
window.addEventListener("error", ({ message }) => bridge.send({ type: "failure", message }));
window.addEventListener("unhandledrejection", ({ reason }) =>
  bridge.send({ type: "failure", message: reason instanceof Error ? reason.message : String(reason) }),
);

const root = document.getElementById("root");
if (!root) throw new Error("The page has no place for the canvas.");
createRoot(root).render(
  <CanvasContext value={canvas}>
    <App />
  </CanvasContext>,
);
bridge.send({ type: "ready", protocol: canvasProtocolVersion });
