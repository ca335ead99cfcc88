import assert from "node:assert/strict";
import { PrepareRenameRequest, RenameRequest, type WorkspaceEdit } from "vscode-languageserver-protocol";
import { createLineIndex } from "../../../language/syntax/lines.ts";
import { Session } from "./session.ts";

const folder = "memory://host/flows/";
const flow = (from: string, name = "half") => `eddy: 1
script: |
  import { ${name} } from "${from}";
  const quarter = (value: number) => half(half(value));
nodes:
  in: { type: inject, every: 1s, payload: "8" }
  it: { type: map, from: in, payload: quarter(half(msg.payload)) }
`;
const files = {
  "one.flow.yaml": flow("./lib/math.ts"),
  "two.flow.yaml": flow("./lib/math"),
  "renamed.flow.yaml": flow("./other.ts", "halve as half"),
  "lib/math.ts": "export function half(value: number) { return value / 2; }\nexport const taken = half(1);\n",
  "other.ts": "export const halve = (value: number) => value / 2;\n",
};

/** A file with the edits that are meant for it. */
function changed({ changes = {} }: WorkspaceEdit, name: keyof typeof files): string {
  const text = files[name];
  const lines = createLineIndex(text);
  return [...(changes[folder + name] ?? [])]
    .map(({ range, newText }) => ({
      start: lines.offsetAt(range.start),
      end: lines.offsetAt(range.end),
      newText,
    }))
    .toSorted((one, other) => other.start - one.start)
    .reduce((whole, { start, end, newText }) => whole.slice(0, start) + newText + whole.slice(end), text);
}

describe("rename of what a module declares", function () {
  this.timeout(60_000);

  let session: Session;
  const place = (name: keyof typeof files, text: string) =>
    session.at(folder + name, files[name].indexOf(text) + 2);

  before(async () => {
    session = await Session.start(
      Object.fromEntries(Object.entries(files).map(([name, text]) => [folder + name, text])),
    );
    for (const name of ["one.flow.yaml", "renamed.flow.yaml"]) await session.open(folder + name);
  });
  after(() => session[Symbol.asyncDispose]());

  it("changes the module and every workflow that imports it", async () => {
    const at = place("one.flow.yaml", "half(msg");
    const prepared = await session.client.sendRequest(PrepareRenameRequest.type, at);
    assert.ok(prepared && "placeholder" in prepared);
    assert.equal(prepared.placeholder, "half");
    const edit = await session.client.sendRequest(RenameRequest.type, { ...at, newName: "middle" });
    assert.ok(edit);
    assert.deepEqual(Object.keys(edit.changes ?? {}).sort(), [
      `${folder}lib/math.ts`,
      `${folder}one.flow.yaml`,
      `${folder}two.flow.yaml`,
    ]);
    for (const name of ["one.flow.yaml", "two.flow.yaml", "lib/math.ts"] as const)
      assert.equal(changed(edit, name), files[name].replaceAll("half", "middle"));
  });

  it("refuses a name that stands in one of them, and what goes by another name", async () => {
    const at = place("one.flow.yaml", "half(msg");
    for (const [newName, why] of [
      ["taken", /math.ts already/],
      ["quarter", /one.flow.yaml already/],
      ["a-b", /cannot be a name/],
    ] as const)
      await assert.rejects(session.client.sendRequest(RenameRequest.type, { ...at, newName }), why);
    const other = place("renamed.flow.yaml", "halve as");
    await assert.rejects(
      session.client.sendRequest(RenameRequest.type, { ...other, newName: "middle" }),
      /goes by another name/,
    );
  });

  it("leaves alone what a library declares", async () => {
    const at = session.at(`${folder}one.flow.yaml`, files["one.flow.yaml"].indexOf("payload)"));
    assert.equal(await session.client.sendRequest(PrepareRenameRequest.type, at), null);
  });

  it("complained about nothing", () => assert.deepEqual(session.complaints, []));
});
