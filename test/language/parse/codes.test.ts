import assert from "node:assert/strict";
import { parseWorkflow } from "../../../language/index.ts";
import type { ParseCode } from "../../../language/parse/codes.ts";
import { maximumLength } from "../../../language/syntax/document.ts";
import type { SyntaxCode } from "../../../language/syntax/problem.ts";
import { fixed, problems, problemsOfFile } from "./parse.ts";

/** A file with nothing wrong but what each code tells, and where it is told. */
const examples: Readonly<Record<ParseCode | SyntaxCode | "EDDY_UNKNOWN_KEY" | "EDDY_RESERVED_NAME", string>> =
  {
    EDDY_VERSION_MISSING: "«»name: X\n",
    EDDY_VERSION_NEWER: "eddy: «2»\n",
    EDDY_VERSION: "eddy: «one»\n",
    EDDY_VALUE: "eddy: 1\nsettings: { timeout: «5» }\n",
    EDDY_VALUE_MISSING: "eddy: 1\nstate: { «n»: { type: number } }\n",
    EDDY_NAME: "eddy: 1\nnodes: { «1a»: { type: x } }\n",
    EDDY_RESERVED_NAME: "eddy: 1\nnodes: { «any»: { type: x } }\n",
    EDDY_UNKNOWN_KEY: "eddy: 1\n«nodse»: {}\n",
    EDDY_NODE_TYPE_MISSING: "eddy: 1\nnodes: { «a»: { text: x } }\n",
    EDDY_WIRE_SYNTAX: "eddy: 1\nnodes: { a: { type: x, from: [b, «c d»] } }\n",
    EDDY_CONNECTIONS_FILE: "eddy: 1\nconnections: «./plant.connections.yaml»\n",
    EDDY_YAML_SYNTAX: 'eddy: 1\nname: «"open»\ndescription: D\n',
    EDDY_YAML_INDENT: "eddy: 1\nname: a\n  «id: b»\n",
    EDDY_YAML_TAB: "eddy: 1\nnodes:\n«\t»a: { type: x }\n",
    EDDY_YAML_DUPLICATE_KEY: "eddy: 1\nname: a\n«name»: b\n",
    EDDY_YAML_KEY: "eddy: 1\nstate: { a: { initial: { «1»: b } } }\n",
    EDDY_YAML_FORBIDDEN_KEY: "eddy: 1\nstate: { a: { initial: { «__proto__»: b } } }\n",
    EDDY_YAML_MERGE_KEY: "eddy: 1\nstate: { a: { initial: { «<<»: b } } }\n",
    EDDY_YAML_TAG: "eddy: 1\nname: «!a» b\n",
    EDDY_YAML_ALIAS: "eddy: 1\nname: «*a»\n",
    EDDY_YAML_ANCHOR: "eddy: 1\nname: «&a» b\n",
    EDDY_YAML_SHORTHAND: "eddy: 1\nstate: { a: { initial: { «b» } } }\n",
    EDDY_YAML_COMMENT: "eddy: 1\nname: Room «#4»\n",
    EDDY_YAML_DOCUMENTS: "eddy: 1\n«---»\nname: X\n",
    EDDY_YAML_DIRECTIVE: "«%YAML 1.2»\n---\neddy: 1\n",
    EDDY_YAML_TOO_DEEP: `eddy: 1\nstate: { a: { initial: ${"[".repeat(60)}«[»${"]".repeat(61)} } }\n`,
    EDDY_YAML_TOO_LARGE: `«»eddy: 1\n# ${"x".repeat(maximumLength)}\n`,
    EDDY_YAML_CHARACTER: "eddy: 1\nname: a«\u0007»b\n",
    EDDY_MERGE_CONFLICT: "eddy: 1\n«<<<<<<<» ours\nname: a\n=======\nname: b\n>>>>>>> theirs\n",
  };

/** With these the rest of the file is still known, and may be edited. */
const harmless =
  /^EDDY_(VERSION|VALUE|NAME|RESERVED|UNKNOWN|NODE|WIRE|CONNECTIONS|YAML_(KEY|FORBIDDEN|MERGE|TAG|ALIAS|ANCHOR|SHORTHAND|COMMENT))/;

