import { edits, editsFile, refuses } from "./example.ts";

const remove = (...ids: readonly string[]) => ({ kind: "remove-nodes", ids, heal: false }) as const;
const heal = (...ids: readonly string[]) => ({ kind: "remove-nodes", ids, heal: true }) as const;

describe("edit: remove-nodes", () => {
  it("takes the comments of the node with it, and one blank line", () => {
    const before = `
      # about all

      nodes:
        # of a
        a: { type: inject }

        # ---- a part ----

        # of b
        # more of b
        b:
          type: map # b
          # in b
          payload: 1

          # below, in b

        # of c
        c: { type: log }

      # end
    `;
    edits(
      before,
      remove("b"),
      `
      # about all

      nodes:
        # of a
        a: { type: inject }

        # ---- a part ----

        # of c
        c: { type: log }

      # end
      `,
    );
    edits(
      before,
      remove("a", "b"),
      `
      # about all

      nodes:
        # ---- a part ----

        # of c
        c: { type: log }

      # end
      `,
    );
    edits(
      before,
      remove("c", "b"),
      `
      # about all

      nodes:
        # of a
        a: { type: inject }

        # ---- a part ----

      # end
      `,
    );
  });
  it("leaves the section, and its comment, where none is left", () => {
    edits("# all\nnodes:\n  a: { type: x }\n\n  b: { type: x }\n", remove("a", "b"), "# all\nnodes:\n");
    edits("nodes:\n  # of a\n  a: { type: x }\n\nname: X\n", remove("a"), "nodes:\n\nname: X\n");
    edits("nodes: { a: { type: x } }\nname: X\n", remove("a"), "nodes: {}\nname: X\n");
    editsFile("eddy: 1\nnodes:\n  a: { type: x }", remove("a"), "eddy: 1\nnodes:");
  });
  for (const [ids, expected] of [
    [["a"], "{ b: { type: x }, c: { type: x } }"],
    [["b"], "{ a: { type: x }, c: { type: x } }"],
    [["c"], "{ a: { type: x }, b: { type: x } }"],
    [["a", "b"], "{ c: { type: x } }"],
    [["a", "c"], "{ b: { type: x } }"],
    [["b", "c"], "{ a: { type: x } }"],
  ] as const)
    it(`takes ${ids.join(" and ")} out of braces`, () =>
      edits(
        "nodes: { a: { type: x }, b: { type: x }, c: { type: x } }\n",
        remove(...ids),
        `nodes: ${expected}\n`,
      ));

  for (const [from, expected] of [
    ["from: a", ""],
    ["from: [a]", ""],
    ["from: [a, b]", "from: b"],
    ["from: [b, a.no, c]", "from: [b, c]"],
    ["from: { left: a, right: b }", "from: { right: b }"],
    ["from: { left: [a, b], right: a }", "from: { left: b }"],
    ["from: { left: a, right: a.no }", ""],
    ["from:\n      - a\n      - b # stays", "from:\n      - b # stays"],
    ["from:\n      - b\n      # of a\n      - a # goes", "from:\n      - b"],
    ["from:\n      left: a\n      right: b", "from:\n      right: b"],
    ["from: [any.error, a.error]", "from: any.error"],
  ] as const)
    it(`takes its wires away: ${JSON.stringify(from)}`, () => {
      const rest = "    type: log\n    text: t\n";
      const others = "  b: { type: inject }\n  c: { type: inject }\n";
      const line = (text: string) => (text === "" ? "" : `    ${text}\n`);
      edits(
        `nodes:\n  a: { type: inject }\n${others}  n:\n${line(from)}${rest}`,
        remove("a"),
        `nodes:\n${others}  n:\n${line(expected)}${rest}`,
      );
    });
  it("takes it out of groups and outputs, and leaves tests as they are", () =>
    edits(
      `
      outputs:
        done: { type: X, from: a }
        other: { type: X, from: [a, b] }
      nodes:
        a: { type: x }
        b: { type: x }
      tests: [{ given: [{ node: a }] }]
      groups:
        one: { nodes: [a] } # goes
        two: { label: Two, nodes: [b, a] }
        three:
          nodes:
            - a
            - b
      `,
      remove("a"),
      `
      outputs:
        done: { type: X }
        other: { type: X, from: b }
      nodes:
        b: { type: x }
      tests: [{ given: [{ node: a }] }]
      groups:
        two: { label: Two, nodes: [b] }
        three:
          nodes:
            - b
      `,
    ));
  it("takes the groups with the last of them", () =>
    edits(
      "nodes:\n  a: { type: x }\n  b: { type: x }\n\ngroups: { g: { nodes: [a] } }\n",
      remove("a"),
      "nodes:\n  b: { type: x }\n",
    ));
  it("keeps a text that keeps its blank lines as it is", () =>
    edits(
      "nodes:\n  a:\n    type: x\n    text: |+\n      t\n\n  b: { type: x }\n\n\n  c: { type: x }\n",
      remove("b"),
      "nodes:\n  a:\n    type: x\n    text: |+\n      t\n\n  c: { type: x }\n",
    ));

  for (const [what, from, expected] of [
    ["one wire", "from: n", "from: a"],
    ["one of several", "from: [c, n, d]", "from: [c, a, d]"],
    ["another port of it", "from: n.rejected", "from: a"],
    ["no error of it", "from: [n.error, c]", "from: c"],
    ["only an error of it", "from: n.error", ""],
    ["what is there already", "from: [a, n]", "from: a"],
    ["a named input", "from: { left: n, right: c }", "from: { left: a, right: c }"],
    ["quotes", 'from: "n"', 'from: "a"'],
  ] as const)
    it(`heals ${what}`, () => {
      const line = (text: string) => (text === "" ? "" : `, ${text}`);
      edits(
        `nodes:\n  a: { type: inject }\n  n: { type: filter, from: a }\n  b: { type: x${line(from)} }\n`,
        heal("n"),
        `nodes:\n  a: { type: inject }\n  b: { type: x${line(expected)} }\n`,
      );
    });
  it("heals across several nodes, and from several", () => {
    const before = `
      nodes:
        a: { type: inject }
        b: { type: inject }
        n: { type: map, from: [a, b.no] }
        m: { type: map, from: [n, a] }
        out:
          type: log
          from: m
        list:
          type: log
          from:
            - m # here
            - c
    `;
    edits(
      before,
      heal("m", "n"),
      `
      nodes:
        a: { type: inject }
        b: { type: inject }
        out:
          type: log
          from: [a, b.no]
        list:
          type: log
          from:
            - a # here
            - b.no
            - c
      `,
    );
  });
  it("heals an output of the workflow, and a loop without end", () => {
    edits(
      "outputs: { o: { from: n } }\nnodes:\n  a: { type: x }\n  n: { type: x, from: a }\n",
      heal("n"),
      "outputs: { o: { from: a } }\nnodes:\n  a: { type: x }\n",
    );
    edits(
      "nodes:\n  a: { type: x, from: m }\n  n: { type: x, from: [m, a] }\n  m: { type: x, from: n }\n",
      heal("n", "m"),
      "nodes:\n  a: { type: x }\n",
    );
  });
  it("from what nothing fed leaves nothing", () =>
    edits(
      "nodes:\n  n: { type: inject }\n  b: { type: log, from: n }\n",
      heal("n"),
      "nodes:\n  b: { type: log }\n",
    ));

  it("of none changes nothing", () =>
    edits("nodes:\n  a: { type: x }\n", remove(), "nodes:\n  a: { type: x }\n"));
  it("is refused where one is not there", () => {
    refuses(
      "nodes:\n  a: { type: x }\n",
      remove("a", "b"),
      'EDDY_EDIT_NODE There is no node "b" in the file.',
    );
    refuses("", heal("a"), "EDDY_EDIT_NODE");
  });
});
