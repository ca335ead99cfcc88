import type { Position, SourceEntry } from "../model.ts";
import { isEmpty } from "../parse/reader.ts";
import type { TextEdit } from "../problem.ts";
import { nodeSlot, refuseShape, takesEntries } from "./params.ts";
import { entrySlot, insertEntry, placeOf, replaceValue } from "./slots.ts";
import {
  done,
  type Edited,
  entryOf,
  isFlow,
  nodeEntry,
  refused,
  type Source,
  unknownNode,
} from "./source.ts";

/** Writes positions, and nothing else. */
export function moveNodes(source: Source, positions: Readonly<Record<string, Position>>): Edited {
  const edits: TextEdit[] = [];
  for (const [id, at] of Object.entries(positions)) {
    const entry = nodeEntry(source, id);
    if (entry === undefined) return unknownNode(id);
    const refusal = refusePosition(at) ?? (takesEntries(entry) ? undefined : refuseShape(id, entry));
    if (refusal !== undefined) return refusal;
    edits.push(...moveNode(source, entry, at));
  }
  return done(edits);
}

function moveNode(source: Source, entry: SourceEntry, at: Position): readonly TextEdit[] {
  const slot = nodeSlot(source, entry);
  const written = entry.value.kind === "map" ? entryOf(entry.value, "at") : undefined;
  if (written === undefined)
    return insertEntry(source, slot, "at", () => ({ head: writePosition(at), body: "" }));
  const { value } = written;
  const [x, y] = value.kind === "list" && value.items.length === 2 ? value.items : [];
  if (x?.kind === "scalar" && y?.kind === "scalar" && !isEmpty(x) && !isEmpty(y)) {
    return [changed(x.value, at.x, x.range), changed(y.value, at.y, y.range)].flat();
  }
  const flow = slot.flow || isFlow(source.text, entry.value);
  const place = entrySlot(source.text, written, flow);
  return replaceValue(source, { ...place, ...placeOf(source, place) }, { head: writePosition(at), body: "" });
}

function changed(before: unknown, after: number, range: TextEdit["range"]): readonly TextEdit[] {
  return before === Number(writeNumber(after)) ? [] : [{ range, newText: writeNumber(after) }];
}
export function writePosition({ x, y }: Position): string {
  return `[${writeNumber(x)}, ${writeNumber(y)}]`;
}

/** Whole hundredths are more than a screen can show. */
export function writeNumber(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}

export function refusePosition(at: Position | undefined): Edited | undefined {
  const fits =
    at === undefined || [at.x, at.y].every((value) => Number.isFinite(value) && Math.abs(value) <= 1e9);
  return fits
    ? undefined
    : refused("EDDY_EDIT_POSITION", "A position is two numbers of at most a thousand million.");
}
