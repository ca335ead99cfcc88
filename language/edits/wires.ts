import type { ScalarStyle, SourceEntry, SourceList, SourceScalar, SourceValue } from "../model.ts";
import { isEmpty } from "../parse/reader.ts";
import { parseReference, writeReference } from "../parse/wires.ts";
import type { TextEdit } from "../problem.ts";
import { writeKey, writeScalar } from "../syntax/write.ts";
import type { OutputEnd } from "./edit.ts";
import {
  appendItem,
  entrySlot,
  insertEntry,
  itemSlot,
  placeOf,
  removeEntry,
  removeItem,
  replaceValue,
  type Slot,
} from "./slots.ts";
import { entryOf, isFlow, type Source } from "./source.ts";
import { applyTextEdits } from "./text-edits.ts";

/** What becomes of a wire: it stays, it goes, or others take its place. */
export type Rewire = (wire: OutputEnd, input: string) => readonly OutputEnd[];

/** The wires of one input as they are written, in order. */
export interface WrittenWire {
  readonly scalar: SourceScalar;
  readonly input: string;
  readonly end: OutputEnd;
}

/** All references in the `from` of a node or of an output of the workflow. */
export function writtenWires(owner: SourceEntry): readonly WrittenWire[] {
  const from = fromOf(owner);
  if (from === undefined) return [];
  const inputs =
    from.value.kind === "map"
      ? from.value.entries.map(({ key, value }) => [key.value, value] as const)
      : [["in", from.value] as const];
  return inputs.flatMap(([input, value]) =>
    references(value).flatMap((scalar) => {
      const end = parseReference(scalar.text.trim());
      return end === undefined ? [] : [{ scalar, input, end }];
    }),
  );
}

export function isSameOutput(a: OutputEnd, b: OutputEnd): boolean {
  return a.node === b.node && a.port === b.port;
}

function fromOf({ value }: SourceEntry): SourceEntry | undefined {
  return value.kind === "map" ? entryOf(value, "from") : undefined;
}

function references(value: SourceValue): readonly SourceScalar[] {
  if (value.kind === "scalar") return isEmpty(value) ? [] : [value];
  return value.kind === "list" ? value.items.filter((item) => item.kind === "scalar") : [];
}

/** Changes the wires into a node (or an output of the workflow): each by itself, as it is written. */
export function rewire(source: Source, owner: SourceEntry, decide: Rewire): readonly TextEdit[] {
  const from = fromOf(owner);
  if (from === undefined || owner.value.kind !== "map") return [];
  const flow = isFlow(source.text, owner.value);
  if (from.value.kind !== "map") {
    const result = rewireValue(source, entrySlot(source.text, from, flow), (wire) => decide(wire, "in"));
    return result === "remove" ? [removeEntry(source, owner.value, from)] : result;
  }
  const map = from.value;
  const inFlow = flow || isFlow(source.text, map);
  const results = map.entries.map((input) => ({
    input,
    result: rewireValue(source, entrySlot(source.text, input, inFlow), (wire) =>
      decide(wire, input.key.value),
    ),
  }));
  const removed = results.filter(({ result }) => result === "remove");
  if (removed.length > 0 && removed.length === map.entries.length)
    return [removeEntry(source, owner.value, from)];
  if (removed.length > 1 && inFlow) return rewriteInputs(source, entrySlot(source.text, from, flow), results);
  return results.flatMap(({ input, result }) =>
    result === "remove" ? [removeEntry(source, map, input)] : result,
  );
}

/** Where several inputs go at once from a map in braces, it is written anew. */
function rewriteInputs(
  source: Source,
  slot: Slot,
  results: readonly { readonly input: SourceEntry; readonly result: readonly TextEdit[] | "remove" }[],
): readonly TextEdit[] {
  const kept = results.flatMap(({ input, result }) => {
    if (result === "remove") return [];
    const { start, end } = { start: input.key.range.start, end: input.value.range.end };
    const inside = result.map(({ range, newText }) => ({
      range: { start: range.start - start, end: range.end - start },
      newText,
    }));
    return [applyTextEdits(source.text.slice(start, end), inside)];
  });
  return replaceValue(source, slot, { head: `{ ${kept.join(", ")} }`, body: "" });
}

function rewireValue(
  source: Source,
  slot: Slot,
  decide: (wire: OutputEnd) => readonly OutputEnd[],
): readonly TextEdit[] | "remove" {
  const { value } = slot;
  if (value.kind === "map") return [];
  const items = value.kind === "list" ? value.items : [value];
  const fates = fatesOf(items, decide);
  if (fates.every((fate) => fate === undefined)) return [];
  const texts = fates.flatMap((fate, index) => fate ?? [sourceText(source, items[index])]);
  if (texts.length === 0) return "remove";
  if (value.kind === "list" && !slot.flow && !isFlow(source.text, value))
    return rewireLines(source, value, fates);
  if (value.kind === "list" && fates.every((fate) => fate === undefined || fate.length === 1)) {
    return fates.flatMap((fate, index) => replaceItem(source, value, index, fate));
  }
  const [only] = texts;
  const head = texts.length === 1 && only !== undefined ? only : `[${texts.join(", ")}]`;
  return replaceValue(source, slot, { head, body: "" });
}

