import assert from "node:assert/strict";
import fc from "fast-check";
import { type Compiler, createCompiler } from "../../../compiler/index.ts";
import type { CompiledWorkflow, Message } from "../../../runtime/engine/contract.ts";
import { builtinCatalog, builtinNodes } from "../../../runtime/nodes/catalog.ts";
import { unpackArtifact } from "../../../runtime/protocol/artifact.ts";
import { evaluate } from "../../compiler/workflows.ts";
import { createMemoryHost } from "../memory-host.ts";

/** The node under test, as it stands in a file, by what is special about it. Expressions may throw. */
const cases: Readonly<
  Record<string, readonly (readonly [name: string, ports: readonly string[], text: string])[]>
> = {
  filter: [
    ["a condition", ["out", "rejected"], "when: msg.payload.n > 3"],
    ["a condition that is no boolean", ["out", "rejected"], "when: msg.payload"],
    ["a comment behind it", ["out", "rejected"], "when: |-\n      msg.payload // as it is"],
  ],
  map: [
    ["nothing", ["out"], ""],
    ["a payload", ["out"], "payload: msg.payload.n * 2"],
    ["a map of expressions", ["out"], "payload:\n      a: msg.payload.n\n      b: [msg.topic, msg.time]"],
    ["a topic", ["out"], "topic: t/${msg.payload.n}/${msg.topic}"],
    ["a fixed topic", ["out"], "topic: fixed"],
  ],
  switch: [
    ["the first case", ["a", "b", "else"], "cases:\n      a: msg.payload.n > 3\n      b: msg.payload.n > 1"],
    [
      "every case",
      ["a", "b", "else"],
      "match: all\n    cases:\n      a: msg.payload.n > 3\n      b: msg.payload.n > 1",
    ],
    ["cases of other kinds", ["a", "else"], "cases:\n      a: msg.payload"],
  ],
  split: [
    ["the payload", ["out"], ""],
    ["a member", ["out"], "items: msg.payload.list"],
  ],
  template: [
    ["text with values", ["out"], 'text: "${msg.topic}: ${msg.payload.n} °C"'],
    ["plain text", ["out"], 'text: "`$\\\\{x}` \\" \'"'],
  ],
  parse: [
    ["JSON", ["out"], "format: json"],
    ["a member", ["out"], "format: json\n    value: msg.payload.text"],
    ["another format", ["out"], "format: number"],
  ],
};

const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value));
const payload = fc.oneof(
  fc.record({
    n: fc.integer({ min: -1, max: 6 }),
    list: fc.array(fc.integer(), { maxLength: 4 }),
    text: json,
  }),
  json,
  json.map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ maxLength: 4 }),
  fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 }),
  fc.anything(),
);
const message = fc.record({
  payload,
  topic: fc.option(fc.string({ maxLength: 5 }), { nil: undefined }),
  source: fc.option(fc.dictionary(fc.string({ maxLength: 5 }), fc.integer(), { maxKeys: 2 }), {
    nil: undefined,
  }),
});

describe("nodes that are emitted inline", () => {
  let inlined: Compiler;
  let called: Compiler;

  before(() => {
    inlined = createCompiler({ catalog: builtinCatalog });
    called = createCompiler({ catalog: builtinCatalog, template: () => undefined });
  });

  after(() => Promise.all([inlined.dispose(), called.dispose()]));

  it("are all tried out here", () => {
    const types = [...builtinNodes].filter(([, { inline }]) => inline).map(([type]) => type);
    assert.deepEqual(types.sort(), Object.keys(cases).sort());
  });

  for (const [type, variants] of Object.entries(cases)) {
    for (const [name, ports, text] of variants) {
      it(`do as their implementation does: ${type}, ${name}`, async () => {
        const workflow = workflowText(type, ports, text);
        const [one, other] = await Promise.all([started(inlined, workflow), started(called, workflow)]);
        await fc.assert(
          fc.asyncProperty(message, async (given) => {
            assert.deepEqual(await one.events(given), await other.events(given));
          }),
          { numRuns: 150 },
        );
        assert.deepEqual(one.workflow.counters(), other.workflow.counters());
        await Promise.all([one.workflow.stop(0), other.workflow.stop(0)]);
      });
    }
  }
});

/** Behind every port two nodes, the first of which fails now and then: that must not come back into the node. */
function workflowText(type: string, ports: readonly string[], text: string): string {
  const wires = ports.map((port) => `node.${port}`).join(", ");
  return `
eddy: 1
script: |
  const picky = (value: unknown) => {
    if (JSON.stringify(value)?.length % 3 === 0) throw new Error("picky");
    return value;
  };
nodes:
  in:
    type: inject
  node:
    type: ${type}
    from: in
    ${text}
  first:
    type: map
    from: [${wires}]
    payload: picky(msg.payload)
  second:
    type: map
    from: [${wires}]
  end:
    type: log
    from: [first, second, any.error]
`;
}

async function started(compiler: Compiler, text: string) {
  const options = { file: "/test.flow.yaml", text, read: async () => undefined, target: "node" } as const;
  const { artifact, problems } = await compiler.compile({ ...options, optimize: "basic" });
  assert.ok(artifact, problems.map(({ message: what }) => what).join(" "));
  const host = createMemoryHost();
  const workflow: CompiledWorkflow = evaluate(unpackArtifact(artifact.bytes).code)({
    ...host,
    // Where something was thrown differs.
    locate: (node) => `at ${node}`,
  });
  let events: unknown[] = [];
  workflow.observe({
    value: (node, port, { id, time, topic, payload: value, source }: Message) =>
      events.push([node, port, { id, time, topic, payload: value, source }]),
  });
  await workflow.start();
  return {
    workflow,
    async events(given: Partial<Message>) {
      events = [];
      const { payload: value, topic, source } = given;
      const record = await workflow.inject("in", {
        payload: value,
        ...(topic === undefined ? {} : { topic }),
        ...(source === undefined ? {} : { source }),
      });
      return [events, record.outcome, record.nodes.map(({ id, output = [] }) => [id, output.length])];
    },
  };
}
