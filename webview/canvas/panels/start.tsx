import { useCanvas, useSettled } from "../canvas.ts";
import { Icon } from "./icon.tsx";

const firstTypes = ["inject", "simulate", "mqtt-in", "function", "log"];

/** What an empty workflow shows: a way to begin. */
export function Start() {
  const canvas = useCanvas();
  const { workflow, descriptors, locked } = useSettled();
  if (workflow.nodes.length > 0 || locked) return null;
  return (
    <section className="start" aria-label={canvas.t("Start")}>
      <h2>{canvas.t("This workflow is empty")}</h2>
      <p>{canvas.t("Drag a node from the left, double-click anywhere, or begin with one of these:")}</p>
      <ul>
        {firstTypes.flatMap((type) => {
          const descriptor = descriptors.get(type);
          if (!descriptor) return [];
          return [
            <li key={type}>
              <button
                type="button"
                className={`start-item category-${descriptor.category}`}
                data-testid={`start-${type}`}
                onClick={() => canvas.addNode(type, canvas.freeCentre())}
              >
                <span className="card-icon">
                  <Icon name={descriptor.icon} />
                </span>
                <span>
                  <strong>{type}</strong>
                  <span className="start-summary">{descriptor.summary}</span>
                </span>
              </button>
            </li>,
          ];
        })}
      </ul>
    </section>
  );
}
