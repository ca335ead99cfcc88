import assert from "node:assert/strict";
import fc from "fast-check";
import type { ExecutionRecord, InjectedMessage } from "../../runtime/engine/contract.ts";
import { builtinNodes } from "../../runtime/nodes/catalog.ts";
import { createLibraryBench } from "./workflows.ts";

const conditions = [
  "msg.payload > 3",
  "msg.payload",
  '"yes"',
  "msg.payload?.a",
  "msg.payload.a.b",
  "throw_()",
  "!msg.topic",
];
const values = [
  "msg.payload",
  "msg.payload + 1",
  "{ a: msg.payload }",
  "[msg.topic, msg.source]",
  "null.x",
  "undefined",
  "'text'",
];
const templates = [
  "plain",
  "${msg.topic}",
  "${msg.payload}/${msg.payload?.a}",
  "\\${msg.topic} `$`",
  "${null.x}",
  "",
];

const quoted = (text: string) => JSON.stringify(text);
const param = (name: string, texts: readonly string[]) =>
  fc
    .option(fc.constantFrom(...texts), { nil: undefined })
    .map((text) => (text === undefined ? "" : `, ${name}: ${quoted(text)}`));

/** For each type with a template, its params in all their combinations. */
const params: Readonly<Record<string, fc.Arbitrary<string>>> = {
  filter: fc.constantFrom(...conditions).map((text) => `, when: ${quoted(text)}`),
  map: fc.tuple(param("payload", values), param("topic", templates)).map((texts) => texts.join("")),
  switch: fc
    .tuple(fc.subarray(conditions, { minLength: 1 }), fc.constantFrom("", ", match: first", ", match: all"))
    .map(
      ([cases, match]) =>
        `, cases: { ${cases.map((text, at) => `case-${at}: ${quoted(text)}`).join(", ")} }${match}`,
    ),
  split: param("items", [...values, "msg.payload?.a", "[1, [2], null]", "new Set([1, 2])"]),
  template: fc.constantFrom(...templates).map((text) => `, text: ${quoted(text)}`),
  parse: fc
    .tuple(
      fc.constantFrom("json", "number", "csv"),
      param("value", [...values, "String(msg.payload)", "JSON.stringify(msg)"]),
    )
    .map(([format, value]) => `, format: ${format}${value}`),
};

const payload = fc.oneof(
  fc.integer({ min: -5, max: 9 }),
  fc.constantFrom<unknown>(null, undefined, true, Number.NaN, "", "3.5", "[1, 2]", '{"a":', "a;b\n1;2"),
  fc.array(fc.integer(), { maxLength: 4 }),
  fc.record({
    a: fc.oneof(fc.integer(), fc.array(fc.string(), { maxLength: 3 }), fc.record({ b: fc.boolean() })),
  }),
  fc.uint8Array({ maxLength: 5 }),
);
const message: fc.Arbitrary<InjectedMessage> = fc.record(
  { payload, topic: fc.constantFrom("a", "b/c"), source: fc.constantFrom({ id: 1 }, {}) },
  { requiredKeys: ["payload"] },
);

describe("a node's template", function () {
  this.timeout(60_000);
  const bench = createLibraryBench();
  after(() => bench.dispose());

  const types = [...builtinNodes].flatMap(([type, { inline }]) => (inline ? [type] : []));
  for (const type of types) {
    it(`of ${type} does what its implementation does`, () =>
      fc.assert(
        fc.asyncProperty(
          params[type] ?? assert.fail(`No params of ${type}`),
          fc.array(message, { maxLength: 8 }),
          async (text, messages) => {
            const workflow = `eddy: 1
script: |
  function throw_(): never { throw Object.assign(new RangeError("No."), { code: "E_NO" }); }
nodes:
  in: { type: inject }
  n: { type: ${type}, from: in${text} }
  out: { type: log, from: any.error }
`;
            const plain = await bench.run(workflow, { optimize: "none" });
            const inline = await bench.run(workflow, { optimize: "basic" });
            for (const one of messages) {
              const [expected, actual] = [
                await plain.workflow.inject("n", one),
                await inline.workflow.inject("n", one),
              ];
              assert.deepEqual(shownOf(actual), shownOf(expected));
            }
            const { executions, errors, nodes } = plain.workflow.counters();
            const counters = inline.workflow.counters();
            assert.deepEqual(
              [counters.executions, counters.errors, counters.nodes],
              [executions, errors, nodes],
            );
            for (const { workflow: started } of [plain, inline]) await started.stop(0);
          },
        ),
        { numRuns: 20 },
      ));
  }
});

/** Without what is another for each run, and without JavaScript's own words for what went wrong, which name variables. */
function shownOf({ outcome, nodes }: ExecutionRecord) {
  return {
    outcome,
    nodes: nodes
      .filter(({ id }) => id === "n")
      .map(({ output = [], error }) => ({
        output: output.map(({ port, message: { payload: value, topic, source } }) => ({
          port,
          value,
          topic,
          source,
        })),
        error: error && { code: error.code, message: error.code === "TypeError" ? "" : error.message },
      })),
  };
}
