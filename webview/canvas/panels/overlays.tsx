import { useCanvas, useCanvasState } from "../canvas.ts";

/** Says to screen readers what happened. */
export function Announcements() {
  const announcement = useCanvasState((state) => state.announcement);
  return (
    <div className="visually-hidden" aria-live="polite" data-testid="announcements">
      {announcement}
    </div>
  );
}

/** The bar shown while a wire is drawn with the keyboard. */
export function WiringBar() {
  const { t } = useCanvas();
  const wiring = useCanvasState((state) => state.wiring);
  if (!wiring) return null;
  const { source, targets, index } = wiring;
  const target = targets[index];
  return (
    <p className="wiring-bar" role="status" data-testid="wiring">
      {target
        ? t("Wire from {0} to {1}", `${source.node}.${source.port}`, `${target.node}.${target.input}`)
        : t("There is nothing that {0} could be connected to.", `${source.node}.${source.port}`)}
      <span className="hint">{t("↑ ↓ other node · ← → other port · Enter connects · Escape ends")}</span>
    </p>
  );
}
