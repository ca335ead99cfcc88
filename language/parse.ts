import type { SourceEntry, SourceMap, Workflow } from "./model.ts";
import { readGroups, readNotes } from "./parse/canvas.ts";
import {
  readConnections,
  readEnv,
  readParams,
  readPorts,
  readSecrets,
  readState,
} from "./parse/declarations.ts";
import { readNodes } from "./parse/nodes.ts";
import { Reader } from "./parse/reader.ts";
import { readSettings } from "./parse/settings.ts";
import { readTests } from "./parse/tests.ts";
import type { Problem, TextEdit } from "./problem.ts";
import { readSyntax, type Syntax } from "./syntax/document.ts";

/** What a workflow file says, and what is wrong with how it says it. */
export interface ParsedWorkflow {
  /** All that could be read, with defaults where nothing is written. */
  readonly workflow: Workflow;
  /** What is wrong with the text; what is wrong with its meaning is found by `checkWorkflow`. */
  readonly problems: readonly Problem[];
  /** The values as they are written, for what works on the text. */
  readonly syntax: Syntax;
  /** The text that was given: all ranges are into it. */
  readonly text: string;
  /** False where part of the text cannot be read: then nothing may be written to the file. */
  readonly readable: boolean;
}

/** The version of the file format that this version reads and writes. */
export const formatVersion = 1;

/** The keys of a workflow file, in the order in which they are written. */
export const workflowKeys = [
  "eddy",
  "id",
  "name",
  "description",
  "settings",
  "script",
  "env",
  "secrets",
  "state",
  "connections",
  "inputs",
  "outputs",
  "params",
  "nodes",
  "tests",
  "notes",
  "groups",
] as const;

/**
 * Reads the text of a workflow file. Never throws and never guesses: what cannot be read is left out of the workflow and
 * is a problem with a code and a place. Unknown keys of the file and of its sections are reported here; those of a node
 * or connection depend on its type and are left to the checks. `file` gives the id of a workflow that has no `id:`.
 */
export function parseWorkflow(text: string, file: string): ParsedWorkflow {
  const syntax = readSyntax(text);
  const readable = !syntax.problems.some(({ fatal }) => fatal);
  const reader = new Reader(syntax.broken);
  const fields = reader.known(syntax.root?.entries ?? [], workflowKeys, "at the top of a workflow");
  if (readable || fields.size > 0) checkVersion(reader, text, fields.get("eddy"), syntax.root);
  const workflow = readWorkflow(reader, fields, file);
  return {
    workflow,
    problems: [...syntaxProblems(syntax, workflow, reader.problems), ...reader.problems],
    syntax,
    text,
    readable,
  };
}

function readWorkflow(reader: Reader, fields: ReadonlyMap<string, SourceEntry>, file: string): Workflow {
  const id = reader.text(fields.get("id")) ?? idOfFile(file);
  const description = reader.text(fields.get("description"));
  const script = reader.scalar(fields.get("script"), "TypeScript as a block (|)");
  return {
    id,
    name: reader.text(fields.get("name")) ?? id,
    ...(description === undefined ? {} : { description }),
    settings: readSettings(reader, fields.get("settings")),
    ...(script === undefined ? {} : { script }),
    env: readEnv(reader, fields.get("env")),
    secrets: readSecrets(reader, fields.get("secrets")),
    state: readState(reader, fields.get("state")),
    connections: readConnections(reader, fields.get("connections")),
    inputs: readPorts(reader, fields.get("inputs"), ["type", "description"]),
    outputs: readPorts(reader, fields.get("outputs"), ["type", "from", "description"]),
    params: readParams(reader, fields.get("params")),
    nodes: readNodes(reader, fields.get("nodes")),
    tests: readTests(reader, fields.get("tests")),
    notes: readNotes(reader, fields.get("notes")),
    groups: readGroups(reader, fields.get("groups")),
  };
}

function idOfFile(file: string): string {
  const name = file.split(/[\\/]/).at(-1) ?? "";
  return name.replace(/\.flow\.ya?ml$/, "");
}

function checkVersion(
  reader: Reader,
  text: string,
  entry: SourceEntry | undefined,
  root: SourceMap | undefined,
): void {
  if (entry === undefined) {
    const start = text.startsWith("\uFEFF") ? 1 : 0;
    const fixes = [{ title: "Add eddy: 1", edits: [addVersion(text, root)] }];
    const message = "The format version is missing: write eddy: 1 as the first line.";
    reader.report("EDDY_VERSION_MISSING", { start, end: start }, message, { fixes });
    return;
  }
  const scalar = reader.scalar(entry, "1");
  if (scalar === undefined || scalar.value === formatVersion) return;
  const newer =
    typeof scalar.value === "number" && Number.isInteger(scalar.value) && scalar.value > formatVersion;
  const message = newer
    ? `The file is written in format ${scalar.text}; this version of Eddy knows format ${formatVersion}. Update Eddy to open it.`
    : `There is no format "${scalar.text}": write eddy: ${formatVersion}.`;
  reader.report(newer ? "EDDY_VERSION_NEWER" : "EDDY_VERSION", scalar.range, message);
}

/** In front of the first key, or as all that the file says. */
function addVersion(text: string, root: SourceMap | undefined): TextEdit {
  const version = `eddy: ${formatVersion}`;
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  if (root === undefined) {
    const isComplete = text === "" || text === "\uFEFF" || text.endsWith("\n");
    return insertion(text.length, (isComplete ? "" : eol) + version + eol);
  }
  const { start } = root.range;
  if (text[start] !== "{") return insertion(start, version + eol);
  return insertion(start + 1, root.entries.length === 0 ? version : ` ${version},`);
}

function insertion(offset: number, newText: string): TextEdit {
  return { range: { start: offset, end: offset }, newText };
}

function syntaxProblems(syntax: Syntax, workflow: Workflow, others: readonly Problem[]): readonly Problem[] {
  // A key that is no name is not made one by the quotes that YAML asks for.
  const wrongKeys = new Set(others.map(({ range }) => range.start));
  const told = syntax.problems.filter(
    ({ code, range }) => code !== "EDDY_YAML_KEY" || !wrongKeys.has(range.start),
  );
  return told.map(({ code, message, range, fixes }) => {
    const node = nodeAt(syntax, workflow, range.start);
    return {
      code,
      severity: "error",
      message,
      range,
      ...(node === undefined ? {} : { node }),
      ...(fixes === undefined ? {} : { fixes }),
    };
  });
}

/** A broken entry may lie behind the last value that could be read, so a node reaches as far as the next key. */
function nodeAt({ root }: Syntax, workflow: Workflow, offset: number): string | undefined {
  const section = root?.entries.findLast(({ key }) => key.range.start <= offset);
  if (section?.key.value !== "nodes") return undefined;
  return [...workflow.nodes.values()].findLast(({ range }) => range.start <= offset)?.id;
}
