import { useCanvas, useCanvasState } from "../canvas.ts";
import { Icon } from "./icon.tsx";

/** Why nothing can be edited, or why the last gesture was refused. */
export function Banner() {
  const canvas = useCanvas();
  const { t } = canvas;
  const broken = useCanvasState(({ snapshot }) => snapshot?.broken);
  const readOnly = useCanvasState(({ snapshot }) => snapshot?.readOnly);
  const refusal = useCanvasState((state) => state.refusal);
  if (broken)
    return (
      <div className="banner banner-error" role="alert" data-testid="banner">
        <Icon name="error" />
        <p>
          <strong>{t("The text cannot be read (line {0}).", broken.line + 1)}</strong> {broken.message}{" "}
          {t("The canvas shows the last readable version until it is corrected.")}
        </p>
        <button
          type="button"
          className="button"
          onClick={() => canvas.bridge.send({ type: "open-text", line: broken.line })}
        >
          {t("Go to line")}
        </button>
      </div>
    );
  if (readOnly)
    return (
      <div className="banner" role="status" data-testid="banner">
        <Icon name="lock" />
        <p>{readOnly}</p>
      </div>
    );
  if (!refusal) return null;
  return (
    <div className="banner banner-warning" role="alert" data-testid="banner">
      <Icon name="warning" />
      <p>{refusal}</p>
      <button
        type="button"
        className="icon-button"
        aria-label={t("Close")}
        onClick={() => canvas.store.set({ refusal: undefined })}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
