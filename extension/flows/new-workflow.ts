import * as vscode from "vscode";
import { canvasViewType } from "../contributions.ts";

const start = (name: string) => `eddy: 1
name: ${name}

nodes: {}
`;

/** Asks for a name, writes a workflow beside the others and opens it on a canvas. */
export async function newWorkflow(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) {
    await vscode.commands.executeCommand("workbench.action.files.openFolder");
    return;
  }
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t("New Workflow"),
    prompt: vscode.l10n.t("What does it do? The file is named after it."),
    placeHolder: vscode.l10n.t("Cold chain alarm"),
    validateInput: async (text) => validateName(text, folder.uri),
  });
  if (name === undefined) return;
  const uri = fileFor(name, folder.uri);
  await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(start(JSON.stringify(name.trim()))));
  await vscode.commands.executeCommand("vscode.openWith", uri, canvasViewType);
}

async function validateName(text: string, folder: vscode.Uri): Promise<string | undefined> {
  if (slug(text) === "") return vscode.l10n.t("Please give it a name with letters or digits.");
  const exists = await vscode.workspace.fs.stat(fileFor(text, folder)).then(
    () => true,
    () => false,
  );
  return exists ? vscode.l10n.t("{0} exists already.", `${slug(text)}.flow.yaml`) : undefined;
}

function fileFor(name: string, folder: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(folder, `${slug(name)}.flow.yaml`);
}

function slug(name: string): string {
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}
