import assert from "node:assert/strict";
import { readableType } from "../../../language/types/words.ts";
import { checkTypes, openChecker, path, sensorFlow, told, typed } from "./checking.ts";

const batch = "  some: { type: batch, from: reading, size: 5 }\n";

/** What is told of a node, with a script that has a helper of its own. */
function toldOf(node: string): string {
  const text = sensorFlow(batch + node).replace(
    "script: |\n",
    "script: |\n  const mean = (values: Reading[]) => 1;\n",
  );
  return told(text, checkTypes(text).problems).join("\n");
}

describe("types: messages that are never changed", function () {
  this.timeout(60_000);

  it("are shown without saying so of each part", () => {
    const cases: readonly (readonly [type: string, shown: string])[] = [
      ["{ readonly a: string; readonly b?: readonly (A | B)[] }", "{ a: string; b?: (A | B)[] }"],
      ["ReadonlyArray<A | B>", "(A | B)[]"],
      ["ReadonlyMap<string, readonly number[]>", "Map<string, number[]>"],
      ["Readonly<Record<string, unknown>> | undefined", "Record<string, unknown> | undefined"],
      ["readonly [a: number, b?: string]", "[a: number, b?: string]"],
      [
        '{ readonly: "readonly x"; readonly?: 1; "readonly y": 2 }',
        '{ readonly: "readonly x"; readonly?: 1; "readonly y": 2 }',
      ],
    ];
    for (const [type, shown] of cases) assert.equal(readableType(type), shown);
  });

  it("are what output, state and outputs declare, whether or not these say so", () => {
    const declared = (node: string) => typed(batch + node);
    assert.equal(
      declared("  it: { type: map, from: some, payload: msg.payload, output: 'Reading[]' }\n"),
      "Reading[]",
    );
    assert.equal(
      declared(
        "  it: { type: map, from: some, payload: '{ a: msg.payload }', output: '{ a: Reading[] }' }\n",
      ),
      "{ a: Reading[]; }",
    );
    assert.equal(
      declared(
        "  it:\n    type: function\n    from: some\n    output: Reading[]\n    code: |\n      return { ...msg, payload: msg.payload };\n",
      ),
      "Reading[]",
    );
    const text =
      "eddy: 1\nstate: { list: { type: 'number[]', initial: [] } }\ninputs: { in: { type: 'number[]' } }\noutputs: { out: { type: 'number[]', from: keep } }\nnodes:\n  keep: { type: state, from: in, set: { list: msg.payload } }\n";
    assert.deepEqual(told(text, checkTypes(text).problems), []);
  });

  it("are told of where somebody would change them", () => {
    assert.match(
      toldOf("  it: { type: map, from: some, payload: mean(msg.payload) }\n"),
      /EDDY_TYPE_MISMATCH at "msg.payload": Messages are never changed, .* declare it as readonly Reading\[\]/,
    );
    assert.match(
      toldOf("  it: { type: map, from: some, payload: msg.payload.push(1) }\n"),
      /at "push": Messages are never changed, .* \[\.\.\.list, value\]/,
    );
  });

  it("say which message is not as declared, where code returns one", () => {
    assert.match(
      toldOf(
        "  it:\n    type: function\n    from: some\n    output: Reading[]\n    code: |\n      return { ...msg, payload: [1] };\n",
      ),
      /The payload is number\[\], and output takes Reading\[\]/,
    );
  });

  it("are not what a script declares: there it is shown as it is written", () => {
    const checker = openChecker();
    const text = sensorFlow(`${batch}  it: { type: map, from: some, payload: mean(msg.payload) }\n`).replace(
      "script: |\n",
      "script: |\n  const mean = (values: readonly Reading[]) => 1;\n",
    );
    checkTypes(text, checker);
    assert.match(checker.hover(path, text.indexOf("values"))?.type ?? "", /values: readonly Reading\[\]/);
    assert.equal(
      checker.hover(path, text.lastIndexOf("payload"))?.type,
      "(property) Message<Reading[]>.payload: Reading[]",
    );
  });
});
