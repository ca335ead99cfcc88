import type { SourceEntry } from "../model.ts";
import { workflowKeys } from "../parse.ts";
import type { TextEdit } from "../problem.ts";
import { writeScalar } from "../syntax/write.ts";
import { insertBlock } from "./blocks.ts";
import { carriedSections, declarationLines, isSameValue } from "./carried.ts";
import { fromParent, importsByPath, isRelative } from "./relative-types.ts";
import { insertEntry } from "./slots.ts";
import { type Edited, entriesOf, isFlow, refused, type Source, sectionOf, unknownNode } from "./source.ts";
import { otherNodes, testsOf, usesOf } from "./uses.ts";
import { writtenWires } from "./wires.ts";

/** Why the nodes of a subflow cannot stand in the workflow, or not without another meaning; undefined where they can. */
export function refuseInlining(source: Source, id: string, inner: Source): Edited | undefined {
  return (
    refuseNode(source, id) ??
    refuseShape(source, inner) ??
    refuseTests(source, id) ??
    refuseErrorWires(inner) ??
    refuseParams(inner) ??
    refuseScript(source, id, inner) ??
    refuseDeclarations(source, id, inner)
  );
}

function refuseNode(source: Source, id: string): Edited | undefined {
  const node = source.parsed.workflow.nodes.get(id);
  if (node === undefined) return unknownNode(id);
  if (!isRelative(node.type.value) || !node.type.value.endsWith(".flow.yaml"))
    return refused("EDDY_EDIT_SUBFLOW", `"${id}" is no subflow.`, node.idRange);
  if (!node.disabled) return undefined;
  const message = `"${id}" is disabled, and its nodes would run: enable it first.`;
  return refused("EDDY_EDIT_SUBFLOW", message, node.idRange);
}

/** Nodes move as they are written, by whole lines. */
function refuseShape(source: Source, inner: Source): Edited | undefined {
  const isBlock = ({ text, parsed }: Source, nodes: SourceEntry | undefined): boolean =>
    nodes?.value.kind === "map" &&
    !isFlow(text, nodes.value) &&
    parsed.syntax.root !== undefined &&
    !isFlow(text, parsed.syntax.root);
  if (entriesOf(inner, "nodes").length === 0)
    return refused("EDDY_EDIT_SUBFLOW", "The subflow has no nodes to take in.");
  if (isBlock(source, sectionOf(source, "nodes")) && isBlock(inner, sectionOf(inner, "nodes")))
    return undefined;
  return refused("EDDY_EDIT_SHAPE", "The nodes are written in braces: write each on lines of its own.");
}

function refuseTests(source: Source, id: string): Edited | undefined {
  const test = testsOf(source, new Set([id]));
  if (test === undefined) return undefined;
  return refused("EDDY_EDIT_TESTS", `The test "${test}" names "${id}": change the test first.`);
}

function refuseErrorWires(inner: Source): Edited | undefined {
  const owners = [...entriesOf(inner, "nodes"), ...entriesOf(inner, "outputs")];
  const catching = owners.find((owner) => writtenWires(owner).some(({ end }) => end.node === "any"));
  if (catching === undefined) return undefined;
  const message = `"${catching.key.value}" in the subflow takes any.error, which here would be the errors of all nodes: name the nodes instead (a.error).`;
  return refused("EDDY_EDIT_ERRORS", message);
}

function refuseParams(inner: Source): Edited | undefined {
  const { params } = inner.parsed.workflow;
  const entries = ["nodes", "connections"].flatMap((section) => entriesOf(inner, section));
  const script = sectionOf(inner, "script");
  const uses = usesOf(inner, script === undefined ? entries : [...entries, script]);
  if (params.size === 0 || !uses.hasAny("params")) return undefined;
  const message = "The nodes of the subflow use its params: write the values in place of params. first.";
  return refused("EDDY_EDIT_PARAMS", message);
}

function refuseScript(source: Source, id: string, inner: Source): Edited | undefined {
  const theirs = inner.parsed.workflow.script;
  const ours = source.parsed.workflow.script;
  if (theirs !== undefined && ours !== undefined && theirs.text.trim() !== ours.text.trim()) {
    const message =
      "The subflow has a script of its own: bring the two scripts to the same text first, so that every name means one thing.";
    return refused("EDDY_EDIT_SCRIPT", message, ours.range);
  }
  const file = source.parsed.workflow.nodes.get(id)?.type.value ?? "";
  const isElsewhere = fromParent(file, "./x") !== "./x";
  if (theirs === undefined || !isElsewhere || !importsByPath.test(theirs.text)) return undefined;
  const message =
    "The script of the subflow imports a file by its path from another folder: move the subflow into this folder first.";
  return refused("EDDY_EDIT_SCRIPT", message);
}

function refuseDeclarations(source: Source, id: string, inner: Source): Edited | undefined {
  for (const section of carriedSections) {
    for (const { key, value } of entriesOf(inner, section)) {
      const ours = entriesOf(source, section).find((entry) => entry.key.value === key.value);
      if (ours === undefined || isSameValue(ours.value, value)) continue;
      const message = `Both files declare "${key.value}" under ${section}:, and not the same: rename one of them.`;
      return refused("EDDY_EDIT_CONFLICT", message, ours.key.range);
    }
  }
  return refuseState(source, id, inner);
}

/** State of one name in both files is two values until then, and would be one. */
function refuseState(source: Source, id: string, inner: Source): Edited | undefined {
  const script = sectionOf(source, "script");
  const outside = usesOf(source, [...otherNodes(source, new Set([id])), ...(script ? [script] : [])]);
  const shared = [...inner.parsed.workflow.state.values()].find(
    ({ name: { value }, scope }) =>
      scope === "workflow" && source.parsed.workflow.state.has(value) && outside.has("state", value),
  );
  if (shared === undefined) return undefined;
  const message = `Nodes here use a state "${shared.name.value}" of their own, and would share it with those of the subflow: rename one of the two.`;
  return refused("EDDY_EDIT_STATE", message, source.parsed.workflow.state.get(shared.name.value)?.name.range);
}

/** Declares here what the subflow declares, where that is not there already. */
export function mergeDeclarations(source: Source, inner: Source): readonly TextEdit[] {
  const sections = carriedSections.flatMap((section) => {
    const known = new Set(entriesOf(source, section).map(({ key }) => key.value));
    const added = entriesOf(inner, section).filter(({ key }) => !known.has(key.value));
    return added.length === 0 ? [] : insertBlock(source, section, declarationLines(inner, section, added));
  });
  return [...addScript(source, inner), ...sections];
}

function addScript(source: Source, inner: Source): readonly TextEdit[] {
  const { script } = inner.parsed.workflow;
  const { root } = source.parsed.syntax;
  if (script === undefined || source.parsed.workflow.script !== undefined || root === undefined) return [];
  const before: readonly string[] = workflowKeys.slice(0, workflowKeys.indexOf("script"));
  const previous = root.entries.findLast(({ key }) => before.includes(key.value));
  const slot = { value: root, after: root.range.start, column: 0, flow: false };
  return insertEntry(
    source,
    slot,
    "script",
    (place) => writeScalar(script.text, { ...place, style: "literal" }),
    previous,
  );
}
