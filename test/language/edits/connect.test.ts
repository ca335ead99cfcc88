import type { EditOf } from "./example.ts";
import { edits, refuses } from "./example.ts";

type Ends = EditOf<"connect">;
const ends = (from: string, input: string, node: string): Ends => {
  const [id = "", port = "out"] = from.split(".");
  return { source: { node: id, port }, target: { node, input } };
};
const connect = (from: string, input = "in", node = "n") =>
  ({ kind: "connect", ...ends(from, input, node) }) as const;
const disconnect = (from: string, input = "in", node = "n") =>
  ({ kind: "disconnect", ...ends(from, input, node) }) as const;

const others = "  a: { type: inject }\n  b: { type: filter, when: x }\n";
/** A workflow with a node `n` of a type that names its inputs freely, with these lines. */
const node = (...lines: readonly string[]) =>
  `nodes:\n${others}  n:\n${lines.map((line) => `    ${line}\n`).join("")}`;

describe("edit: connect", () => {
  for (const [edit, before, after] of [
    [connect("a"), "type: x", "type: x\n    from: a"],
    [connect("a"), "type: x # why\n    text: t", "type: x # why\n    from: a\n    text: t"],
    [connect("a"), "text: t", "text: t\n    from: a"],
    [connect("a"), "type: x\n    from:", "type: x\n    from: a"],
    [connect("a"), "type: x\n    from: # why", "type: x\n    from: a # why"],
    [connect("b.rejected"), "type: x\n    from: a # why", "type: x\n    from: [a, b.rejected] # why"],
    [connect("b"), "type: x\n    from: 'a'", "type: x\n    from: ['a', b]"],
    [connect("b"), "type: x\n    from: |-\n      a", "type: x\n    from: [a, b]"],
    [connect("b"), "type: x\n    from: [a]", "type: x\n    from: [a, b]"],
    [connect("b"), "type: x\n    from: [a,\n      c]", "type: x\n    from: [a,\n      c, b]"],
    [connect("b"), "type: x\n    from: []", "type: x\n    from: [b]"],
    [connect("b"), "type: x\n    from:\n      - a # one", "type: x\n    from:\n      - a # one\n      - b"],
    [connect("b"), "type: x\n    from:\n    - a", "type: x\n    from:\n    - a\n    - b"],
    [connect("any.error"), "type: x\n    from: b.error", "type: x\n    from: [b.error, any.error]"],
    [connect("b.out"), "type: x\n    from: b.rejected", "type: x\n    from: [b.rejected, b]"],
    [connect("n.error"), "type: x", "type: x\n    from: n.error"],
    [connect("a", "left"), "type: join", "type: join\n    from: { left: a }"],
    [connect("a", "left"), "type: join\n    from:", "type: join\n    from: { left: a }"],
    [
      connect("b", "right"),
      "type: join\n    from: { left: a }",
      "type: join\n    from: { left: a, right: b }",
    ],
    [connect("b", "left"), "type: join\n    from: { left: a }", "type: join\n    from: { left: [a, b] }"],
    [connect("b", "left"), "type: join\n    from: { left: [a] }", "type: join\n    from: { left: [a, b] }"],
    [connect("b", "left"), "type: join\n    from: { left: }", "type: join\n    from: { left: b }"],
    [
      connect("b", "right"),
      "type: join\n    from:\n      left: a # l",
      "type: join\n    from:\n      left: a # l\n      right: b",
    ],
    [
      connect("b", "left"),
      "type: join\n    from:\n      left: a # l",
      "type: join\n    from:\n      left: [a, b] # l",
    ],
    [
      connect("b", "left"),
      "type: join\n    from:\n      left:\n        - a",
      "type: join\n    from:\n      left:\n        - a\n        - b",
    ],
    [connect("b", "right"), "type: join\n    from: a", "type: join\n    from: { in: a, right: b }"],
    [connect("b", "right"), "type: join\n    from: [a, c]", "type: join\n    from: { in: [a, c], right: b }"],
    [connect("b", "right"), "type: join\n    from: []", "type: join\n    from: { right: b }"],
    [connect("b"), "type: join\n    from: { left: a }", "type: join\n    from: { left: a, in: b }"],
  ] as const)
    it(`${edit.source.node}.${edit.source.port} into ${edit.target.input} of ${JSON.stringify(before)}`, () =>
      edits(node(before), edit, node(after)));

  it("a node in braces, one that has no key yet, and one from an input of the workflow", () => {
    edits(
      "nodes: { a: { type: x }, n: { type: y } }\n",
      connect("a"),
      "nodes: { a: { type: x }, n: { type: y, from: a } }\n",
    );
    edits(
      "nodes:\n  a: { type: x }\n  n: { type: y, at: [0, 0] }\n",
      connect("a"),
      "nodes:\n  a: { type: x }\n  n: { type: y, from: a, at: [0, 0] }\n",
    );
    edits(
      "nodes:\n  a: { type: x }\n  n: {}\n",
      connect("a"),
      "nodes:\n  a: { type: x }\n  n:\n    from: a\n",
    );
    edits("nodes:\n  a: { type: x }\n  n:\n", connect("a"), "nodes:\n  a: { type: x }\n  n:\n    from: a\n");
    edits(
      "inputs: { i: X }\nnodes:\n  n: { type: y }\n",
      connect("i"),
      "inputs: { i: X }\nnodes:\n  n: { type: y, from: i }\n",
    );
  });

  for (const [lines, edit, problem] of [
    ["type: x\n    from: a", connect("a"), 'EDDY_WIRE_TWICE "n" has a wire from "a" already.'],
    ["type: x\n    from: [b, a.out]", connect("a"), "EDDY_WIRE_TWICE"],
    ["type: join\n    from: { left: a }", connect("a", "left"), "EDDY_WIRE_TWICE"],
    ["type: x", connect("nobody"), 'EDDY_EDIT_NODE There is no node "nobody"'],
    ["type: x", connect("a", "in", "nobody"), "EDDY_EDIT_NODE"],
    ["type: x", connect("any"), "EDDY_WIRE_ANY"],
    ["type: x", connect("a.b c"), "EDDY_WIRE_SYNTAX"],
    ["type: join", connect("a", "b c"), 'EDDY_NAME "b c" cannot be the name of an input.'],
    ["type: inject", connect("a"), 'EDDY_WIRE_TRIGGER "n" is a trigger: it takes no wire.'],
    ["type: log", connect("a", "left"), 'EDDY_WIRE_INPUT "n" has no input "left", but in.'],
    ["[x]", connect("a"), "EDDY_EDIT_SHAPE What is written for the node"],
  ] as const)
    it(`is refused: ${problem}`, () => refuses(node(lines), edit, problem));
});

