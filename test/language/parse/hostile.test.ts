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

/** Does something that has a name: a plain call, or one that is timed. */
type Do = <T>(what: string, run: () => T) => T;

/** Does with a text whatever the tools do with one; none of it may throw, hang or reach out of the model. */
function exercise(text: string, perform: Do = (_what, run) => run()): ParsedWorkflow {
  const parsed = perform("parse", () => parseWorkflow(text, "x.flow.yaml"));
  const found = perform("check", () => checkWorkflow(parsed, testCatalog));
  for (const { range, message, code } of [...parsed.problems, ...found]) {
    assert.ok(range.start >= 0 && range.start <= range.end && range.end <= text.length, code);
    assert.ok(message.length < 1_000, `${code}: a message of ${message.length} characters`);
  }
  const id = parsed.workflow.nodes.keys().next().value ?? "n";
  perform("set", () => applyEdit(text, { kind: "set-param", id, path: ["text"], text: "x" }, testCatalog));
  perform("add", () => applyEdit(text, { kind: "add-node", id: "added", type: "log" }, testCatalog));
  perform("copy", () => copyFragment(text, [id]));
  perform("format", () => formatWorkflow(text));
  assert.equal(Object.hasOwn(Object.prototype, "polluted"), false);
  return parsed;
}

/** Milliseconds of processor time for each thing that is done with a text, so that a busy machine changes little. */
function timesOf(text: string): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  exercise(text, (what, run) => {
    const before = process.cpuUsage();
    const result = run();
    const { user, system } = process.cpuUsage(before);
    times.set(what, (user + system) / 1_000);
    return result;
  });
  return times;
}

/** How many times as long the larger of two texts is. */
const larger = 8;
/** How many times as long it may take; what grows with the square takes 64 times as long. */
const mostGrowth = 28;
/** Milliseconds; what takes less is not told apart from chance. */
const leastTime = 20;

/** What grew too much in every one of a few tries: once may be the garbage collector. */
function growsEvenly(textOf: (size: number) => string, size: number): void {
  let suspects: ReadonlyMap<string, string> | undefined;
  for (let tries = 0; tries < 4 && suspects?.size !== 0; tries++) {
    const small = timesOf(textOf(Math.floor(size / larger)));
    // Most read the text first, and what was read of a small one is still known then.
    const least = Math.max(small.get("parse") ?? 0, leastTime);
    const grown = [...timesOf(textOf(size))].filter(
      ([what, time]) => time > mostGrowth * Math.max(small.get(what) ?? 0, least),
    );
    const before = suspects;
    suspects = new Map(
      grown
        .filter(([what]) => before?.has(what) ?? true)
        .map(([what, time]) => [
          what,
          `${what}: ${Math.round(small.get(what) ?? 0)} ms, and ${Math.round(time)} ms for ${larger} times as much`,
        ]),
    );
  }
  assert.deepEqual([...(suspects?.values() ?? [])], []);
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
      `eddy: 1\n${Array.from({ length: 1_200 }, (_, level) => `${" ".repeat(level)}k:\n`).join("")}`,
    ])
      assert.ok(codesOf(deep).some((code) => code === "EDDY_YAML_TOO_DEEP" || code === "EDDY_YAML_INDENT"));
  });
  it("takes nesting that people write", () => {
    const deep = `${"{ a: ".repeat(30)}1${" }".repeat(30)}`;
    complains(`${head}${deep}\n`);
  });

  const large: readonly (readonly [what: string, size: number, textOf: (size: number) => string])[] = [
    ["one line", 990_000, (size) => `${head}${"a".repeat(size)}\n`],
    ["one line of quotes", 490_000, (size) => `${head}"${'\\"'.repeat(size)}"\n`],
    ["one line of colons", 300_000, (size) => `${head}${":".repeat(size)}\n`],
    ["one line of spaces", 990_000, (size) => `${head}${" ".repeat(size)}x\n`],
    ["one line of hashes", 490_000, (size) => `${head}${" #".repeat(size)}\n`],
    ["one list", 40_000, (size) => `${head}[${"a,".repeat(size)}a]\n`],
    ["blank lines", 500_000, (size) => `${head}x\n${"\n".repeat(size)}`],
    ["comments", 120_000, (size) => `${head}x\n${"    # c\n".repeat(size)}`],
    ["a text of blank lines", 140_000, (size) => `${head}|+\n      x\n${"      \n".repeat(size)}`],
    ["objects in short form", 80_000, (size) => `${head}{ ${"a,".repeat(size)}a }\n`],
    ["unknown keys", 30_000, (size) => `eddy: 1\n${lines(size, (n) => `k${n}: 1`)}`],
    ["a quote that never ends", 120_000, (size) => `${head}"${"x\n      ".repeat(size)}`],
    ["brackets that never end", 50_000, (size) => `${head}[${"x,\n      ".repeat(size)}`],
    ["a name of a node", 900_000, (size) => `eddy: 1\nnodes:\n  ${"a".repeat(size)}: { type: log }\n`],
    ["a type of a node", 900_000, (size) => `eddy: 1\nnodes:\n  a: { type: ${"a".repeat(size)} }\n`],
    ["a wire", 490_000, (size) => `eddy: 1\nnodes:\n  a: { type: log, from: ${"a.".repeat(size)} }\n`],
    [
      "templates that never end",
      300_000,
      (size) => `eddy: 1\nnodes:\n  a: { type: log, text: "${"${".repeat(size)}" }\n`,
    ],
    [
      "braces in templates",
      300_000,
      (size) => `eddy: 1\nnodes:\n  a: { type: log, text: "\${${"{".repeat(size)}}" }\n`,
    ],
    ["backticks in expressions", 200_000, (size) => `${head}|-\n      ${"`${".repeat(size)}\n`],
    ["regular expressions", 300_000, (size) => `${head}|-\n      ${"/(".repeat(size)}\n`],
    [
      "many nodes that name each other",
      2_000,
      (size) =>
        `eddy: 1\nnodes:\n${lines(size, (n) => `  n${n}: { type: map, from: [n${(n * 7) % size}, n${(n + 1) % size}] }`)}`,
    ],
  ];
  for (const [what, size, textOf] of large)
    it(`${what}, ${Math.round(textOf(size).length / 1_000)} kB`, () => growsEvenly(textOf, size));
});

function lines(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => `${line(n)}\n`).join("");
}

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
  it("says once that the first node is indented deeper than the others, and keeps the others", () => {
    const text = "eddy: 1\nnodes:\n    a: { type: log }\n  b: { type: log }\n  c: { type: log, from: b }\n";
    refuses(text, "EDDY_YAML_INDENT");
    assert.deepEqual([...parseWorkflow(text, "x.flow.yaml").workflow.nodes.keys()], ["b", "c"]);
  });
  it("refuses what follows the end of a document, however short it is", () => {
    refuses("eddy: 1\n...\na", "EDDY_YAML_DOCUMENTS");
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
