import assert from "node:assert/strict";
import fc from "fast-check";
import {
  applyEdit,
  checkWorkflow,
  copyFragment,
  formatWorkflow,
  type ParsedWorkflow,
  parseWorkflow,
} from "../../../language/index.ts";
import { testCatalog } from "../catalog.ts";
import { documents } from "../edits/documents.ts";

/** Milliseconds of processor time that each thing that is done with a file may take, however hostile the file is. */
const most = 5_000;

function timed<T>(what: string, run: () => T): T {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  const milliseconds = Math.round((user + system) / 1_000);
  assert.ok(milliseconds < most, `${what} takes ${milliseconds} ms`);
  return result;
}

/** Does with a text whatever the tools do with one; none of it may throw, hang or reach out of the model. */
function exercise(text: string): ParsedWorkflow {
  const parsed = timed("parse", () => parseWorkflow(text, "x.flow.yaml"));
  const found = timed("check", () => checkWorkflow(parsed, testCatalog));
  for (const { range, message, code } of [...parsed.problems, ...found]) {
    assert.ok(range.start >= 0 && range.start <= range.end && range.end <= text.length, code);
    assert.ok(message.length < 1_000, `${code}: a message of ${message.length} characters`);
  }
  const id = parsed.workflow.nodes.keys().next().value ?? "n";
  timed("set", () => applyEdit(text, { kind: "set-param", id, path: ["text"], text: "x" }, testCatalog));
  timed("add", () => applyEdit(text, { kind: "add-node", id: "added", type: "log" }, testCatalog));
  timed("copy", () => copyFragment(text, [id]));
  timed("format", () => formatWorkflow(text));
  assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
  return parsed;
}

function codesOf(text: string): readonly string[] {
  return [...new Set(exercise(text).problems.map(({ code }) => code))];
}

function refuses(text: string, ...codes: readonly string[]): void {
  const { readable } = parseWorkflow(text, "x.flow.yaml");
  assert.deepEqual(codesOf(text), codes);
  assert.equal(readable, false);
  const { edits, problems } = applyEdit(text, { kind: "add-node", id: "added", type: "log" }, testCatalog);
  assert.deepEqual(edits, [], "wrote to a file that cannot be read");
  assert.equal(problems.length, 1);
}

function complains(text: string, ...codes: readonly string[]): void {
  assert.deepEqual(codesOf(text), codes);
}

describe("hostile files: YAML's own traps", function () {
  this.timeout(60_000);

  it("expands no alias", () => {
    const levels = Array.from(
      { length: 30 },
      (_, level) => `  l${level}: &l${level} [${`*l${level - 1},`.repeat(10)}]`,
    );
    const text = `eddy: 1\nstate:\n  a: &l-1 x\n${levels.join("\n")}\n`;
    const { problems } = exercise(text);
    assert.ok(problems.some(({ code }) => code === "EDDY_YAML_ALIAS"));
    assert.ok(problems.some(({ code }) => code === "EDDY_YAML_ANCHOR"));
  });
  it("says so of each alias and anchor, once", () =>
    complains(
      "eddy: 1\nnodes:\n  a: { type: log, text: &x hello }\n  b: { type: log, text: *x }\n",
      "EDDY_YAML_ANCHOR",
      "EDDY_YAML_ALIAS",
    ));
  it("knows no merge keys", () => {
    const text = "eddy: 1\nnodes:\n  a:\n    <<: { type: log }\n    text: b\n";
    complains(text, "EDDY_YAML_MERGE_KEY", "EDDY_NODE_TYPE_MISSING");
  });
  it("refuses keys that are there twice, wherever", () => {
    refuses("eddy: 1\nname: a\nname: b\n", "EDDY_YAML_DUPLICATE_KEY");
    refuses("eddy: 1\nnodes:\n  a: { type: log }\n  a: { type: log }\n", "EDDY_YAML_DUPLICATE_KEY");
    refuses("eddy: 1\nnodes:\n  a:\n    type: log\n    type: map\n", "EDDY_YAML_DUPLICATE_KEY");
    refuses("eddy: 1\nnodes:\n  a: { type: log, text: { b: 1, b: 2 } }\n", "EDDY_YAML_DUPLICATE_KEY");
    refuses('eddy: 1\nnodes:\n  a: { type: log }\n  "a": { type: log }\n', "EDDY_YAML_DUPLICATE_KEY");
  });
  it("refuses keys that are no texts", () => {
    refuses("eddy: 1\nnodes:\n  ? [a, b]\n  : { type: log }\n  b: { type: log }\n", "EDDY_YAML_KEY");
    refuses("eddy: 1\nnodes:\n  { a: b }: { type: log }\n", "EDDY_YAML_KEY");
    for (const key of ["1", "1.5", "true", "null", "~", "0x10"])
      complains(`eddy: 1\nnodes:\n  a:\n    type: map\n    payload:\n      ${key}: b\n`, "EDDY_YAML_KEY");
  });
  for (const key of ["__proto__", "constructor", "prototype"])
    it(`takes nothing under ${key}`, () => {
      const text = `eddy: 1\n${key}: { polluted: 1 }\nnodes:\n  ${key}: { type: log }\n  a:\n    type: map\n    payload: { ${key}: { polluted: 1 } }\ntests:\n  - { name: n, given: [{ node: a, message: { ${key}: { polluted: 1 } } }] }\n`;
      assert.ok(codesOf(text).includes("EDDY_YAML_FORBIDDEN_KEY"));
    });
  it("sets no such param", () => {
    const text = "eddy: 1\nnodes:\n  a: { type: log }\n";
    for (const path of [["__proto__"], ["x", "__proto__"], ["constructor", "prototype"], ["<<"]])
      assert.deepEqual(
        applyEdit(text, { kind: "set-param", id: "a", path, text: "1" }, testCatalog).edits,
        [],
      );
  });
  it("constructs nothing from tags", () =>
    complains(
      "eddy: 1\nname: !!binary aGk=\ndescription: !!js/function 'x'\nnodes:\n  a: !!set { type }\n",
      "EDDY_YAML_TAG",
      "EDDY_YAML_SHORTHAND",
      "EDDY_VALUE",
    ));
  it("reads one document, without directives", () => {
    refuses("%YAML 1.1\n---\neddy: 1\n", "EDDY_YAML_DIRECTIVE");
    refuses("eddy: 1\n---\neddy: 1\n", "EDDY_YAML_DOCUMENTS");
    complains("---\neddy: 1\n");
  });
  it("reads numbers that are none as what they are", () => {
    const text = "eddy: 1\nnodes:\n  a: { type: map, payload: 1e999, at: [.inf, .nan] }\n";
    complains(text, "EDDY_VALUE");
  });
});

