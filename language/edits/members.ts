import type { SourceList } from "../model.ts";
import type { TextEdit } from "../problem.ts";
import { writeKey } from "../syntax/write.ts";
import { entrySlot, itemSlot, removeItem, replaceValue } from "./slots.ts";
import { entriesOf, entryOf, isFlow, type Source, sectionOf } from "./source.ts";

/** The nodes that take the place of a member of a group; undefined where it stays. */
export type ReplaceMember = (id: string) => readonly string[] | undefined;

/** Puts other nodes in the place of members of groups; none of them stands in a group twice. */
export function replaceMembers(source: Source, decide: ReplaceMember): readonly TextEdit[] {
  const { text } = source;
  const section = sectionOf(source, "groups")?.value;
  return entriesOf(source, "groups").flatMap(({ value }) => {
    const members = value.kind === "map" ? entryOf(value, "nodes") : undefined;
    if (members?.value.kind !== "list") return [];
    const list = members.value;
    const fates = fatesOf(list, decide);
    if (fates.every((fate) => fate === undefined)) return [];
    if (!isFlow(text, list)) return inLines(source, list, fates);
    const kept = list.items.flatMap(
      ({ range }, index) => fates[index] ?? [text.slice(range.start, range.end)],
    );
    const flow = isFlow(text, value) || (section !== undefined && isFlow(text, section));
    return replaceValue(source, entrySlot(text, members, flow), { head: `[${kept.join(", ")}]`, body: "" });
  });
}

function fatesOf(list: SourceList, decide: ReplaceMember): readonly (readonly string[] | undefined)[] {
  const seen = new Set<string>();
  return list.items.map((item) => {
    const added = item.kind === "scalar" ? decide(item.text) : undefined;
    const fresh = added?.filter((id) => !seen.has(id)).map((id) => writeKey(id, { flow: true }));
    for (const id of added ?? []) seen.add(id);
    return fresh;
  });
}

function inLines(
  source: Source,
  list: SourceList,
  fates: readonly (readonly string[] | undefined)[],
): readonly TextEdit[] {
  return fates.flatMap((fate, index) => {
    const slot = itemSlot(source.text, list, index);
    if (fate === undefined || slot === undefined) return [];
    const [head, ...others] = fate;
    if (head === undefined) return [removeItem(source, list, index)].filter((edit) => edit !== undefined);
    const line = `${source.eol}${" ".repeat(slot.column)}- `;
    return replaceValue(source, slot, { head, body: others.map((other) => line + other).join("") });
  });
}
