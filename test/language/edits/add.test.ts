import type { EditOf } from "./example.ts";
import { edits, editsFile, refuses, refusesFile } from "./example.ts";

const add = (edit: EditOf<"add-node">) => ({ kind: "add-node", ...edit }) as const;
const log = add({ id: "show", type: "log" });

describe("edit: add-node", () => {
  it("puts the node behind the others, set off as they are", () => {
    edits(
      `
      nodes:
        a: { type: inject }

        b:
          type: map # last

      groups: {}
      `,
      log,
      `
      nodes:
        a: { type: inject }

        b:
          type: map # last

        show:
          type: log

      groups: {}
      `,
    );
    edits(
      `
      nodes:
        a: { type: inject }
        b: { type: map, from: a }
      `,
      log,
      `
      nodes:
        a: { type: inject }
        b: { type: map, from: a }
        show:
          type: log
      `,
    );
  });
  it("sets a second node off from the first", () =>
    edits(
      "nodes:\n  a: { type: inject }\n",
      log,
      "nodes:\n  a: { type: inject }\n\n  show:\n    type: log\n",
    ));
  it("writes all that is given, the place last", () =>
    edits(
      "nodes:\n  a: { type: inject }\n",
      add({
        id: "warm",
        type: "filter",
        from: { node: "a", port: "rejected" },
        params: { when: "msg.payload > 8" },
        at: { x: 240, y: -0.126 },
      }),
      `
      nodes:
        a: { type: inject }

        warm:
          type: filter
          from: a.rejected
          when: msg.payload > 8
          at: [240, -0.13]
      `,
    ));

  it("stands behind the node that it follows, or that it is said to", () => {
    const nodes = "nodes:\n  a: { type: inject }\n  # b's\n  b: { type: map }\n    # deeper\n";
    const from = { node: "a", port: "out" };
    const inserted =
      "nodes:\n  a: { type: inject }\n  show:\n    type: log\n    from: a\n  # b's\n  b: { type: map }\n    # deeper\n";
    edits(nodes, add({ id: "show", type: "log", from }), inserted);
    edits(nodes, add({ id: "show", type: "log", after: "b" }), `${nodes}  show:\n    type: log\n`);
    edits(
      nodes,
      add({ id: "show", type: "log", from, after: "b" }),
      `${nodes}  show:\n    type: log\n    from: a\n`,
    );
  });
  it("takes errors of any node, and messages of an input of the workflow", () => {
    const before = "inputs: { reading: number }\nnodes:\n  a: { type: inject }\n  b: { type: map }\n";
    for (const [node, port, from] of [
      ["any", "error", "any.error"],
      ["reading", "out", "reading"],
    ] as const)
      edits(
        before,
        add({ id: "show", type: "log", from: { node, port } }),
        `${before}  show:\n    type: log\n    from: ${from}\n`,
      );
  });
  it("names the input of a node that has several", () =>
    edits(
      "nodes:\n  a: { type: inject }\n  b: { type: map }\n",
      add({ id: "both", type: "join", from: { node: "a", port: "out" } }),
      "nodes:\n  a: { type: inject }\n  both:\n    type: join\n    from: { a: a }\n  b: { type: map }\n",
    ));

  it("writes params so that every character stays", () =>
    edits(
      "nodes: {}\n",
      add({
        id: "n",
        type: "switch",
        params: {
          cases: "{ hot: msg.payload > 8, cold: '!msg.ok' }",
          match: "all",
          expression: "!msg.ok",
          ternary: "a ? b : c",
          lines: "if (a) {\n  return b;\n}\n",
          quotes: "'a' + \"b\"",
          number: "1.10",
          nothing: "",
          "two words": "x",
        },
      }),
      `
      nodes:
        n:
          type: switch
          cases: { hot: msg.payload > 8, cold: '!msg.ok' }
          match: all
          expression: |-
            !msg.ok
          ternary: |-
            a ? b : c
          lines: |
            if (a) {
              return b;
            }
          quotes: |-
            'a' + "b"
          number: 1.10
          nothing: ""
          two words: x
      `,
    ));
  it("puts an id that YAML would not read as a text in quotes", () => {
    edits("nodes: {}\n", add({ id: "true", type: "log" }), 'nodes:\n  "true":\n    type: log\n');
    edits(
      "nodes: { a: {} }\n",
      add({ id: "null", type: "log" }),
      'nodes: { a: {}, "null": { type: log } }\n',
    );
  });
  it("puts a template that cannot stand plain in quotes", () =>
    edits(
      "nodes: {}\n",
      add({ id: "n", type: "log", params: { text: "Room #4: ${msg.payload}" } }),
      'nodes:\n  n:\n    type: log\n    text: "Room #4: ${msg.payload}"\n',
    ));

  it("makes the section where there is none, in its place", () => {
    const made = "nodes:\n  show:\n    type: log\n";
    editsFile("", log, `eddy: 1\n\n${made}`);
    editsFile("# what it is\n", log, `# what it is\neddy: 1\n\n${made}`);
    editsFile("eddy: 1", log, `eddy: 1\n\n${made}`);
    editsFile("name: X\n", log, `eddy: 1\nname: X\n\n${made}`);
    edits("", log, `\n\n${made}`);
    edits(
      "name: X # why\n\n# above\ntests: []\n",
      log,
      "name: X # why\n\nnodes:\n  show:\n    type: log\n\n# above\ntests: []\n",
    );
    edits("script: |+\n  const a = 1;\n\n\n", log, `script: |+\n  const a = 1;\n\n\n${made}`);
  });
  it("fills a section that is empty", () => {
    const made = "nodes:\n  show:\n    type: log\n";
    for (const empty of ["nodes:\n", "nodes: {}\n", "nodes: { }\n"]) edits(empty, log, made);
    edits("nodes: # all\nname: X\n", log, "nodes: # all\n  show:\n    type: log\nname: X\n");
    edits("nodes: {} # none yet\n", log, "nodes: # none yet\n  show:\n    type: log\n");
    edits("nodes:\n  # none yet\n", log, "nodes:\n  show:\n    type: log\n  # none yet\n");
  });

  it("keeps to the braces and the indentation of the file", () => {
    edits(
      "nodes: { a: { type: inject } }\n",
      add({
        id: "n",
        type: "filter",
        from: { node: "a", port: "out" },
        params: { when: "[a]" },
        at: { x: 1, y: 2 },
      }),
      'nodes: { a: { type: inject }, n: { type: filter, from: a, when: "[a]", at: [1, 2] } }\n',
    );
    editsFile(
      "{ eddy: 1, nodes: { a: { type: inject } } }\n",
      log,
      "{ eddy: 1, nodes: { a: { type: inject }, show: { type: log } } }\n",
    );
    editsFile("{ eddy: 1 }\n", log, "{ eddy: 1, nodes: { show: { type: log } } }\n");
    editsFile("{ eddy: 1, nodes: {} }\n", log, "{ eddy: 1, nodes: { show: { type: log } } }\n");
    edits(
      "nodes:\n    a:\n        type: inject\n",
      add({ id: "n", type: "map", params: { payload: "!a" } }),
      "nodes:\n    a:\n        type: inject\n\n    n:\n        type: map\n        payload: |-\n            !a\n",
    );
  });
  it("leaves the end of the file as it is", () => {
    editsFile(
      "eddy: 1\nnodes:\n  a: { type: inject }",
      log,
      "eddy: 1\nnodes:\n  a: { type: inject }\n\n  show:\n    type: log",
    );
    edits(
      "nodes:\n  a: { type: inject }\n\n\n# end\n",
      log,
      "nodes:\n  a: { type: inject }\n\n  show:\n    type: log\n\n\n# end\n",
    );
  });

  for (const [edit, problem] of [
    [add({ id: "1a", type: "log" }), 'EDDY_NAME "1a" cannot be the id of a node'],
    [add({ id: "any", type: "log" }), "EDDY_RESERVED_NAME"],
    [add({ id: "a", type: "log" }), 'EDDY_DUPLICATE_ID The name "a" is taken'],
    [add({ id: "reading", type: "log" }), "EDDY_DUPLICATE_ID"],
    [add({ id: "n", type: "log", after: "nobody" }), 'EDDY_EDIT_NODE There is no node "nobody"'],
    [add({ id: "n", type: "log", from: { node: "nobody", port: "out" } }), "EDDY_EDIT_NODE"],
    [
      add({ id: "n", type: "log", from: { node: "a", port: "b c" } }),
      'EDDY_WIRE_SYNTAX "a.b c" names no output',
    ],
    [add({ id: "n", type: "log", from: { node: "any", port: "out" } }), "EDDY_WIRE_ANY use any.error"],
    [
      add({ id: "n", type: "inject", from: { node: "a", port: "out" } }),
      'EDDY_WIRE_TRIGGER "inject" is a trigger',
    ],
    [add({ id: "n", type: "log", at: { x: Number.NaN, y: 0 } }), "EDDY_EDIT_POSITION"],
    [add({ id: "n", type: "log", at: { x: 0, y: 1e10 } }), "EDDY_EDIT_POSITION"],
  ] as const)
    it(`is refused: ${problem}`, () =>
      refuses("inputs: { reading: number }\nnodes:\n  a: { type: map }\n", edit, problem));

  it("is refused where nodes cannot stand", () => {
    refuses("nodes: [a]\n", log, "EDDY_EDIT_SHAPE What is written for nodes: is no map");
    refuses("nodes: none\n", log, "EDDY_EDIT_SHAPE");
  });
  it("is refused while part of the file cannot be read, or is of a later version", () => {
    refuses(
      "nodes:\n  a: { type: log\n",
      log,
      "EDDY_EDIT_UNREADABLE cannot be edited while part of it cannot be read",
    );
    refuses("nodes:\n  a: { type: x }\n  a: { type: x }\n", log, "EDDY_EDIT_UNREADABLE is written twice");
    refusesFile("eddy: 2\n", log, "EDDY_VERSION_NEWER");
    refusesFile("- a\n", log, "EDDY_EDIT_UNREADABLE A workflow file is a map");
  });
});

