import assert from "node:assert/strict";
import typescript from "typescript";
import { readOwnNode } from "../../../language/own-node.ts";
import { resolve, told, using } from "./resolve.ts";

const main = "/workspace/main.flow.yaml";

/** A node file with this text for its descriptor. */
function file(descriptor: string): string {
  return `import type { NodeDescriptor } from "eddy/language";

export const descriptor = ${descriptor} satisfies NodeDescriptor;

export const signature = \`declare function node(): void\`;

export default function create() {
  throw new Error("This file must never run.");
}
`;
}

const fields = {
  type: '"sensor"',
  title: '"Sensor"',
  category: '"own"',
  icon: '"beaker"',
  summary: '"Reads."',
  doc: "`Reads\n  much.`",
  inputs: '"single"',
  outputs: '[{ name: "out", doc: "" }]',
  timing: '"immediate"',
  params:
    '{ "unit": { kind: "literal", doc: "", schema: { type: "enum", values: ["C", "F"] }, default: "C" } }',
};

function descriptor(changes: Partial<Record<keyof typeof fields | "more", string>> = {}): string {
  const { more = "", ...others } = changes;
  const entries = Object.entries({ ...fields, ...others }).filter(([, value]) => value !== "");
  return `{ ${entries.map(([key, value]) => `${key}: ${value}`).join(", ")}${more} }`;
}

/** The problems of a node file: `CODE message @ marked text`. */
function problems(text: string): readonly string[] {
  return readOwnNode(text, "sensor.node.ts", typescript).problems.map(
    ({ code, message, range }) => `${code} ${message} @ ${text.slice(range.start, range.end)}`,
  );
}

