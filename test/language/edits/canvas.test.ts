import assert from "node:assert/strict";
import { applyEdit, type Position } from "../../../language/index.ts";
import { testCatalog } from "../catalog.ts";
import { edits, refuses } from "./example.ts";

const nodes = "nodes:\n  a: { type: x }\n  b: { type: x }\n";

for (const kind of ["move-nodes", "layout"] as const)
  describe(`edit: ${kind}`, () => {
    const move = (positions: Readonly<Record<string, Position>>) => ({ kind, positions });
    const at = (x: number, y: number) => move({ n: { x, y } });

    for (const [before, edit, after] of [
      ["    type: x\n", at(1, 2), "    type: x\n    at: [1, 2]\n"],
      ["    type: x # why\n    # below\n", at(1, 2), "    type: x # why\n    at: [1, 2]\n    # below\n"],
      [
        "    type: x\n    text: |\n      a\n",
        at(1, 2),
        "    type: x\n    text: |\n      a\n    at: [1, 2]\n",
      ],
      ["    at: [0, 0] # here\n    type: x\n", at(1, 2), "    at: [1, 2] # here\n    type: x\n"],
      ["    at: [ 10,  20 ]\n", at(1, 20), "    at: [ 1,  20 ]\n"],
      ["    at: [10.0, 2e1]\n", at(10, 20), "    at: [10.0, 2e1]\n"],
      ["    at:\n      - 10 # x\n      - 20\n", at(1, 2), "    at:\n      - 1 # x\n      - 2\n"],
      ["    at:\n", at(1, 2), "    at: [1, 2]\n"],
      ["    at: here # why\n", at(1, 2), "    at: [1, 2] # why\n"],
      ["    at: [1, 2, 3]\n", at(1, 2), "    at: [1, 2]\n"],
      ["    at: [1, ]\n", at(1, 2), "    at: [1, 2]\n"],
      ["    at: { x: 1, y: 2 }\n", at(1, 2), "    at: [1, 2]\n"],
      ["    at: [0, 0]\n", at(1.005, -0.001), "    at: [1, 0]\n"],
      ["    at: [0, 0]\n", at(-1.256, 1e9), "    at: [-1.26, 1000000000]\n"],
      ["", at(1, 2), "    at: [1, 2]\n"],
    ] as const)
      it(JSON.stringify(before), () => edits(`nodes:\n  n:\n${before}`, edit, `nodes:\n  n:\n${after}`));

    it("of several nodes at once, also in braces", () =>
      edits(
        "nodes: { a: { type: x }, b: { at: [1, 2], type: x }, c: {} }\n",
        move({ b: { x: 3, y: 2 }, a: { x: 0, y: 0 } }),
        "nodes: { a: { type: x, at: [0, 0] }, b: { at: [3, 2], type: x }, c: {} }\n",
      ));
    it("writes only what changes", () => {
      const text = "eddy: 1\nnodes:\n  n: { type: x, at: [100, 200] }\n";
      const made = applyEdit(text, at(100, 210), testCatalog).edits;
      assert.deepEqual(made, [
        { range: { start: text.indexOf("200") + 1, end: text.indexOf("200") + 2 }, newText: "1" },
      ]);
      assert.deepEqual(applyEdit(text, at(100, 200), testCatalog).edits, []);
    });
    for (const [edit, problem] of [
      [at(Number.NaN, 0), "EDDY_EDIT_POSITION A position is two numbers"],
      [at(0, -1e10), "EDDY_EDIT_POSITION"],
      [move({ n: { x: 0, y: 0 }, nobody: { x: 0, y: 0 } }), "EDDY_EDIT_NODE"],
    ] as const)
      it(`is refused: ${problem}`, () => refuses("nodes:\n  n: { type: x }\n", edit, problem));
    it("is refused where the node is no map", () => refuses("nodes:\n  n: x\n", at(0, 0), "EDDY_EDIT_SHAPE"));
  });

describe("edit: group", () => {
  const group = (id: string, label: string, ...members: readonly string[]) =>
    ({ kind: "group", id, label, nodes: members }) as const;

  it("makes one, with the section where there is none", () => {
    edits(
      nodes,
      group("g", "Line 1", "a", "b"),
      `${nodes}\ngroups:\n  g:\n    label: Line 1\n    nodes: [a, b]\n`,
    );
    edits(
      `${nodes}notes: {}\ngroups:\n  f: { nodes: [a] }\n`,
      group("g", "A: #1", "b", "b"),
      `${nodes}notes: {}\ngroups:\n  f: { nodes: [a] }\n\n  g:\n    label: "A: #1"\n    nodes: [b]\n`,
    );
    edits(
      `groups: {}\n${nodes}`,
      group("g", "G", "a"),
      `groups:\n  g:\n    label: G\n    nodes: [a]\n${nodes}`,
    );
    edits(
      `groups: { f: {} }\n${nodes}`,
      group("g", "G", "a"),
      `groups: { f: {}, g: { label: G, nodes: [a] } }\n${nodes}`,
    );
  });
  it("changes the label and nodes of one that exists, and nothing else", () => {
    edits(
      `${nodes}groups:\n  g:\n    color: blue\n    label: 'Old' # why\n    nodes: # who\n      - a\n`,
      group("g", "New", "b"),
      `${nodes}groups:\n  g:\n    color: blue\n    label: 'New' # why\n    nodes: [b] # who\n`,
    );
    edits(
      `${nodes}groups: { g: { nodes: [a] } }\n`,
      group("g", "G", "a", "b"),
      `${nodes}groups: { g: { nodes: [a, b], label: G } }\n`,
    );
    edits(
      `${nodes}groups:\n  g: { label: G, nodes: [a] }\n`,
      group("g", "G", "a"),
      `${nodes}groups:\n  g: { label: G, nodes: [a] }\n`,
    );
    edits(
      `${nodes}groups:\n  g:\n`,
      group("g", "G", "a"),
      `${nodes}groups:\n  g:\n    label: G\n    nodes: [a]\n`,
    );
  });
  for (const [before, edit, problem] of [
    ["", group("g", "G", "nobody"), "EDDY_EDIT_NODE"],
    ["", group("g", "G"), "EDDY_EDIT_GROUP A group needs at least one node."],
    ["", group("1", "G", "a"), 'EDDY_NAME "1" cannot be used here'],
    ["groups: [g]\n", group("g", "G", "a"), "EDDY_EDIT_SHAPE What is written for groups: is no map"],
    ["groups: { g: x }\n", group("g", "G", "a"), 'EDDY_EDIT_SHAPE What is written for "g" in groups:'],
  ] as const)
    it(`is refused: ${problem}`, () => refuses(nodes + before, edit, problem));
});

