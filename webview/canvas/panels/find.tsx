import { type KeyboardEvent, useState } from "react";
import { useCanvas, useCanvasState, useSettled } from "../canvas.ts";
import { focusOnAppearing } from "../focus.ts";
import { findNodes } from "../model/find.ts";
import { Icon } from "./icon.tsx";

/** Finds nodes; Enter goes to the next one, Shift+Enter to the one before. */
export function FindBox() {
  const open = useCanvasState(({ find }) => find);
  return open ? <FindField /> : null;
}

function FindField() {
  const canvas = useCanvas();
  const { t } = canvas;
  const { workflow, cardsById } = useSettled();
  const [query, setQuery] = useState("");
  const [index, setIndex] = useState(0);
  const go = (text: string, step: number) => {
    const found = findNodes(text, workflow.nodes, cardsById);
    const next = found.length === 0 ? 0 : (index + step + found.length) % found.length;
    setIndex(next);
    const id = found[next];
    if (id === undefined) return;
    canvas.select([id]);
    canvas.viewport?.show(id);
  };
  const close = () => {
    canvas.store.set({ find: false });
    canvas.viewport?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") go(query, event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const count = findNodes(query, workflow.nodes, cardsById).length;
  return (
    <search className="find">
      <input
        type="text"
        data-testid="find"
        aria-label={t("Find a node")}
        placeholder={t("id, type, text, is:error")}
        value={query}
        ref={focusOnAppearing}
        onChange={({ target }) => {
          setQuery(target.value);
          setIndex(0);
          const [first] = findNodes(target.value, workflow.nodes, cardsById);
          if (first === undefined) return;
          canvas.select([first]);
          canvas.viewport?.show(first);
        }}
        onKeyDown={onKeyDown}
      />
      <span className="find-count" role="status">
        {query === ""
          ? ""
          : count === 0
            ? t("Nothing found")
            : t("{0} of {1}", Math.min(index + 1, count), count)}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-label={t("Close")}
        title={t("Close")}
        onClick={close}
      >
        <Icon name="close" />
      </button>
    </search>
  );
}
