import * as vscode from "vscode";

/** `eddy run` in a terminal: the workflow runs on this computer until the person ends it, without an agent. */
export async function runHere(document: vscode.TextDocument, distribution: vscode.Uri): Promise<void> {
  if (document.isDirty) await document.save();
  const name = vscode.workspace.asRelativePath(document.uri);
  const folder = vscode.workspace.getWorkspaceFolder(document.uri)?.uri;
  const terminal = vscode.window.createTerminal({
    name: `eddy run ${name}`,
    shellPath: process.execPath,
    shellArgs: [vscode.Uri.joinPath(distribution, "cli.mjs").fsPath, "run", document.uri.fsPath],
    // VS Code's own Node runs it, so that none has to be installed.
    env: { ELECTRON_RUN_AS_NODE: "1" },
    iconPath: new vscode.ThemeIcon("play"),
    ...(folder ? { cwd: folder } : {}),
  });
  terminal.show();
}
