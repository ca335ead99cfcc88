import {
  type CodeAction,
  CodeActionKind,
  type OptionalVersionedTextDocumentIdentifier,
} from "vscode-languageserver-protocol";
import { applyEdit } from "../edits/apply.ts";
import type { Range } from "../model.ts";
import type { Problem, TextEdit } from "../problem.ts";
import { type Analysis, editorRange } from "./analysis.ts";
import { diagnosticOf } from "./diagnostics.ts";

/** The fixes of the problems in a range, and what else can be done about them. */
export function codeActions(
  analysis: Analysis,
  problems: readonly Problem[],
  range: Range,
): readonly CodeAction[] {
  const here = problems.filter(
    (problem) => problem.range.start <= range.end && problem.range.end >= range.start,
  );
  return here.flatMap((problem) => [
    ...(problem.fixes ?? []).map(({ title, edits }, index) =>
      action(analysis, problem, title, edits, index === 0),
    ),
    ...addMissingNode(analysis, problem),
  ]);
}

/** A trigger of the name that a wire asks for: it needs nothing else, and its type is soon changed. */
function addMissingNode(analysis: Analysis, problem: Problem): readonly CodeAction[] {
  if (problem.code !== "EDDY_WIRE_NODE") return [];
  const wire = [...analysis.parsed.workflow.nodes.values()]
    .flatMap(({ from }) => from)
    .find(({ range }) => range.start === problem.range.start);
  const type = analysis.catalog.nodes.get("inject");
  if (wire === undefined || type === undefined) return [];
  const first = [...analysis.parsed.workflow.nodes.values()][0];
  const at = first?.at === undefined ? undefined : { x: first.at.x, y: first.at.y - 120 };
  const { edits } = applyEdit(
    analysis.text,
    { kind: "add-node", id: wire.node, type: type.type, ...(at === undefined ? {} : { at }) },
    analysis.catalog,
  );
  return edits.length === 0 ? [] : [action(analysis, problem, `Add the node ${wire.node}`, edits, false)];
}

function action(
  analysis: Analysis,
  problem: Problem,
  title: string,
  edits: readonly TextEdit[],
  isPreferred: boolean,
): CodeAction {
  const textDocument: OptionalVersionedTextDocumentIdentifier = {
    uri: analysis.uri,
    version: analysis.version,
  };
  return {
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnosticOf(analysis, problem)],
    isPreferred,
    edit: {
      documentChanges: [
        {
          textDocument,
          edits: edits.map(({ range, newText }) => ({ range: editorRange(analysis, range), newText })),
        },
      ],
    },
  };
}
