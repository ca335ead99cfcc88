import assert from "node:assert/strict";
import {
  applyTextEdits,
  extractSubflow,
  inlineSubflow,
  invertTextEdits,
  type PortTypes,
  parseWorkflow,
} from "../../../language/index.ts";
import { testCatalog } from "../catalog.ts";
import { dedent } from "./example.ts";

const file = "./check.flow.yaml";
const eols = ["\n", "\r\n"];

interface Example {
  readonly before: string;
  readonly ids: readonly string[];
  readonly after: string;
  readonly subflow: string;
  readonly types?: PortTypes;
  readonly file?: string;
}

/** Both files say exactly this after it, undo brings the first back, and so does the inverse. */
function extracts(example: Example): void {
  const extraction = { ids: example.ids, file: example.file ?? file, id: "check" };
  for (const eol of eols) {
    const text = (lines: string) => dedent(lines).replaceAll("\n", eol);
    const before = text(example.before);
    const { edits, subflow, problems } = extractSubflow(before, extraction, testCatalog, example.types);
    assert.deepEqual(problems, []);
    const after = applyTextEdits(before, edits);
    assert.equal(after, text(example.after));
    assert.equal(subflow, text(example.subflow));
    assert.deepEqual(parseWorkflow(subflow, extraction.file).problems, []);
    assert.equal(applyTextEdits(after, invertTextEdits(before, edits)), before);
    const inlined = inlineSubflow(after, "check", subflow, testCatalog);
    assert.deepEqual(inlined.problems, []);
    assert.equal(applyTextEdits(after, inlined.edits), before);
  }
}

function refuses(
  before: string,
  ids: readonly string[],
  problem: string,
  more: { file?: string; id?: string } = {},
) {
  const { edits, subflow, problems } = extractSubflow(
    `eddy: 1\n${dedent(before)}`,
    { ids, file, id: "check", ...more },
    testCatalog,
  );
  assert.deepEqual([edits, subflow], [[], ""]);
  saysSo(problems, problem);
}

function refusesInline(before: string, subflow: string, problem: string): void {
  const text = `eddy: 1\n${dedent(before)}`;
  const { edits, problems } = inlineSubflow(text, "check", `eddy: 1\n${dedent(subflow)}`, testCatalog);
  assert.deepEqual(edits, []);
  saysSo(problems, problem);
}

function saysSo(problems: readonly { code: string; message: string }[], problem: string): void {
  const [, code, part = ""] = /^(\S+) ?(.*)$/s.exec(problem) ?? [];
  assert.deepEqual(
    problems.map((one) => one.code),
    [code],
    JSON.stringify(problems),
  );
  const message = problems[0]?.message ?? "";
  assert.ok(message.includes(part), `${JSON.stringify(message)} does not say ${JSON.stringify(part)}`);
}

function inlines(before: string, subflow: string, after: string): void {
  const text = `eddy: 1\n${dedent(before)}`;
  const { edits, problems } = inlineSubflow(text, "check", `eddy: 1\n${dedent(subflow)}`, testCatalog);
  assert.deepEqual(problems, []);
  assert.equal(applyTextEdits(text, edits), `eddy: 1\n${dedent(after)}`);
}

