import assert from "node:assert/strict";
import { parse, plain, problems } from "./parse.ts";

/** A node `n` with this in its block. */
function node(...lines: readonly string[]): string {
  return `nodes:\n  n:\n${lines.map((line) => `    ${line}\n`).join("")}`;
}

/** The keys of `n` that are asked for, as plain data. */
function nodeOf(source: string, ...keys: readonly string[]): unknown {
  const { workflow, text } = parse(source);
  const fields = Object.entries(workflow.nodes.get("n") ?? {}).filter(([key]) => keys.includes(key));
  return plain(Object.fromEntries(fields), text);
}

describe("parse: nodes", () => {
  it("have all that is written, and nothing else", () => {
    const source = `nodes:
  n: { type: filter, from: a, when: b > 1, output: Reading, label: "L", notes: N, disabled: true, at: [240, -0.5] }
`;
    const { workflow, text } = parse(source);
    assert.deepEqual(plain(workflow.nodes.get("n"), text), {
      id: "n",
      idRange: "n",
      range: source.slice(9, -1),
      type: "filter",
      from: [{ input: "in", node: "a", port: "out", range: "a" }],
      fromRange: "a",
      params: { when: "b > 1" },
      output: "Reading",
      label: "L",
      notes: "N",
      disabled: true,
      at: { x: 240, y: -0.5 },
      settings: {},
    });
  });
  it("need nothing but a type", () => {
    const { workflow, text } = parse("nodes:\n  n: { type: log }\n");
    assert.deepEqual(plain(workflow.nodes.get("n"), text), {
      id: "n",
      idRange: "n",
      range: "n: { type: log }",
      type: "log",
      from: [],
      params: {},
      disabled: false,
      settings: {},
    });
  });
  it("stay in the order of the file, and may have quotes around their ids", () => {
    const { workflow, text } = parse(
      "nodes:\n  z: { type: a }\n  \"b-2\": { type: a }\n  'C': { type: a }\n",
    );
    assert.deepEqual([...workflow.nodes.keys()], ["z", "b-2", "C"]);
    const ranges = [...workflow.nodes.values()].map(({ idRange }) => plain(idRange, text));
    assert.deepEqual(ranges, ["z", '"b-2"', "'C'"]);
  });
  it("reach from the key to the last value, without comments", () => {
    const source = node("# first", "type: log", "text: |", "  a", "", "  b # text", "", "# last", "");
    assert.deepEqual(nodeOf(source, "range"), {
      range: "n:\n    # first\n    type: log\n    text: |\n      a\n    \n      b # text",
    });
    assert.deepEqual(nodeOf(node("type: log", "text: # nothing"), "range"), {
      range: "n:\n    type: log\n    text:",
    });
  });

  it("keep params as they are written, whatever YAML makes of them", () => {
    const source = node(
      "type: x",
      "number: 1.10",
      "yes: yes",
      "date: 2026-01-01",
      "quoted: 'it''s'",
      "list: [0x1F, ~]",
      "map: { a: b, 'c d': [e] }",
      "lines: |-",
      "  a",
      "  b",
      "empty:",
    );
    assert.deepEqual(nodeOf(source, "params"), {
      params: {
        number: "1.10",
        yes: "yes",
        date: "2026-01-01",
        quoted: "single it's",
        list: ["0x1F", "~"],
        map: { a: "b", "c d": ["e"] },
        lines: "literal a\nb",
        empty: "",
      },
    });
  });
  it("have types of every kind", () => {
    for (const type of ["mqtt-in", "./lib/a.flow.yaml", "./a.node.ts", "package/name", '"@scope/package"'])
      assert.deepEqual(nodeOf(node(`type: ${type}`), "type"), {
        type: type.startsWith('"') ? { value: "@scope/package", range: type } : type,
      });
  });
  it("declare an output in any style", () => {
    assert.deepEqual(nodeOf(node("type: x", "output: 'A | B'"), "output"), { output: "single A | B" });
    assert.deepEqual(nodeOf(node("type: x", "output: |-", "  { a: string }"), "output"), {
      output: "literal { a: string }",
    });
  });

  for (const [source, ...expected] of [
    ["nodes:\n  «n»: {}\n", 'EDDY_NODE_TYPE_MISSING The node "n" has no type: write type:'],
    ["nodes:\n  «n»:\n", "EDDY_NODE_TYPE_MISSING"],
    ["nodes:\n  n: «log»\n", 'EDDY_VALUE "n" cannot be "log": write a map with the type of the node'],
    ["nodes:\n  n: «[log]»\n", 'EDDY_VALUE "n" cannot be a list'],
    [
      "nodes: { n: { «type»: , text: x } }\n",
      'EDDY_VALUE "type" has no value: write the name of a node type.',
    ],
    [node("type: «[a]»"), 'EDDY_VALUE "type" cannot be a list'],
    [node("type: x", "output: «{ a: string }»"), "EDDY_VALUE one with braces as a block (|-) or in quotes."],
    [node("type: x", "label: «[a]»"), "EDDY_VALUE write a text."],
    [node("type: x", "«notes»:"), 'EDDY_VALUE "notes" has no value'],
    [node("type: x", "disabled: «maybe»"), "EDDY_VALUE write true or false."],
    [node("type: x", "disabled: «'true'»"), "EDDY_VALUE"],
    [node("type: x", "at: «[1]»"), "EDDY_VALUE write two numbers such as [240, 0]."],
    [node("type: x", "at: «[1, 2, 3]»"), "EDDY_VALUE"],
    [node("type: x", "at: «[1, .inf]»"), "EDDY_VALUE"],
    [node("type: x", "at: «{ x: 1, y: 2 }»"), "EDDY_VALUE"],
    [node("type: x", "at: «[1, '2']»"), "EDDY_VALUE"],
  ] as const)
    it(source.trim(), () => {
      const { workflow, problems: found } = problems(source, ...expected);
      const { disabled, at, label } = workflow.nodes.get("n") ?? {};
      assert.deepEqual([disabled, at, label], [false, undefined, undefined]);
      assert.equal(found[0]?.node, "n");
    });

  it("with names that cannot be used are left out", () => {
    for (const id of ["1st", "a.b", "_a", "a b", "ä"]) {
      const { workflow } = problems(
        `nodes:\n  «${id}»: { type: x }\n  ok: { type: x }\n`,
        "EDDY_NAME of a node",
      );
      assert.deepEqual([...workflow.nodes.keys()], ["ok"]);
    }
    problems("nodes:\n  «any»: { type: x }\n", 'EDDY_RESERVED_NAME "any" stands for every node');
  });
  it("are a map, perhaps an empty one", () => {
    for (const nothing of ["", " {}", " # none yet", "\n  # none yet"])
      assert.equal(parse(`nodes:${nothing}\n`).workflow.nodes.size, 0);
    for (const wrong of ["«[a]»", "«a»", "\n  «- type: log»"])
      problems(`nodes: ${wrong}\n`, "EDDY_VALUE write a map of nodes: id, then type and params.");
  });
});

