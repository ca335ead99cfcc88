import assert from "node:assert/strict";
import { copyFragment, type Position } from "../../../language/index.ts";
import { dedent, edits, editsFile, refuses } from "./example.ts";

describe("copyFragment", () => {
  const copies = (before: string, ids: readonly string[], fragment: string): void => {
    for (const eol of ["\n", "\r\n"]) {
      const text = (lines: string) => `eddy: 1\n${dedent(lines)}`.replaceAll("\n", eol);
      assert.equal(copyFragment(text(before), ids), text(fragment));
    }
  };

  it("is a workflow of its own, with the comments, in the order of the file", () =>
    copies(
      `
      name: X
      nodes:
        # of a
        a: { type: inject } # a

        # a divider

        # of b
        b:
          type: map
          from: a

          payload: |-
            1

          # below
        c: { type: log }
      `,
      ["b", "nobody", "a"],
      `
      nodes:
        # of a
        a: { type: inject } # a

        # of b
        b:
          type: map
          from: a

          payload: |-
            1

          # below
      `,
    ));
  it("keeps the indentation of the file, and writes out what stands in braces", () => {
    copies("nodes:\n    a:\n        type: x\n", ["a"], "nodes:\n    a:\n        type: x\n");
    copies(
      'nodes: { "a": { type: map, payload: "!b", at: [0, 1] }, c: {} }\n',
      ["a"],
      'nodes:\n  a:\n    type: map\n    payload: "!b"\n    at: [0, 1]\n',
    );
  });
  it("is empty where there is nothing to copy", () => {
    for (const [before, ids] of [
      ["nodes:\n  a: { type: x }\n", []],
      ["nodes:\n  a: { type: x }\n", ["b"]],
      ["", ["a"]],
      ["nodes:\n  a: { type: x }\n  b: { type\n", ["a"]],
    ] as const)
      copies(before, ids, "nodes: {}\n");
  });
});

describe("edit: paste", () => {
  const paste = (fragment: string, at: Position = { x: 100, y: 200 }) =>
    ({ kind: "paste", fragment: dedent(fragment), at }) as const;

  it("gives ids that are free, and keeps the wires among what is pasted", () =>
    edits(
      `
      inputs: { reading: number }
      nodes:
        a: { type: inject }
        b: { type: log, from: a }
        b-2: { type: log }
      `,
      paste(`
      eddy: 1
      nodes:
        # of a
        a: { type: inject, at: [10, 20] } # a

        b: { type: log, from: [a, a.error], at: [50, 0] }

        reading: { type: log, from: [a, any.error, b] }
      `),
      `
      inputs: { reading: number }
      nodes:
        a: { type: inject }
        b: { type: log, from: a }
        b-2: { type: log }
        # of a
        a-2: { type: inject, at: [100, 220] } # a

        b-3: { type: log, from: [a-2, a-2.error], at: [140, 200] }

        reading-2: { type: log, from: [a-2, any.error, b-3], at: [100, 440] }
      `,
    ));
  it("keeps wires to nodes that are here, and drops those that lead nowhere", () =>
    edits(
      "inputs: { i: X }\nnodes:\n  a: { type: x }\n",
      paste("nodes:\n  n:\n    from: [a, gone, i]\n  m:\n    type: y\n    from: gone\n"),
      "inputs: { i: X }\nnodes:\n  a: { type: x }\n\n  n:\n    from: [a, i]\n    at: [100, 200]\n\n  m:\n    type: y\n    at: [100, 320]\n",
    ));
  it("takes nodes of a whole file, and text from elsewhere with other breaks and indentation", () => {
    edits(
      "nodes:\n    a: { type: x }\n    c: { type: x }\n",
      paste(
        "eddy: 1\r\nname: Other\r\nnodes:\r\n  b:\r\n    type: map\r\n    payload: |-\r\n      c\r\ntests: []\r\n",
      ),
      "nodes:\n    a: { type: x }\n    c: { type: x }\n    b:\n      type: map\n      payload: |-\n        c\n      at: [100, 200]\n",
    );
    editsFile(
      "eddy: 1\n",
      paste("nodes: { a: { type: x } }"),
      "eddy: 1\n\nnodes:\n  a:\n    type: x\n    at: [100, 200]\n",
    );
  });
  it("stands in the braces of the file", () =>
    edits(
      "nodes: { a: { type: x } }\n",
      paste("nodes:\n  b:\n    type: map # why\n    payload: |-\n      !c\n"),
      'nodes: { a: { type: x }, b: { type: map, payload: "!c", at: [100, 200] } }\n',
    ));

  for (const fragment of [
    "",
    "hello",
    "nodes: {}",
    "nodes:\n  a: x\n",
    "nodes: { a: { type",
    "name: X\n",
    "- a\n",
  ])
    it(`is refused: ${JSON.stringify(fragment)}`, () =>
      refuses(
        "nodes:\n  a: { type: x }\n",
        paste(fragment),
        "EDDY_EDIT_FRAGMENT The clipboard holds no nodes",
      ));
  it("is refused at a place that is none, and where nodes cannot stand", () => {
    refuses("", paste("nodes: { a: {} }", { x: Number.NaN, y: 0 }), "EDDY_EDIT_POSITION");
    refuses("nodes: [a]\n", paste("nodes: { a: {} }"), "EDDY_EDIT_SHAPE");
  });
});

describe("edit: duplicate-nodes", () => {
  const duplicate = (ids: readonly string[], offset: Position = { x: 20, y: -10.5 }) =>
    ({ kind: "duplicate-nodes", ids, offset }) as const;

  it("stands behind the last of them, with the wires that feed it", () =>
    edits(
      `
      nodes:
        a: { type: inject, at: [0, 0] }

        # of b
        b:
          type: log
          from: [a, c.error]
          at: [240, 10] # where

        c: { type: log, from: b }
      groups: { g: { nodes: [b] } }
      `,
      duplicate(["b", "a"]),
      `
      nodes:
        a: { type: inject, at: [0, 0] }

        # of b
        b:
          type: log
          from: [a, c.error]
          at: [240, 10] # where

        a-2: { type: inject, at: [20, -10.5] }

        # of b
        b-2:
          type: log
          from: [a-2, c.error]
          at: [260, -0.5] # where

        c: { type: log, from: b }
      groups: { g: { nodes: [b] } }
      `,
    ));
  it("counts on, and gives no place to a node that has none", () =>
    edits(
      "nodes:\n  a-2: { type: x }\n  a-9: { type: x }\n",
      duplicate(["a-2"]),
      "nodes:\n  a-2: { type: x }\n  a-3: { type: x }\n  a-9: { type: x }\n",
    ));
  it("stands in the braces of the file", () =>
    edits(
      "nodes: { a: { type: x }, b: { from: a } }\n",
      duplicate(["a"]),
      "nodes: { a: { type: x }, a-2: { type: x }, b: { from: a } }\n",
    ));
  it("of none changes nothing", () => edits("nodes:\n  a: {}\n", duplicate([]), "nodes:\n  a: {}\n"));
  it("is refused where one is not there, or no map, or the offset is none", () => {
    refuses("nodes:\n  a: { type: x }\n", duplicate(["a", "b"]), "EDDY_EDIT_NODE");
    refuses("nodes:\n  a: x\n", duplicate(["a"]), "EDDY_EDIT_SHAPE");
    refuses("nodes:\n  a: { type: x }\n", duplicate(["a"], { x: 0, y: Number.NaN }), "EDDY_EDIT_POSITION");
  });
});
