import { useState } from "react";
import type { NodeView } from "../../protocol.ts";
import { useCanvas, useCanvasState } from "../canvas.ts";
import { ownPayload } from "../model/payload.ts";
import { Icon } from "./icon.tsx";

/** Fires a trigger by hand, with a payload of one's own. */
export function InjectForm({ node }: { readonly node: NodeView }) {
  const { bridge, t } = useCanvas();
  const [payload, setPayload] = useState(() => ownPayload(node) ?? "");
  const running = useCanvasState(
    ({ snapshot }) => snapshot?.target.kind === "device" && snapshot.target.state === "running",
  );
  const problem = jsonProblem(payload);
  return (
    <section className="inject" aria-label={t("Inject a message")}>
      <label htmlFor="field-inject-payload">{t("Payload to inject (JSON)")}</label>
      <textarea
        id="field-inject-payload"
        className="code"
        data-testid="field-inject-payload"
        rows={1}
        placeholder="null"
        value={payload}
        spellCheck={false}
        aria-invalid={problem !== undefined}
        onChange={({ target }) => setPayload(target.value)}
      />
      {problem && (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
      <button
        type="button"
        className="button"
        data-testid="inject-send"
        disabled={!running || problem !== undefined || node.disabled}
        title={running ? undefined : t("Deploy the workflow to inject a message")}
        onClick={() => bridge.send({ type: "inject", node: node.id, payload })}
      >
        <Icon name="play" /> {t("Inject")}
      </button>
    </section>
  );
}

function jsonProblem(text: string): string | undefined {
  if (text.trim() === "") return undefined;
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
