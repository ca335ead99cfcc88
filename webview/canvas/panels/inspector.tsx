import { useEffect, useLayoutEffect, useMemo } from "react";
import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { NodeView, ProblemView } from "../../protocol.ts";
import { useCanvas, useCanvasState, useSettled } from "../canvas.ts";
import { commonFields, settingFields } from "../model/common-fields.ts";
import { paramFields } from "../model/form.ts";
import { refuseId } from "../model/ids.ts";
import { FieldView } from "./field.tsx";
import { Icon } from "./icon.tsx";
import { InjectForm } from "./inject.tsx";
import { SelectionPanel } from "./selection.tsx";
import { TextField } from "./text-field.tsx";

/** The form of the selected node. */
export function Inspector() {
  const canvas = useCanvas();
  const { workflow, descriptors } = useSettled();
  const selection = useCanvasState((state) => state.selection);
  useWantedFocus();
  const nodes = workflow.nodes.filter(({ id }) => selection.has(id));
  const [node] = nodes;
  const only = nodes.length === 1 ? node?.id : undefined;
  useEffect(() => {
    // The panel takes room: what it is about stays in sight.
    if (only !== undefined) canvas.viewport?.show(only);
  }, [canvas, only]);
  if (!node) return null;
  return (
    <aside className="inspector" aria-label={canvas.t("Properties")} data-testid="inspector">
      {nodes.length === 1 ? (
        <NodeForm key={node.id} node={node} descriptor={descriptors.get(node.type)} />
      ) : (
        <SelectionPanel ids={nodes.map(({ id }) => id)} />
      )}
    </aside>
  );
}

function useWantedFocus(): void {
  const canvas = useCanvas();
  const wanted = useCanvasState((state) => state.focusField);
  // Before the browser paints: the next key that is pressed belongs into the field.
  useLayoutEffect(() => {
    if (!wanted) return;
    const selector =
      wanted.name === "first" ? ".params :is(input, textarea, select)" : `#field-${CSS.escape(wanted.name)}`;
    const element = document.querySelector<HTMLElement>(`.inspector ${selector}`);
    element?.focus();
    if (element instanceof HTMLInputElement) element.select();
    canvas.store.set({ focusField: undefined });
  }, [canvas, wanted]);
}

interface NodeFormProps {
  readonly node: NodeView;
  readonly descriptor: NodeDescriptor | undefined;
}

function NodeForm({ node, descriptor }: NodeFormProps) {
  const { t } = useCanvas();
  const { workflow } = useSettled();
  const problems = useCanvasState(({ snapshot }) => snapshot?.problems);
  const fields = useMemo(
    () => paramFields(node, descriptor, workflow.connections),
    [node, descriptor, workflow.connections],
  );
  const usual = fields.filter(({ advanced }) => !advanced);
  const rare = fields.filter(({ advanced }) => advanced);
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <Head node={node} descriptor={descriptor} />
      <NodeProblems problems={problems?.filter((problem) => problem.node === node.id) ?? []} />
      {descriptor?.timing === "trigger" && <InjectForm node={node} />}
      <section className="params" aria-label={t("Parameters")}>
        {usual.map((one) => (
          <FieldView key={one.label} node={node.id} field={one} />
        ))}
      </section>
      {rare.length > 0 && (
        <details>
          <summary>{t("More")}</summary>
          {rare.map((one) => (
            <FieldView key={one.label} node={node.id} field={one} />
          ))}
        </details>
      )}
      <details>
        <summary>{t("Running")}</summary>
        {settingFields(node, descriptor).map((one) => (
          <FieldView key={one.label} node={node.id} field={one} />
        ))}
      </details>
      <details open={node.disabled || node.notes !== undefined || node.label !== undefined}>
        <summary>{t("Node")}</summary>
        {commonFields(node, descriptor).map((one) => (
          <FieldView key={one.label} node={node.id} field={one} />
        ))}
      </details>
    </form>
  );
}

function Head({ node, descriptor }: NodeFormProps) {
  const canvas = useCanvas();
  const { cardsById, locked } = useSettled();
  const { t } = canvas;
  const others = new Set([...cardsById.keys()].filter((id) => id !== node.id));
  return (
    <header>
      <p className={`inspector-type category-${descriptor?.category ?? "unknown"}`}>
        <span className="card-icon">
          <Icon name={descriptor?.icon ?? "question"} />
        </span>
        <strong>{descriptor?.title ?? node.type}</strong>
        <span className="spacer" />
        <button
          type="button"
          className="icon-button"
          title={t("Open in editor")}
          aria-label={t("Open in editor")}
          data-testid="open-text"
          onClick={() => canvas.bridge.send({ type: "open-text", node: node.id })}
        >
          <Icon name="go-to-file" />
        </button>
        <button
          type="button"
          className="icon-button"
          title={t("Delete")}
          aria-label={t("Delete {0}", node.id)}
          disabled={locked}
          onClick={() => canvas.remove([node.id], false)}
        >
          <Icon name="trash" />
        </button>
      </p>
      {descriptor ? (
        <p className="inspector-summary">{descriptor.summary}</p>
      ) : (
        <p className="inspector-summary">{t('There is no node type "{0}".', node.type)}</p>
      )}
      <div className="field">
        <div className="field-head">
          <label htmlFor="field-id">{t("id")}</label>
        </div>
        <TextField
          id="field-id"
          testId="param-id"
          text={node.id}
          disabled={locked}
          validate={(id) => t(idProblems[refuseId(id, others) ?? "none"])}
          commit={(newId) => {
            if (refuseId(newId, others) === undefined) canvas.rename(node.id, newId);
          }}
        />
      </div>
    </header>
  );
}

const idProblems = {
  none: "",
  shape: "A letter first, then letters, digits, - and _.",
  taken: "Another node has this id.",
  reserved: "This name is reserved.",
} as const;

function NodeProblems({ problems }: { readonly problems: readonly ProblemView[] }) {
  const { bridge } = useCanvas();
  if (problems.length === 0) return null;
  return (
    <ul className="node-problems">
      {problems.map(({ code, message, severity, line }) => (
        <li key={`${code} ${line} ${message}`} className={`problem-${severity}`}>
          <Icon name={severity === "hint" ? "lightbulb" : severity} />
          <button type="button" className="link" onClick={() => bridge.send({ type: "open-text", line })}>
            {message}
          </button>
        </li>
      ))}
    </ul>
  );
}
