import type { TextEdit } from "../problem.ts";
import { entrySlot } from "./slots.ts";
import { entriesOf, entryOf, isFlow, type Source, sectionOf } from "./source.ts";
import { rewireValue } from "./wires.ts";

/** Puts other nodes in the place of members of groups; none stands in a group twice. */
export function replaceMembers(
  source: Source,
  decide: (id: string) => readonly string[],
): readonly TextEdit[] {
  const { text } = source;
  const section = sectionOf(source, "groups")?.value;
  return entriesOf(source, "groups").flatMap(({ value }) => {
    const members = value.kind === "map" ? entryOf(value, "nodes") : undefined;
    if (members?.value.kind !== "list") return [];
    const flow = isFlow(text, value) || (section !== undefined && isFlow(text, section));
    // A member is written as a wire from its first output is.
    const result = rewireValue(source, entrySlot(text, members, flow), (wire) =>
      decide(wire.node).map((node) => ({ node, port: wire.port })),
    );
    return result === "remove" ? [] : result;
  });
}
