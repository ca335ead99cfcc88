import { strict as assert } from "node:assert";
import * as vscode from "vscode";
import { openFlow, replace, when } from "./support.ts";

const text = `eddy: 1
name: Doubler

nodes:
  beat:
    type: inject
    every: 1s

  twice:
    type: map
    from: beat
    payload: 2

  show:
    type: log
    from: twice
`;

describe("Show Compiled Code", () => {
  it("opens the code beside the workflow, follows each compile, and leads to the node and back", async () => {
    const flow = await openFlow("doubler.flow.yaml", text);
    await vscode.commands.executeCommand("eddy.showCompiledCode", flow.uri);
    const code = await when(vscode.window.onDidChangeVisibleTextEditors, () =>
      vscode.window.visibleTextEditors.find(({ document }) => document.uri.scheme === "eddy-code"),
    );
    assert.equal(code.document.languageId, "typescript");
    assert.match(code.document.getText(), /function node_twice\(msg\)/);
    assert.equal(vscode.window.visibleTextEditors.length, 2, "the workflow is still there");

    // From the code to the node: as if the person had clicked there.
    const other = await vscode.window.showTextDocument(code.document, { viewColumn: code.viewColumn ?? 2 });
    const at = code.document.positionAt(code.document.getText().indexOf("function node_twice"));
    other.selection = new vscode.Selection(at, at);
    await vscode.commands.executeCommand("cursorMove", { to: "right" });
    const flowEditor = await when(vscode.window.onDidChangeTextEditorSelection, () =>
      vscode.window.visibleTextEditors.find(
        ({ document, selection }) => document === flow && flow.getText(selection) === "twice",
      ),
    );
    assert.ok(flowEditor);

    await replace(flow, "payload: 2", "payload: 40 + 2");
    await vscode.commands.executeCommand("eddy.compile", flow.uri);
    await when(vscode.workspace.onDidChangeTextDocument, () =>
      code.document.getText().includes("40 + 2") ? true : undefined,
    );
  });

  it("says so where there is nothing to show", async () => {
    const flow = await openFlow("no-code.flow.yaml", text.replace("from: beat", "from: nobody"));
    await vscode.commands.executeCommand("eddy.showCompiledCode", flow.uri);
    const code = await when(vscode.window.onDidChangeVisibleTextEditors, () =>
      vscode.window.visibleTextEditors.find(({ document }) => document.uri.path.endsWith("/no-code.ts")),
    );
    assert.match(code.document.getText(), /cannot be compiled/);
  });
});
