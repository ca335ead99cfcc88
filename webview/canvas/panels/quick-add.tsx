import { type KeyboardEvent, useMemo, useState } from "react";
import { useCanvas, useCanvasState, useSettled } from "../canvas.ts";
import { focusOnAppearing } from "../focus.ts";
import { searchTypes } from "../model/search.ts";
import { bySuitability } from "../model/suitability.ts";
import type { QuickAdd } from "../store.ts";
import { Icon } from "./icon.tsx";

/** The list of node types at the pointer: type a few letters, Enter. */
export function QuickAddPopup() {
  const quickAdd = useCanvasState((state) => state.quickAdd);
  if (!quickAdd) return null;
  return <TypeList key={`${quickAdd.at.x} ${quickAdd.at.y}`} quickAdd={quickAdd} />;
}

/** Pixels; see canvas.css. */
const popupSize = { width: 280, height: 340 };

function TypeList({ quickAdd }: { readonly quickAdd: QuickAdd }) {
  const canvas = useCanvas();
  const { items, query, setQuery, index, onKeyDown, choose, close } = useTypeList(quickAdd);
  const { screen, from, wire } = quickAdd;
  const left = Math.max(4, Math.min(screen.x, window.innerWidth - popupSize.width - 8));
  const top = Math.max(4, Math.min(screen.y, window.innerHeight - popupSize.height - 8));
  const source = wire?.source ?? from;
  return (
    <div
      className="quick-add"
      role="dialog"
      aria-label={canvas.t("Add a node")}
      style={{ left, top }}
      data-testid="quick-add"
    >
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="quick-add-list"
        aria-activedescendant={items[index] ? `quick-add-${index}` : undefined}
        aria-label={canvas.t("Node type")}
        placeholder={
          source ? canvas.t("Add behind {0}…", `${source.node}.${source.port}`) : canvas.t("Add a node…")
        }
        value={query}
        ref={focusOnAppearing}
        onChange={({ target }) => setQuery(target.value)}
        onBlur={close}
        onKeyDown={onKeyDown}
      />
      <div id="quick-add-list" role="listbox" aria-label={canvas.t("Node types")}>
        {items.map(({ type, icon, summary, category }, position) => (
          <div
            key={type}
            id={`quick-add-${position}`}
            role="option"
            tabIndex={-1}
            aria-selected={position === index}
            className={`category-${category}`}
            data-testid={`quick-add-item-${type}`}
            ref={position === index ? (element) => element?.scrollIntoView({ block: "nearest" }) : null}
            // The field keeps the focus, so that the list stays open until the click is through.
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => choose(type)}
            onKeyDown={onKeyDown}
          >
            <span className="card-icon">
              <Icon name={icon} />
            </span>
            <span className="quick-add-type">{type}</span>
            <span className="quick-add-summary">{summary}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

function useTypeList({ at, from, wire }: QuickAdd) {
  const canvas = useCanvas();
  const { descriptors } = useSettled();
  const source = wire?.source ?? from;
  const payload = useCanvasState(({ snapshot }) =>
    source ? snapshot?.types[source.node]?.[source.port]?.payload : undefined,
  );
  const [query, setQuery] = useState("");
  const [wanted, setIndex] = useState(0);
  // What takes no messages cannot stand behind a wire.
  const items = useMemo(() => {
    const fitting = [...descriptors.values()].filter(({ inputs }) => !(from || wire) || inputs !== "none");
    return searchTypes(bySuitability(fitting, payload), query);
  }, [descriptors, query, from, wire, payload]);
  const index = Math.min(wanted, Math.max(0, items.length - 1));
  const close = () => canvas.store.set({ quickAdd: undefined });
  const choose = (type: string) => {
    close();
    if (wire) canvas.insertOnWire(type, at, wire);
    else canvas.addNode(type, canvas.freePlaceNear(at), from);
    canvas.viewport?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const chosen = items[index];
    if (step !== 0 && items.length > 0) setIndex((index + step + items.length) % items.length);
    else if (event.key === "Enter" && chosen) choose(chosen.type);
    else if (event.key === "Escape") {
      close();
      canvas.viewport?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const search = (text: string) => {
    setQuery(text);
    setIndex(0);
  };
  return { items, query, setQuery: search, index, onKeyDown, choose, close };
}
