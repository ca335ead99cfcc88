import type { Catalog } from "../catalog.ts";
import type { SourceEntry } from "../model.ts";
import { parseWorkflow } from "../parse.ts";
import type { TextEdit } from "../problem.ts";
import { subflowDescriptor } from "../resolve-subflow.ts";
import { behindBlankLines, lineStart, nextLine } from "../syntax/lines.ts";
import { finishEdits, refuseSource } from "./apply.ts";
import { blockOf } from "./blocks.ts";
import { moveLines, normalizeBreaks, renameTaken, step } from "./fragment.ts";
import { mergeDeclarations, refuseInlining } from "./inline-declarations.ts";
import { inlinedWires } from "./inline-wires.ts";
import { replaceMembers } from "./members.ts";
import { refuseNewErrors } from "./new-errors.ts";
import { moveNodes } from "./positions.ts";
import { isTaken } from "./refusals.ts";
import { fromParent, moveTypes } from "./relative-types.ts";
import { endsInBlankLines, middleOf } from "./runs.ts";
import { endOfEntry, keepsBlankLines } from "./slots.ts";
import {
  columnOf,
  done,
  type Edited,
  entriesOf,
  nodeEntry,
  openSource,
  refused,
  type Source,
} from "./source.ts";
import { applyTextEdits } from "./text-edits.ts";
import { rewire } from "./wires.ts";

/**
 * Puts the nodes of a subflow in the place of the node `id` that uses it: the inverse of `extractSubflow`. Nodes whose ids
 * are taken get others. The subflow's file is left as it is. Where the nodes would do something else than before, a
 * problem says so and nothing is edited.
 */
export function inlineSubflow(text: string, id: string, subflowText: string, catalog: Catalog): Edited {
  const source = openSource(text, catalog);
  const inner = openSource(normalizeBreaks(subflowText, source.eol), catalog);
  const node = nodeEntry(source, id);
  const refusal = refuseSource(source) ?? refuseFile(inner) ?? refuseInlining(source, id, inner);
  if (refusal !== undefined || node === undefined) return refusal ?? done([]);
  const named = renameTaken(inner, (name) => name !== id && isTaken(source, name));
  const wires = inlinedWires(source, id, named);
  const wired = step(named, (current) =>
    entriesOf(current, "nodes").flatMap((entry) => rewire(current, entry, wires.inside)),
  );
  const file = source.parsed.workflow.nodes.get(id)?.type.value ?? "";
  const placed = step(wired, (current) => placeNodes(source, id, current));
  const typed = step(placed, (current) => moveTypes(current, (path) => fromParent(file, path)) ?? []);
  const owners = [...entriesOf(source, "nodes"), ...entriesOf(source, "outputs")];
  const members = [...typed.parsed.workflow.nodes.keys()];
  const edited = finishEdits(text, [
    ...mergeDeclarations(source, inner),
    replaceNode(source, node, typed),
    ...owners.filter((owner) => owner !== node).flatMap((owner) => rewire(source, owner, wires.outside)),
    ...replaceMembers(source, (member) => (member === id ? members : undefined)),
  ]);
  return edited.problems.length > 0 ? edited : (refuseErrors(source, inner, file, edited) ?? edited);
}

function refuseFile(inner: Source): Edited | undefined {
  const refusal = refuseSource(inner);
  if (refusal === undefined) return undefined;
  const [problem] = refusal.problems;
  return refused("EDDY_EDIT_UNREADABLE", `In the file of the subflow: ${problem?.message ?? ""}`);
}

/** The nodes stand around the place of the node that they take: unmoved where that has not moved. */
function placeNodes(source: Source, id: string, inner: Source): readonly TextEdit[] {
  const { nodes } = inner.parsed.workflow;
  const at = source.parsed.workflow.nodes.get(id)?.at;
  const middle = middleOf(nodes.values());
  if (at === undefined || middle === undefined) return [];
  const places = [...nodes.values()].flatMap((node) =>
    node.at === undefined
      ? []
      : [[node.id, { x: node.at.x + at.x - middle.x, y: node.at.y + at.y - middle.y }] as const],
  );
  return moveNodes(inner, Object.fromEntries(places)).edits;
}

/** Comments above the node stay; those of the subflow's nodes come along. */
function replaceNode(source: Source, node: SourceEntry, inner: Source): TextEdit {
  const { text } = source;
  const entries = entriesOf(inner, "nodes");
  const [first, last] = [entries[0], entries.at(-1)];
  const start = lineStart(text, node.key.range.start);
  const behind = nextLine(text, endOfEntry(node));
  if (first === undefined || last === undefined) return { range: { start, end: behind }, newText: "" };
  // Blank lines behind a text that keeps them are part of it, here and there.
  const keeps = endsInBlankLines(inner.text, last);
  const innerEnd = blockOf(inner.text, last).end;
  const lines = moveLines(
    inner.text.slice(
      blockOf(inner.text, first).start,
      keeps ? behindBlankLines(inner.text, innerEnd) : innerEnd,
    ),
    columnOf(inner.text, first.key.range.start),
    columnOf(text, node.key.range.start),
  );
  const end = keeps || keepsBlankLines(text, node.value) ? behindBlankLines(text, behind) : behind;
  return { range: { start, end }, newText: withBreak(source, lines, end, keeps) };
}

function withBreak({ text, eol }: Source, lines: string, end: number, keeps: boolean): string {
  const wasComplete = end < text.length || text.endsWith("\n");
  if (wasComplete) return lines.endsWith("\n") ? lines : lines + eol;
  return lines.endsWith("\n") && !keeps ? lines.slice(0, -eol.length) : lines;
}

function refuseErrors(
  { text, parsed, catalog }: Source,
  inner: Source,
  file: string,
  edited: Edited,
): Edited | undefined {
  const after = parseWorkflow(applyTextEdits(text, edited.edits), "");
  const descriptor = subflowDescriptor(file, inner.parsed.workflow, catalog);
  const before = { ...catalog, nodes: new Map([...catalog.nodes, [file, descriptor]]) };
  return refuseNewErrors(
    [
      [parsed, before],
      [inner.parsed, catalog],
    ],
    [[after, catalog]],
  );
}
