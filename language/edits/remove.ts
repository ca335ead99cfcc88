import type { TextEdit } from "../problem.ts";
import { removeBlocks, removeFromSection } from "./blocks.ts";
import type { Edit, OutputEnd } from "./edit.ts";
import { entrySlot, removeItem, replaceValue } from "./slots.ts";
import {
  done,
  type Edited,
  entriesOf,
  entryOf,
  isFlow,
  nodeEntry,
  type Source,
  sectionOf,
  unknownNode,
} from "./source.ts";
import { isSameOutput, rewire, writtenWires } from "./wires.ts";

type EditOf<K extends Edit["kind"]> = Extract<Edit, { kind: K }>;

/** Removes nodes with their wires; `heal` puts what fed them in front of what they fed. */
export function removeNodes(source: Source, { ids, heal }: EditOf<"remove-nodes">): Edited {
  const missing = ids.find((id) => nodeEntry(source, id) === undefined);
  if (missing !== undefined) return unknownNode(missing);
  const removed = new Set(ids);
  const replacement = (wire: OutputEnd): readonly OutputEnd[] => {
    if (!removed.has(wire.node)) return [wire];
    return heal && wire.port !== "error" ? feeders(source, wire.node, removed) : [];
  };
  const owners = [...entriesOf(source, "nodes"), ...entriesOf(source, "outputs")].filter(
    ({ key }) => !removed.has(key.value),
  );
  const wires = owners.flatMap((owner) =>
    rewire(source, owner, (wire) =>
      replacement(wire).filter(({ node }) => node !== owner.key.value || !removed.has(wire.node)),
    ),
  );
  return done([...wires, ...leaveGroups(source, removed), ...removeNodeBlocks(source, removed)]);
}

function removeNodeBlocks(source: Source, removed: ReadonlySet<string>): readonly TextEdit[] {
  const nodes = sectionOf(source, "nodes")?.value;
  return nodes?.kind === "map" ? removeBlocks(source, nodes, removed) : [];
}

/** The outputs, of nodes that stay, from which messages came to a node that goes. */
function feeders(source: Source, id: string, removed: ReadonlySet<string>): readonly OutputEnd[] {
  const found: OutputEnd[] = [];
  const visited = new Set<string>();
  const visit = (node: string): void => {
    if (visited.has(node)) return;
    visited.add(node);
    const entry = nodeEntry(source, node);
    for (const { end } of entry === undefined ? [] : writtenWires(entry)) {
      if (removed.has(end.node)) visit(end.node);
      else if (!found.some((other) => isSameOutput(other, end))) found.push(end);
    }
  };
  visit(id);
  return found;
}

/** Takes nodes out of the groups they are in; a group of which nothing is left goes as well. */
function leaveGroups(source: Source, removed: ReadonlySet<string>): readonly TextEdit[] {
  const { text } = source;
  const section = sectionOf(source, "groups")?.value;
  const emptied = new Set<string>();
  const edits: TextEdit[] = [];
  for (const group of entriesOf(source, "groups")) {
    const members = group.value.kind === "map" ? entryOf(group.value, "nodes") : undefined;
    if (members?.value.kind !== "list" || group.value.kind !== "map") continue;
    const list = members.value;
    const gone = list.items.map((item) => item.kind === "scalar" && removed.has(item.text));
    if (!gone.includes(true)) continue;
    if (!gone.includes(false)) {
      emptied.add(group.key.value);
    } else if (isFlow(text, list)) {
      const kept = list.items
        .filter((_, index) => !gone[index])
        .map(({ range }) => text.slice(range.start, range.end));
      const flow = isFlow(text, group.value) || (section !== undefined && isFlow(text, section));
      edits.push(
        ...replaceValue(source, entrySlot(text, members, flow), { head: `[${kept.join(", ")}]`, body: "" }),
      );
    } else {
      for (const [index, isGone] of gone.entries()) {
        const edit = isGone ? removeItem(source, list, index) : undefined;
        if (edit !== undefined) edits.push(edit);
      }
    }
  }
  return [...edits, ...removeFromSection(source, "groups", emptied)];
}
