import type * as vscode from "vscode";
import { Range as EditorRange, WorkspaceEdit } from "vscode";
import type { Range } from "../../language/model.ts";
import type { TextEdit } from "../../language/problem.ts";

export function editorRange(document: vscode.TextDocument, range: Range): vscode.Range {
  return new EditorRange(document.positionAt(range.start), document.positionAt(range.end));
}

/** The edits as VS Code takes them: it refuses them when the document is no longer at the version they were made for. */
export function workspaceEdit(
  document: vscode.TextDocument,
  edits: readonly TextEdit[],
  result = new WorkspaceEdit(),
): vscode.WorkspaceEdit {
  for (const edit of edits) result.replace(document.uri, editorRange(document, edit.range), edit.newText);
  return result;
}