describe("extract to subflow", () => {
  it("moves nodes as they are written, and puts one in their place", () =>
    extracts({
      before: `
        # Cold chain
        eddy: 1

        nodes:
          fridge:
            type: inject
            at: [0, 0]

          # too warm?
          warm:
            type: filter # narrow
            from: fridge
            when: |-
              msg.payload > 8
            at: [240, 0]

            # below
          text:
            type: map
            from: [ warm ]
            payload: '"warm"'
            at: [480, 100]

          # to the log
          log: { type: log, from: text, at: [720, 0] }
      `,
      ids: ["text", "warm"],
      types: new Map([["fridge", new Map([["out", { payload: "{ celsius: number }", isUnknown: false }]])]]),
      after: `
        # Cold chain
        eddy: 1

        nodes:
          fridge:
            type: inject
            at: [0, 0]

          check:
            type: ./check.flow.yaml
            from: fridge
            at: [360, 50]

          # to the log
          log: { type: log, from: check, at: [720, 0] }
      `,
      subflow: `
        eddy: 1
        name: Check

        inputs:
          fridge: "{ celsius: number }"

        outputs:
          out: { type: any, from: text }

        nodes:
          # too warm?
          warm:
            type: filter # narrow
            from: fridge
            when: |-
              msg.payload > 8
            at: [240, 0]

            # below
          text:
            type: map
            from: [ warm ]
            payload: '"warm"'
            at: [480, 100]
      `,
    }));

  it("gives each source and each output that is used a port of its own", () =>
    extracts({
      before: `
        eddy: 1
        outputs:
          hot: { type: number, from: warm }
        nodes:
          a: { type: inject }
          b: { type: filter, from: a, when: true }
          both: { type: join, from: { left: a, right: b.rejected } }
          warm: { type: filter, from: [both, b.rejected], when: true }
          log:
            type: log
            from:
              - warm.rejected
              - a
              - both
              - both.error
      `,
      ids: ["both", "warm"],
      after: `
        eddy: 1
        outputs:
          hot: { type: number, from: check.warm }
        nodes:
          a: { type: inject }
          b: { type: filter, from: a, when: true }
          check:
            type: ./check.flow.yaml
            from: { a: a, b-rejected: b.rejected }
          log:
            type: log
            from:
              - check.warm-rejected
              - a
              - check.both
              - check.both-error
      `,
      subflow: `
        eddy: 1
        name: Check

        inputs:
          a: any
          b-rejected: any

        outputs:
          warm-rejected: { type: any, from: warm.rejected }
          both: { type: any, from: both }
          both-error: { type: "{ code: string; message: string; node: string; stack?: string }", from: both.error }
          warm: { type: any, from: warm }

        nodes:
          both: { type: join, from: { left: a, right: b-rejected } }
          warm: { type: filter, from: [both, b-rejected], when: true }
      `,
    }));

  it("copies what the nodes use, as it is written, and no more", () =>
    extracts({
      before: `
        eddy: 1
        script: |
          interface Reading { celsius: number }
          const limit = env.LIMIT; # kept

        env:
          LIMIT: { type: number, default: 8 }
          OTHER: { default: x }
          # of the broker
          USER: { default: eddy }
        secrets: { PASSWORD: {}, UNUSED: {} }
        state:
          count: { type: number, initial: 0 }
          shared: { type: number, initial: 0, scope: device }
        connections:
          plant: { type: mqtt, url: "mqtt://x", username: "\${env.USER}", password: "\${secrets.PASSWORD}" }
          site: { type: mqtt, url: "mqtt://y" }
        nodes:
          in: { type: mqtt-in, connection: plant, topic: a }
          warm: { type: filter, from: in, when: "msg.payload > limit && state.count > state['shared']" }
          log: { type: log, from: warm, text: "\${state.shared}" }
      `,
      ids: ["in", "warm"],
      after: `
        eddy: 1
        script: |
          interface Reading { celsius: number }
          const limit = env.LIMIT; # kept

        env:
          LIMIT: { type: number, default: 8 }
          OTHER: { default: x }
          # of the broker
          USER: { default: eddy }
        secrets: { PASSWORD: {}, UNUSED: {} }
        state:
          count: { type: number, initial: 0 }
          shared: { type: number, initial: 0, scope: device }
        connections:
          plant: { type: mqtt, url: "mqtt://x", username: "\${env.USER}", password: "\${secrets.PASSWORD}" }
          site: { type: mqtt, url: "mqtt://y" }
        nodes:
          check:
            type: ./check.flow.yaml
          log: { type: log, from: check, text: "\${state.shared}" }
      `,
      subflow: `
        eddy: 1
        name: Check

        script: |
          interface Reading { celsius: number }
          const limit = env.LIMIT; # kept

        env:
          LIMIT: { type: number, default: 8 }
          # of the broker
          USER: { default: eddy }

        secrets:
          PASSWORD: {}

        state:
          count: { type: number, initial: 0 }
          shared: { type: number, initial: 0, scope: device }

        connections:
          plant: { type: mqtt, url: "mqtt://x", username: "\${env.USER}", password: "\${secrets.PASSWORD}" }

        outputs:
          out: { type: any, from: warm }

        nodes:
          in: { type: mqtt-in, connection: plant, topic: a }
          warm: { type: filter, from: in, when: "msg.payload > limit && state.count > state['shared']" }
      `,
    }));

  it("keeps frames around what they framed, and names files as the new one sees them", () =>
    extracts({
      before: `
        eddy: 1
        nodes:
            a: { type: inject }
            own: { type: ./own.node.ts, from: a }
            other: { type: "../x/other.node.ts", from: own }
            log: { type: log, from: other }
        groups:
            all: { label: All, nodes: [a, own, other] }
            both: { nodes: [own, other] }
            lines:
                label: Lines
                nodes:
                    - own
                    - other
                    - log
      `,
      ids: ["own", "other"],
      file: "./lib/check.flow.yaml",
      after: `
        eddy: 1
        nodes:
            a: { type: inject }
            check:
                type: ./lib/check.flow.yaml
                from: a
            log: { type: log, from: check }
        groups:
            all: { label: All, nodes: [a, check] }
            both: { nodes: [check] }
            lines:
                label: Lines
                nodes:
                    - check
                    - log
      `,
      subflow: `
        eddy: 1
        name: Check

        inputs:
            a: any

        outputs:
            out: { type: any, from: other }

        nodes:
            own: { type: ../own.node.ts, from: a }
            other: { type: "../../x/other.node.ts", from: own }
      `,
    }));

  it("gathers nodes that stand apart", () => {
    const before = dedent(`
      eddy: 1
      nodes:
        a: { type: inject }

        b: { type: map, from: a, payload: 1 }

        log: { type: log, from: [b, c] }

        # of c
        c: { type: map, from: a, payload: 2 }
    `);
    const { edits, subflow } = extractSubflow(before, { ids: ["c", "b"], file, id: "b" }, testCatalog);
    assert.equal(
      applyTextEdits(before, edits),
      dedent(`
        eddy: 1
        nodes:
          a: { type: inject }

          b:
            type: ./check.flow.yaml
            from: a

          log: { type: log, from: [b.b, b.c] }
      `),
    );
    assert.match(subflow, /nodes:\n {2}b: .*1 }\n\n {2}# of c\n {2}c: .*2 }\n$/);
  });

  it("says why it cannot be done", () => {
    const nodes = "nodes:\n  a: { type: inject }\n  b: { type: log, from: a }\n";
    refuses(nodes, ["x"], 'EDDY_EDIT_NODE "x"');
    refuses(nodes, [], "EDDY_EDIT_SUBFLOW Choose");
    refuses(nodes, ["b"], "EDDY_EDIT_SUBFLOW ./check.flow.yaml", { file: "check.yaml" });
    refuses(nodes, ["b"], "EDDY_DUPLICATE_ID", { id: "a" });
    refuses(nodes, ["b"], "EDDY_NAME", { id: "1" });
    refuses("nodes: { a: { type: inject } }\n", ["a"], "EDDY_EDIT_SHAPE braces");
    refuses("nodes:\n  a: { type\n", ["a"], "EDDY_EDIT_UNREADABLE");
    refuses("nodes:\n  b: { type: log, from: any.error }\n", ["b"], 'EDDY_EDIT_ERRORS leave "b" out');
  });

  it("says what would change its meaning", () => {
    refuses(
      "params: { limit: 5 }\nnodes:\n  b: { type: filter, when: msg.payload > params.limit }\n",
      ["b"],
      "EDDY_EDIT_PARAMS",
    );
    const state = `
      state: { n: { type: number, initial: 0 } }
      nodes:
        a: { type: inject, payload: state.n }
        b: { type: log, from: a, text: "\${state.n}" }
    `;
    refuses(state, ["b"], 'EDDY_EDIT_STATE "n"');
    const test =
      "nodes:\n  a: { type: inject }\ntests:\n  - { name: T, given: [{ at: 0s, node: a, message: {} }] }\n";
    refuses(test, ["a"], 'EDDY_EDIT_TESTS "T"');
    const script = (text: string) => `script: |\n  ${text}\nnodes:\n  a: { type: inject, payload: next() }\n`;
    refuses(script("let n = 0; const next = () => n++;"), ["a"], "EDDY_EDIT_SCRIPT let");
    const imports = script('import { next } from "./next.ts";');
    refuses(imports, ["a"], "EDDY_EDIT_SCRIPT same folder", { file: "./lib/check.flow.yaml" });
    const client = `
      connections: { plant: { type: mqtt, url: "mqtt://x", client-id: me } }
      nodes:
        a: { type: mqtt-in, topic: a }
        b: { type: mqtt-in, topic: b, connection: plant }
    `;
    refuses(client, ["b"], "EDDY_EDIT_CONFLICT client-id");
    refuses("nodes:\n  b: { type: ./x.node.ts }\n", ["b"], "EDDY_EDIT_SUBFLOW ./x.node.ts", {
      file: "../c.flow.yaml",
    });
  });
});

