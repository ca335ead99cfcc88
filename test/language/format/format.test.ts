import assert from "node:assert/strict";
import fc from "fast-check";
import { formatWorkflow } from "../../../language/index.ts";
import { parseWorkflow } from "../../../language/parse.ts";
import { testCatalog } from "../catalog.ts";
import { documents } from "../edits/documents.ts";

function formats(text: string, expected: string): void {
  const result = formatWorkflow(text);
  assert.deepEqual(result.problems, []);
  assert.equal(result.text, expected);
  assert.equal(formatWorkflow(expected).text, expected, "formatting again changes something");
}

/** `lines` with the same two lines in front of the text and of what it becomes. */
function formatsNode(text: string, expected: string): void {
  formats(`eddy: 1\nnodes:\n${text}`, `eddy: 1\nnodes:\n${expected}`);
}

describe("format: order of keys", () => {
  it("puts sections in order, with the comments above them", () =>
    formats(
      "nodes:\n  a: { type: log }\n# of the secrets\nsecrets:\n  S: {} # here\n\nname: N\neddy: 1\n",
      "eddy: 1\n\nname: N\n\n# of the secrets\nsecrets:\n  S: {} # here\n\nnodes:\n  a: { type: log }\n",
    ));
  it("leaves the head of the file where it is", () =>
    formats(
      "# Head.\n\n# Name.\nname: N\neddy: 1\nnodes:\n",
      "# Head.\n\neddy: 1\n# Name.\nname: N\nnodes:\n",
    ));
  it("leaves unknown keys and params as they stand, and at last", () =>
    formatsNode(
      "  a:\n    at: [0, 0]\n    z: 1\n    b: 2\n    from: c\n    type: map\n    timeout: 5s\n    label: L\n",
      "  a:\n    type: map\n    from: c\n    z: 1\n    b: 2\n    label: L\n    timeout: 5s\n    at: [0, 0]\n",
    ));
  it("moves a key with the comments above, behind and below it", () =>
    formatsNode(
      "  a:\n    # place\n    at: [0, 0] # here\n      # deeper\n    type: log\n",
      "  a:\n    type: log\n    # place\n    at: [0, 0] # here\n      # deeper\n",
    ));
  it("puts keys in braces in order", () =>
    formats(
      "eddy: 1\nconnections:\n  p: {url: 'mqtt://x',type: mqtt}\n",
      "eddy: 1\nconnections:\n  p: { type: mqtt, url: 'mqtt://x' }\n",
    ));
});

describe("format: lines", () => {
  it("indents by two, lists under their key as well", () =>
    formats(
      "eddy: 1\nnodes:\n    a:\n        type: log\n        from:\n        - b\n        -   c.rejected # why\n",
      "eddy: 1\nnodes:\n  a:\n    type: log\n    from:\n      - b\n      - c.rejected # why\n",
    ));
  it("moves texts in blocks, and keeps what is indented in them", () =>
    formatsNode(
      "      a:\n            type: function\n            code: |  # why\n                  if (a) {\n                    b();\n\n                  }\n",
      "  a:\n    type: function\n    code: |  # why\n      if (a) {\n        b();\n\n      }\n",
    ));
  it("keeps a text that starts with spaces", () =>
    formatsNode(
      "   a:\n      type: log\n      text: |4-\n            two\n          none\n",
      "  a:\n    type: log\n    text: |2-\n        two\n      none\n",
    ));
  it("keeps a text that keeps its blank lines", () =>
    formatsNode(
      "  a:\n    type: log\n    text: |+\n      x\n\n\n  b: { type: log }\n",
      "  a:\n    type: log\n    text: |+\n      x\n\n\n  b: { type: log }\n",
    ));
  it("keeps a text that ends with the file", () =>
    formatsNode("  a:\n    type: log\n    text: |\n      x", "  a:\n    type: log\n    text: |\n      x\n"));
  it("lets no comment become part of a text above it", () =>
    formatsNode(
      "  a:\n    text: |\n        x\n      # no text\n    type: log\n",
      "  a:\n    type: log\n    text: |\n      x\n    # no text\n",
    ));
  it("moves expressions of several lines", () =>
    formatsNode(
      "    a:\n        type: filter\n        when: msg.a\n            && msg.b\n              || msg.c # why\n",
      "  a:\n    type: filter\n    when: msg.a\n      && msg.b\n        || msg.c # why\n",
    ));
  it("puts a value on the line of its key", () =>
    formatsNode(
      "  a:\n    type:\n      log\n    text: # why\n      # because\n      hello # you\n",
      "  a:\n    type: log\n    # why\n    # because\n    text: hello # you\n",
    ));
  it("writes a node with params over several lines", () =>
    formatsNode(
      "  a: { at: [ 0,0 ], when: 'msg.a > 1', type: filter }  # why\n",
      "  a:  # why\n    type: filter\n    when: 'msg.a > 1'\n    at: [0, 0]\n",
    ));
  it("leaves a node of one line that has none, and one that a comment holds together", () => {
    formatsNode("  a: {type: log,from: b}\n", "  a: { type: log, from: b }\n");
    formatsNode("  a: { type: log, # why\n    text: b }\n", "  a: { type: log, # why\n    text: b }\n");
  });
  it("sets nodes apart by one blank line", () =>
    formatsNode(
      "  a:\n    type: log\n  b:\n    type: log\n\n\n\n  # of c\n  c:\n    type: log\n\n\n",
      "  a:\n    type: log\n\n  b:\n    type: log\n\n  # of c\n  c:\n    type: log\n",
    ));
  it("takes JSON", () =>
    formats(
      '{"eddy":1,"nodes":{"a":{"type":"inject","every":"5s"},"b":{"type":"log","from":"a"}}}',
      'eddy: 1\nnodes:\n  a:\n    type: "inject"\n    every: "5s"\n\n  b: { "type": "log", "from": "a" }\n',
    ));
  it("keeps tests as they are written, two spaces a level", () =>
    formats(
      "eddy: 1\ntests:\n- name: one\n  # first\n  given:\n  - {node: a, at: 0s}\n  # second\n  - node: b\n    at: 1s\n-\n  # two\n  name: two\n",
      "eddy: 1\ntests:\n  - name: one\n    # first\n    given:\n      - { node: a, at: 0s }\n      # second\n      - node: b\n        at: 1s\n  # two\n  - name: two\n",
    ));
  it("keeps CRLF and BOM", () =>
    formats(
      "\uFEFFeddy: 1\r\nnodes:\r\n    a:\r\n        type: log\r\n        text: |\r\n            a\r\n            b",
      "\uFEFFeddy: 1\r\nnodes:\r\n  a:\r\n    type: log\r\n    text: |\r\n      a\r\n      b\r\n",
    ));
  it("leaves an empty file, and one of comments, as it is", () => {
    for (const text of ["", "\n", "# nothing\n"])
      assert.deepEqual(formatWorkflow(text), { text, problems: [] });
  });
});

