import { useCanvas, useSettled } from "../canvas.ts";
import { Icon } from "./icon.tsx";

/** What can be done with several nodes at once. */
export function SelectionPanel({ ids }: { readonly ids: readonly string[] }) {
  const canvas = useCanvas();
  const { workflow, locked } = useSettled();
  const { t } = canvas;
  const group = workflow.groups.find(({ nodes }) => ids.every((id) => nodes.includes(id)));
  const actions = [
    { icon: "type-hierarchy-sub", label: t("Arrange automatically"), run: () => void canvas.arrange() },
    { icon: "files", label: t("Duplicate"), run: () => canvas.duplicate(ids) },
    group
      ? {
          icon: "ungroup-by-ref-type",
          label: t("Remove the group {0}", group.label || group.id),
          run: () => canvas.ungroup(group.id),
        }
      : { icon: "group-by-ref-type", label: t("Group"), run: () => canvas.group(ids) },
    { icon: "trash", label: t("Delete"), run: () => canvas.remove(ids, false) },
  ];
  return (
    <section className="selection-panel">
      <h2>{t("{0} nodes", ids.length)}</h2>
      {actions.map(({ icon, label, run }) => (
        <button key={icon} type="button" className="button" disabled={locked} onClick={run}>
          <Icon name={icon} /> {label}
        </button>
      ))}
    </section>
  );
}
