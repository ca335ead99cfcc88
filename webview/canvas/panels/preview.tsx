import { useEffect, useState } from "react";
import type { NodeView, Preview, PreviewQuestion } from "../../protocol.ts";
import { useCanvas, useCanvasState } from "../canvas.ts";
import { useLatestValue } from "../live.ts";
import { briefValue } from "../model/payload.ts";
import { Icon } from "./icon.tsx";
import { TextField } from "./text-field.tsx";

/** Milliseconds between a change of text or message and the question what comes of it. */
const pause = 200;

interface PreviewProps {
  readonly node: NodeView;
  readonly language: PreviewQuestion["language"];
  /** What is in the field, saved or not. */
  readonly text: string;
}

/** What the text of a field gives for the last message at the node's input, a pinned one, or a sample. */
export function FieldPreview({ node, language, text }: PreviewProps) {
  const canvas = useCanvas();
  const { t } = canvas;
  const pinned = useCanvasState(({ pins }) => pins.get(node.id));
  const last = useLatestValue(canvas.live, node.from);
  const payload = pinned ?? (last && last.text.length >= last.size ? last.text : undefined);
  const preview = usePreview(language, text, payload);
  if (node.from.length === 0 || text === "") return null;
  return (
    <div className="preview">
      {preview && (
        <output
          className={preview.kind === "error" ? "preview-error" : ""}
          data-testid="preview"
          aria-live="off"
        >
          {preview.kind === "error" ? preview.message : `= ${briefValue(preview.text)}`}
        </output>
      )}
      <MessageChoice id={node.id} payload={payload} isPinned={pinned !== undefined} />
      {payload !== undefined && (
        <span className="preview-message" title={payload}>
          {pinned === undefined ? t("for the last message") : t("for a pinned message")}
        </span>
      )}
    </div>
  );
}

interface MessageChoiceProps {
  readonly id: string;
  readonly payload: string | undefined;
  readonly isPinned: boolean;
}

/** Pins the message that is there; where none is, one can be written. */
function MessageChoice({ id, payload, isPinned }: MessageChoiceProps) {
  const canvas = useCanvas();
  const { t } = canvas;
  const [writing, setWriting] = useState(false);
  const pin = (text: string | undefined) => canvas.pin(id, text);
  if (payload !== undefined)
    return (
      <button
        type="button"
        className="icon-button"
        aria-pressed={isPinned}
        title={isPinned ? t("Use the last message again") : t("Keep this message")}
        aria-label={isPinned ? t("Use the last message again") : t("Keep this message")}
        onClick={() => pin(isPinned ? undefined : payload)}
      >
        <Icon name={isPinned ? "pinned" : "pin"} />
      </button>
    );
  if (!writing)
    return (
      <button type="button" className="link-button" onClick={() => setWriting(true)}>
        {t("Try with a sample…")}
      </button>
    );
  return (
    <TextField
      id={`sample-${id}`}
      testId="sample"
      text=""
      placeholder={t("A payload, as JSON")}
      disabled={false}
      validate={(draft) => (draft === "" || isJson(draft) ? undefined : t("This is not JSON."))}
      commit={(draft) => isJson(draft) && pin(draft)}
    />
  );
}

function usePreview(
  language: PreviewQuestion["language"],
  text: string,
  payload: string | undefined,
): Preview | undefined {
  const canvas = useCanvas();
  const [preview, setPreview] = useState<Preview | undefined>(undefined);
  useEffect(() => {
    if (payload === undefined || text === "") return setPreview(undefined);
    let isStale = false;
    const timer = setTimeout(async () => {
      const answer = await canvas.preview({ language, text, payload });
      if (!isStale) setPreview(answer);
    }, pause);
    return () => {
      isStale = true;
      clearTimeout(timer);
    };
  }, [canvas, language, text, payload]);
  return preview;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