/**
 * The references that take the place of each item; undefined where it stays as it is. None is written twice: what is
 * there already, or was put in before, is not put in again.
 */
function fatesOf(
  items: readonly SourceValue[],
  decide: (wire: OutputEnd) => readonly OutputEnd[],
): readonly (readonly string[] | undefined)[] {
  const decisions = items.map((item) => {
    const wire = item.kind === "scalar" ? parseReference(item.text.trim()) : undefined;
    if (wire === undefined || item.kind !== "scalar") return undefined;
    const written = writeReference(wire);
    const next = decide(wire).map(writeReference);
    return { written, next, style: item.style, stays: next.length === 1 && next[0] === written };
  });
  const seen = new Set(decisions.flatMap((decision) => (decision?.stays ? [decision.written] : [])));
  return decisions.map((decision) => {
    if (decision === undefined || decision.stays) return undefined;
    const added = decision.next.filter((reference) => !seen.has(reference));
    for (const reference of added) seen.add(reference);
    return added.map((reference) => writeReferenceAs(reference, decision.style));
  });
}

/** Inside brackets or not: names and dots are written the same way. */
function writeReferenceAs(reference: string, style: ScalarStyle): string {
  return writeScalar(reference, { flow: true, column: 0, unit: 2, eol: "\n", style }).head;
}

function sourceText({ text }: Source, value: SourceValue | undefined): string {
  return value === undefined ? "" : text.slice(value.range.start, value.range.end);
}

function replaceItem(
  source: Source,
  list: SourceList,
  index: number,
  fate: readonly string[] | undefined,
): readonly TextEdit[] {
  const slot = itemSlot(source.text, list, index);
  const [head] = fate ?? [];
  return slot === undefined || head === undefined ? [] : replaceValue(source, slot, { head, body: "" });
}

/** A list with a line for each wire. */
function rewireLines(
  source: Source,
  list: SourceList,
  fates: readonly (readonly string[] | undefined)[],
): readonly TextEdit[] {
  return fates.flatMap((fate, index) => {
    if (fate === undefined) return [];
    const [first, ...others] = fate;
    const slot = itemSlot(source.text, list, index);
    if (slot === undefined) return [];
    if (first === undefined) return [removeItem(source, list, index)].filter((edit) => edit !== undefined);
    const line = `${source.eol}${" ".repeat(slot.column)}- `;
    return replaceValue(source, slot, { head: first, body: others.map((other) => line + other).join("") });
  });
}

/** Adds a wire into an input of a node (or into an output of the workflow). */
export function addWire(source: Source, owner: Slot, wire: OutputEnd, input: string): readonly TextEdit[] {
  const { text } = source;
  const reference = writeReference(wire);
  const map = owner.value.kind === "map" ? owner.value : undefined;
  const from = map && entryOf(map, "from");
  if (from === undefined) {
    const head = input === "in" ? reference : `{ ${writeKey(input, { flow: true })}: ${reference} }`;
    return insertEntry(source, owner, "from", () => ({ head, body: "" }), map && entryOf(map, "type"));
  }
  const slot = entrySlot(text, from, owner.flow || (map !== undefined && isFlow(text, map)));
  if (from.value.kind === "map") return addToInput(source, slot, reference, input);
  if (input === "in" || isEmpty(from.value)) {
    const named = input === "in" ? reference : `{ ${writeKey(input, { flow: true })}: ${reference} }`;
    return isEmpty(from.value)
      ? replaceValue(source, slot, { head: named, body: "" })
      : addToValue(source, slot, reference);
  }
  const existing = references(from.value).map(({ text: other }) => other.trim());
  const inputs = [
    ...(existing.length === 0 ? [] : [`in: ${asList(existing)}`]),
    `${writeKey(input, { flow: true })}: ${reference}`,
  ];
  return replaceValue(source, slot, { head: `{ ${inputs.join(", ")} }`, body: "" });
}

function asList(references: readonly string[]): string {
  return references.length === 1 ? (references[0] ?? "") : `[${references.join(", ")}]`;
}

function addToInput(source: Source, slot: Slot, reference: string, input: string): readonly TextEdit[] {
  const map = slot.value.kind === "map" ? slot.value : undefined;
  const existing = entryOf(map, input);
  if (existing === undefined) return insertEntry(source, slot, input, () => ({ head: reference, body: "" }));
  const inner = entrySlot(
    source.text,
    existing,
    slot.flow || (map !== undefined && isFlow(source.text, map)),
  );
  if (isEmpty(existing.value)) return replaceValue(source, inner, { head: reference, body: "" });
  return addToValue(source, inner, reference);
}

function addToValue(source: Source, slot: Slot, reference: string): readonly TextEdit[] {
  const { value } = slot;
  if (value.kind === "list") {
    return appendItem(source, slot, value, (place) => writeScalar(reference, place));
  }
  const written = source.text.slice(value.range.start, value.range.end);
  const single = written.includes("\n")
    ? writeScalar(value.kind === "scalar" ? value.text : "", { ...placeOf(source, slot), flow: true }).head
    : written;
  return replaceValue(source, slot, { head: `[${single}, ${reference}]`, body: "" });
}