describe("format: code, where a catalog says what is code", () => {
  const withCatalog = (text: string): string => formatWorkflow(text, { catalog: testCatalog }).text;
  it("writes expressions plain, or as a block where YAML would read something else", () => {
    const node = (when: string): string =>
      `eddy: 1\nnodes:\n  a:\n    type: filter\n    when: ${when}\n    output: '"x" | "y"'\n`;
    const output = '    output: |-\n      "x" | "y"\n';
    assert.equal(
      withCatalog(node("'msg.a > 1' # why")),
      `eddy: 1\nnodes:\n  a:\n    type: filter\n    when: msg.a > 1 # why\n${output}`,
    );
    assert.equal(
      withCatalog(node('"!msg.a" # why')),
      `eddy: 1\nnodes:\n  a:\n    type: filter\n    when: |- # why\n      !msg.a\n${output}`,
    );
  });
  it("leaves the quotes of literals and templates", () => {
    const text = "eddy: 1\nnodes:\n  a:\n    type: mqtt-out\n    topic: 'a'\n    payload: msg.b\n";
    assert.equal(withCatalog(text), text);
  });
});

describe("format: what cannot be formatted", () => {
  for (const [what, text, code] of [
    ["broken YAML", "eddy: 1\nnodes:\n  a: { type: [\n", "EDDY_YAML_SYNTAX"],
    ["a tag", "eddy: 1\nnodes:\n  a: { type: log, text: !x y }\n", "EDDY_YAML_TAG"],
    ["a key twice", "eddy: 1\nname: a\nname: b\n", "EDDY_YAML_DUPLICATE_KEY"],
    ["a later format", "eddy: 2\nname:   b\n", "EDDY_VERSION_NEWER"],
  ] as const)
    it(`comes back as it is: ${what}`, () => {
      const result = formatWorkflow(text);
      assert.equal(result.text, text);
      assert.equal(result.problems[0]?.code, code);
    });
  it("formats a workflow whose meaning has problems", () =>
    formats("eddy: 1\nnodez:   1\nnodes:\n  a: {}\n", "eddy: 1\n\nnodes:\n  a: {}\n\nnodez: 1\n"));
});

describe("format: random documents", function () {
  this.timeout(120_000);
  it("says the same, with the same comments, and nothing changes the second time", () => {
    fc.assert(
      fc.property(documents, fc.boolean(), ({ text }, known) => {
        const options = known ? { catalog: testCatalog } : {};
        const { text: once, problems } = formatWorkflow(text, options);
        assert.deepEqual(problems, []);
        assert.deepEqual(contentOf(once), contentOf(text));
        assert.deepEqual(commentsOf(once), commentsOf(text));
        assert.equal(formatWorkflow(once, options).text, once);
        assert.equal(once.includes("\r\n"), text.includes("\r\n"));
        assert.ok(!/[^\r]\n(\r?\n){3}/.test(once) || once.includes("|+"));
      }),
      { numRuns: 1_000 },
    );
  });
});

/** What a workflow says, without where and how it says it. */
function contentOf(text: string): unknown {
  const { workflow, readable } = parseWorkflow(text, "x.flow.yaml");
  assert.ok(readable);
  return withoutPlaces(workflow);
}

function withoutPlaces(value: unknown): unknown {
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, withoutPlaces(item)]));
  if (Array.isArray(value)) return value.map(withoutPlaces);
  if (typeof value !== "object" || value === null) return value;
  const record = value as Readonly<Record<string, unknown>>;
  if (record.kind === "scalar") return record.text;
  return Object.fromEntries(
    Object.entries(record)
      .filter(([key]) => !/[rR]ange$/.test(key))
      .map(([key, item]) => [key, withoutPlaces(item)]),
  );
}

function commentsOf(text: string): readonly string[] {
  const marked = [
    "# above",
    "# second: [line",
    "# first in the node",
    "# why",
    "# below, deeper",
    "# braces",
  ];
  const others = [
    "# between",
    "# hot",
    "# y",
    "# here",
    "# wires",
    "# wire",
    "# header",
    "# quoted",
    "# test",
  ];
  return [...marked, ...others, "# the end", "# four deep", "# a comment at the end"].map(
    (comment) => `${comment}: ${text.split(comment).length}`,
  );
}
