import { strict as assert } from "node:assert";
import * as vscode from "vscode";
import { openFlow, problemsOf, replace } from "./support.ts";

const good = `eddy: 1
name: Good

nodes:
  beat:
    type: inject
    every: 1s

  show:
    type: log
    from: beat
`;

describe("Problems of a workflow", () => {
  it("shows what is wrong at its place, and takes it away when it is right", async () => {
    const document = await openFlow("typo.flow.yaml", good.replace("from: beat", "from: beet"));
    const problems = await problemsOf(document, (all) => all.length > 0);
    const [problem] = problems;
    assert.ok(problem);
    assert.equal(document.getText(problem.range), "beet");
    assert.match(problem.message, /beat/);
    await replace(document, "beet", "beat");
    await problemsOf(document, (all) => all.length === 0);
  });

  it("offers a fix that fixes", async () => {
    const document = await openFlow("fix.flow.yaml", good.replace("from: beat", "from: beet"));
    const [problem] = await problemsOf(document, (all) => all.length > 0);
    assert.ok(problem);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      document.uri,
      problem.range,
    );
    const fix = actions.find((action) => action.edit);
    assert.ok(fix?.edit, "there is a fix");
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.equal(document.getText(), good);
    await problemsOf(document, (all) => all.length === 0);
  });

  it("reports a TypeScript syntax error at the expression, when the workflow is compiled", async () => {
    const text = good.replace("type: log", "type: filter\n    when: msg.payload >");
    const document = await openFlow("syntax.flow.yaml", text);
    const problems = await problemsOf(document, (all) => all.some(({ severity }) => severity === 0));
    const error = problems.find(({ severity }) => severity === vscode.DiagnosticSeverity.Error);
    assert.ok(error);
    assert.equal(document.lineAt(error.range.start.line).text.trim(), "when: msg.payload >");
  });

  it("survives a file that is no workflow at all", async () => {
    const document = await openFlow("hostile.flow.yaml", "a: &a [x, x]\nb: &b [*a, *a]\n{{{{[[[ 'x\n");
    const problems = await problemsOf(document, (all) => all.length > 0);
    assert.ok(problems.every(({ code }) => typeof code === "string" && code.startsWith("EDDY_")));
  });

  it("takes an empty file for a workflow to come", async () => {
    const document = await openFlow("empty.flow.yaml", "");
    assert.equal(document.languageId, "eddy-flow");
  });
});