describe("edit: ungroup", () => {
  const ungroup = (id: string) => ({ kind: "ungroup", id }) as const;
  it("takes the group away, with its comments, and the section with the last", () => {
    edits(
      `${nodes}\ngroups:\n  # of f\n  f: { nodes: [a] }\n\n  # of g\n  g:\n    nodes: [b]\n`,
      ungroup("g"),
      `${nodes}\ngroups:\n  # of f\n  f: { nodes: [a] }\n`,
    );
    edits(`${nodes}\n# all\ngroups:\n  f: { nodes: [a] }\n`, ungroup("f"), nodes);
    edits(`groups: { f: {}, g: {} }\n${nodes}`, ungroup("f"), `groups: { g: {} }\n${nodes}`);
    edits(`groups: { f: {} }\n${nodes}`, ungroup("f"), nodes);
  });
  it("is refused where there is none", () =>
    refuses(nodes, ungroup("g"), 'EDDY_EDIT_GROUP There is no "g" in groups.'));
});

describe("edit: set-note", () => {
  const note = (
    id: string,
    text: string,
    at: Position = { x: 1, y: 2 },
    size?: { width: number; height: number },
  ) => ({ kind: "set-note", id, text, at, ...(size ? { size } : {}) }) as const;

  it("makes one, with the section where there is none", () => {
    edits(nodes, note("n", "Hello"), `${nodes}\nnotes:\n  n:\n    text: Hello\n    at: [1, 2]\n`);
    edits(
      `${nodes}\ngroups: {}\n`,
      note("n", "# A\n\n- b\n", { x: 0, y: 0 }, { width: 30.5, height: 40 }),
      `${nodes}\nnotes:\n  n:\n    text: |\n      # A\n\n      - b\n    at: [0, 0]\n    size: [30.5, 40]\n\ngroups: {}\n`,
    );
    edits(
      `notes: { m: { text: x } }\n`,
      note("n", "a, b"),
      'notes: { m: { text: x }, n: { text: "a, b", at: [1, 2] } }\n',
    );
  });
  it("changes one that exists, in its own style", () => {
    edits(
      "notes:\n  n:\n    at: [0, 0] # where\n    text: >-\n      Old\n      text\n    size: [10, 20]\n",
      note("n", "New text"),
      "notes:\n  n:\n    at: [1, 2] # where\n    text: >-\n      New text\n    size: [10, 20]\n",
    );
    edits(
      "notes:\n  n: { text: 'Old', at: [1, 2] }\n",
      note("n", "it's", { x: 1, y: 2 }, { width: 5, height: 6 }),
      "notes:\n  n: { text: 'it''s', at: [1, 2], size: [5, 6] }\n",
    );
  });
  for (const [before, edit, problem] of [
    ["", note("a b", "x"), "EDDY_NAME"],
    ["", note("n", "x", { x: 0, y: Number.NaN }), "EDDY_EDIT_POSITION"],
    ["", note("n", "x", { x: 0, y: 0 }, { width: 1e12, height: 0 }), "EDDY_EDIT_POSITION"],
    ["notes: hello\n", note("n", "x"), "EDDY_EDIT_SHAPE"],
    ["notes: { n: hello }\n", note("n", "x"), "EDDY_EDIT_SHAPE"],
  ] as const)
    it(`is refused: ${problem} ${before.trim()}`, () => refuses(before, edit, problem));
});

describe("edit: remove-note", () => {
  const remove = (id: string) => ({ kind: "remove-note", id }) as const;
  it("takes the note away, and the section with the last", () => {
    edits(
      "notes:\n  m: { text: x }\n  n:\n    text: |\n      a\n\n      b\n\nname: X\n",
      remove("n"),
      "notes:\n  m: { text: x }\n\nname: X\n",
    );
    edits("name: X\n\nnotes:\n  n: { text: x }\n\ngroups: {}\n", remove("n"), "name: X\n\ngroups: {}\n");
  });
  it("is refused where there is none", () =>
    refuses("groups: { n: {} }\n", remove("n"), 'EDDY_EDIT_GROUP There is no "n" in notes.'));
});