describe("inline a subflow", () => {
  it("gives ids that are free, follows every wire, and declares what is needed", () =>
    inlines(
      `
      name: Line
      nodes:
        # where it comes from
        warm: { type: inject }
        # the check
        check:
          type: ./lib/check.flow.yaml
          from: { value: warm, other: check.seen }
          at: [100, 100]
        log: { type: log, from: [check.hot, check.error] }
      `,
      `
      script: |
        const twice = (x: number) => x * 2;
      env:
        LIMIT: { default: x }
      inputs: { value: number, other: any }
      outputs:
        hot: { type: any, from: [warm, own] }
        seen: { type: any, from: value }
      nodes:
          # of warm
          warm:
              type: filter
              from: [value, other]
              when: twice(msg.payload) > 3
              at: [0, 0]

          own: { type: ./own.node.ts, from: warm.rejected, at: [200, 0] }
      `,
      `
      name: Line
      script: |
        const twice = (x: number) => x * 2;

      env:
        LIMIT: { default: x }

      nodes:
        # where it comes from
        warm: { type: inject }
        # the check
        # of warm
        warm-2:
            type: filter
            from: warm
            when: twice(msg.payload) > 3
            at: [0, 100]

        own: { type: ./lib/own.node.ts, from: warm-2.rejected, at: [200, 100] }
        log: { type: log, from: [warm-2, own, warm-2.error, own.error] }
      `,
    ));

  it("says why it cannot be done", () => {
    const use = "nodes:\n  a: { type: inject }\n  check: { type: ./check.flow.yaml, from: a }\n";
    const simple = "nodes:\n  b: { type: inject }\n";
    refusesInline("nodes:\n  a: { type: inject }\n", simple, "EDDY_EDIT_NODE");
    refusesInline("nodes:\n  check: { type: inject }\n", simple, "EDDY_EDIT_SUBFLOW no subflow");
    refusesInline(use.replace("from: a", "disabled: true"), simple, "EDDY_EDIT_SUBFLOW disabled");
    refusesInline(use, "nodes: {}\n", "EDDY_EDIT_SUBFLOW no nodes");
    refusesInline(use, "nodes: { b: {} }\n", "EDDY_EDIT_SHAPE");
    refusesInline(use, "nodes:\n  b: { type\n", "EDDY_EDIT_UNREADABLE subflow");
    const params = "params: { x: 1 }\nnodes:\n  b: { type: map, payload: params.x }\n";
    refusesInline(use, params, "EDDY_EDIT_PARAMS");
    const catching = "nodes:\n  b: { type: inject }\n  c: { type: log, from: any.error }\n";
    refusesInline(use, catching, 'EDDY_EDIT_ERRORS "c"');
    refusesInline(`script: const a = 1;\n${use}`, `script: const a = 2;\n${simple}`, "EDDY_EDIT_SCRIPT");
    refusesInline(
      `env: { A: { default: x } }\n${use}`,
      `env: { A: { default: y } }\n${simple}`,
      'EDDY_EDIT_CONFLICT "A"',
    );
    const state = "state: { n: { type: number, initial: 0 } }\n";
    const counts = "nodes:\n  b: { type: map, payload: state.n }\n";
    refusesInline(
      `${state}${use.replace("inject", "inject, payload: state.n")}`,
      state + counts,
      "EDDY_EDIT_STATE",
    );
    const test = "tests:\n  - { name: T, expect: [{ node: check, payload: 1 }] }\n";
    refusesInline(use + test, simple, 'EDDY_EDIT_TESTS "T"');
    const broker = (name: string) => `connections: { ${name}: { type: mqtt, url: "mqtt://x" } }\n`;
    const listens = "nodes:\n  b: { type: mqtt-in, topic: b }\n";
    refusesInline(broker("one") + use, broker("two") + listens, "EDDY_EDIT_CHECKS say with connection:");
  });
});
