import { writeReference } from "../parse/wires.ts";
import { writeKey, writeScalar } from "../syntax/write.ts";
import { type Boundary, type BoundaryPort, portFor } from "./boundary.ts";
import { type Carried, carriedSections, declarationLines, sectionText } from "./carried.ts";
import { step } from "./fragment.ts";
import { fromSubflow, moveTypes } from "./relative-types.ts";
import type { Run } from "./runs.ts";
import { entriesOf, openSource, type Source, sectionOf } from "./source.ts";
import { rewire } from "./wires.ts";

/** What leaves by the outputs of nodes, as the type checker prints it (`TypedWorkflow.ports`). */
export type PortTypes = ReadonlyMap<string, ReadonlyMap<string, PortTypeText>>;

interface PortTypeText {
  readonly payload: string;
  readonly isUnknown: boolean;
}

export interface TypedPort extends BoundaryPort {
  readonly type: string;
}

export interface TypedBoundary extends Boundary {
  readonly inputs: readonly TypedPort[];
  readonly outputs: readonly TypedPort[];
}

export function typesOf(
  source: Source,
  { inputs, outputs }: Boundary,
  types: PortTypes | undefined,
): TypedBoundary {
  const typed = (port: BoundaryPort): TypedPort => ({ ...port, type: typeOf(source, port, types) });
  return { inputs: inputs.map(typed), outputs: outputs.map(typed) };
}

/** `any` where nobody knows, as on the wire itself: with `unknown` the nodes behind it would have to be written anew. */
function typeOf({ parsed }: Source, { end }: BoundaryPort, types: PortTypes | undefined): string {
  const declared = parsed.workflow.inputs.get(end.node)?.type;
  if (declared !== undefined) return declared;
  if (end.port === "error") return errorType;
  const known = types?.get(end.node)?.get(end.port);
  return known === undefined || known.isUnknown || !isWritable(known.payload) ? "any" : known.payload;
}

const errorType = "{ code: string; message: string; node: string; stack?: string }";

/** Types are printed for people: words in them, and names that only the checker knows, cannot be read back. */
function isWritable(type: string): boolean {
  return !/\bor (?:boolean|a secret)\b|[$…]|\bimport\(|\.\.\. /.test(type);
}

export interface SubflowParts {
  readonly file: string;
  readonly runs: readonly Run[];
  readonly boundary: TypedBoundary;
  readonly carried: Carried;
}

/** The new file, with its nodes as they are written. */
export function subflowText(source: Source, { file, runs, boundary, carried }: SubflowParts): string {
  const { eol, unit } = source;
  const place = { flow: false, column: 0, unit, eol, unlessPlain: "quotes" } as const;
  const { types } = source.parsed.workflow.settings;
  const sections = [`eddy: 1${eol}name: ${writeScalar(nameOf(file), place).head}${eol}`];
  const section = (name: string, lines: string): void => {
    if (lines !== "") sections.push(`${name}:${eol}${lines}`);
  };
  if (types === "strict") section("settings", `${" ".repeat(unit)}types: strict${eol}`);
  const script = carried.script ? sectionOf(source, "script") : undefined;
  if (script !== undefined) sections.push(sectionText(source, script));
  for (const name of carriedSections) {
    const lines = declarationLines(source, name, carried.declarations.get(name) ?? []).lines(unit);
    section(name, lines);
  }
  section("inputs", boundary.inputs.map((port) => inputLine(source, port)).join(""));
  section("outputs", boundary.outputs.map((port) => outputLine(source, port)).join(""));
  sections.push(`nodes:${eol}${nodesText(source, runs)}`);
  return ownWires(source, sections.join(eol), boundary, file);
}

/** `./lib/cold-chain.flow.yaml` is the Cold chain. */
function nameOf(file: string): string {
  const stem = (file.split("/").at(-1) ?? "").replace(/\.flow\.yaml$/, "");
  const words = stem.replace(/[-_]+/g, " ").trim() || stem;
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function inputLine({ unit, eol }: Source, { name, type }: TypedPort): string {
  const place = { flow: false, column: unit, unit, eol, unlessPlain: "quotes" } as const;
  return `${" ".repeat(unit)}${writeKey(name)}: ${writeScalar(oneLine(type), place).head}${eol}`;
}

function outputLine({ unit, eol }: Source, { name, type, end }: TypedPort): string {
  const written = writeScalar(oneLine(type), { flow: true, column: 0, unit, eol }).head;
  return `${" ".repeat(unit)}${writeKey(name)}: { type: ${written}, from: ${writeReference(end)} }${eol}`;
}

function oneLine(type: string): string {
  return type.trim().replace(/\s*\n\s*/g, " ");
}

function nodesText({ text, eol }: Source, runs: readonly Run[]): string {
  return runs
    .map(({ start, textEnd, isSeparated, keepsBlankLines }, index) => {
      const lines = text.slice(start, textEnd);
      // Behind a text that keeps them, a break at the end of the file would be one more.
      const isComplete = lines.endsWith("\n") || keepsBlankLines;
      const previous = runs[index - 1];
      const gap = previous !== undefined && isSeparated && !previous.keepsBlankLines ? eol : "";
      return gap + lines + (isComplete ? "" : eol);
    })
    .join("");
}

/** Wires from outside come from the inputs; files are named as the new one sees them. */
function ownWires({ catalog }: Source, text: string, { inputs }: Boundary, file: string): string {
  const rewired = step(openSource(text, catalog), (source) =>
    entriesOf(source, "nodes").flatMap((entry) =>
      rewire(source, entry, (wire) => {
        const port = portFor(inputs, wire);
        return [port === undefined ? wire : { node: port.name, port: "out" }];
      }),
    ),
  );
  return step(rewired, (source) => moveTypes(source, (path) => fromSubflow(file, path)) ?? []).text;
}
