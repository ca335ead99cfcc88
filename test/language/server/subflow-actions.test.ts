import assert from "node:assert/strict";
import type { CodeAction, TextEdit } from "vscode-languageserver-protocol";
import { subflowActions } from "../../../language/server/subflow-actions.ts";
import { analyse, edited } from "./analyse.ts";

const text = `eddy: 1
nodes:
  beat: { type: inject }
  high: { type: filter, from: beat, when: msg.payload > 8 }
  show: { type: log, from: high }
`;

async function actionsOf(
  source: string,
  range: { start: number; end: number },
  files: readonly string[] = [],
  createsFiles = true,
) {
  const analysis = await analyse(source);
  const known = new Map(files.map((one, index) => [one, index === 0 ? subflow : "eddy: 1\n"]));
  const actions = await subflowActions(analysis, range, {
    read: async (uri) => [...known].find(([name]) => uri.endsWith(`/${name}`))?.[1],
    types: () => new Map([["beat", new Map([["out", { payload: "number", isUnknown: false }]])]]),
    createsFiles,
  });
  return { analysis, actions };
}

const subflow =
  "eddy: 1\ninputs: { beat: number }\noutputs: { out: { type: any, from: high } }\nnodes:\n  high: { type: filter, from: beat, when: msg.payload > 8 }\n";

function editsOf(action: CodeAction | undefined, index: number): TextEdit[] {
  const change = action?.edit?.documentChanges?.[index];
  const edits = change && "edits" in change ? change.edits : [];
  return edits.flatMap((one) => ("newText" in one ? [one] : []));
}

describe("code actions on subflows", () => {
  const start = text.indexOf("high:");
  const selected = { start, end: start + 10 };

  it("extracts what is selected to a new file, with types", async () => {
    const { analysis, actions } = await actionsOf(text, selected);
    const [action, ...others] = actions;
    assert.deepEqual(others, []);
    assert.equal(action?.title, "Extract to subflow ./subflow.flow.yaml");
    const create = action?.edit?.documentChanges?.[0];
    assert.ok(
      create && "kind" in create && create.kind === "create" && create.uri.endsWith("/subflow.flow.yaml"),
    );
    assert.match(editsOf(action, 1)[0]?.newText ?? "", /inputs:\n {2}beat: number\n/);
    const after = edited(analysis, editsOf(action, 2));
    assert.match(
      after,
      / {2}subflow:\n {4}type: .\/subflow.flow.yaml\n {4}from: beat\n {2}show: .*from: subflow }/,
    );
  });

  it("finds a file that is not there yet", async () => {
    const { actions } = await actionsOf(text, selected, ["subflow.flow.yaml", "subflow-2.flow.yaml"]);
    assert.equal(actions[0]?.title, "Extract to subflow ./subflow-3.flow.yaml");
  });

  it("offers nothing without a selection, to an editor that makes no files, or where it cannot be done", async () => {
    assert.deepEqual((await actionsOf(text, { start, end: start })).actions, []);
    assert.deepEqual((await actionsOf(text, selected, [], false)).actions, []);
    const errors = text.replace("from: beat", "from: any.error");
    assert.deepEqual((await actionsOf(errors, selected)).actions, []);
    assert.deepEqual((await actionsOf(text, { start: 0, end: 5 })).actions, []);
  });

  it("inlines the subflow at the cursor", async () => {
    const using = text
      .replace(/high: .*/, "part: { type: ./part.flow.yaml, from: beat }")
      .replace("from: high", "from: part");
    const cursor = using.indexOf("./part");
    const { analysis, actions } = await actionsOf(using, { start: cursor, end: cursor }, ["part.flow.yaml"]);
    assert.equal(actions[0]?.title, "Inline the subflow part");
    assert.equal(edited(analysis, editsOf(actions[0], 0)), text);
    assert.deepEqual((await actionsOf(using, { start: cursor, end: cursor })).actions, []);
  });
});