describe("parse: wires", () => {
  const wire = (
    node: string,
    port = "out",
    input = "in",
    range = port === "out" ? node : `${node}.${port}`,
  ) => ({
    input,
    node,
    port,
    range,
  });
  for (const [written, ...wires] of [
    ["a", wire("a")],
    ["a.rejected", wire("a", "rejected")],
    ["a.out", wire("a", "out", "in", "a.out")],
    ["a.1st_case-2", wire("a", "1st_case-2")],
    ["any.error", wire("any", "error")],
    ["'a.b'", wire("a", "b", "in", "'a.b'")],
    ["[a, b.rejected]", wire("a"), wire("b", "rejected")],
    ["[a]", wire("a")],
    ["[]"],
    ["\n      - a # one\n      - b.no", wire("a"), wire("b", "no")],
    ["\n    - a", wire("a")],
    [
      "{ left: a, right: [b, c.no] }",
      wire("a", "out", "left"),
      wire("b", "out", "right"),
      wire("c", "no", "right"),
    ],
    ["\n      left: a\n      right:\n        - b", wire("a", "out", "left"), wire("b", "out", "right")],
    ["{}"],
    ["|-\n      a.no", wire("a", "no", "in", "|-\n      a.no")],
  ] as const)
    it(`from: ${written}`, () =>
      assert.deepEqual(nodeOf(node("type: x", `from: ${written}`), "from", "fromRange"), {
        from: wires,
        fromRange: written.trim(),
      }));

  for (const [written, ...expected] of [
    [
      "«a b»",
      'EDDY_WIRE_SYNTAX "a b" names no output: write a node (warm), or a node and a port (warm.cleared).',
    ],
    ["«a.»", "EDDY_WIRE_SYNTAX"],
    ["«.b»", "EDDY_WIRE_SYNTAX"],
    ["«a.b.c»", "EDDY_WIRE_SYNTAX"],
    ["«1a»", "EDDY_WIRE_SYNTAX"],
    ["«a, b»", "EDDY_WIRE_SYNTAX"],
    ["«''»", "EDDY_WIRE_SYNTAX"],
    [
      "[ok, «a b», «[c]», «{ d: e }»]",
      "EDDY_WIRE_SYNTAX",
      "EDDY_WIRE_SYNTAX Each wire is a text of its own",
      "EDDY_WIRE_SYNTAX",
    ],
    ["{ left: ok, right: «{ a: b }» }", 'EDDY_VALUE "right" cannot be a map: write a node (warm)'],
    ["{ left: ok, «right»: }", 'EDDY_VALUE "right" has no value'],
    ["{ left: ok, «1a»: b }", 'EDDY_NAME "1a" cannot be the name of an input port'],
  ] as const)
    it(`from: ${written}`, () => {
      const { workflow } = problems(node("type: x", `from: ${written}`), ...expected);
      const kept = written.includes("ok") ? ["ok"] : [];
      assert.deepEqual(
        workflow.nodes.get("n")?.from.map((one) => one.node),
        kept,
      );
    });

  it("from nothing are told at the key", () => {
    problems(node("type: x", "«from»:"), 'EDDY_VALUE "from" has no value');
    problems(node("type: x", "«from»:", "  - a", "  -"), "EDDY_WIRE_SYNTAX Each wire is a text of its own");
  });
});
