import { useEffect, useRef } from "react";
import { useCanvas, useCanvasState } from "../canvas.ts";

/** Commands keep their default keys here; who has others sees them in VS Code's own list. */
const keys: readonly (readonly [title: string, rows: readonly (readonly [keys: string, what: string])[]])[] =
  [
    [
      "Move around",
      [
        ["← → ↑ ↓", "Go to the nearest node"],
        ["Tab", "Go to the next node along the wires"],
        ["Enter", "Edit the selected node"],
        ["F8", "Go to the next problem"],
        ["Ctrl+F", "Find a node"],
        [".", "Fit the selection"],
        ["1", "Fit everything"],
      ],
    ],
    [
      "Build",
      [
        ["A", "Add a node behind the selected one"],
        ["I", "Insert a node on the wire"],
        ["W", "Start a wire: arrows choose, Enter connects"],
        ["F2", "Rename the node"],
        ["Delete", "Delete"],
        ["Shift+Delete", "Delete and reconnect around"],
        ["Ctrl+D", "Duplicate"],
        ["Ctrl+C, Ctrl+X, Ctrl+V", "Copy, cut, paste"],
        ["Ctrl+Z, Ctrl+Y", "Undo, redo: the same as in the text"],
        ["Shift+Alt+F", "Arrange automatically"],
      ],
    ],
    [
      "With the pointer",
      [
        ["Double-click", "Add a node here"],
        ["Drag from a port", "Draw a wire; let go on empty space to add a node"],
        ["Drag a node type onto a wire", "Insert it there"],
        ["Alt+drag", "Cut wires"],
        ["Shift+drag", "Select with a frame"],
      ],
    ],
    ["Watch", [["L", "Live values on or off"]]],
  ];

export function CheatSheet() {
  const canvas = useCanvas();
  const { t } = canvas;
  const open = useCanvasState(({ cheatSheet }) => cheatSheet);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      ref={dialog}
      className="cheat-sheet"
      aria-label={t("Keys")}
      data-testid="cheat-sheet"
      onClose={() => {
        canvas.store.set({ cheatSheet: false });
        canvas.viewport?.focus();
      }}
    >
      <div className="cheat-sheet-columns">
        {keys.map(([title, rows]) => (
          <section key={title}>
            <h2>{t(title)}</h2>
            <dl>
              {rows.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    <kbd>{key}</kbd>
                  </dt>
                  <dd>{t(what)}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="hint">{t("Keys can be changed in VS Code's keyboard shortcuts: search for Eddy.")}</p>
      <form method="dialog">
        <button type="submit" className="button">
          {t("Close")}
        </button>
      </form>
    </dialog>
  );
}
