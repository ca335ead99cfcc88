import assert from "node:assert/strict";
import type { TestResult } from "../../../runtime/testing/contract.ts";
import { TestedWorkflows } from "./workflow.ts";

const fetching = `eddy: 1
secrets: { TOKEN: }
nodes:
  beat: { type: inject }
  weather:
    type: http-request
    from: beat
    url: https://api.example/weather?site=\${msg.topic}
    method: POST
    headers: { authorization: "Bearer \${secrets.TOKEN}" }
    body: "({ n: 1 })"
    payload: result.body.celsius
    timeout: 3s
    retry: { attempts: 2, backoff: 1s }
  say: { type: exec, from: weather, command: say, args: ["\${msg.payload}"] }
  store: { type: file-out, from: weather, path: "/data/\${msg.topic}.csv", format: csv }
  note: { type: log, from: say, text: "said \${msg.payload}" }
`;

describe("tests of workflows", function () {
  this.timeout(60_000);
  let tested: TestedWorkflows;
  before(() => {
    tested = new TestedWorkflows();
  });
  after(() => tested.dispose());

  const run = async (nodes: string, tests: string, files = {}) =>
    tested.run({ text: `${nodes}tests:\n${indented(tests)}`, files });
  const given = "given: [{ node: beat, message: { topic: a, payload: 1 } }]";
  const warmWeather = "{ node: weather, result: { body: { celsius: 25 } } }";

  describe("mocks", () => {
    it("answer what fetches; what it asked for and what it would have done can be expected", async () => {
      const results = await run(
        fetching,
        `- name: fetches
  mocks: [${warmWeather}, { node: say, result: { stdout: yes } }]
  ${given}
  expect:
    - node: weather
      request: { method: POST, url: "https://api.example/weather?site=a", body: { n: 1 } }
    - { node: weather, payload: 25 }
    - { node: say, request: { command: say, args: ["25"] } }
    - { node: store, message: { path: /data/a.csv, payload: 25 } }
    - { node: note, payload: said true, message: { level: info } }
`,
      );
      // YAML has yes as a text.
      assert.deepEqual(failuresOf(results), [["note: a message is not as expected."]]);
      assert.match(results[0]?.failures[0]?.actual ?? "", /said yes/);
    });

    it("are taken in order, the last one again and again; a failure is tried again", async () => {
      const results = await run(
        fetching,
        `- name: second try
  mocks:
    - { node: weather, error: away }
    - ${warmWeather}
    - { node: say, result: {} }
  ${given}
  expect: [{ at: 1s, node: weather, payload: 25 }]
- name: never
  mocks: [{ node: weather, error: { code: EDDY_AWAY, message: away } }]
  ${given}
  expect: [{ at: 1s, node: weather, port: error, payload: { code: EDDY_HTTP_UNREACHABLE } }]
- name: refused
  mocks: [{ node: weather, result: { status: 404, body: none } }]
  ${given}
  expect: [{ node: weather, port: error, payload: { code: EDDY_HTTP_404 } }]
- name: too slow
  mocks: [{ node: weather, result: { body: { celsius: 1 } }, after: 5s }]
  ${given}
  expect: [{ at: 7s, node: weather, port: error, payload: { code: EDDY_TIMEOUT } }]
- name: a program that fails
  mocks: [${warmWeather}, { node: say, result: { code: 3, stderr: no voice } }]
  ${given}
  expect: [{ node: say, port: error, payload: { code: EDDY_EXIT_3 } }]
`,
      );
      assert.deepEqual(failuresOf(results), [[], [], [], [], []]);
    });

    it("are asked for where there is none, whoever takes the error", async () => {
      const results = await run(
        `${fetching}  errors: { type: log, from: any.error }\n`,
        `- name: nothing said
  ${given}
  expect: []
`,
      );
      assert.match(results[0]?.failures[0]?.message ?? "", /"weather" asks the outside.*mocks/);
    });

    it("stand for any other node too, and for those of the author", async () => {
      const own = `import type { ImmediateNode } from "eddy/runtime";
export const descriptor = { type: "own", title: "Own", category: "own", icon: "zap", summary: "Own.", doc: "", inputs: "single", outputs: [{ name: "out", doc: "" }], timing: "immediate", params: {} } as const;
const own: ImmediateNode<unknown> = { timing: "immediate", create: (_, __, outputs) => (message) => outputs.out?.(message) };
export default own;
`;
      const results = await run(
        `eddy: 1
nodes:
  beat: { type: inject }
  own: { type: ./own.node.ts, from: beat }
  publish: { type: mqtt-out, from: own, connection: house, topic: t, retain: true }
  note: { type: log, from: publish.error, text: failed }
connections:
  house: { type: mqtt, url: "mqtt://127.0.0.1:1" }
`,
        `- name: as it is
  ${given}
  expect: [{ node: publish, message: { topic: t, payload: 1, retain: true, qos: 1 } }]
- name: replaced
  mocks: [{ node: own, result: { n: 2 } }, { node: publish, error: no broker }]
  ${given}
  expect: [{ node: own, payload: { n: 2 } }, { node: note, payload: failed }]
- name: no such node
  mocks: [{ node: own/inner, result: 1 }]
  ${given}
  expect: []
`,
        { "own.node.ts": own },
      );
      assert.deepEqual(failuresOf(results).slice(0, 2), [[], []]);
      assert.match(failuresOf(results)[2]?.[0] ?? "", /no node "own\/inner"/);
    });
  });

  it("show what came in place of what was expected, at its line", async () => {
    const text = `eddy: 1
nodes:
  beat: { type: inject, every: 1s }
  note: { type: log, from: beat, text: "\${msg.payload}" }
tests:
  - name: counts
    given: [{ at: 500ms, node: note, message: { payload: x } }]
    expect:
      - { at: 500ms, node: note, payload: y }
      - { at: 2s, node: note }
`;
    const [result] = await tested.run({ text });
    const failures = result?.failures.map(({ message, range, expected, actual }) => ({
      message,
      source: text.slice(range.start, range.end),
      expected: expected && JSON.parse(expected),
      actual: actual && JSON.parse(actual),
    }));
    assert.deepEqual(failures, [
      {
        message: "note: a message is not as expected.",
        source: "{ at: 500ms, node: note, payload: y }",
        expected: { at: "500ms", payload: "y" },
        actual: { at: "500ms", payload: "x" },
      },
      {
        message: "note: a message came at 1s that is not expected.",
        source: "counts",
        expected: undefined,
        actual: { at: "1s", payload: String(Date.UTC(2026, 0, 1) + 1000) },
      },
    ]);
    assert.deepEqual(result?.log.length, 3);
  });

  it("wait for what is expected at no certain time, and not for what never comes", async () => {
    const results = await run(
      `eddy: 1
nodes:
  beat: { type: inject }
  wait: { type: delay, from: beat, for: 90m }
  note: { type: log, from: wait, text: later }
`,
      `- name: later
  ${given}
  expect: [{ node: note, payload: later }]
- name: not yet
  ${given}
  expect: [{ at: 89m, node: note }]
- name: nothing at first
  ${given}
  expect: []
- name: twice
  ${given}
  expect: [{ node: note }, { node: note }]
`,
    );
    assert.deepEqual(failuresOf(results), [
      [],
      ["note: an expected message did not come."],
      [],
      ["note: an expected message did not come."],
    ]);
  });

  it("answer requests, once each", async () => {
    const results = await run(
      `eddy: 1
connections:
  web: { type: http, port: 1 }
nodes:
  order: { type: http-in, path: "/orders/:id", method: POST, connection: web }
  answer: { type: http-response, from: order, status: 201, payload: "({ id: msg.source.params.id })" }
  again: { type: http-response, from: order }
`,
      `- name: answers
  given: [{ node: order, message: { payload: {}, source: { params: { id: "7" } } } }]
  expect:
    - { node: answer, message: { status: 201, payload: { id: "7" } } }
    - { node: again, port: error, payload: { code: EDDY_NO_REQUEST } }
`,
    );
    assert.deepEqual(failuresOf(results), [[]]);
  });

  it("go into and come out of subflows, and test a subflow by itself", async () => {
    const alarm = `eddy: 1
inputs: { reading: number }
outputs: { out: { type: number, from: twice } }
nodes:
  twice: { type: map, from: reading, payload: msg.payload * 2 }
`;
    const results = await run(
      `eddy: 1
nodes:
  beat: { type: inject, output: number }
  alarm: { type: ./alarm.flow.yaml, from: beat }
  note: { type: log, from: alarm, text: "\${msg.payload}" }
`,
      `- name: whole
  given: [{ node: beat, message: { payload: 4 } }, { node: alarm, message: { payload: 5 } }]
  expect: [{ node: alarm, payload: 8 }, { node: alarm, payload: 10 }, { node: alarm/twice }, { node: alarm/twice }]
- name: mocked inside
  mocks: [{ node: alarm/twice, result: 1 }]
  given: [{ node: beat, message: { payload: 4 } }]
  expect: [{ node: note, payload: "1" }]
`,
      { "alarm.flow.yaml": alarm },
    );
    assert.deepEqual(failuresOf(results), [[], []]);
    const own = await run(
      alarm,
      "- name: own\n  given: [{ node: reading, message: { payload: 4 } }]\n  expect: [{ node: out, payload: 8 }]\n",
    );
    assert.deepEqual(failuresOf(own), [[]]);
  });

  describe("that go wrong", () => {
    const failing = `eddy: 1
nodes:
  beat: { type: inject, output: number }
  spin:
    type: function
    from: beat
    code: |-
      for (; msg.payload === 1; );
      if (msg.payload === 2) await new Promise(() => {});
      if (msg.payload === 3) throw new Error("three");
      if (msg.payload === 4) await fetch("https://api.example");
      return msg;
  show: { type: log, from: spin, text: x }
tests:
  - { name: fine, given: [{ node: beat, message: { payload: 0 } }], expect: [{ node: show }] }
  - { name: spins, given: [{ node: beat, message: { payload: 1 } }], expect: [{ node: show }] }
  - { name: never, given: [{ node: beat, message: { payload: 2 } }], expect: [{ node: show }] }
  - { name: throws, given: [{ node: beat, message: { payload: 3 } }], expect: [{ node: show }] }
  - { name: outside, given: [{ node: beat, message: { payload: 4 } }], expect: [{ node: show }] }
  - { name: no map, given: [{ node: beat, message: 5 }], expect: [{ node: show }] }
  - { name: fine again, given: [{ node: beat, message: { payload: 0 } }], expect: [{ node: show }] }
`;

    it("are told one by one, and the others go on", async () => {
      const results = await tested.runApart({ text: failing }, { patience: 500 });
      const messages = results.map(({ name, failures }) => `${name}: ${failures[0]?.message ?? "ok"}`);
      assert.deepEqual(
        messages.map((message) => message.slice(0, 48)),
        [
          "fine: ok",
          "spins: The test did not end within 500ms: someth",
          "never: show: an expected message did not come.",
          'throws: "spin" failed: three (at spin (line.flow',
          'outside: "spin" failed: Tests reach nothing outs',
          'no map: The message for "beat" is a map with pay',
          "fine again: ok",
        ],
      );
      assert.match(messages[3] ?? "", /line\.flow\.yaml:10/);
      assert.match(results[2]?.failures[1]?.message ?? "", /still under way/);
    });

    it("are given up where the workflow never rests", async () => {
      const text = `eddy: 1
nodes:
  beat: { type: inject, output: number }
  round: { type: delay, from: [beat, round], for: 1ms }
tests:
  - { name: round, given: [{ node: beat, message: { payload: 1 } }], expect: [{ at: 1d, node: round }] }
`;
      const [result] = await tested.run({ text }, { patience: 200 });
      assert.match(result?.failures[0]?.message ?? "", /did not end within 200ms: at .* of its time/);
    });

    it("end when nobody wants to know any more", async () => {
      const controller = new AbortController();
      const running = tested.runApart(
        { text: failing },
        {
          patience: 60_000,
          signal: controller.signal,
          onBegin: (index) => index === 1 && controller.abort(),
        },
      );
      await assert.rejects(running, { name: "AbortError" });
    });

    it("can be left out", async () => {
      const begun: number[] = [];
      const results = await tested.runApart(
        { text: failing },
        { only: [0, 6], onBegin: (index) => void begun.push(index) },
      );
      assert.deepEqual(
        results.map(({ index, ok }) => [index, ok]),
        [
          [0, true],
          [6, true],
        ],
      );
      assert.deepEqual(begun, [0, 6]);
    });
  });
});

function failuresOf(results: readonly TestResult[]): readonly (readonly string[])[] {
  return results.map(({ failures }) => failures.map(({ message }) => message));
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
