import assert from "node:assert/strict";
import { parseWorkflow, workflowKeys } from "../../../language/index.ts";
import { defaultSettings } from "../../../language/parse/settings.ts";
import { fixed, parse, plain, problems, problemsOfFile } from "./parse.ts";

describe("parse: the file", () => {
  it("with nothing but its version is a workflow with defaults, named after the file", () => {
    for (const [file, id] of [
      ["cold-chain.flow.yaml", "cold-chain"],
      ["/flows/a.b.flow.yaml", "a.b"],
      ["C:\\flows\\a.flow.yml", "a"],
      ["notes.yaml", "notes.yaml"],
      ["", ""],
    ] as const) {
      const { workflow, problems: found, readable, text } = parseWorkflow("eddy: 1\n", file);
      assert.deepEqual([found, readable, text], [[], true, "eddy: 1\n"]);
      assert.deepEqual(plain(workflow, ""), {
        id,
        name: id,
        settings: defaultSettings,
        env: {},
        secrets: {},
        state: {},
        connections: {},
        inputs: {},
        outputs: {},
        params: {},
        nodes: {},
        tests: [],
        notes: [],
        groups: [],
      });
    }
  });

  it("says its id, name, description and script", () => {
    const { workflow, text } = parse(`id: cold
name: Cold chain
description: >-
  Warns when
  warm.
script: |
  const a = 1; # no comment

  const b = 2;
`);
    const { id, name, description, script } = workflow;
    assert.deepEqual([id, name, description], ["cold", "Cold chain", "Warns when warm."]);
    assert.equal(script?.text, "const a = 1; # no comment\n\nconst b = 2;\n");
    assert.equal(plain(script.range, text), "|\n  const a = 1; # no comment\n\n  const b = 2;");
  });
  it("takes numbers and words as names, as they are written", () => {
    const { workflow } = parse("id: 007\nname: 1.10\ndescription: yes\n");
    assert.deepEqual([workflow.id, workflow.name, workflow.description], ["007", "1.10", "yes"]);
  });

  for (const [source, problem] of [
    ["id: «[a]»", 'EDDY_VALUE "id" cannot be a list: write a text.'],
    ["«name»:", 'EDDY_VALUE "name" has no value: write a text.'],
    ["description: «{ a: b }»", 'EDDY_VALUE "description" cannot be a map: write a text.'],
    ["script: «[a]»", "EDDY_VALUE write TypeScript as a block (|)."],
    [
      "«nodse»: {}",
      'EDDY_UNKNOWN_KEY There is no key "nodse" at the top of a workflow. Did you mean "nodes"?',
    ],
    ["«layout»: {}", "EDDY_UNKNOWN_KEY Known here: eddy, id, name"],
    ["«true»: 1", 'EDDY_UNKNOWN_KEY There is no key "true"'],
  ] as const)
    it(source, () => void problems(`${source}\n`, problem));

  it("offers the key that is meant", () =>
    assert.equal(fixed("eddy: 1\nnodse: {}\n"), "eddy: 1\nnodes: {}\n"));

  it("knows its keys in any order", () => {
    const text = workflowKeys
      .toReversed()
      .map((key) => `${key}:${key === "eddy" ? " 1" : key === "tests" ? " []" : " {}"}\n`);
    const wrong = parseWorkflow(text.join(""), "").problems.map(({ range }) => plain(range, text.join("")));
    // These are texts.
    assert.deepEqual(wrong, Array(4).fill("{}"));
  });

  it("is read from a BOM on, in any line breaks, in braces, behind three dashes and behind comments", () => {
    const nodes = "nodes:\n  a:\n    type: x\n    text: |-\n      b\n      c\n    from: [d, e.f]\n";
    const expected = plain(parse(nodes).workflow.nodes.get("a")?.from, `eddy: 1\n${nodes}`);
    const text = `eddy: 1\n${nodes}`;
    for (const variant of [
      `\uFEFF${text}`,
      text.replaceAll("\n", "\r\n"),
      `---\n${text}`,
      `# what it is\n\n--- # here\n${text}...\n`,
      text.trimEnd(),
      `${text}\n\n# end`,
      '{ "eddy": 1, nodes: { a: { type: x, text: "b\\nc", from: [d, e.f] } } }',
      '{\n  eddy: 1,\n  nodes: {\n    a: { type: x, text: "b\\nc",\n      from: [d, e.f] }, }\n}\n',
    ]) {
      const { workflow, problems: found, readable } = parseWorkflow(variant, "");
      assert.deepEqual([found, readable], [[], true], JSON.stringify(variant));
      const node = workflow.nodes.get("a");
      assert.deepEqual(plain(node?.from, variant), expected);
      const value = node?.params.get("text")?.value;
      assert.equal(value?.kind === "scalar" && value.text, "b\nc");
    }
  });
});