describe("parse: each code", () => {
  for (const [code, source] of Object.entries(examples))
    it(`${code} is told at its place`, () => {
      const { problems: found, readable } = problemsOfFile(source, code);
      assert.equal(found[0]?.severity, "error");
      assert.equal(readable, harmless.test(code));
    });

  it("is told with the node it is about", () => {
    const nodeOf = (source: string) => parseWorkflow(source, "").problems.map(({ node }) => node);
    assert.deepEqual(nodeOf("eddy: 1\nnodes: { a: { type: x, at: y } }\nnotes: { n: { at: y } }\n"), [
      "a",
      undefined,
    ]);
    assert.deepEqual(nodeOf("eddy: 1\nnodes:\n  a: { type: x }\n  b: { type: x, text: !c d }\n"), ["b"]);
    assert.deepEqual(nodeOf("eddy: 1\nnodes:\n  1a: { type: x }\n"), ["1a"]);
  });

  it("is told in words that stay short", () => {
    for (const text of ["name: { a: ", "id: *", "x", "nodes: { a: { at: "]) {
      const found = parseWorkflow(`eddy: 1\n${text}${"y".repeat(5_000)}\n`, "").problems;
      assert.ok(found.length > 0 && found.every(({ message }) => message.length < 400));
    }
  });
});

describe("parse: YAML that would be read as something else", () => {
  for (const [written, code, text] of [
    ["«!a» && b", "EDDY_YAML_TAG", "!a && b"],
    ["«!a»", "EDDY_YAML_TAG", "!a"],
    ["«!!str» 5", "EDDY_YAML_TAG", "!!str 5"],
    ["«&a» b", "EDDY_YAML_ANCHOR", "&a b"],
    ["«*a»", "EDDY_YAML_ALIAS", "*a"],
  ] as const)
    it(`${written} is told, and taken as it is written`, () => {
      const { workflow } = problems(`nodes:\n  n:\n    type: x\n    when: ${written}\n`, code);
      const value = workflow.nodes.get("n")?.params.get("when")?.value;
      assert.equal(value?.kind === "scalar" && value.text, text);
    });

  for (const [written, ...expected] of [
    ["{ «a», «b» }", "EDDY_YAML_SHORTHAND", "EDDY_YAML_SHORTHAND"],
    ["{ «...a» }", "EDDY_YAML_SHORTHAND"],
    ["[«a: b»]", "EDDY_YAML_SHORTHAND"],
    ["Room «#4»", "EDDY_YAML_COMMENT"],
    ["«#4»", "EDDY_YAML_COMMENT"],
    ["{ «true»: a }", "EDDY_YAML_KEY a boolean: write it in quotes"],
    ["{ «null»: a }", "EDDY_YAML_KEY nothing: write it in quotes"],
    ["{ «?» a : b }", "EDDY_YAML_KEY single word or a text in quotes"],
  ] as const)
    it(`${written} is told`, () =>
      void problems(`nodes:\n  n:\n    type: x\n    when: ${written}\n`, ...expected));

  for (const written of [
    "a # 4",
    "a#4",
    "'!a'",
    '"*a"',
    "a && b",
    "a * b",
    "|-\n      !a #4",
    "b?c:d",
    "{ a: , b: 1 }",
  ])
    it(`${written} is fine`, () => void problems(`nodes:\n  n:\n    type: x\n    when: ${written}\n`));

  for (const [text, title, expected] of [
    ["name: Room #4\n", "Put the whole line in quotes", 'name: "Room #4"\n'],
    ["name: Room #4\n", "Make it a comment", "name: Room # 4\n"],
    ["name: !a && b # why\n", "Put the value in quotes", 'name: "!a && b" # why\n'],
    ["name: &a\n", "Put the value in quotes", 'name: "&a"\n'],
    [
      "nodes: { a: { type: x, b: [*c, d] } }\n",
      "Put the value in quotes",
      'nodes: { a: { type: x, b: ["*c", d] } }\n',
    ],
    ["name: b ? c : d # why\n", "Put the value in quotes", 'name: "b ? c : d" # why\n'],
    [
      'nodes:\n  a:\n    type: x\n    b: "c" + d\n',
      "Put the value in quotes",
      "nodes:\n  a:\n    type: x\n    b: '\"c\" + d'\n",
    ],
    ['name: Bob\'s "#4" #5 \n', "Put the whole line in quotes", "name: 'Bob''s \"#4\" #5' \n"],
    [
      "state: { a: { initial: { 1: b } } }\n",
      'Write "1" in quotes',
      'state: { a: { initial: { "1": b } } }\n',
    ],
  ] as const)
    it(`${title}: ${text.trim()}`, () => {
      assert.equal(fixed(`eddy: 1\n${text}`, title), `eddy: 1\n${expected}`);
      assert.deepEqual(parseWorkflow(`eddy: 1\n${expected}`, "").problems, []);
    });
});
