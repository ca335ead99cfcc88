import type { NodeProps } from "@xyflow/react";
import { memo, useState } from "react";
import { useCanvas, useSettled } from "../canvas.ts";
import { focusOnAppearing } from "../focus.ts";
import type { GroupNode, NoteNode } from "./flow.ts";

/** A sticky note. A double-click edits its text. */
export const NoteView = memo(function NoteView({ data: { note }, selected }: NodeProps<NoteNode>) {
  const canvas = useCanvas();
  const { locked } = useSettled();
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const finish = () => {
    if (draft !== undefined && draft !== note.text) {
      const { id, at, size } = note;
      canvas.edit(
        { kind: "set-note", id, at, text: draft, ...(size ? { size } : {}) },
        canvas.t("Note changed."),
      );
    }
    setDraft(undefined);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the note's text is also in the document's outline.
    <div
      className={selected ? "note selected" : "note"}
      onDoubleClick={(event) => {
        event.stopPropagation();
        if (!locked) setDraft(note.text);
      }}
    >
      {draft === undefined ? (
        note.text
      ) : (
        <textarea
          className="nodrag nopan nowheel"
          aria-label={canvas.t("Text of the note")}
          value={draft}
          ref={focusOnAppearing}
          onChange={({ target }) => setDraft(target.value)}
          onBlur={finish}
          onKeyDown={(event) => {
            if (event.key === "Escape") setDraft(undefined);
            else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) finish();
          }}
        />
      )}
    </div>
  );
});

/** The frame around the nodes of a group. */
export const GroupView = memo(function GroupView({ data }: NodeProps<GroupNode>) {
  return (
    <div className="group-frame" style={data.color === "" ? {} : { borderColor: data.color }}>
      <span className="group-label">{data.label}</span>
    </div>
  );
});
