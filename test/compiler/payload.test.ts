import assert from "node:assert/strict";
import { stripTypeScriptTypes } from "node:module";
import fc from "fast-check";
import { checkText } from "../../compiler/payload/check.ts";
import type { Property, Shape, Shapes } from "../../compiler/payload/shape.ts";
import { createTestBench } from "./workflows.ts";

/** What the generated check says of a value: the path and what was wanted there, or nothing. */
function checkOf(shapes: Shapes): (value: unknown) => string | undefined {
  const text = stripTypeScriptTypes(checkText(shapes, { check: "check", unfit: "unfit" }));
  const unfit = (path: string, wanted: string) => {
    throw new Error(`${path}: ${wanted}`);
  };
  const check: (value: unknown) => void = new Function("unfit", `${text}; return check;`)(unfit);
  return (value) => {
    try {
      check(value);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
}

/** The same as the generated code, said once more and plainly. */
function fits(shape: Shape, value: unknown): boolean {
  switch (shape.kind) {
    case "any":
      return true;
    case "typeof":
      return typeof value === shape.name;
    case "literal":
      return value === shape.value;
    case "list":
      return Array.isArray(value) && value.every((one) => fits(shape.of, one));
    case "tuple":
      return (
        Array.isArray(value) &&
        value.length >= shape.least &&
        (shape.rest !== undefined || value.length <= shape.items.length) &&
        value.every((one, index) => {
          const isLeftOut = index >= shape.least && index < shape.items.length && one === undefined;
          return isLeftOut || fits(shape.items[index] ?? shape.rest ?? { kind: "any" }, one);
        })
      );
    case "object": {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
      const entries = new Map(Object.entries(value));
      const all = shape.all;
      return (
        shape.properties.every(({ name, shape: own, isOptional }) =>
          isOptional && entries.get(name) === undefined ? true : fits(own, entries.get(name)),
        ) &&
        (all === undefined || [...entries.values()].every((one) => fits(all, one)))
      );
    }
    case "union":
      return shape.of.some((one) => fits(one, value));
    default:
      throw new Error(shape.kind);
  }
}

const names = fc.constantFrom("a", "b", "kind", "x y", "with`tick", "$" + "{no}", "0");
const primitives = fc.oneof(
  fc.constant<Shape>({ kind: "any" }),
  fc
    .constantFrom("string" as const, "number" as const, "boolean" as const)
    .map((name): Shape => ({ kind: "typeof", name })),
  fc.constantFrom("p", "q", 1, true, null, undefined).map((value): Shape => ({ kind: "literal", value })),
);
const { shape } = fc.letrec<{ shape: Shape; property: Property }>((tie) => ({
  property: fc.record({ name: names, shape: tie("shape"), isOptional: fc.boolean() }),
  shape: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    primitives,
    tie("shape").map((of): Shape => ({ kind: "list", of })),
    fc
      .tuple(fc.array(tie("shape"), { maxLength: 3 }), fc.nat(3), fc.option(tie("shape"), { nil: undefined }))
      .map(
        ([items, least, rest]): Shape => ({
          kind: "tuple",
          items,
          least: Math.min(least, items.length),
          ...(rest ? { rest } : {}),
        }),
      ),
    fc
      .tuple(
        fc.uniqueArray(tie("property"), { maxLength: 3, selector: ({ name }) => name }),
        fc.option(tie("shape"), { nil: undefined, freq: 4 }),
      )
      .map(([properties, all]): Shape => ({ kind: "object", properties, ...(all ? { all } : {}) })),
    fc.array(tie("shape"), { minLength: 1, maxLength: 3 }).map((of): Shape => ({ kind: "union", of })),
  ),
}));
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom("p", "q", "z", 1, 2.5, true, false, null, undefined),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(names, tie("value"), { maxKeys: 4 }),
  ),
})).value;

describe("the check of a payload", () => {
  it("lets through what has the shape, and nothing else", () => {
    let passed = 0;
    fc.assert(
      fc.property(shape, values, (payload, value) => {
        const isFit = checkOf({ payload, recursive: [] })(value) === undefined;
        if (isFit) passed++;
        assert.equal(isFit, fits(payload, value));
      }),
      { numRuns: 3_000 },
    );
    assert.ok(passed > 100, `only ${passed} values had their shape`);
  });

  it("follows a type that holds itself", () => {
    const leaf: Shape = { kind: "recursive", number: 0 };
    const tree: Shape = {
      kind: "object",
      properties: [
        { name: "value", shape: { kind: "typeof", name: "number" }, isOptional: false },
        { name: "next", shape: leaf, isOptional: true },
      ],
    };
    const check = checkOf({ payload: leaf, recursive: [tree] });
    assert.equal(check({ value: 1, next: { value: 2 } }), undefined);
    assert.equal(check({ value: 1, next: { value: "2" } }), "next: an object");
  });
});