describe("edit: disconnect", () => {
  for (const [edit, before, after] of [
    [disconnect("a"), "type: x\n    from: a # why\n    text: t", "type: x\n    text: t"],
    [disconnect("a"), "type: x\n    # why\n    from: [a]", "type: x"],
    [disconnect("a"), "type: x\n    from: [a, b] # why", "type: x\n    from: b # why"],
    [disconnect("b"), "type: x\n    from: [ a, b, c.no ]", "type: x\n    from: [a, c.no]"],
    [disconnect("a"), "type: x\n    from: [a, a.no]", "type: x\n    from: a.no"],
    [
      disconnect("a"),
      "type: x\n    from:\n      - a # one\n      - b # two",
      "type: x\n    from:\n      - b # two",
    ],
    [
      disconnect("b"),
      "type: x\n    from:\n      - a\n      # of b\n      - b",
      "type: x\n    from:\n      - a",
    ],
    [disconnect("a"), "type: x\n    from:\n      - a\n    text: t", "type: x\n    text: t"],
    [
      disconnect("a", "left"),
      "type: join\n    from: { left: a, right: a }",
      "type: join\n    from: { right: a }",
    ],
    [
      disconnect("a", "right"),
      "type: join\n    from: { left: a, right: a }",
      "type: join\n    from: { left: a }",
    ],
    [disconnect("a", "left"), "type: join\n    from: { left: [a, b] }", "type: join\n    from: { left: b }"],
    [disconnect("a", "left"), "type: join\n    from: { left: a }", "type: join"],
    [
      disconnect("a", "left"),
      "type: join\n    from:\n      left: a\n      right: b",
      "type: join\n    from:\n      right: b",
    ],
    [disconnect("nobody"), "type: x\n    from: [nobody, a]", "type: x\n    from: a"],
    [disconnect("a"), "from: a", ""],
  ] as const)
    it(`${edit.source.node} from ${edit.target.input} of ${JSON.stringify(before)}`, () =>
      edits(node(before), edit, after === "" ? `nodes:\n${others}  n:\n` : node(after)));

  it("in braces", () => {
    edits("nodes: { n: { type: x, from: a } }\n", disconnect("a"), "nodes: { n: { type: x } }\n");
    edits("nodes:\n  n: { from: a, type: x }\n", disconnect("a"), "nodes:\n  n: { type: x }\n");
    edits("nodes:\n  n: { from: a }\n", disconnect("a"), "nodes:\n  n: {}\n");
  });

  for (const [edit, problem] of [
    [disconnect("b"), 'EDDY_EDIT_WIRE There is no wire from "b" into "n".'],
    [disconnect("a.no"), 'EDDY_EDIT_WIRE There is no wire from "a.no" into "n".'],
    [disconnect("a", "left"), "EDDY_EDIT_WIRE"],
    [disconnect("a", "in", "nobody"), "EDDY_EDIT_NODE"],
  ] as const)
    it(`is refused: ${problem}`, () => refuses(node("type: x\n    from: a"), edit, problem));
});
