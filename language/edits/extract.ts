import type { Catalog } from "../catalog.ts";
import type { SourceEntry } from "../model.ts";
import { writeReference } from "../parse/wires.ts";
import { parseWorkflow } from "../parse.ts";
import type { TextEdit } from "../problem.ts";
import { subflowDescriptor } from "../resolve-subflow.ts";
import { writeKey, writeScalar } from "../syntax/write.ts";
import { finishEdits, refuseSource } from "./apply.ts";
import { removeBlocks } from "./blocks.ts";
import { type Boundary, boundaryOf, portFor } from "./boundary.ts";
import { carriedBy } from "./carried.ts";
import { refuseExtraction } from "./extract-refusals.ts";
import { replaceMembers } from "./members.ts";
import { refuseNewErrors } from "./new-errors.ts";
import { writePosition } from "./positions.ts";
import { fromSubflow } from "./relative-types.ts";
import { middleOf, type Run, runsOf } from "./runs.ts";
import { type Edited, entriesOf, openSource, type Source, sectionOf } from "./source.ts";
import { type PortTypes, subflowText, typesOf } from "./subflow-text.ts";
import { applyTextEdits } from "./text-edits.ts";
import { otherNodes } from "./uses.ts";
import { rewire } from "./wires.ts";

/** Which nodes become a subflow. */
export interface Extraction {
  readonly ids: readonly string[];
  /** The new file, relative to the workflow's own: `./check.flow.yaml`. */
  readonly file: string;
  /** The id of the node that takes their place. */
  readonly id: string;
}

/** Edits of the workflow, and the text of the file that they refer to; empty where there are problems. */
export interface Extracted extends Edited {
  readonly subflow: string;
}

/**
 * Moves nodes, as they are written, into a workflow of their own, and puts one node in their place that uses it. Wires
 * that cross become its inputs and outputs. What the nodes use of the workflow is copied; where that would change what
 * they do, a problem says so and nothing is edited. `types` are those that the type checker gives to outputs.
 */
export function extractSubflow(
  text: string,
  extraction: Extraction,
  catalog: Catalog,
  types?: PortTypes,
): Extracted {
  const source = openSource(text, catalog);
  const ids = new Set(extraction.ids);
  const nodes = entriesOf(source, "nodes").filter(({ key }) => ids.has(key.value));
  const unreadable = refuseSource(source);
  if (unreadable !== undefined) return { ...unreadable, subflow: "" };
  const boundary = typesOf(source, boundaryOf(source, nodes, ids), types);
  const portTypes = [...boundary.inputs, ...boundary.outputs].map(({ type }) => type).join("\n");
  const carried = carriedBy(source, nodes, portTypes);
  const refusal = refuseExtraction(source, extraction, nodes, carried);
  if (refusal !== undefined) return { ...refusal, subflow: "" };
  const runs = runsOf(source, ids);
  const subflow = subflowText(source, { file: extraction.file, runs, boundary, carried });
  const edited = finishEdits(text, [
    ...replaceNodes(source, runs, nodeLines(source, extraction, nodes, boundary)),
    ...pointWires(source, ids, extraction.id, boundary),
    ...replaceMembers(source, (id) => (ids.has(id) ? [extraction.id] : undefined)),
  ]);
  const failure = edited.problems.length > 0 ? edited : refuseErrors(source, edited, extraction, subflow);
  return failure === undefined ? { ...edited, subflow } : { ...failure, subflow: "" };
}

/** The new node stands where the first of the others stood. */
function replaceNodes(source: Source, runs: readonly Run[], lines: string): readonly TextEdit[] {
  const { text, eol } = source;
  const [first, ...others] = runs;
  const nodes = sectionOf(source, "nodes")?.value;
  if (first === undefined || nodes?.kind !== "map") return [];
  const isComplete = text[first.end - 1] === "\n";
  const newText = isComplete ? lines : lines.slice(0, -eol.length);
  return [
    { range: { start: first.start, end: first.end }, newText },
    ...removeBlocks(source, nodes, new Set(others.flatMap((run) => [...run.ids]))),
  ];
}

function nodeLines(
  { eol, unit, text, parsed }: Source,
  { id, file, ids }: Extraction,
  nodes: readonly SourceEntry[],
  { inputs }: Boundary,
): string {
  const line = text.lastIndexOf("\n", (nodes[0]?.key.range.start ?? 0) - 1) + 1;
  const outer = " ".repeat((nodes[0]?.key.range.start ?? 0) - line);
  const inner = outer + " ".repeat(unit);
  const place = { flow: false, column: inner.length, unit, eol };
  const middle = middleOf(ids.flatMap((one) => parsed.workflow.nodes.get(one) ?? []));
  const lines = [`${outer}${writeKey(id)}:`, `${inner}type: ${writeScalar(file, place).head}`];
  const wires = inputs.map(({ name, end }) => `${writeKey(name, { flow: true })}: ${writeReference(end)}`);
  const [only] = inputs;
  if (inputs.length === 1 && only !== undefined) lines.push(`${inner}from: ${writeReference(only.end)}`);
  else if (inputs.length > 1) lines.push(`${inner}from: { ${wires.join(", ")} }`);
  if (middle !== undefined) lines.push(`${inner}at: ${writePosition(middle)}`);
  return lines.map((written) => written + eol).join("");
}

function pointWires(
  source: Source,
  ids: ReadonlySet<string>,
  id: string,
  { outputs }: Boundary,
): readonly TextEdit[] {
  return [...otherNodes(source, ids), ...entriesOf(source, "outputs")].flatMap((owner) =>
    rewire(source, owner, (wire) => {
      const port = portFor(outputs, wire);
      return [port === undefined ? wire : { node: id, port: port.name }];
    }),
  );
}

function refuseErrors(
  { text, parsed, catalog }: Source,
  { edits }: Edited,
  { file }: Extraction,
  subflow: string,
): Edited | undefined {
  const after = parseWorkflow(applyTextEdits(text, edits), "");
  const inner = parseWorkflow(subflow, file);
  const moved = [...catalog.nodes].map(([type, descriptor]) => {
    const name = type.startsWith(".") ? (fromSubflow(file, type) ?? type) : type;
    return [name, { ...descriptor, type: name }] as const;
  });
  const innerCatalog = { ...catalog, nodes: new Map(moved) };
  const descriptor = subflowDescriptor(file, inner.workflow, innerCatalog);
  const outerCatalog = { ...catalog, nodes: new Map([...catalog.nodes, [file, descriptor]]) };
  return refuseNewErrors(
    [[parsed, catalog]],
    [
      [after, outerCatalog],
      [inner, innerCatalog],
    ],
  );
}
