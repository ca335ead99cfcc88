import { strict as assert } from "node:assert";
import * as vscode from "vscode";
import { type Device, defaultHome, openFleet, thisComputer } from "../../fleet/index.ts";
import { openFlow, replace, when } from "./support.ts";

const text = `eddy: 1
name: Stuck

nodes:
  beat:
    type: inject
    payload: { loop: false }

  work:
    type: function
    from: beat
    code: |
      while (msg.payload.loop) {}
      return msg;
`;

/** What is in front, once it fits. */
const inFront = (fits: (document: vscode.TextDocument) => boolean) =>
  when(vscode.window.onDidChangeActiveTextEditor, () => {
    const document = vscode.window.activeTextEditor?.document;
    return document && fits(document) ? document : undefined;
  });

describe("Looking after this computer as a device", () => {
  // The same desk as the extension's own: EDDY_HOME of the test run.
  const extension = vscode.extensions.getExtension("eddy.eddy");
  assert.ok(extension, "the extension is there");
  const fleet = openFleet({
    home: defaultHome(process.env),
    agentDirectory: vscode.Uri.joinPath(extension.extensionUri, "dist").fsPath,
  });
  /** As the tree gives it to a command. */
  const view = (device: Device) => ({ device, state: "connected", workflows: [], connection: 1 });

  after(async () => {
    await fleet.stopAgent("local").catch(() => {});
    await fleet.dispose();
  });

  it("keeps the message that a workflow was at, shows it as JSON, and sends it again", async function () {
    this.timeout(90_000);
    const document = await openFlow("stuck.flow.yaml", text);
    await vscode.commands.executeCommand("eddy.deploy", document.uri);
    const client = await fleet.connect("local");
    const message = { payload: { loop: true } };
    await assert.rejects(client.request("workflow/inject", { id: "stuck", node: "beat", message }));
    const { workflows } = await client.request("workflow/list", {});
    const workflow = workflows.find(({ id }) => id === "stuck");
    assert.equal(workflow?.kept, 1);

    const item = { kind: "workflow", view: view(thisComputer), workflow };
    const chosen = vscode.commands.executeCommand("eddy.workflows.kept", item);
    const shown = inFront(({ uri }) => uri.scheme === "eddy-kept");
    // The list is there when its first entry can be accepted; nobody tells when that is.
    let isChosen = false;
    void chosen.then(() => {
      isChosen = true;
    });
    while (!isChosen) {
      await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const kept = await shown;
    assert.equal(kept.languageId, "json");
    const { node, reason, message: content } = JSON.parse(kept.getText());
    assert.equal(node, "beat");
    assert.equal(reason.code, "EDDY_BLOCKED");
    assert.deepEqual(content.payload, { loop: true });

    await replace(document, "      while (msg.payload.loop) {}\n", "");
    await document.save();
    await vscode.commands.executeCommand("eddy.deploy", document.uri);
    await vscode.commands.executeCommand("eddy.kept.send", kept.uri);
    assert.deepEqual((await client.request("kept/list", { id: "stuck" })).messages, []);
    const open = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ input }) => input));
    assert.ok(
      !open.some((input) => input instanceof vscode.TabInputText && input.uri.scheme === "eddy-kept"),
    );
  });

  it("diagnoses it, and says what to do about what is wrong", async function () {
    this.timeout(60_000);
    await fleet.connect("local");
    await vscode.commands.executeCommand("eddy.devices.diagnose", {
      kind: "device",
      view: view(thisComputer),
    });
    const well = await inFront(
      ({ languageId, uri }) => languageId === "markdown" && uri.scheme === "eddy-report",
    );
    // Nothing of it has to be saved, so that closing it asks nothing.
    assert.ok(!well.isUntitled && !well.isDirty);
    assert.match(well.getText(), /^# This computer\n/);
    assert.match(well.getText(), /- ✔ \*\*agent\*\*: The agent \S+ answers\./);
    assert.match(well.getText(), /- ✔ \*\*trust\*\*/);

    const away = await fleet.find("local");
    await fleet.stopAgent(away.id);
    await vscode.commands.executeCommand("eddy.devices.diagnose", { kind: "device", view: view(away) });
    // The second look takes the place of the first.
    await when(
      vscode.workspace.onDidChangeTextDocument,
      () => /What to do stands below each ✘/.test(well.getText()) || undefined,
    );
    assert.match(well.getText(), /- ✘ \*\*agent\*\*: .*\(EDDY_AGENT_STOPPED\)\n {2}- /);
  });
});