describe("own node: descriptor", () => {
  it("is read from the text", () => {
    const {
      descriptor: read,
      signature,
      problems: found,
    } = readOwnNode(file(descriptor()), "sensor.node.ts", typescript);
    assert.deepEqual(found, []);
    assert.equal(signature, "declare function node(): void");
    assert.equal(read?.title, "Sensor");
    assert.equal(read?.doc, "Reads\n  much.");
    assert.deepEqual(read?.params.unit, {
      kind: "literal",
      doc: "",
      schema: { type: "enum", values: ["C", "F"] },
      default: "C",
    });
  });
  it("may be in parentheses, constant and negative", () => {
    const minimum = '{ n: { kind: "literal", doc: "", schema: { type: "number", minimum: -5.5 } } }';
    assert.deepEqual(problems(file(`(${descriptor({ params: minimum })} as const)`)), []);
  });
  it("is asked for", () =>
    assert.match(
      problems("export default 1;")[0] ?? "",
      /^EDDY_OWN_NODE_DESCRIPTOR There is no descriptor: export it/,
    ));
  it("has to be exported", () =>
    assert.match(
      problems(`const descriptor = ${descriptor()};\nexport default 1;`)[0] ?? "",
      /There is no descriptor/,
    ));

  for (const [what, changes, marked] of [
    ["a call", { title: 'name("Sensor")' }, 'name("Sensor")'],
    ["a variable", { title: "title" }, "title"],
    ["a template with an expression", { title: "`a ${b}`" }, "`a ${b}`"],
    ["a sum", { title: '"a" + "b"' }, '"a" + "b"'],
    ["a spread", { more: ", ...others" }, "...others"],
    ["a short form", { more: ", deprecated" }, "deprecated"],
    ["a method", { more: ", deprecated() { return 1; }" }, "deprecated() { return 1; }"],
    ["a getter", { more: ", get deprecated() { return 1; }" }, "get deprecated() { return 1; }"],
    ["a computed key", { more: ', ["deprecated"]: "a"' }, '["deprecated"]'],
    ["a prototype", { more: ", __proto__: {}" }, "__proto__"],
    ["a spread in a list", { outputs: "[...outputs]" }, "...outputs"],
    ["a hole in a list", { outputs: "[,]" }, ""],
    ["a regular expression", { title: "/a/" }, "/a/"],
  ] as const)
    it(`is refused where it has ${what}`, () => {
      const found = problems(file(descriptor(changes)));
      assert.equal(found.length, 1, found.join("\n"));
      assert.match(
        found[0] ?? "",
        /^EDDY_OWN_NODE_DESCRIPTOR The descriptor is read without running the file/,
      );
      assert.ok(found[0]?.endsWith(` @ ${marked}`), found[0]);
    });

  it("is refused where it is no object", () =>
    assert.match(problems(file("[]"))[0] ?? "", /^EDDY_OWN_NODE_SHAPE The descriptor has to be object/));

  for (const [changes, message] of [
    [{ title: "5" }, "title has to be string. @ 5"],
    [{ icon: "" }, "The descriptor misses icon."],
    [
      { category: '"wrong"' },
      'category has to be one of trigger, logic, transform, time, state, output, network, files, subflow, own. @ "wrong"',
    ],
    [{ more: ", colour: 1" }, "colour is not known. @ 1"],
    [
      { outputs: '[{ name: "error", doc: "" }]' },
      'outputs.0 cannot be called "error": every node has this output.',
    ],
    [{ outputs: '[{ name: "a", doc: "" }, { name: "a", doc: "" }]' }, 'outputs.1 is there twice ("a").'],
    [{ outputs: '[{ name: "a b", doc: "" }]' }, "outputs.0.name has to match pattern"],
    [{ inputs: '"none"' }, 'timing is "trigger" for a node without inputs'],
    [
      { more: ', outputsFrom: { param: "cases", mode: "add" }' },
      'outputsFrom.param names no param: there is no "cases".',
    ],
    [
      { params: '{ a: { kind: "expr", doc: "" } }' },
      'params.a needs a "kind" of these: literal, template, expression',
    ],
    [
      { params: '{ a: { kind: "literal", doc: "", schema: { type: "enum" } } }' },
      "params.a.schema misses values.",
    ],
    [
      { params: '{ a: { kind: "literal", doc: "", schema: { type: "string", pattern: "(" } } }' },
      "params.a.schema.pattern is no regular expression.",
    ],
    [
      { params: '{ a: { kind: "either", doc: "", of: [{ kind: "code", doc: 1 }] } }' },
      "params.a.of.0.doc has to be string. @ 1",
    ],
    [
      { params: '{ a: { kind: "object", doc: "", properties: { b: 5 } } }' },
      'params.a.properties.b needs a "kind"',
    ],
    [
      { params: '{ from: { kind: "code", doc: "" } }' },
      'params.from cannot be called "from", which is a key of every node.',
    ],
    [{ params: '{ timeout: { kind: "code", doc: "" } }' }, 'params.timeout cannot be called "timeout"'],
    [{ params: '{ "a b": { kind: "code", doc: "" } }' }, "params.a b has to be named with letters"],
  ] as const)
    it(`says that ${message}`, () => {
      const found = problems(file(descriptor(changes)));
      assert.equal(found.length, 1, found.join("\n"));
      assert.ok(found[0]?.startsWith(`EDDY_OWN_NODE_SHAPE ${message}`), found[0]);
    });

  it("may have a reserved key that means the same", () => {
    const params =
      '{ timeout: { kind: "literal", doc: "", schema: { type: "duration" } }, output: { kind: "type", doc: "" } }';
    assert.deepEqual(problems(file(descriptor({ params }))), []);
  });
});

describe("own node: file", () => {
  for (const implementation of [
    "export default 1;",
    "export default class {}",
    "export default async function f() {}",
    "const a = 1; export { a as default };",
    'export { default } from "./other.ts";',
  ])
    it(`has an implementation: ${implementation}`, () =>
      assert.deepEqual(problems(`export const descriptor = ${descriptor()};\n${implementation}`), []));
  it("needs an implementation", () =>
    assert.match(
      problems(`export const descriptor = ${descriptor()};`)[0] ?? "",
      /^EDDY_OWN_NODE_IMPLEMENTATION/,
    ));
  it("says where it is no TypeScript", () =>
    assert.match(
      problems("export const descriptor = {{;")[0] ?? "",
      /^EDDY_OWN_NODE_DESCRIPTOR The file is not TypeScript/,
    ));
  it("is refused when it is too large", () =>
    assert.match(problems(`// ${"a".repeat(600_000)}`)[0] ?? "", /^EDDY_FILE_TOO_LARGE/));
  it("is refused when it is nested without end", () =>
    assert.match(
      problems(`export const descriptor = ${"[".repeat(100_000)}`)[0] ?? "",
      /^EDDY_OWN_NODE_DESCRIPTOR/,
    ));
});

