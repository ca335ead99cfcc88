import { useMemo, useState, useSyncExternalStore } from "react";
import type { NodeDescriptor } from "../../../language/catalog.ts";
import { useCanvas, useCanvasState, useSettled } from "../canvas.ts";
import { paletteDragType } from "../graph/drag.ts";
import { paletteSections } from "../model/search.ts";
import { categoryNames } from "./categories.ts";
import { Icon } from "./icon.tsx";

/** All node types: to be dragged onto the canvas, or added to its middle with a click or Enter. */
export function Palette() {
  const canvas = useCanvas();
  const chosen = useCanvasState(({ paletteOpen }) => paletteOpen);
  const hasRoom = useRoom();
  const open = chosen ?? hasRoom;
  const toggle = () => canvas.store.set({ paletteOpen: !open });
  const label = open ? canvas.t("Hide the node types") : canvas.t("Show the node types");
  return (
    <nav className={open ? "palette" : "palette collapsed"} aria-label={canvas.t("Node types")}>
      <header>
        {open && <h2>{canvas.t("Nodes")}</h2>}
        <button
          type="button"
          className="icon-button"
          aria-expanded={open}
          title={label}
          aria-label={label}
          onClick={toggle}
        >
          <Icon name={open ? "chevron-left" : "chevron-right"} />
        </button>
      </header>
      {open && <PaletteList />}
    </nav>
  );
}

/** Beside a text editor there is often no room for both the node types and the nodes. */
const room = matchMedia("(min-width: 760px)");

function useRoom(): boolean {
  return useSyncExternalStore(
    (listener) => {
      room.addEventListener("change", listener);
      return () => room.removeEventListener("change", listener);
    },
    () => room.matches,
  );
}

function PaletteList() {
  const { t } = useCanvas();
  const { descriptors } = useSettled();
  const [query, setQuery] = useState("");
  const sections = useMemo(() => paletteSections([...descriptors.values()], query), [descriptors, query]);
  return (
    <>
      <input
        type="search"
        className="palette-search"
        placeholder={t("Search")}
        aria-label={t("Search node types")}
        value={query}
        onChange={({ target }) => setQuery(target.value)}
        onKeyDown={(event) => event.key === "Escape" && setQuery("")}
      />
      <div className="palette-list">
        {sections.map(({ category, items }) => (
          <details key={category} open>
            <summary>{t(categoryNames[category])}</summary>
            <ul>
              {items.map((descriptor) => (
                <PaletteItem key={descriptor.type} descriptor={descriptor} />
              ))}
            </ul>
          </details>
        ))}
        {sections.length === 0 && <p className="empty">{t("No node type is called that.")}</p>}
      </div>
    </>
  );
}

function PaletteItem({ descriptor }: { readonly descriptor: NodeDescriptor }) {
  const canvas = useCanvas();
  const { locked } = useSettled();
  const { type, icon, summary, category } = descriptor;
  return (
    <li>
      <button
        type="button"
        className={`palette-item category-${category}`}
        data-testid={`palette-item-${type}`}
        title={summary}
        draggable={!locked}
        disabled={locked}
        onDragStart={(event) => {
          event.dataTransfer.setData(paletteDragType, type);
          event.dataTransfer.effectAllowed = "copy";
        }}
        onClick={() => canvas.addNode(type, canvas.freeCentre())}
      >
        <span className="card-icon">
          <Icon name={icon} />
        </span>
        <span className="palette-title">{type}</span>
      </button>
    </li>
  );
}
