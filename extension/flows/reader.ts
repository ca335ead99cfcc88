import * as vscode from "vscode";

/** Reads the files that a workflow names, through VS Code, so that it works in virtual workspaces too. */
export function workspaceReader(flow: vscode.Uri): { read(path: string): Promise<string | undefined> } {
  return {
    async read(path) {
      const uri = flow.with({ path });
      const open = vscode.workspace.textDocuments.find(
        (document) => document.uri.toString() === uri.toString(),
      );
      if (open) return open.getText();
      try {
        return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
      } catch (error) {
        if (error instanceof vscode.FileSystemError) return undefined;
        throw error;
      }
    },
  };
}
