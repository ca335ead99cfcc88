import { type CodeAction, CodeActionKind, type WorkspaceEdit } from "vscode-languageserver-protocol";
import { extractSubflow } from "../edits/extract.ts";
import { inlineSubflow } from "../edits/inline.ts";
import type { PortTypes } from "../edits/subflow-text.ts";
import type { Range } from "../model.ts";
import type { TextEdit } from "../problem.ts";
import { folderOf, joinPath } from "../resolve-paths.ts";
import { type Analysis, editorRange } from "./analysis.ts";
import { withPath } from "./uris.ts";

/** What the actions on subflows need of the server and the editor. */
export interface SubflowParts {
  /** The text of an open document or a file, by its URI. */
  read(uri: string): Promise<string | undefined>;
  types(): PortTypes;
  /** The editor makes files that an edit asks for. */
  readonly createsFiles: boolean;
}

/** Moves the nodes of a selection into a subflow, and takes the nodes of a subflow in. */
export async function subflowActions(
  analysis: Analysis,
  range: Range,
  parts: SubflowParts,
): Promise<readonly CodeAction[]> {
  const actions = await Promise.all([
    range.start < range.end && parts.createsFiles ? extract(analysis, range, parts) : undefined,
    inline(analysis, range, parts),
  ]);
  return actions.filter((action) => action !== undefined);
}

async function extract(
  analysis: Analysis,
  { start, end }: Range,
  parts: SubflowParts,
): Promise<CodeAction | undefined> {
  const { text, parsed, catalog } = analysis;
  const ids = [...parsed.workflow.nodes.values()]
    .filter((node) => node.range.start < end && node.range.end > start)
    .map(({ id }) => id);
  if (ids.length === 0) return undefined;
  const place = await freePlace(analysis, parts);
  const { edits, subflow } = extractSubflow(text, { ids, ...place }, catalog, parts.types());
  const uri = uriOf(analysis, place.file);
  if (edits.length === 0 || uri === undefined) return undefined;
  const start0 = { line: 0, character: 0 };
  return {
    title: `Extract to subflow ${place.file}`,
    kind: CodeActionKind.RefactorExtract,
    edit: {
      documentChanges: [
        { kind: "create", uri, options: { overwrite: false } },
        {
          textDocument: { uri, version: null },
          edits: [{ range: { start: start0, end: start0 }, newText: subflow }],
        },
        ...changes(analysis, edits),
      ],
    },
  };
}

/** A file beside the workflow that is not there yet, and a node of its name: both can be renamed. */
async function freePlace(analysis: Analysis, { read }: SubflowParts): Promise<{ file: string; id: string }> {
  const { nodes, inputs } = analysis.parsed.workflow;
  for (let number = 1; ; number++) {
    const id = number === 1 ? "subflow" : `subflow-${number}`;
    const file = `./${id}.flow.yaml`;
    const uri = uriOf(analysis, file);
    const isTaken = nodes.has(id) || inputs.has(id);
    if (!isTaken && (uri === undefined || (await textAt(read, uri)) === undefined)) return { file, id };
  }
}

async function inline(
  analysis: Analysis,
  { start }: Range,
  { read }: SubflowParts,
): Promise<CodeAction | undefined> {
  const { text, parsed, catalog } = analysis;
  const node = [...parsed.workflow.nodes.values()].find(
    ({ range, type }) => range.start <= start && start <= range.end && type.value.endsWith(".flow.yaml"),
  );
  const uri = node && uriOf(analysis, node.type.value);
  const subflow = uri === undefined ? undefined : await textAt(read, uri);
  if (node === undefined || subflow === undefined) return undefined;
  const { edits } = inlineSubflow(text, node.id, subflow, catalog);
  if (edits.length === 0) return undefined;
  return {
    title: `Inline the subflow ${node.id}`,
    kind: CodeActionKind.RefactorInline,
    edit: { documentChanges: changes(analysis, edits) },
  };
}

/** A file that cannot be read is none to work with. */
function textAt(read: SubflowParts["read"], uri: string): Promise<string | undefined> {
  return read(uri).catch(() => undefined);
}

function uriOf({ uri, file }: Analysis, path: string): string | undefined {
  const joined = joinPath(folderOf(file), path);
  return joined === undefined ? undefined : withPath(uri, joined);
}

function changes(
  analysis: Analysis,
  edits: readonly TextEdit[],
): NonNullable<WorkspaceEdit["documentChanges"]> {
  const { uri, version } = analysis;
  return [
    {
      textDocument: { uri, version },
      edits: edits.map(({ range, newText }) => ({ range: editorRange(analysis, range), newText })),
    },
  ];
}
