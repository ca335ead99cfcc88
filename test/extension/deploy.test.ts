import { strict as assert } from "node:assert";
import * as vscode from "vscode";
import { defaultHome, openFleet } from "../../fleet/index.ts";
import { openFlow } from "./support.ts";

const text = `eddy: 1
name: Deployed here

nodes:
  beat:
    type: inject
    payload: { beat: 1 }

  show:
    type: map
    from: beat
    payload: msg.payload.beat + 1
`;

describe("Deploying to this computer", () => {
  // The same desk as the extension's own: EDDY_HOME of the test run.
  const extension = vscode.extensions.getExtension("eddy.eddy");
  assert.ok(extension, "the extension is there");
  const fleet = openFleet({
    home: defaultHome(process.env),
    agentDirectory: vscode.Uri.joinPath(extension.extensionUri, "dist").fsPath,
  });

  after(async () => {
    await fleet.stopAgent("local").catch(() => {});
    await fleet.dispose();
  });

  it("compiles, starts the agent, and runs the workflow", async function () {
    this.timeout(60_000);
    const document = await openFlow("deployed.flow.yaml", text);
    await vscode.commands.executeCommand("eddy.deploy", document.uri);
    const client = await fleet.connect("local");
    const { workflows } = await client.request("workflow/list", {});
    const deployed = workflows.find(({ id }) => id === "deployed");
    assert.equal(deployed?.state, "running");
    assert.equal(deployed?.name, "Deployed here");
    const execution = await client.request("workflow/inject", {
      id: "deployed",
      node: "beat",
      message: { payload: { beat: 41 } },
    });
    assert.equal(execution.outcome, "ok");
    const shown = execution.nodes.find(({ id }) => id === "show")?.output?.[0]?.message;
    assert.ok(typeof shown === "object" && shown !== null && "payload" in shown);
    assert.equal(shown.payload, 42);
  });

  it("refuses a workflow whose types do not fit", async function () {
    this.timeout(60_000);
    const document = await openFlow("refused.flow.yaml", text.replace("beat + 1", "bleat + 1"));
    // The command waits for no answer to the message that it shows.
    await vscode.commands.executeCommand("eddy.deploy", document.uri);
    const client = await fleet.connect("local");
    const { workflows } = await client.request("workflow/list", {});
    assert.ok(!workflows.some(({ id }) => id === "refused"));
  });
});
