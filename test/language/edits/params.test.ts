import { edits, editsFile, refuses } from "./example.ts";

type Path = readonly (string | number)[];

const set = (path: Path | string, text: string, id = "n") =>
  ({ kind: "set-param", id, path: typeof path === "string" ? [path] : path, text }) as const;
const unset = (path: Path | string, id = "n") =>
  ({ kind: "unset-param", id, path: typeof path === "string" ? [path] : path }) as const;

/** A node `n` with these lines, and one behind it. */
const node = (...lines: readonly string[]) =>
  `nodes:\n  n:\n${lines.flatMap((line) => line.split("\n").map((part) => (part === "" ? "\n" : `    ${part}\n`))).join("")}\n  b: { type: x }\n`;

describe("edit: set-param", () => {
  it("puts a new param last, but in front of the place", () => {
    edits(node("type: map # why"), set("payload", "a"), node("type: map # why", "payload: a"));
    edits(
      node("type: map", "# where", "at: [0, 0]"),
      set("payload", "a"),
      node("type: map", "payload: a", "# where", "at: [0, 0]"),
    );
    edits(node("at: [0, 0]"), set("payload", "a"), node("at: [0, 0]", "payload: a"));
    edits("nodes:\n  n:\n", set("payload", "a"), "nodes:\n  n:\n    payload: a\n");
    edits("nodes:\n  n: # why\n", set("payload", "a"), "nodes:\n  n: # why\n    payload: a\n");
    edits("nodes:\n  n: {}\n", set("payload", "a"), "nodes:\n  n:\n    payload: a\n");
    editsFile(
      "eddy: 1\nnodes:\n  n:\n    type: x",
      set("payload", "a"),
      "eddy: 1\nnodes:\n  n:\n    type: x\n    payload: a",
    );
  });

  describe("keeps every character of an expression", () => {
    for (const [text, written] of [
      ["msg.payload > 8", "msg.payload > 8"],
      ["a && b", "a && b"],
      ["1.10", "1.10"],
      ["null", "null"],
      ["", '""'],
      ["!a", "|-\n  !a"],
      ["*a", "|-\n  *a"],
      ["&a", "|-\n  &a"],
      ["a ? b : c", "|-\n  a ? b : c"],
      ["{ a, b }", "|-\n  { a, b }"],
      ["[a]", "|-\n  [a]"],
      ["`a`", "|-\n  `a`"],
      ["'a'", "|-\n  'a'"],
      ['"a" + b', '|-\n  "a" + b'],
      ["a #b", "|-\n  a #b"],
      ["a:", "|-\n  a:"],
      ["- a", "|-\n  - a"],
      ["a # b: c", "|-\n  a # b: c"],
      ["a\nb", "|-\n  a\n  b"],
      ["a\n\n  b\n", "|\n  a\n\n    b"],
      ["  a", "|2-\n    a"],
      ["a ", "|-\n  a "],
      ["\ta", "|-\n  \ta"],
      ["a\n\n", '"a\\n\\n"'],
      ["\n", '"\\n"'],
      ["a\u0000b", '"a\\u0000b"'],
      ["a\r\nb", '"a\\r\\nb"'],
      ["a\u2028b", '"a\\u2028b"'],
    ] as const)
      it(JSON.stringify(text), () =>
        editsFile(
          `eddy: 1\n${node("type: map")}`,
          set("payload", text),
          `eddy: 1\n${node("type: map", `payload: ${written}`).replace(/^ {10}(?= *\S)/gm, "      ")}`,
        ),
      );
  });

  for (const [what, before, text, after] of [
    ["plain", "payload: a # why", "b c", "payload: b c # why"],
    ["plain, by what cannot be", "payload: a # why", "!b", "payload: |- # why\n  !b"],
    ["single quotes", "payload: 'a' # why", "it's #1", "payload: 'it''s #1' # why"],
    ["double quotes", 'payload: "a"', 'b "c"', 'payload: "b \\"c\\""'],
    ["double quotes, by lines", 'payload: "a"', "b\nc", "payload: |-\n  b\n  c"],
    ["a block", "payload: |-\n  a\n  b", "c", "payload: |-\n  c"],
    ["a block with a comment", "payload: | # why\n  a", "b\nc\n", "payload: | # why\n  b\n  c"],
    ["a folded block", "payload: >-\n  a\n  b", "c d", "payload: >-\n  c d"],
    ["a folded block, by lines", "payload: >-\n  a\n  b", "c\nd", "payload: |-\n  c\n  d"],
    ["nothing", "payload:", "a", "payload: a"],
    ["nothing with a comment", "payload: # why", "a", "payload: a # why"],
    ["nothing with a comment, by lines", "payload: # why", "!a", "payload: |- # why\n  !a"],
    ["lines", "payload: a\n  b # why\ntext: t", "c", "payload: c # why\ntext: t"],
    ["a map", "payload:\n  a: b # why\n  c: d\ntext: t", "e", "payload: e\ntext: t"],
    [
      "a map, by lines",
      "payload: # one\n  a: b # two\ntext: t",
      "c\nd",
      "payload: |- # one # two\n  c\n  d\ntext: t",
    ],
    ["a list", "payload: [a, b] # why", "c", "payload: c # why"],
    ["a list, by lines", "payload: [a, b] # why", "!c", "payload: |- # why\n  !c"],
    ["the same text", "payload: 'a'", "a", "payload: 'a'"],
  ] as const)
    it(`in place of ${what}`, () =>
      edits(node("type: map", before), set("payload", text), node("type: map", after)));

  for (const [what, type, path, before, text, after] of [
    ["a template in quotes", "log", "text", "", "#1: a", 'text: "#1: a"'],
    ["a template in single quotes", "log", "text", "", 'a: "b"', "text: 'a: \"b\"'"],
    ["a literal", "inject", "every", "every: 5s", "10s", "every: 10s"],
    ["a cron", "inject", "cron", "", "*/5 * * * *", 'cron: "*/5 * * * *"'],
    ["code", "function", "code", "", "return { a };\n", "code: |\n  return { a };"],
    ["a key of all nodes", "log", "label", "", "A: b", 'label: "A: b"'],
    ["the type", "log", "type", "", "map", ""],
    ["a map on one line", "switch", "cases", "", "{ a: '!b' }", "cases: { a: '!b' }"],
    ["a map in lines", "switch", "cases", "", "a: b\nc: '!d'\n", "cases:\n  a: b\n  c: '!d'"],
    ["a list", "function", "outputs", "", "[a, b]", "outputs: [a, b]"],
    ["text that is no map", "switch", "cases", "", "a", "cases: a"],
    [
      "an entry of a map",
      "switch",
      ["cases", "b"],
      "cases:\n  a: x # one",
      "!y",
      "cases:\n  a: x # one\n  b: |-\n    !y",
    ],
    [
      "an entry of a map on one line",
      "switch",
      ["cases", "b"],
      "cases: { a: x }",
      "!y",
      'cases: { a: x, b: "!y" }',
    ],
    [
      "an entry that is there",
      "switch",
      ["cases", "a"],
      "cases: { a: x, b: y }",
      "z",
      "cases: { a: z, b: y }",
    ],
    [
      "an entry with a name in quotes",
      "switch",
      ["cases", "a: b"],
      "cases: { a: x }",
      "z",
      'cases: { a: x, "a: b": z }',
    ],
    ["an entry of a map that is not there", "switch", ["cases", "a"], "", "x", "cases:\n  a: x"],
    ["an entry of an empty map", "switch", ["cases", "a"], "cases: {}", "x", "cases:\n  a: x"],
    ["an entry of nothing", "switch", ["cases", "a"], "cases: # all", "x", "cases: # all\n  a: x"],
    ["an item", "map", ["payload", 1], "payload: [a, b, c]", "d", "payload: [a, d, c]"],
    [
      "an item with a dash",
      "map",
      ["payload", 0],
      "payload:\n  - a # one\n  - b",
      "c",
      "payload:\n  - c # one\n  - b",
    ],
    [
      "an item behind the last",
      "map",
      ["payload", 1],
      "payload:\n  - a # one",
      "b",
      "payload:\n  - a # one\n  - b",
    ],
    ["an item behind the last in brackets", "map", ["payload", 1], "payload: [a]", "b", "payload: [a, b]"],
    ["the first item", "map", ["payload", 0], "", "a", "payload:\n  - a"],
    ["what is deep", "map", ["payload", "a", 0, "b"], "", "c", "payload:\n  a:\n    -\n      b: c"],
    [
      "what is deep in braces",
      "map",
      ["payload", "a", "b"],
      "payload: { c: d }",
      "e",
      "payload: { c: d, a: { b: e } }",
    ],
    ["a map of a reserved key", "log", ["retry", "attempts"], "", "5", "retry:\n  attempts: 5"],
  ] as const)
    it(`sets ${what}`, () => {
      const lines = (...texts: readonly string[]) => node(...texts.filter((text) => text !== ""));
      const afterType = path === "type" ? text : type;
      edits(lines(`type: ${type}`, before), set(path, text), lines(`type: ${afterType}`, after));
    });

  it("in place of a block that keeps blank lines, which are part of it", () =>
    edits(
      "nodes:\n  n:\n    text: |+\n      a\n\n    type: x\n",
      set("text", "b"),
      "nodes:\n  n:\n    text: |-\n      b\n    type: x\n",
    ));

  it("in braces writes on one line, and escapes what needs it", () => {
    const before = "nodes: { n: { type: map, at: [0, 0] } }\n";
    edits(before, set("payload", "a > 1"), "nodes: { n: { type: map, payload: a > 1, at: [0, 0] } }\n");
    edits(before, set("payload", "{ a }"), 'nodes: { n: { type: map, payload: "{ a }", at: [0, 0] } }\n');
    edits(before, set("payload", "a\nb"), 'nodes: { n: { type: map, payload: "a\\nb", at: [0, 0] } }\n');
    edits(
      "nodes:\n  n: { type: map }\n",
      set("payload", '"a", b'),
      "nodes:\n  n: { type: map, payload: '\"a\", b' }\n",
    );
    edits(
      "nodes:\n  n: { type: map, payload: a } # why\n",
      set("payload", "[b]"),
      'nodes:\n  n: { type: map, payload: "[b]" } # why\n',
    );
  });
  it("keeps to the indentation of the file", () =>
    edits(
      "nodes:\n    n:\n        type: switch\n",
      set(["cases", "a"], "!b"),
      "nodes:\n    n:\n        type: switch\n        cases:\n            a: |-\n                !b\n",
    ));

  for (const [lines, edit, problem] of [
    ["type: x", set("a", "b", "nobody"), 'EDDY_EDIT_NODE There is no node "nobody"'],
    ["type: x", set("from", "a"), "EDDY_EDIT_PARAM Wires are set by connect and disconnect."],
    ["type: x", set("at", "[0, 0]"), "EDDY_EDIT_PARAM A position is set by moving the node."],
    ["type: x", set([], "a"), "EDDY_EDIT_PARAM A path starts with the name of a param."],
    ["type: x", set([0], "a"), "EDDY_EDIT_PARAM"],
    ["type: x", set("", "a"), "EDDY_EDIT_PARAM"],
    ["type: x", set(["a", -1], "b"), "EDDY_EDIT_PARAM There can be no value at a.-1."],
    ["type: x", set(["a", 1.5], "b"), "EDDY_EDIT_PARAM"],
    ["type: x", set("__proto__", "b"), "EDDY_EDIT_PARAM There can be no value at __proto__."],
    ["type: x", set(["a", "<<"], "b"), "EDDY_EDIT_PARAM"],
    [
      "type: x\na: b",
      set(["a", "c"], "d"),
      "EDDY_EDIT_PARAM There can be no value at n.a.c: what stands on the way",
    ],
    ["type: x\na: { b: c }", set(["a", 0], "d"), "EDDY_EDIT_PARAM"],
    ["type: x\na: [b]", set(["a", "c"], "d"), "EDDY_EDIT_PARAM"],
    ["type: x\na: [b]", set(["a", 2], "d"), "EDDY_EDIT_PARAM or the list is shorter"],
    ["type: x", set(["a", 1], "d"), "EDDY_EDIT_PARAM"],
    ["[x]", set("a", "b"), 'EDDY_EDIT_SHAPE What is written for the node "n" is no map'],
  ] as const)
    it(`is refused: ${problem}`, () => refuses(node(lines), edit, problem));
});

