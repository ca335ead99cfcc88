import assert from "node:assert/strict";
import { checkWorkflow, parseWorkflow } from "../../../language/index.ts";
import { testCatalog } from "../catalog.ts";

/** All that is told of a file: by reading it, and by checking what could be read. */
function told(text: string): readonly string[] {
  const parsed = parseWorkflow(text, "test.flow.yaml");
  return [...parsed.problems, ...checkWorkflow(parsed, testCatalog)].map(({ code }) => code);
}

describe("check: what cannot be read is told once", () => {
  const between = (lines: string) => `eddy: 1
env: { LIMIT: { default: 8 } }
nodes:
  start: { type: inject }
${lines}
  end: { type: log, from: n }
`;
  for (const [what, lines] of [
    ["a param", "  n:\n    type: filter\n    from: start\n    when: 'msg.payload > env.LIMIT"],
    [
      "a param that is needed, in a line too far to the left",
      "  n:\n     type: filter\n     from: start\n    when: x",
    ],
    ["wires", "  n:\n    type: filter\n    from: [start\n    when: msg.payload > env.LIMIT"],
    ["the type", '  n:\n    type: "filter\n    from: start\n    when: msg.payload > env.LIMIT'],
    ["a node", "  n: { type: filter, from: start, when: msg.payload > env.LIMIT"],
    [
      "the name of a connection",
      "  n:\n    type: http-request\n    from: start\n    url: x\n    headers: { a: 'b",
    ],
  ] as const)
    it(what, () => assert.equal(told(between(lines)).length, 1, told(between(lines)).join()));

  it("a connection, which its nodes still find", () => {
    const text = `eddy: 1
connections:
  plant: { type: mqtt, url: "mqtt://b"
  other: { type: mqtt, url: "mqtt://c" }
nodes:
  in: { type: mqtt-in, topic: a, connection: plant }
  out: { type: mqtt-out, from: in, topic: b, connection: other }
`;
    assert.deepEqual(told(text), ["EDDY_YAML_SYNTAX"]);
  });
});
