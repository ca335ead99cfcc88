import * as vscode from "vscode";

/**
 * `eddy run` as a task: the workflow runs on this computer until the person ends it, without an agent. The terminal of a
 * task stays when its program has ended, so that what it said can be read.
 */
export async function runHere(document: vscode.TextDocument, distribution: vscode.Uri): Promise<void> {
  if (document.isDirty) await document.save();
  const name = vscode.workspace.asRelativePath(document.uri);
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  const program = vscode.Uri.joinPath(distribution, "cli.mjs").fsPath;
  const execution = new vscode.ProcessExecution(process.execPath, [program, "run", document.uri.fsPath], {
    // VS Code's own Node runs it, so that none has to be installed.
    env: { ELECTRON_RUN_AS_NODE: "1" },
    ...(folder ? { cwd: folder.uri.fsPath } : {}),
  });
  const scope = folder ?? vscode.TaskScope.Workspace;
  const task = new vscode.Task({ type: "process" }, scope, `eddy run ${name}`, "Eddy", execution);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, clear: true };
  await vscode.tasks.executeTask(task);
}
