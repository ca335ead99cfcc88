import { strict as assert } from "node:assert";
import * as vscode from "vscode";

/** A new workflow file in the workspace, opened as text. */
export async function openFlow(name: string, text: string): Promise<vscode.TextDocument> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, "a folder is open");
  const uri = vscode.Uri.joinPath(folder.uri, name);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(text));
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  return document;
}

/** Resolves with what `find` finds, looking again whenever `event` fires. */
export function when<T>(event: vscode.Event<unknown>, find: () => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const listener = event(look);
    function look() {
      const found = find();
      if (found === undefined) return;
      listener.dispose();
      resolve(found);
    }
    look();
  });
}

/** The problems of a document once there is one that fits. */
export function problemsOf(
  document: vscode.TextDocument,
  fits: (problems: readonly vscode.Diagnostic[]) => boolean,
): Promise<readonly vscode.Diagnostic[]> {
  return when(vscode.languages.onDidChangeDiagnostics, () => {
    const problems = vscode.languages.getDiagnostics(document.uri);
    return fits(problems) ? problems : undefined;
  });
}

export async function replace(document: vscode.TextDocument, from: string, to: string): Promise<void> {
  const at = document.getText().indexOf(from);
  assert.ok(at >= 0, `"${from}" is in the document`);
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(at), document.positionAt(at + from.length));
  edit.replace(document.uri, range, to);
  assert.ok(await vscode.workspace.applyEdit(edit));
}