describe("hostile files: size and depth", function () {
  this.timeout(120_000);
  const head = "eddy: 1\nnodes:\n  a:\n    type: map\n    payload: ";

  it("refuses 10 MB at once", () => {
    const before = process.cpuUsage();
    refuses(`${head}|\n${"      x = 1;\n".repeat(850_000)}`, "EDDY_YAML_TOO_LARGE");
    assert.ok(process.cpuUsage(before).user / 1_000 < 1_000);
  });
  it("refuses what is nested too deeply", () => {
    for (const deep of [
      `${head}${"[".repeat(100_000)}`,
      `${head}${"{ a: ".repeat(100_000)}`,
      `${head}${"[".repeat(100_000)}${"]".repeat(100_000)}`,
      `eddy: 1\nstate:\n  ${"- ".repeat(50_000)}x\n`,
      `eddy: 1\n${Array.from({ length: 1_500 }, (_, level) => `${" ".repeat(level)}k:\n`).join("")}`,
    ])
      assert.ok(codesOf(deep).some((code) => code === "EDDY_YAML_TOO_DEEP" || code === "EDDY_YAML_INDENT"));
  });
  it("takes nesting that people write", () => {
    const deep = `${"{ a: ".repeat(30)}1${" }".repeat(30)}`;
    complains(`${head}${deep}\n`);
  });

  const large: readonly (readonly [string, string])[] = [
    ["one line", `${head}${"a".repeat(990_000)}\n`],
    ["one line of quotes", `${head}"${'\\"'.repeat(490_000)}"\n`],
    ["one line of colons", `${head}${":".repeat(300_000)}\n`],
    ["one line of spaces", `${head}${" ".repeat(990_000)}x\n`],
    ["one line of hashes", `${head}${" #".repeat(490_000)}\n`],
    ["one list", `${head}[${"a,".repeat(60_000)}a]\n`],
    ["blank lines", `${head}x\n${"\n".repeat(990_000)}`],
    ["comments", `${head}x\n${"    # c\n".repeat(120_000)}`],
    ["a text of blank lines", `${head}|+\n      x\n${"      \n".repeat(140_000)}`],
    ["objects in short form", `${head}{ ${"a,".repeat(200_000)}a }\n`],
    ["unknown keys", `eddy: 1\n${Array.from({ length: 60_000 }, (_, n) => `k${n}: 1`).join("\n")}\n`],
    ["a quote that never ends", `${head}"${"x\n      ".repeat(120_000)}`],
    ["brackets that never end", `${head}[${"x,\n      ".repeat(100_000)}`],
    ["a name of a node", `eddy: 1\nnodes:\n  ${"a".repeat(900_000)}: { type: log }\n`],
    ["a type of a node", `eddy: 1\nnodes:\n  a: { type: ${"a".repeat(900_000)} }\n`],
    ["a wire", `eddy: 1\nnodes:\n  a: { type: log, from: ${"a.".repeat(490_000)} }\n`],
    ["templates that never end", `eddy: 1\nnodes:\n  a: { type: log, text: "${"${".repeat(300_000)}" }\n`],
    ["braces in templates", `eddy: 1\nnodes:\n  a: { type: log, text: "\${${"{".repeat(300_000)}}" }\n`],
    ["backticks in expressions", `${head}|-\n      ${"`${".repeat(200_000)}\n`],
    ["regular expressions", `${head}|-\n      ${"/(".repeat(300_000)}\n`],
  ];
  for (const [what, text] of large)
    it(`${what}, ${Math.round(text.length / 1_000)} kB`, () => {
      exercise(text);
    });
  it("many nodes that name each other", () => {
    const nodes = Array.from(
      { length: 2_000 },
      (_, n) => `  n${n}: { type: map, from: [n${(n * 7) % 2_000}, n${(n + 1) % 2_000}] }`,
    );
    exercise(`eddy: 1\nnodes:\n${nodes.join("\n")}\n`);
  });
});

describe("hostile files: bytes", () => {
  it("refuses control characters, and says where", () => {
    for (const character of ["\0", "\x07", "\x1b", "\x7f", "\r"])
      refuses(`eddy: 1\nname: a${character}b\n`, "EDDY_YAML_CHARACTER");
  });
  it("refuses binaries", () => {
    refuses("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "EDDY_YAML_CHARACTER");
    refuses("\uFFFDe\0d\0d\0y\0:\0 \x001\0", "EDDY_YAML_CHARACTER");
  });
  it("reads a file with a BOM, and with CRLF", () => {
    const { workflow, problems } = exercise(
      "\uFEFFeddy: 1\r\nname: X\r\nnodes:\r\n  a:\r\n    type: log\r\n    text: |\r\n      b\r\n      c\r\n",
    );
    assert.deepEqual(problems, []);
    assert.equal(workflow.nodes.get("a")?.params.get("text")?.value.kind, "scalar");
    const text = workflow.nodes.get("a")?.params.get("text")?.value;
    assert.equal(text?.kind === "scalar" && text.text, "b\nc\n");
  });
  it("refuses tabs as indentation, once for each node, and keeps the others", () => {
    const text = "eddy: 1\nnodes:\n  a:\n\t\ttype: log\n\t\ttext: x\n  b: { type: log }\n";
    refuses(text, "EDDY_YAML_TAB");
    const { workflow, problems } = parseWorkflow(text, "x.flow.yaml");
    assert.equal(problems.length, 1);
    assert.ok(workflow.nodes.has("b"));
  });
  it("takes tabs inside values", () =>
    complains("eddy: 1\nname: a\tb\nnodes:\n  a: { type: log, text: 'x\ty' }\n"));
  it("says of an open merge conflict that it is one", () =>
    refuses("eddy: 1\n<<<<<<< HEAD\nname: a\n=======\nname: b\n>>>>>>> theirs\n", "EDDY_MERGE_CONFLICT"));
  it("takes lone surrogates and characters outside of the plane", () => {
    exercise("eddy: 1\nname: \ud800 😀 \udc00\n");
  });
});

describe("hostile files: one mistake is said once", () => {
  const nodes = (broken: string): string =>
    `eddy: 1\nnodes:\n  a:\n    type: map\n    payload: ${broken}\n  b: { type: log, from: a }\n  c: { type: log, from: b.out }\n`;
  for (const broken of [
    '"never closed',
    "'never closed",
    "[1, 2",
    "{ a: 1",
    "`a`",
    "@x",
    "%x",
    "a: b: c",
    '"a" + b',
  ])
    it(broken, () => {
      const { workflow, problems, readable } = exercise(nodes(broken));
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.equal(problems[0]?.node, "a");
      assert.equal(readable, false);
      assert.deepEqual([...workflow.nodes.keys()], ["a", "b", "c"]);
    });
});

describe("hostile files: anything at all", function () {
  this.timeout(120_000);
  const pieces = [
    "\n",
    "\n  ",
    "\n    ",
    ": ",
    ":",
    "- ",
    "? ",
    "a",
    "nodes",
    "eddy: 1",
    "[",
    "]",
    "{",
    "}",
    ",",
    "#",
    " #",
  ].concat([
    "&a",
    "*a",
    "!t",
    "|",
    ">",
    "|2-",
    '"',
    "'",
    "\\",
    "\t",
    "\r\n",
    "---",
    "...",
    "%Y",
    "<<: ",
    "__proto__",
    "~",
    "${",
    "`",
    "é",
    "😀",
    "\0",
    "from",
    "at",
  ]);
  it("is read without throwing", () => {
    const anything = fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(anything, fc.string({ unit: "binary", maxLength: 60 })), (text) => {
        exercise(text);
      }),
      { numRuns: 3_000 },
    );
  });
  it("nor is a workflow that somebody is in the middle of writing", () => {
    const cut = fc.tuple(
      documents,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.constantFrom("", ...pieces),
    );
    fc.assert(
      fc.property(cut, ([{ text }, share, piece]) => {
        const at = Math.floor(share * text.length);
        exercise(text.slice(0, at) + piece);
        exercise(text.slice(0, at) + piece + text.slice(at));
      }),
      { numRuns: 700 },
    );
  });
});