describe("a declared payload", function () {
  this.timeout(60_000);
  const bench = createTestBench();
  after(() => bench.dispose());

  const text = (script: string, output: string) => `eddy: 1
script: |
  ${script}
nodes:
  in: { type: source, output: '${output.replaceAll("'", "''")}' }
  out: { type: sink, from: in }
  failed: { type: map, from: in.error, payload: "[msg.payload.code, msg.payload.message, msg.cause.payload]" }
  told: { type: sink, from: failed, topic: failed }
`;

  /** What is said of payloads that do not fit, in order; those that fit are published. */
  async function taken(type: string, payloads: readonly unknown[], script = "") {
    const { deliver, pass, published } = await bench.run(text(script, type));
    for (const payload of payloads) deliver(payload);
    await pass(1);
    return {
      good: published("out"),
      bad: published("failed").map((one) => (Array.isArray(one) ? one.slice(0, 2).join(" ") : one)),
    };
  }

  const cases: readonly (readonly [
    type: string,
    good: readonly unknown[],
    bad: readonly (readonly [unknown, string])[],
  ])[] = [
    ["number", [1, 0.5], [["1", 'The payload is "1", not a number.']]],
    ["string | null", ["a", null], [[{}, "The payload is an object, not a string."]]],
    ['"on" | "off"', ["on"], [["of", 'The payload is "of", not "on" or "off".']]],
    [
      "{ celsius: number; door?: boolean }",
      [{ celsius: 1 }, { celsius: 1, door: true, more: 1 }],
      [
        [{}, '"celsius" in the payload is missing, not a number.'],
        [{ celsius: 1, door: 1 }, '"door" in the payload is 1, not a boolean.'],
        [[], "The payload is a list of 0, not an object."],
      ],
    ],
    [
      "{ readings: readonly { at: number }[] }",
      [{ readings: [{ at: 1 }] }],
      [[{ readings: [{ at: 1 }, { at: null }] }, '"readings[1].at" in the payload is null, not a number.']],
    ],
    [
      '{ kind: "warm"; celsius: number } | { kind: "door"; open: boolean }',
      [
        { kind: "warm", celsius: 1 },
        { kind: "door", open: true },
      ],
      [
        [{ kind: "door", open: 1 }, '"open" in the payload is 1, not a boolean.'],
        [{ kind: "none" }, '"kind" in the payload is "none", not "warm" or "door".'],
      ],
    ],
    ["[number, string?]", [[1], [1, "a"]], [[[1, 2], '"[1]" in the payload is 2, not a string.']]],
    [
      "Record<string, number>",
      [{}, { a: 1 }],
      [[{ a: 1, "b c": "x" }, '"[b c]" in the payload is "x", not a number.']],
    ],
    ["string & { readonly brand: unique symbol }", ["a"], [[1, "The payload is 1, not a string."]]],
    [
      'Partial<Pick<{ a: number; b: string }, "a">>',
      [{}, { a: 1 }],
      [[{ a: "1" }, '"a" in the payload is "1", not a number.']],
    ],
    ["unknown", [1, null, {}], []],
  ];
  for (const [type, good, bad] of cases)
    it(`of ${type} is checked when it comes in`, async () => {
      const payloads = [...good, ...bad.map(([payload]) => payload)];
      assert.deepEqual(await taken(type, payloads), {
        good: [...good],
        bad: bad.map(([, message]) => `EDDY_PAYLOAD_TYPE ${message}`),
      });
    });

  it("may be named in the script", async () => {
    const script = "interface Reading { celsius: number } type Readings = Reading[];";
    assert.deepEqual(await taken("Readings", [[{ celsius: 1 }], [{}]], script), {
      good: [[{ celsius: 1 }]],
      bad: ['EDDY_PAYLOAD_TYPE "[0].celsius" in the payload is missing, not a number.'],
    });
  });

  it("may come from a file beside the workflow", async () => {
    const workflow = text('import type { Reading } from "./types.ts";', "Reading");
    const files = { "/flows/types.ts": "export interface Reading { celsius: number }" };
    const { deliver, pass, published } = await bench.run(workflow, { files });
    deliver({ celsius: 1 });
    deliver({ celsius: "1" });
    await pass(1);
    assert.equal(published("out").length, 1);
    assert.equal(published("failed").length, 1);
  });

  it("costs nothing where none is declared", async () => {
    const { code } = await bench.compile(text("", "unknown").replace(/, output: 'unknown'/, ""));
    assert.ok(code && !/unfit|payload_/.test(code().text));
  });
});