describe("edit: unset-param", () => {
  for (const [what, path, before, after] of [
    ["its line", "a", "a: b # why\nc: d", "c: d"],
    [
      "its lines, and the comments above",
      "a",
      "c: d\n# of a\n# more\na: |-\n  b\n\n  b\n# of e\ne: f",
      "c: d\n# of e\ne: f",
    ],
    ["the last line", "a", "c: d # why\na: b", "c: d # why"],
    ["a map", "a", "a:\n  b: c\nc: d", "c: d"],
    ["an entry", ["a", "b"], "a:\n  b: c # why\n  d: e", "a:\n  d: e"],
    ["an entry in braces", ["a", "d"], "a: { b: c, d: e }", "a: { b: c }"],
    ["the first entry in braces", ["a", "b"], "a: { b: c, d: e }", "a: { d: e }"],
    ["the only entry, with its map", ["a", "b"], "a:\n  b: c\nc: d", "c: d"],
    ["the only one deep down, with all around it", ["a", "b", 0], "a: { b: [c] }\nc: d", "c: d"],
    ["an item", ["a", 0], "a: [b, c]", "a: [c]"],
    ["the last item", ["a", 1], "a: [b, c]", "a: [b]"],
    ["an item with a dash", ["a", 0], "a:\n  - b # why\n  - c", "a:\n  - c"],
    ["an entry of an item", ["a", 0, "b"], "a:\n  - b: c\n    d: e", "a:\n  - d: e"],
    ["a key of all nodes", "label", "label: L\nc: d", "c: d"],
    ["the wires of nobody", "b", "a: b", "a: b"],
    ["what is not there", ["a", "x", "y"], "a: b", "a: b"],
    ["an item that is not there", ["a", 5], "a: [b]", "a: [b]"],
  ] as const)
    it(`takes away ${what}`, () => edits(node("type: x", before), unset(path), node("type: x", after)));

  it("in braces, and of a node that has no other key", () => {
    edits("nodes: { n: { type: x, a: b } }\n", unset("a"), "nodes: { n: { type: x } }\n");
    edits("nodes:\n  n: { a: b }\n", unset("a"), "nodes:\n  n: {}\n");
    edits("nodes:\n  n:\n    a: b\n\n  m: { type: x }\n", unset("a"), "nodes:\n  n:\n\n  m: { type: x }\n");
  });
  it("keeps a text that keeps its blank lines as it is", () =>
    edits(
      "nodes:\n  n:\n    type: x\n    a: |+\n      b\n\n    c: d\n\n\n  m: { type: x }\n",
      unset("c"),
      "nodes:\n  n:\n    type: x\n    a: |+\n      b\n\n  m: { type: x }\n",
    ));

  for (const [edit, problem] of [
    [unset("a", "nobody"), "EDDY_EDIT_NODE"],
    [unset("type"), "EDDY_EDIT_PARAM A node needs its type"],
    [unset("from"), "EDDY_EDIT_PARAM Wires are set by connect and disconnect."],
    [unset("at"), "EDDY_EDIT_PARAM"],
    [unset([]), "EDDY_EDIT_PARAM"],
    [unset(["a", "constructor"]), "EDDY_EDIT_PARAM"],
  ] as const)
    it(`is refused: ${problem}`, () => refuses(node("type: x"), edit, problem));
});
