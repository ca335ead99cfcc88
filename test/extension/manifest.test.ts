import { strict as assert } from "node:assert";
import * as vscode from "vscode";
import { openFlow } from "./support.ts";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly customEditors: readonly { readonly viewType: string; readonly priority: string }[];
  };
}

function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.all.find(({ id }) => id.endsWith(".eddy"));
  assert.ok(found, "the extension is installed");
  return found;
}

describe("The extension", () => {
  it("starts with a workflow and has every command that it contributes", async () => {
    await openFlow("start.flow.yaml", "eddy: 1\nname: Start\n\nnodes: {}\n");
    await extension().activate();
    const known = new Set(await vscode.commands.getCommands(true));
    const manifest: Manifest = extension().packageJSON;
    const missing = manifest.contributes.commands.filter(({ command }) => !known.has(command));
    assert.deepEqual(missing, []);
    assert.deepEqual(
      manifest.contributes.commands.filter(({ title }) => title.startsWith("%")),
      [],
      "every title has its text",
    );
  });

  it("shows git's versions as text, so that a diff is a diff", () => {
    const associations = vscode.workspace
      .getConfiguration("workbench")
      .get<Record<string, string>>("editorAssociations");
    const git = Object.entries(associations ?? {}).find(([pattern]) => pattern.includes("git"));
    assert.equal(git?.[1], "default");
  });

  it("opens a workflow on the canvas and as text, which are one document", async () => {
    const document = await openFlow("both.flow.yaml", "eddy: 1\nname: Both\n\nnodes: {}\n");
    await vscode.commands.executeCommand("vscode.openWith", document.uri, "eddy.canvas");
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputCustom);
    assert.equal(input.viewType, "eddy.canvas");
    await vscode.commands.executeCommand("eddy.openTextToSide");
    assert.equal(vscode.window.activeTextEditor?.document, document);
  });
});