describe("parse: the version", () => {
  for (const [text, expected] of [
    ["", "eddy: 1\n"],
    ["# a\n", "# a\neddy: 1\n"],
    ["# a", "# a\neddy: 1\n"],
    ["name: X\n", "eddy: 1\nname: X\n"],
    ["# a\n\nname: X\r\n", "# a\n\neddy: 1\r\nname: X\r\n"],
    ["\uFEFFname: X\n", "\uFEFFeddy: 1\nname: X\n"],
    ["---\nname: X\n", "---\neddy: 1\nname: X\n"],
    ["{}", "{eddy: 1}"],
    ["{ name: X }\n", "{ eddy: 1, name: X }\n"],
  ] as const)
    it(`is missing in ${JSON.stringify(text)}`, () => {
      const bom = text.startsWith("\uFEFF") ? "\uFEFF" : "";
      problemsOfFile(
        `${bom}«»${text.slice(bom.length)}`,
        "EDDY_VERSION_MISSING write eddy: 1 as the first line",
      );
      assert.equal(fixed(text), expected);
      assert.deepEqual(parseWorkflow(expected, "").problems, []);
    });

  for (const [text, problem] of [
    [
      "eddy: «2»\n",
      "EDDY_VERSION_NEWER written in format 2; this version of Eddy knows format 1. Update Eddy",
    ],
    ["eddy: «10»\nnodes: {}\n", "EDDY_VERSION_NEWER"],
    ["eddy: «0»\n", 'EDDY_VERSION There is no format "0": write eddy: 1.'],
    ["eddy: «1.5»\n", "EDDY_VERSION"],
    ["eddy: «'1'»\n", "EDDY_VERSION"],
    ["eddy: «one»\n", "EDDY_VERSION"],
    ["«eddy»:\n", 'EDDY_VALUE "eddy" has no value: write 1.'],
    ["eddy: «[1]»\n", "EDDY_VALUE"],
  ] as const)
    it(text.trim(), () => assert.ok(problemsOfFile(text, problem).readable));

  it("is not asked for where nothing can be read", () =>
    void problemsOfFile("«- a»\n", "EDDY_YAML_SYNTAX A workflow file is a map"));
});

