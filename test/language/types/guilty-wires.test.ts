import assert from "node:assert/strict";
import { checkTypes, openChecker, sensorFlow } from "./checking.ts";

/** By problem: the wires that it is told of. */
function guilty(nodes: string, checker = openChecker()): readonly string[] {
  const { problems } = checkTypes(sensorFlow(nodes), checker);
  return problems.map(({ code, wires = [] }) =>
    [code, ...wires.map(({ node, port, input }) => `${node}.${port}>${input}`)].join(" "),
  );
}

describe("types: the wires that an error comes by", function () {
  this.timeout(60_000);

  it("are those that bring it alone", () => {
    assert.deepEqual(guilty("  it: { type: log, from: [reading, event], text: '${msg.payload.door}' }\n"), [
      "EDDY_TYPE_UNKNOWN_PROPERTY event.out>in",
    ]);
    const text =
      "a: { type: inject, every: 1s, payload: '1' }\n  b: { type: inject, every: 1s, payload: '\"x\"' }";
    assert.deepEqual(
      guilty(`  ${text}\n  it: { type: filter, from: [a, b, any.error], when: msg.payload * 2 > 3 }\n`),
      ["EDDY_TYPE b.out>in any.error>in"],
    );
  });

  it("are all, where each of them brings it, or it takes several", () => {
    assert.deepEqual(guilty("  it: { type: log, from: [reading, event], text: '${msg.payload.colour}' }\n"), [
      "EDDY_TYPE_UNKNOWN_PROPERTY reading.out>in event.out>in",
    ]);
    const text =
      "a: { type: inject, every: 1s, payload: '1' }\n  b: { type: inject, every: 1s, payload: '\"x\"' }";
    const either = "(null! as { (x: number): string; (x: string): string })(msg.payload)";
    assert.deepEqual(guilty(`  ${text}\n  it: { type: log, from: [a, b], text: '\${${either}}' }\n`), [
      "EDDY_TYPE_MISMATCH a.out>in b.out>in",
    ]);
  });

  it("are none, where the error is there whatever comes in", () => {
    assert.deepEqual(guilty("  it: { type: log, from: [reading, event], text: '${sight(1)}' }\n"), [
      "EDDY_TYPE_UNKNOWN_NAME",
    ]);
    assert.deepEqual(guilty("  it: { type: log, from: reading, text: '${msg.paylod}' }\n"), [
      "EDDY_TYPE_UNKNOWN_PROPERTY",
    ]);
  });

  it("are told by input, where a node has several", () => {
    assert.deepEqual(
      guilty("  it: { type: join, from: { a: reading, b: event }, within: 1s, by: msg.payload.door }\n"),
      ["EDDY_TYPE_UNKNOWN_PROPERTY event.out>b"],
    );
  });

  it("follow when others bring what one of them has brought", () => {
    const checker = openChecker();
    const nodes = (first: string, second: string) =>
      `  a: { type: map, from: ${first}, payload: msg.payload }\n  b: { type: map, from: ${second}, payload: msg.payload }\n  c: { type: map, from: reading, payload: msg.payload }\n  it: { type: log, from: [c, a, b], text: '\${msg.payload.door}' }\n`;
    assert.deepEqual(guilty(nodes("event", "reading"), checker), ["EDDY_TYPE_UNKNOWN_PROPERTY a.out>in"]);
    assert.deepEqual(guilty(nodes("reading", "event"), checker), ["EDDY_TYPE_UNKNOWN_PROPERTY b.out>in"]);
  });

  it("are not looked for among very many", () => {
    const many = Array.from(
      { length: 20 },
      (_, index) => `  n${index}: { type: map, from: reading, payload: '${index}' }\n`,
    );
    const from = many.map((_, index) => `n${index}`).join(", ");
    const [found = ""] = guilty(
      `${many.join("")}  it: { type: log, from: [event, ${from}], text: '\${msg.payload.door}' }\n`,
    );
    assert.equal(found.split(" ").length, 22);
  });
});
