import assert from "node:assert/strict";
import { optimizations } from "../../compiler/index.ts";
import type { ErrorPayload } from "../../runtime/engine/contract.ts";
import { createTestBench, type TextOptions } from "./workflows.ts";

const double = `
import type { Message } from "somewhere";
import { factor } from "./factor.ts";

export const descriptor = {
  type: "double",
  title: "Double",
  category: "own",
  icon: "zap",
  summary: "Doubles.",
  doc: "A document that nobody needs at run time.",
  inputs: "single",
  outputs: [{ name: "out", doc: "Twice the payload." }],
  timing: "immediate",
  params: { by: { kind: "literal", schema: { type: "number" }, default: 2, doc: "" } },
} as const;

enum Sign { Plus = 1 }

const node = {
  timing: "immediate",
  create: (context: unknown, params: { by: number }, outputs: Record<string, (message: unknown) => void>) =>
    (message: { payload: number }) => {
      if (message.payload < 0) throw new RangeError("A negative number.");
      outputs.out?.({ ...message, payload: message.payload * params.by * factor * Sign.Plus });
    },
};

export default node;
`;

/** What a workflow is made of beside its own file. */
for (const optimize of optimizations) {
  describe(`parts of a workflow, compiled (${optimize})`, () => {
    const bench = createTestBench();
    after(() => bench.dispose());
    const run = (text: string, options: TextOptions = {}) =>
      bench.run(`eddy: 1\n${text}`, { optimize, ...options });

    it("own nodes are compiled in, with what they import", async () => {
      const { deliver, pass, published, manifest } = await run(
        `
nodes:
  in: { type: source }
  twice: { type: ./nodes/double.node.ts, from: in }
  thrice: { type: ./nodes/double.node.ts, from: twice, by: 3 }
  out: { type: sink, from: thrice }
  bad: { type: sink, from: any.error, topic: bad, payload: msg.payload.stack }
`,
        {
          files: {
            "/flows/nodes/double.node.ts": double,
            "/flows/nodes/factor.ts": "export const factor = 10;",
          },
        },
      );
      deliver(1);
      deliver(-1);
      await pass();
      assert.deepEqual(published(), [600]);
      assert.deepEqual(published("bad"), ["at twice (nodes/double.node.ts:24:38)"]);
      assert.equal(manifest.nodes[1]?.type, "./nodes/double.node.ts");
    });

    it("the script imports files of the workspace, by any of their endings", async () => {
      const { deliver, pass, published } = await run(
        `
script: |
  import { celsius, type Reading } from "./lib/units";
  import * as sites from "../shared/sites.json";
  import text from "./lib/text.txt";
nodes:
  in: { type: source }
  n: { type: map, from: in, payload: "[celsius(msg.payload as Reading), sites.north, text]" }
  out: { type: sink, from: n }
  bad: { type: sink, from: any.error, topic: bad, payload: msg.payload.stack }
`,
        {
          files: {
            "/flows/lib/units.ts": `import { offset } from "./offset.js";
export interface Reading { fahrenheit: number }
export function celsius({ fahrenheit }: Reading): number {
  if (fahrenheit === undefined)
    throw new TypeError("No reading.");
  return (fahrenheit - offset) / 1.8;
}`,
            "/flows/lib/offset.js": "export const offset = 32;",
            "/flows/lib/text.txt": "a text",
            "/shared/sites.json": '{ "north": "N" }',
          },
        },
      );
      deliver({ fahrenheit: 50 });
      deliver({});
      await pass();
      assert.deepEqual(published(), [[10, "N", "a text"]]);
      assert.deepEqual(published("bad"), ["at n (lib/units.ts:5:11)\nat test.flow.yaml:9:40"]);
    });

    it("a subflow finds own nodes and imports beside its own file", async () => {
      const own = (factor: number) =>
        double.replaceAll("* factor", `* ${factor}`).replace(/^import { factor.*$/m, "");
      const sub = `eddy: 1
script: |
  import { unit } from "./unit.ts";
inputs:
  in: { type: number }
outputs:
  out: { from: named }
nodes:
  twice: { type: ./double.node.ts, from: in }
  named: { type: map, from: twice, payload: msg.payload + unit }
`;
      const { deliver, pass, published } = await run(
        `
script: |
  import { unit } from "./unit.ts";
nodes:
  in: { type: source }
  twice: { type: ./double.node.ts, from: in }
  named: { type: map, from: twice, payload: msg.payload + unit }
  sub: { type: ./lib/sub.flow.yaml, from: in }
  out: { type: sink, from: [named, sub] }
`,
        {
          files: {
            "/flows/double.node.ts": own(1),
            "/flows/unit.ts": 'export const unit = " m";',
            "/flows/lib/double.node.ts": own(100),
            "/flows/lib/unit.ts": 'export const unit = " cm";',
            "/flows/lib/sub.flow.yaml": sub,
          },
        },
      );
      deliver(1);
      await pass();
      assert.deepEqual(published(), ["2 m", "200 cm"]);
    });

    it("subflows hold subflows; errors are theirs first, then those of whoever uses them", async () => {
      const inner = `eddy: 1
inputs:
  in: { type: number }
outputs:
  out: { from: n }
nodes:
  n:
    type: map
    from: in
    payload: |-
      msg.payload.a.b
`;
      const outer = `eddy: 1
inputs:
  in: { type: number }
outputs:
  out: { from: [one, two] }
nodes:
  one: { type: ./inner.flow.yaml, from: in }
  two: { type: ./inner.flow.yaml, from: in }
  seen: { type: sink, from: two.error, topic: seen, payload: msg.payload.stack }
`;
      const { deliver, pass, published, manifest } = await run(
        `
nodes:
  in: { type: source }
  sub: { type: ./lib/outer.flow.yaml, from: in }
  out: { type: sink, from: sub }
  bad: { type: sink, from: any.error, topic: bad, payload: "[msg.payload.node, msg.payload.stack]" }
`,
        { files: { "/flows/lib/outer.flow.yaml": outer, "/flows/lib/inner.flow.yaml": inner } },
      );
      deliver({ a: { b: 7 } });
      deliver({});
      await pass();
      assert.deepEqual(published(), [7, 7]);
      assert.deepEqual(published("seen"), ["at sub/two/n (lib/inner.flow.yaml:11:21)"]);
      assert.deepEqual(published("bad"), [["sub/one/n", "at sub/one/n (lib/inner.flow.yaml:11:21)"]]);
      assert.deepEqual(manifest.nodes.map(({ id, file, line }) => [id, file, line]).slice(1, 3), [
        ["sub/one/n", "lib/inner.flow.yaml", 7],
        ["sub/two/n", "lib/inner.flow.yaml", 7],
      ]);
    });

    it("a stack goes through all the author's lines, in every style of scalar", async () => {
      const { deliver, pass, published } = await run(`
script: |
  // A comment.
  const fail = (what: string): never => {
    throw new Error(what);
  };
nodes:
  in: { type: source }
  plain: { type: map, from: in, payload: msg.payload === 1 && fail("plain") }
  quoted: { type: map, from: in, payload: 'msg.payload === 2 && fail(''quoted'')' }
  block:
    type: map
    from: in
    payload: |-
      [
        msg.payload === 3 && fail("block"),
      ]
  folded:
    type: map
    from: in
    payload: >-
      1 +
      (msg.payload === 4 ? fail("folded") : 1)
  template: { type: map, from: in, topic: 'a/\${msg.payload === 5 && fail("template")}' }
  code:
    type: code
    from: in
    code: |
      await null;

      if (msg.payload === 6) fail("code");
      return msg;
  out: { type: sink, from: [plain, quoted, block, folded, template, code] }
  bad: { type: sink, from: any.error, topic: bad }
`);
      for (const value of [1, 2, 3, 4, 5, 6]) deliver(value);
      await pass();
      const places = published("bad").map((payload) => {
        const { message, stack = "" } = payload as ErrorPayload;
        return [message, ...[...stack.matchAll(/test\.flow\.yaml:(\d+)/g)].map(([, line]) => Number(line))];
      });
      assert.deepEqual(places, [
        ["plain", 6, 10],
        ["quoted", 6, 11],
        ["block", 6, 17],
        ["folded", 6, 24],
        ["template", 6, 25],
        ["code", 6, 32],
      ]);
    });
  });
}

describe("parts of a workflow that cannot be compiled", () => {
  const bench = createTestBench();
  after(() => bench.dispose());

  async function check(
    text: string,
    expected: { readonly code: string; readonly says: RegExp; readonly at?: string },
    files: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const whole = `eddy: 1\n${text}`;
    const { problems, artifact } = await bench.compile(whole, { files });
    assert.equal(artifact, undefined);
    const found = problems.find(({ code }) => code === expected.code);
    assert.ok(found, JSON.stringify(problems));
    assert.match(found.message, expected.says);
    if (expected.at !== undefined) assert.equal(whole.slice(found.range.start, found.range.end), expected.at);
  }
  const script = (line: string) => `script: |\n  ${line}\nnodes:\n  in: { type: source }\n`;

  it("a file that is not there is named where it is imported", () =>
    check(script('import { a } from "./missing.ts"; console.log(a);'), {
      code: "EDDY_IMPORT",
      says: /There is no file \.\/missing\.ts/,
      at: '"./missing.ts"',
    }));

  it("a module of Node that workflows do not get is named, with those that they do", () =>
    check(script('import net from "node:net"; net.connect(1);'), {
      code: "EDDY_NO_BUILTIN",
      says: /no node:net.*node:fs/s,
      at: '"node:net"',
    }));

  it("a name that the file does not export", () =>
    check(
      script('import { b } from "./a.ts"; b();'),
      { code: "EDDY_SYNTAX", says: /No matching export.*"b"/, at: "b" },
      {
        "/flows/a.ts": "export const a = 1;",
      },
    ));

  it("an error in an imported file is told with its line, at the import that leads there", async () => {
    const text = script('import { a } from "./a.ts"; a();');
    await check(
      text,
      { code: "EDDY_SYNTAX", says: /^a\.ts:2: /, at: '"./a.ts"' },
      { "/flows/a.ts": "export const a = 1;\nlet = ;" },
    );
    await check(
      text,
      { code: "EDDY_SYNTAX", says: /^lib\/b\.ts:1: No matching export in "lib\/c\.ts"/, at: '"./a.ts"' },
      {
        "/flows/a.ts": 'export { b as a } from "./lib/b.ts";',
        "/flows/lib/b.ts": 'import { c } from "./c.ts"; export const b = c;',
        "/flows/lib/c.ts": "export const other = 1;",
      },
    );
  });

  const withOwn = "nodes:\n  in: { type: source }\n  twice: { type: ./nodes/double.node.ts, from: in }\n";

  it("an error in what an own node is made of, at the node", async () => {
    const at = "./nodes/double.node.ts";
    const own = "/flows/nodes/double.node.ts";
    await check(
      withOwn,
      { code: "EDDY_IMPORT", says: /^nodes\/double\.node\.ts:3: There is no file \.\/factor\.ts\.$/, at },
      { [own]: double },
    );
    await check(
      withOwn,
      { code: "EDDY_SYNTAX", says: /^nodes\/factor\.ts:2: Unexpected ";"/, at },
      { [own]: double, "/flows/nodes/factor.ts": "\nexport const factor = ;" },
    );
    await check(
      withOwn,
      { code: "EDDY_NO_BUILTIN", says: /^nodes\/double\.node\.ts:3: A workflow has no node:net\./, at },
      { [own]: double.replace("./factor.ts", "node:net") },
    );
    const { problems } = await bench.compile(`eddy: 1\n${withOwn}`, { files: { [own]: double } });
    assert.equal(problems.find(({ severity }) => severity === "error")?.node, "twice");
  });

  it("an error in what a subflow imports, at the node that stands for it", () =>
    check(
      "nodes:\n  in: { type: source }\n  sub: { type: ./lib/sub.flow.yaml, from: in }\n",
      { code: "EDDY_SYNTAX", says: /^lib\/a\.ts:1: Unexpected ";"/, at: "./lib/sub.flow.yaml" },
      {
        "/flows/lib/sub.flow.yaml":
          'eddy: 1\nscript: |\n  import { a } from "./a.ts";\ninputs:\n  in: {}\nnodes:\n  n: { type: sink, from: in, payload: a }\n',
        "/flows/lib/a.ts": "export const a = ;",
      },
    ));

  it("own nodes and subflows that are not there, once", async () => {
    const text = `eddy: 1
${withOwn}  again: { type: ./nodes/double.node.ts, from: twice }
  sub: { type: ./lib/sub.flow.yaml, from: again }
`;
    const { problems, artifact, code } = await bench.compile(text);
    assert.equal(artifact ?? code, undefined);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === "error").map(({ code: what, node }) => [what, node]),
      [
        ["EDDY_FILE_MISSING", "twice"],
        ["EDDY_FILE_MISSING", "sub"],
      ],
    );
  });

  it("a package that is not installed", () =>
    check(script('import left from "no-such-package-here"; left();'), {
      code: "EDDY_SYNTAX",
      says: /Could not resolve "no-such-package-here"/,
      at: '"no-such-package-here"',
    }));

  it("a name that is declared twice", () =>
    check(script("const a = 1; const a = 2;"), {
      code: "EDDY_SYNTAX",
      says: /"a" has already been declared/,
      at: "a",
    }));

  it("what a function's body cannot have", async () => {
    await check(script("console.log(import.meta.url);"), { code: "EDDY_SYNTAX", says: /import\.meta/ });
    await check(script("await Promise.resolve();"), { code: "EDDY_SYNTAX", says: /[Tt]op-level await/ });
  });
});