describe("parse: what cannot be read", () => {
  /** In the middle of a file, so that something follows. */
  const between = (...lines: readonly string[]) =>
    `env:\n  E: {}\nnodes:\n  before: { type: x }\n  n:\n${lines.map((line) => `    ${line}\n`).join("")}  after: { type: x, from: n }\nnotes:\n  hint: { text: T }\n`;

  for (const [what, lines, problem, params] of [
    [
      "a quote without end",
      ["type: x", 'a: «"b»', "c: d"],
      "EDDY_YAML_SYNTAX The quote is not closed",
      ["a", "c"],
    ],
    ["the type", ['type: «"x»', "c: d"], "EDDY_YAML_SYNTAX", ["c"]],
    [
      "a wire",
      ["type: x", "from: «[a,»", "  b.c", "c: d"],
      'EDDY_YAML_SYNTAX A bracket is not closed: its "]" is missing',
      ["c"],
    ],
    [
      "a bracket below its key",
      ["type: x", "a:", "  «[b,»", "  c", "c: d"],
      "EDDY_YAML_SYNTAX A bracket",
      ["a", "c"],
    ],
    [
      "a quote in a map",
      ["type: x", "a:", "  b: «'x»", "  c: d", "c: d"],
      "EDDY_YAML_SYNTAX The quote",
      ["a", "c"],
    ],
    [
      "a key in a text",
      ["type: x", "a: |", "    b", "  «c: d»", "c: d"],
      "EDDY_YAML_INDENT indent this as the lines",
      ["a", "c"],
    ],
    ["two colons", ["type: x", "a: «b»: c", "c: d"], 'EDDY_YAML_SYNTAX A second ": "', ["a", "c"]],
    [
      "a character",
      ["type: x", "a: «`»b`", "c: d"],
      "EDDY_YAML_SYNTAX cannot start with this character",
      ["a", "c"],
    ],
    [
      "text behind quotes",
      ["type: x", "a: 'b' «c»", "c: d"],
      "EDDY_YAML_SYNTAX not expected here",
      ["a", "c"],
    ],
    ["an escape", ["type: x", 'a: "b«\\»q"', "c: d"], "EDDY_YAML_SYNTAX no such escape", ["a", "c"]],
    ["no colon", ["type: x", "«a»", "c: d"], "EDDY_YAML_SYNTAX A key with a colon is expected here.", ["c"]],
    [
      "a deeper line",
      ["type: x", "a: b", "  «k: v»", "c: d"],
      "EDDY_YAML_INDENT deeper than what it follows",
      ["a", "c"],
    ],
    ["a deeper line behind the type", ["type: x", "  «k: v»", "c: d"], "EDDY_YAML_INDENT", ["c"]],
    ["a deeper first line", ["  «type: x»", "c: d"], "EDDY_YAML_INDENT deeper than those below it", ["c"]],
    ["a tab", ["type: x", "a:", "«\t»b: 1", "c: d"], "EDDY_YAML_TAB use spaces", ["a", "c"]],
    [
      "an item",
      ["type: x", "«- a»", "c: d"],
      "EDDY_YAML_SYNTAX A list item cannot stand among keys",
      undefined,
    ],
  ] as const)
    it(`in a node is told once, and everything else is read: ${what}`, () => {
      const source = between(...lines);
      const { workflow, problems: found, readable } = problems(source, problem);
      assert.deepEqual([readable, found[0]?.node], [false, "n"]);
      assert.deepEqual([...workflow.nodes.keys()], ["before", "n", "after"]);
      assert.equal(workflow.nodes.get("after")?.from[0]?.node, "n");
      if (params) assert.deepEqual([...(workflow.nodes.get("n")?.params.keys() ?? [])], params);
      assert.deepEqual([workflow.env.has("E"), workflow.notes.length], [true, 1]);
    });

  for (const [what, source, problem] of [
    ["a text", "name: «a»: b\n", "EDDY_YAML_SYNTAX"],
    ["the version", "", "EDDY_YAML_SYNTAX"],
    ["an environment value", "env:\n  A: «{ type: number»\n  B: {}\n", "EDDY_YAML_SYNTAX"],
    ["a connection", "connections:\n  A: «{ type: mqtt»\n  B: { type: mqtt }\n", "EDDY_YAML_SYNTAX"],
    ["a state", "state:\n  A:\n    initial: «`»a\n  B: { initial: 0 }\n", "EDDY_YAML_SYNTAX"],
    ["a setting", "settings:\n  timeout: «%»5s\n  memory: 1MB\n", "EDDY_YAML_SYNTAX"],
    ["a note", "notes:\n  A: «'open»\n  B: { text: b }\n", "EDDY_YAML_SYNTAX"],
    ["a list of tests", "tests:\n  - { name: a\n  «-» { name: b }\n", "EDDY_YAML_SYNTAX"],
  ] as const)
    it(`elsewhere is told once, and the nodes are read: ${what}`, () => {
      const nodes = "nodes:\n  a: { type: x }\n";
      const { workflow, readable } =
        what === "the version"
          ? problemsOfFile(`eddy: «"1»\n${nodes}`, problem)
          : problems(source + nodes, problem);
      assert.deepEqual([readable, [...workflow.nodes.keys()]], [false, ["a"]]);
      if (source.includes("  B:")) {
        const { env, connections, state, notes } = workflow;
        assert.ok(
          [env, connections, state].some((map) => map.has("B")) || notes.some(({ id }) => id === "B"),
        );
      }
    });

  it("keeps what stands in front of and behind a section that is written twice", () => {
    const { workflow } = problems(
      "nodes:\n  a: { type: x }\n«nodes»:\n  b: { type: x }\nname: X\n",
      'EDDY_YAML_DUPLICATE_KEY "nodes" is written twice',
    );
    assert.deepEqual([[...workflow.nodes.keys()], workflow.name], [["a"], "X"]);
  });
  it("keeps the first of two nodes of one name", () => {
    const { workflow } = problems(
      "nodes:\n  a: { type: x }\n  b: { type: x }\n  «a»: { type: y }\n",
      'EDDY_YAML_DUPLICATE_KEY The node "a" is written twice',
    );
    assert.equal(workflow.nodes.get("a")?.type.value, "x");
  });
  it("is known by its key", () => {
    const { syntax, text } = problems(between("type: x", 'a: «"b»'), "EDDY_YAML_SYNTAX");
    assert.deepEqual(
      syntax.broken.map(({ value, range }) => [value, text.slice(range.start, range.end)]),
      [["a", "a"]],
    );
  });
});