describe("resolve: own nodes", () => {
  const sensor = "/workspace/sensor.node.ts";

  it("adds the descriptor under the type as it is written", async () => {
    const {
      catalog,
      problems: found,
      checked,
    } = await resolve({ [main]: using("./sensor.node.ts", ", unit: K"), [sensor]: file(descriptor()) });
    assert.deepEqual(found, []);
    assert.equal(catalog.nodes.get("./sensor.node.ts")?.type, "./sensor.node.ts");
    assert.deepEqual(
      checked.map(({ code }) => code),
      ["EDDY_LITERAL"],
    );
  });
  it("names the file and the line of what is wrong", async () =>
    assert.deepEqual(
      told(
        await resolve({ [main]: using("./sensor.node.ts"), [sensor]: file(descriptor({ title: "title" })) }),
      ),
      [
        'error EDDY_OWN_NODE_DESCRIPTOR sensor.node.ts:3: The descriptor is read without running the file, so it has to be written out: "title" is no literal. @ ./sensor.node.ts',
      ],
    ));
  it("gets TypeScript only when there is something to read", async () => {
    let asked = 0;
    const load = async () => {
      asked++;
      return typescript;
    };
    await resolve({ [main]: using("map") }, { typescript: load });
    assert.equal(asked, 0);
    const two = `${using("./sensor.node.ts").trimEnd()}\n  m: { type: ./two.node.ts, from: t }\n`;
    await resolve(
      { [main]: two, [sensor]: file(descriptor()), "/workspace/two.node.ts": file(descriptor()) },
      { typescript: load },
    );
    assert.equal(asked, 1);
  });
  it("says so where TypeScript is not at hand", async () => {
    const files = { [main]: using("./sensor.node.ts"), [sensor]: file(descriptor()) };
    assert.deepEqual(told(await resolve(files, { typescript: undefined })), [
      "hint EDDY_OWN_NODE_SKIPPED sensor.node.ts is read with TypeScript, which is not at hand here. @ ./sensor.node.ts",
    ]);
  });
});

describe("resolve: nodes of packages", () => {
  const home = "/workspace/node_modules/@plant/nodes";
  const manifest = (exports: unknown) => JSON.stringify({ name: "@plant/nodes", exports });
  const node = file(descriptor());

  for (const [what, exports] of [
    ["a path", { "./sensor": "./lib/sensor.ts" }],
    ["a condition of its own", { "./sensor": { import: "./dist/sensor.js", eddy: "./lib/sensor.ts" } }],
    ["import", { "./sensor": { types: "./x.d.ts", import: "./lib/sensor.ts" } }],
  ] as const)
    it(`finds a node that is exported by ${what}`, async () => {
      const { catalog, problems: found } = await resolve({
        [main]: using("'@plant/nodes/sensor'"),
        [`${home}/package.json`]: manifest(exports),
        [`${home}/lib/sensor.ts`]: node,
      });
      assert.deepEqual(found, []);
      assert.equal(catalog.nodes.get("@plant/nodes/sensor")?.title, "Sensor");
    });

  it("looks in the folders above, up to the root", async () => {
    const deep = "/workspace/a/b/main.flow.yaml";
    const { problems: found, read } = await resolve({ [deep]: using("nodes/sensor") }, { file: deep });
    assert.equal(found[0]?.code, "EDDY_PACKAGE_NODE");
    assert.match(found[0]?.message ?? "", /npm install nodes/);
    assert.deepEqual(read, [
      "/workspace/a/b/node_modules/nodes/package.json",
      "/workspace/a/node_modules/nodes/package.json",
      "/workspace/node_modules/nodes/package.json",
    ]);
  });

  for (const [what, text] of [
    ["does not export it", manifest({ "./other": "./a.ts" })],
    ["exports nothing", "{}"],
    ["leads out of the package", manifest({ "./sensor": "./../../../secret.ts" })],
    ["leads elsewhere", manifest({ "./sensor": "/etc/passwd" })],
    ["is no JSON", "{"],
    ["is no object", "5"],
  ] as const)
    it(`says so where package.json ${what}`, async () => {
      const { problems: found, read } = await resolve({
        [main]: using("'@plant/nodes/sensor'"),
        [`${home}/package.json`]: text,
      });
      assert.deepEqual([found[0]?.code, found.length], ["EDDY_PACKAGE_NODE", 1]);
      assert.deepEqual(read, [`${home}/package.json`]);
    });

  for (const type of ["nodes/../x", "@a/b/c/d", ".nodes/x", "UPPER/x", "a/b.c"])
    it(`takes ${type} for no package`, async () => {
      const { problems: found, read } = await resolve({ [main]: using(JSON.stringify(type)) });
      assert.equal(found[0]?.code, "EDDY_UNKNOWN_TYPE");
      assert.deepEqual(read, []);
    });
});
