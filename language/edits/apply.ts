import type { Catalog } from "../catalog.ts";
import { parseWorkflow } from "../parse.ts";
import { addNode } from "./add.ts";
import { group, removeNote, setNote, ungroup } from "./canvas.ts";
import { connect, disconnect, insertOnWire } from "./connect.ts";
import type { Edit } from "./edit.ts";
import { duplicateNodes, paste } from "./fragment.ts";
import { setParam, unsetParam } from "./params.ts";
import { moveNodes } from "./positions.ts";
import { removeNodes } from "./remove.ts";
import { renameNode } from "./rename.ts";
import { type Edited, openSource, refused, type Source } from "./source.ts";
import { applyTextEdits, minimalEdits } from "./text-edits.ts";

/**
 * Turns an edit into the text edits that make it: as few characters as possible, everything else as it was. Where the
 * edit cannot be made, or the text cannot be read, there are no edits and a problem says why. Never throws for bad input.
 */
export function applyEdit(text: string, edit: Edit, catalog: Catalog): Edited {
  const source = openSource(text, catalog);
  const refusal = refuseSource(source);
  if (refusal !== undefined) return refusal;
  const { edits, problems } = makeEdit(source, edit);
  if (problems.length > 0) return { edits: [], problems };
  return finishEdits(text, edits);
}

/** The edits with no more than they change, after a last look: better no edit than a broken file. */
export function finishEdits(text: string, edits: Edited["edits"]): Edited {
  const minimal = minimalEdits(text, edits);
  return parseWorkflow(applyTextEdits(text, minimal), "").readable
    ? { edits: minimal, problems: [] }
    : refused(
        "EDDY_EDIT_FAILED",
        "The text could not be read after this edit, so it was not made. Make the change in the text.",
      );
}

/** Why nothing can be written to a file; undefined where it can. */
export function refuseSource({ parsed }: Source): Edited | undefined {
  const newer = parsed.problems.find(({ code }) => code === "EDDY_VERSION_NEWER");
  if (newer !== undefined) return { edits: [], problems: [newer] };
  if (parsed.readable) return undefined;
  const fatal = parsed.syntax.problems.find((problem) => problem.fatal);
  return refused(
    "EDDY_EDIT_UNREADABLE",
    `The file cannot be edited while part of it cannot be read. ${fatal?.message ?? ""}`.trim(),
    fatal?.range,
  );
}

function makeEdit(source: Source, edit: Edit): Edited {
  switch (edit.kind) {
    case "add-node":
      return addNode(source, edit);
    case "remove-nodes":
      return removeNodes(source, edit);
    case "insert-on-wire":
      return insertOnWire(source, edit);
    case "connect":
      return connect(source, edit);
    case "disconnect":
      return disconnect(source, edit);
    case "rename-node":
      return renameNode(source, edit);
    case "set-param":
      return setParam(source, edit.id, edit.path, edit.text);
    case "unset-param":
      return unsetParam(source, edit.id, edit.path);
    case "move-nodes":
    case "layout":
      return moveNodes(source, edit.positions);
    case "duplicate-nodes":
      return duplicateNodes(source, edit);
    case "paste":
      return paste(source, edit);
    case "group":
      return group(source, edit);
    case "ungroup":
      return ungroup(source, edit);
    case "set-note":
      return setNote(source, edit);
    case "remove-note":
      return removeNote(source, edit);
  }
}
