import assert from "node:assert/strict";
import { DefinitionRequest, ReferencesRequest, RenameRequest } from "vscode-languageserver-protocol";
import { eventually } from "../../testbed/resources.ts";
import { Session } from "./session.ts";

const place = (name: string) => `memory://host/flows/${name}`;

const shared = `eddy: 1
inputs:
  value: number
  other: number
outputs:
  high: { type: number, from: check }
params:
  limit: { type: number, default: 5 }
nodes:
  check:
    type: filter
    from: [value, other]
    when: msg.payload > params.limit
`;

const user = (index: number) => `eddy: 1
nodes:
  beat:
    type: inject
    every: 1s
    payload: ${index}
  alarm:
    type: ./lib/alarm.flow.yaml
    from: { value: beat }
    limit: ${index}
  show:
    type: log
    from: alarm.high
    text: value \${msg.payload.toFixed(1)}
`;

const circle = (next: string) =>
  `eddy: 1\ninputs:\n  in: number\noutputs:\n  out: { type: number, from: next }\nnodes:\n  next:\n    type: ./${next}.flow.yaml\n    from: in\n`;

describe("a workspace of many workflows", function () {
  this.timeout(60_000);

  const files: Record<string, string> = { [place("lib/alarm.flow.yaml")]: shared };
  for (let index = 0; index < 50; index++) files[place(`line${index}.flow.yaml`)] = user(index);

  it("is searched and renamed in as a whole, open or not", async () => {
    await using session = await Session.start(files);
    const uri = place("line0.flow.yaml");
    await session.open(uri);
    const at = session.at(uri, user(0).indexOf("alarm.high") + 7);
    const found = await session.client.sendRequest(ReferencesRequest.type, {
      ...at,
      context: { includeDeclaration: true },
    });
    assert.equal(found?.length, 51);
    const renamed = await session.client.sendRequest(RenameRequest.type, { ...at, newName: "above" });
    assert.equal(Object.keys(renamed?.changes ?? {}).length, 51);
    assert.deepEqual(session.complaints, []);
  });

  it("is checked with all of it open, and again where a part changes", async () => {
    await using session = await Session.start(files);
    const lines = Object.keys(files).filter((uri) => uri.includes("line"));
    for (const uri of Object.keys(files)) await session.open(uri);
    for (const uri of lines) {
      const { problems, ports } = await session.analyse(uri);
      assert.deepEqual(problems, [], uri);
      assert.equal(ports.alarm?.high?.payload, "number");
    }
    await session.change(
      place("lib/alarm.flow.yaml"),
      shared.replace("high: { type: number", "high: { type: string"),
    );
    await eventually("every workflow that uses it is told", () =>
      lines.every((uri) => session.diagnostics.get(uri)?.some(({ severity }) => severity === 1)),
    );
    assert.deepEqual(session.complaints, []);
  });

  it("may have circles of subflows", async () => {
    const circular = {
      [place("a.flow.yaml")]: circle("b"),
      [place("b.flow.yaml")]: circle("c"),
      [place("c.flow.yaml")]: circle("a"),
    };
    await using session = await Session.start(circular);
    for (const uri of Object.keys(circular)) await session.open(uri);
    for (const uri of Object.keys(circular)) {
      const { problems } = await session.analyse(uri);
      assert.deepEqual(
        problems.filter(({ severity }) => severity === "error").map(({ code }) => code),
        ["EDDY_SUBFLOW_RECURSION"],
      );
    }
    const uri = place("a.flow.yaml");
    const at = session.at(uri, circle("b").indexOf("./b"));
    const definition = await session.client.sendRequest(DefinitionRequest.type, at);
    assert.deepEqual(
      [definition].flat().map((one) => one && "uri" in one && one.uri),
      [place("b.flow.yaml")],
    );
    assert.deepEqual(session.complaints, []);
  });
});
