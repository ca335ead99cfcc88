import type { SourceEntry } from "../model.ts";
import type { Carried } from "./carried.ts";
import type { Extraction } from "./extract.ts";
import { takesEntries } from "./params.ts";
import { refuseId } from "./refusals.ts";
import { fromSubflow, importsByPath, isRelative, subflowPath } from "./relative-types.ts";
import { type Edited, isFlow, nodeEntry, refused, type Source, sectionOf, unknownNode } from "./source.ts";
import { connectionsOf, otherNodes, testsOf, usesOf } from "./uses.ts";
import { writtenWires } from "./wires.ts";

/** Why nodes cannot become a subflow, or not without another meaning; undefined where they can. */
export function refuseExtraction(
  source: Source,
  extraction: Extraction,
  nodes: readonly SourceEntry[],
  carried: Carried,
): Edited | undefined {
  return (
    refuseRequest(source, extraction) ??
    refuseWriting(source, nodes) ??
    refuseErrorWires(nodes) ??
    refuseTests(source, new Set(extraction.ids)) ??
    refuseParams(carried) ??
    refuseState(source, nodes, carried) ??
    refuseScript(source, extraction, carried) ??
    refuseConnections(source, nodes, carried) ??
    refusePaths(source, extraction)
  );
}

function refuseRequest(source: Source, { ids, file, id }: Extraction): Edited | undefined {
  const missing = ids.find((one) => nodeEntry(source, one) === undefined);
  if (missing !== undefined) return unknownNode(missing);
  if (ids.length === 0) return refused("EDDY_EDIT_SUBFLOW", "Choose the nodes that become a subflow.");
  if (!subflowPath.test(file)) {
    const message = `"${file}" is no file for a subflow: write a path from this file such as ./check.flow.yaml.`;
    return refused("EDDY_EDIT_SUBFLOW", message);
  }
  // The names of the nodes that go are free.
  return ids.includes(id) ? undefined : refuseId(source, id);
}

/** Nodes move as they are written, by whole lines. */
function refuseWriting(source: Source, nodes: readonly SourceEntry[]): Edited | undefined {
  const { root } = source.parsed.syntax;
  const section = sectionOf(source, "nodes")?.value;
  const inBraces = [root, section].some((value) => value !== undefined && isFlow(source.text, value));
  if (inBraces)
    return refused("EDDY_EDIT_SHAPE", "The nodes are written in braces: write each on lines of its own.");
  const broken = nodes.find((entry) => !takesEntries(entry));
  return broken && refused("EDDY_EDIT_SHAPE", `"${broken.key.value}" is no map: correct it in the text.`);
}

function refuseErrorWires(nodes: readonly SourceEntry[]): Edited | undefined {
  const catching = nodes.find((node) => writtenWires(node).some(({ end }) => end.node === "any"));
  if (catching === undefined) return undefined;
  const id = catching.key.value;
  return refused(
    "EDDY_EDIT_ERRORS",
    `"${id}" takes any.error, which in a subflow would be the errors of the subflow alone: leave "${id}" out.`,
    catching.key.range,
  );
}

function refuseTests(source: Source, ids: ReadonlySet<string>): Edited | undefined {
  const test = testsOf(source, ids);
  if (test === undefined) return undefined;
  const message = `The test "${test}" names one of the nodes, and would not find it in a subflow: change the test, or leave the node out.`;
  return refused("EDDY_EDIT_TESTS", message);
}

function refuseParams({ uses }: Carried): Edited | undefined {
  if (!uses.hasAny("params")) return undefined;
  const message =
    "The nodes use params of this workflow, which a subflow in it cannot be given: write the value in place of params. first.";
  return refused("EDDY_EDIT_PARAMS", message);
}

function refuseState(source: Source, nodes: readonly SourceEntry[], { uses }: Carried): Edited | undefined {
  const ids = new Set(nodes.map(({ key }) => key.value));
  const script = sectionOf(source, "script");
  const outside = usesOf(source, [...otherNodes(source, ids), ...(script ? [script] : [])]);
  const shared = [...source.parsed.workflow.state.values()].find(
    ({ name: { value }, scope }) =>
      scope === "workflow" && uses.has("state", value) && outside.has("state", value),
  );
  if (shared === undefined) return undefined;
  const { value, range } = shared.name;
  const message = `Other nodes use the state "${value}" too, and a subflow keeps its own: move them along, or give it scope: device.`;
  return refused("EDDY_EDIT_STATE", message, range);
}

function refuseScript({ parsed }: Source, { file }: Extraction, carried: Carried): Edited | undefined {
  const { script } = parsed.workflow;
  if (script === undefined || !carried.script) return undefined;
  if (/^(?:export\s+)?(?:let|var)\b/m.test(script.text)) {
    const message =
      "The script keeps a value in a variable (let), and there would be two of them: make it a const, or declare it under state:.";
    return refused("EDDY_EDIT_SCRIPT", message, script.range);
  }
  const isElsewhere = fromSubflow(file, "./x") !== "./x";
  if (!isElsewhere || !importsByPath.test(script.text)) return undefined;
  const message =
    "The script imports a file by its path from this folder: choose a file in the same folder as this one.";
  return refused("EDDY_EDIT_SCRIPT", message, script.range);
}

/** Two clients of one id throw each other out. */
function refuseConnections(
  source: Source,
  nodes: readonly SourceEntry[],
  { declarations }: Carried,
): Edited | undefined {
  const ids = new Set(nodes.map(({ key }) => key.value));
  const outside = connectionsOf(
    source,
    otherNodes(source, ids).map(({ key }) => key.value),
  );
  const shared = (declarations.get("connections") ?? []).find(
    ({ key, value }) =>
      outside.has(key.value) &&
      value.kind === "map" &&
      value.entries.some((entry) => entry.key.value === "client-id"),
  );
  if (shared === undefined) return undefined;
  const message = `Other nodes talk over "${shared.key.value}" too, and a subflow has connections of its own: two clients with one client-id would throw each other out. Remove client-id, or move those nodes along.`;
  return refused("EDDY_EDIT_CONFLICT", message, shared.key.range);
}

function refusePaths({ parsed }: Source, { ids, file }: Extraction): Edited | undefined {
  const lost = ids
    .map((id) => parsed.workflow.nodes.get(id)?.type.value ?? "")
    .find((type) => isRelative(type) && fromSubflow(file, type) === undefined);
  if (lost === undefined) return undefined;
  const message = `The path of ${lost} from a folder above this one is not known: choose a file in this folder or below it.`;
  return refused("EDDY_EDIT_SUBFLOW", message);
}
