import assert from "node:assert/strict";
import { cardShape, makeWires } from "../../webview/canvas/model/cards.ts";
import { summarise } from "../../webview/canvas/model/summary.ts";
import { cardsOf, descriptors, onlyNode, view } from "./canvas.ts";

describe("cards of the canvas", () => {
  it("show the label, the type and the most telling params", () => {
    const workflow = view("f:\n  type: mqtt-in\n  topic: a/b\n  qos: 2\n  label: Fridge");
    const card = cardsOf(workflow).get("f");
    assert.equal(card?.title, "Fridge");
    assert.equal(card?.subtitle, "mqtt-in · a/b · qos: 2");
    assert.equal(card?.trigger, true);
  });

  it("have one unnamed port on a side where there is just one, and named rows otherwise", () => {
    const simple = cardShape(["in"], ["out", "error"]);
    assert.deepEqual([simple.namedInputs, simple.namedOutputs], [false, false]);
    assert.deepEqual(simple.inputs[0]?.y, simple.outputs[0]?.y);
    const branching = cardShape(["in"], ["hot", "cold", "error"]);
    assert.equal(branching.namedOutputs, true);
    assert.ok(branching.height > simple.height);
    const heights = branching.outputs.map(({ y }) => y);
    assert.deepEqual(
      heights,
      heights.toSorted((a, b) => a - b),
    );
    assert.equal(branching.outputs.at(-1)?.name, "error");
    assert.ok(heights.every((y) => y < branching.height));
  });

  it("tell the worst of their problems, and nothing of hints", () => {
    const workflow = view("a:\n  type: log\nb:\n  type: log\nc:\n  type: log");
    const problem = { code: "X", message: "m", line: 0 };
    const cards = cardsOf(workflow, [
      { ...problem, severity: "warning", node: "a" },
      { ...problem, severity: "error", node: "a" },
      { ...problem, severity: "warning", node: "b" },
      { ...problem, severity: "hint", node: "c" },
    ]);
    assert.deepEqual(
      [...cards.values()].map(({ severity }) => severity),
      ["error", "warning", undefined],
    );
  });

  it("show a node of an unknown type with the ports that its wires name", () => {
    const workflow = view("a:\n  type: inject\nb:\n  type: nonsense\n  from: a");
    const card = cardsOf(workflow).get("b");
    assert.deepEqual(
      card?.inputs.map(({ name }) => name),
      ["in"],
    );
    assert.equal(card?.category, "unknown");
  });

  it("name what no node of the workflow sends", () => {
    const workflow = view("a:\n  type: log\n  from: [any.error]");
    assert.deepEqual(cardsOf(workflow).get("a")?.sources, ["any.error"]);
    assert.deepEqual(makeWires(workflow), []);
  });

  it("have a wire for each reference to a port that is there", () => {
    const workflow = view(
      "a:\n  type: inject\nf:\n  type: filter\n  from: a\n  when: 'true'\nl:\n  type: log\n  from: [f, f.rejected, f.gone]",
    );
    assert.deepEqual(
      makeWires(workflow).map(({ id }) => id),
      ["a.out>f.in", "f.out>l.in", "f.rejected>l.in"],
    );
  });

  it("tell on a wire what it carries, and what does not fit there", () => {
    const workflow = view("a:\n  type: inject\nf:\n  type: filter\n  from: [a, a.error]\n  when: 'true'");
    const type = { payload: "number", isUnknown: false, isNever: false };
    const problem = { severity: "error", node: "f", line: 0 } as const;
    const [first, second] = makeWires(workflow, { a: { out: type } }, [
      {
        ...problem,
        code: "EDDY_TYPE_MISMATCH",
        message: "of all that comes in",
        wires: [
          { input: "in", node: "a", port: "out" },
          { input: "in", node: "a", port: "error" },
        ],
      },
      {
        ...problem,
        code: "EDDY_WIRE_INPUT",
        message: "of one",
        wires: [{ input: "in", node: "a", port: "error" }],
      },
      { ...problem, code: "EDDY_TYPE_UNKNOWN_NAME", message: "of the node" },
      { ...problem, code: "EDDY_TYPE_UNDECLARED", severity: "hint", message: "no error" },
    ]);
    assert.deepEqual([first?.type, first?.problems], [type, ["of all that comes in"]]);
    assert.deepEqual([second?.type, second?.problems], [undefined, ["of all that comes in", "of one"]]);
  });
});

describe("the summary of a node", () => {
  it("is one line, whatever is written", () => {
    const node = onlyNode("f:\n  type: function\n  code: |\n    const a = 1;\n    return a;");
    assert.equal(summarise(node, descriptors.get("function")), "const a = 1; return a;");
  });

  it("is cut where it is long", () => {
    const node = onlyNode(`f:\n  type: filter\n  when: ${"x".repeat(200)}`);
    assert.ok(summarise(node, descriptors.get("filter")).length <= 60);
  });

  it("names the cases of a switch", () => {
    const node = onlyNode(
      "s:\n  type: switch\n  cases:\n    hot: msg.payload > 8\n    cold: msg.payload < 0",
    );
    assert.equal(summarise(node, descriptors.get("switch")), "hot, cold");
  });
});
