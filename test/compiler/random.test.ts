import assert from "node:assert/strict";
import fc from "fast-check";
import type { NodeDescriptor } from "../../language/catalog.ts";
import { hasErrors, type Problem } from "../../language/problem.ts";
import { goldenText } from "./golden.ts";
import { testNodes } from "./nodes.ts";
import { createTestBench, type TestBench } from "./workflows.ts";

const params: Readonly<Record<string, fc.Arbitrary<string>>> = {
  map: fc.constantFrom(
    "",
    "payload: msg.payload + 1",
    'payload: "[msg.payload]"',
    "payload: '{ a: msg.payload }'",
    "payload: null.x",
  ),
  filter: fc.constantFrom("when: msg.payload > 3", "when: msg.topic", "when: null.x"),
  split: fc.constant(""),
  count: fc.constant(""),
  wait: fc.constantFrom("ms: 10", 'ms: "msg.payload"', "payload: null.x"),
  keep: fc.constantFrom("for: 1s", ""),
  code: fc.constantFrom("code: return msg", 'code: "await null; return msg"', "code: throw new Error()"),
  sink: fc.constantFrom("", "topic: a", "payload: msg.payload"),
  source: fc.constantFrom("", "topic: other"),
};

interface Drawn {
  readonly type: string;
  readonly text: string;
  /** Which of the nodes before it, and which of its ports, as numbers that are cut to fit. */
  readonly from: readonly (readonly [node: number, port: number])[];
}

const node: fc.Arbitrary<Drawn> = fc.constantFrom(...testNodes.nodes.keys()).chain((type) =>
  fc.record({
    type: fc.constant(type),
    text: params[type] ?? fc.constant(""),
    from: fc.array(fc.tuple(fc.nat(30), fc.nat(4)), { minLength: 1, maxLength: 3 }),
  }),
);

/** A workflow whose wires lead forwards: it has no loops, and is right. */
function textOf(nodes: readonly Drawn[]): string {
  const lines = nodes.map(({ type, text, from }, at) => {
    const wires = [...new Set(from.flatMap(([one, port]) => wire(nodes.slice(0, at), one, port) ?? []))];
    const inputs =
      type === "keep"
        ? `{ ${wires.map((wire, i) => `i${i}: ${wire}`).join(", ")} }`
        : `[${wires.join(", ")}]`;
    const parts = [
      `type: ${type}`,
      ...(type === "source" || wires.length === 0 ? [] : [`from: ${inputs}`]),
      text,
    ];
    return `  n${at}: { ${parts.filter((part) => part !== "").join(", ")} }\n`;
  });
  return `eddy: 1\nnodes:\n  n: { type: source }\n${lines.join("")}`;
}

function wire(before: readonly Drawn[], node: number, port: number): string | undefined {
  const at = node % (before.length + 1);
  if (at === before.length) return "n";
  const descriptor: NodeDescriptor | undefined = testNodes.nodes.get(before[at]?.type ?? "");
  const ports = [...(descriptor?.outputs ?? []).map(({ name }) => name), "error"];
  return `n${at}.${ports[port % ports.length]}`;
}

describe("any workflow", function () {
  this.timeout(60_000);
  let bench: TestBench;
  before(() => {
    bench = createTestBench();
  });
  after(() => bench.dispose());

  it("that is right compiles at every level, and does the same at each", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(node, { maxLength: 12 }),
        fc.array(fc.nat(9), { maxLength: 4 }),
        async (nodes, payloads) => {
          const text = textOf(nodes);
          const results = [];
          for (const optimize of ["none", "basic", "aggressive"] as const) {
            const running = await bench.run(text, { optimize });
            for (const payload of payloads) {
              running.deliver(payload % 2 === 0 ? payload : [payload, 1]);
              await running.pass(5);
            }
            await running.pass(60_000);
            const { executions, errors, timeouts, dropped, inFlight } = running.workflow.counters();
            assert.equal(inFlight, 0);
            await running.workflow.stop(0);
            const published = running.host
              .broker("mqtt")
              .published.map(({ topic, text: payload }) => [topic, withoutWords(payload)]);
            results.push({ published, executions, errors, timeouts, dropped });
          }
          const [none, basic, aggressive] = results;
          assert.deepEqual(basic, none);
          // What computes for nothing may fail without anybody knowing.
          assert.deepEqual(aggressive?.published, none?.published);
        },
      ),
      { numRuns: 40 },
    ));

  it("that is broken somewhere compiles or gives coded problems in its text", () => {
    const originals = ["ten", "gateway", "names"].map(goldenText);
    const change = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat(20),
      text: fc.oneof(
        fc.constantFrom(
          "",
          "\n",
          "  ",
          ": ",
          "{",
          "}",
          "'",
          '"',
          "|",
          "- ",
          "*a",
          "&a ",
          "!t ",
          "\t",
          "\r\n",
          "${",
          "`",
          "[",
          "type: map",
        ),
        fc.string({ maxLength: 8, unit: "binary" }),
      ),
    });
    return fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...originals),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        async (original, changes) => {
          let text = original;
          for (const { at, length, text: put } of changes) {
            const start = Math.floor(at * text.length);
            text = text.slice(0, start) + put + text.slice(start + length);
          }
          const { problems, artifact } = await bench.compile(text);
          checkProblems(text, problems);
          assert.equal(artifact === undefined, hasErrors(problems), JSON.stringify(problems));
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** JavaScript's own error messages name variables, which minifying names anew. */
function withoutWords(payload: string): string {
  return payload.replaceAll(/("code":"TypeError","message":)"[^"]*"/g, "$1");
}

function checkProblems(text: string, problems: readonly Problem[]): void {
  for (const { code, message, range } of problems) {
    assert.match(code, /^EDDY_[A-Z_]+$/);
    assert.match(message, /\S[.?!]$/s, message);
    assert.doesNotMatch(message, /undefined|\[object|at .*\.ts:\d/, message);
    assert.ok(
      0 <= range.start && range.start <= range.end && range.end <= text.length,
      JSON.stringify(range),
    );
  }
}
