import * as vscode from "vscode";
import { extractSubflow } from "../../language/index.ts";
import { EddyError } from "../../language/problem.ts";
import type { FlowDocuments } from "../flows/documents.ts";
import { workspaceEdit } from "../flows/ranges.ts";
import type { LanguageService } from "../language/client.ts";
import type { CanvasProvider } from "./provider.ts";

export interface ExtractServices {
  readonly canvas: CanvasProvider;
  readonly documents: FlowDocuments;
  readonly language: LanguageService;
}

/** Asks for the name of a file, and moves the selected nodes into it. One undo takes it back. */
export async function extractSelection({ canvas, documents, language }: ExtractServices): Promise<void> {
  const selected = canvas.selection();
  if (selected === undefined || selected.nodes.length === 0)
    throw new EddyError("EDDY_EDIT_REFUSED", vscode.l10n.t("Select the nodes that become a subflow first."));
  const { document, nodes } = selected;
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t("Extract to Subflow"),
    prompt: vscode.l10n.t("Name of the new workflow, which is also that of the node that uses it"),
    value: "subflow",
    validateInput: (value) =>
      /^[A-Za-z][A-Za-z0-9_-]*$/.test(value)
        ? undefined
        : vscode.l10n.t("Use letters, digits, _ and -, with a letter first."),
  });
  if (name === undefined) return;
  const { catalog } = await documents.analyse(document);
  const ports = Object.entries(language.ports(document)).map(
    ([node, types]) => [node, new Map(Object.entries(types))] as const,
  );
  const extraction = { ids: nodes, id: name, file: `./${name}.flow.yaml` };
  const { edits, subflow, problems } = extractSubflow(
    document.getText(),
    extraction,
    catalog,
    new Map(ports),
  );
  const [problem] = problems;
  if (problem !== undefined) throw new EddyError("EDDY_EDIT_REFUSED", problem.message);
  const uri = vscode.Uri.joinPath(document.uri, "..", `${name}.flow.yaml`);
  const edit = new vscode.WorkspaceEdit();
  // Before the workflow names it, so that nobody misses it.
  edit.createFile(uri, { overwrite: false, contents: new TextEncoder().encode(subflow) });
  if (await vscode.workspace.applyEdit(workspaceEdit(document, edits, edit))) return;
  const message = vscode.l10n.t("{0} could not be made. Is there a file of that name already?", name);
  throw new EddyError("EDDY_EDIT_REFUSED", message);
}