describe("edit: insert-on-wire", () => {
  const insert = (edit: Partial<EditOf<"insert-on-wire">> = {}) =>
    ({
      kind: "insert-on-wire",
      id: "n",
      type: "filter",
      source: { node: "a", port: "out" },
      target: { node: "b", input: "in" },
      ...edit,
    }) as const;

  it("stands between the two, and touches no other wire", () =>
    edits(
      `
      nodes:
        a: { type: inject }

        b:
          type: log
          from: a # the wire

        c: { type: log, from: a }
      `,
      insert({ at: { x: 5, y: 6 } }),
      `
      nodes:
        a: { type: inject }

        n:
          type: filter
          from: a
          at: [5, 6]

        b:
          type: log
          from: n # the wire

        c: { type: log, from: a }
      `,
    ));
  for (const [from, edit, expected, inserted = "a"] of [
    ["[c, a]", {}, "[c, n]"],
    ["{ in: a, x: c }", {}, "{ in: n, x: c }"],
    ["{ x: a, y: a }", { target: { node: "b", input: "y" } }, "{ x: a, y: n }"],
    ["'a'", {}, "'n'"],
    ["a", { port: "rejected" }, "n.rejected"],
    ["a", { type: "switch" }, "n.else"],
    ["a", { type: "join" }, "n", "{ a: a }"],
    ["a", { type: "./own.node.ts" }, "n"],
    ["a.no", { source: { node: "a", port: "no" } }, "n", "a.no"],
  ] as const)
    it(`from: ${from} becomes from: ${expected}`, () => {
      const { type = "filter" } = insert(edit);
      edits(
        `nodes:\n  a: { type: inject }\n  b: { type: log, from: ${from} }\n  c: { type: inject }\n`,
        insert(edit),
        `nodes:\n  a: { type: inject }\n  n:\n    type: ${type}\n    from: ${inserted}\n  b: { type: log, from: ${expected} }\n  c: { type: inject }\n`,
      );
    });
  it("stands on a wire from an input of the workflow, behind the other nodes", () =>
    edits(
      "inputs: { a: number }\nnodes:\n  b: { type: log, from: a }\n  c: { type: log }\n",
      insert(),
      "inputs: { a: number }\nnodes:\n  b: { type: log, from: n }\n  c: { type: log }\n  n:\n    type: filter\n    from: a\n",
    ));

  for (const [edit, problem] of [
    [insert({ id: "a" }), "EDDY_DUPLICATE_ID"],
    [insert({ target: { node: "nobody", input: "in" } }), "EDDY_EDIT_NODE"],
    [insert({ source: { node: "nobody", port: "out" } }), "EDDY_EDIT_NODE"],
    [insert({ source: { node: "a", port: "no" } }), 'EDDY_EDIT_WIRE There is no wire from "a.no" into "b".'],
    [insert({ target: { node: "b", input: "left" } }), "EDDY_EDIT_WIRE"],
    [insert({ type: "inject" }), "EDDY_WIRE_TRIGGER"],
    [insert({ at: { x: 0, y: Number.POSITIVE_INFINITY } }), "EDDY_EDIT_POSITION"],
  ] as const)
    it(`is refused: ${problem}`, () =>
      refuses("nodes:\n  a: { type: inject }\n  b: { type: log, from: a }\n", edit, problem));
});
