import assert from "node:assert/strict";
import ts from "typescript";
import { parseWorkflow, resolveCatalog } from "../../../language/index.ts";
import { builtinCatalog } from "../../../runtime/nodes/catalog.ts";
import {
  type CheckedText,
  checkTypes,
  sensorFlow as flow,
  openChecker,
  path,
  payload,
  told,
  typed,
} from "./checking.ts";

describe("types: wires", function () {
  this.timeout(60_000);

  it("carry what a trigger declares", () => {
    assert.equal(typed("", "reading"), "Reading");
    const { ports } = checkTypes(flow(""));
    assert.equal(ports.get("reading")?.get("out")?.topic, "string");
    assert.match(ports.get("event")?.get("out")?.source ?? "", /HttpSource/);
    assert.equal(ports.get("reading")?.get("error")?.payload, "ErrorPayload");
  });

  it("narrow behind a filter, on both sides", () => {
    const nodes = "  it: { type: filter, from: event, when: 'msg.payload.kind === \"door\"' }\n";
    assert.equal(typed(nodes), '{ kind: "door"; open: boolean; }');
    assert.equal(
      typed(nodes, "it", "rejected"),
      '{ kind: "temperature"; celsius: number; } | { kind: "power"; watts: number; }',
    );
  });

  it("keep what a condition with more than one part leaves open", () => {
    const nodes =
      "  it: { type: filter, from: event, when: 'msg.payload.kind === \"temperature\" && msg.payload.celsius > 3' }\n";
    assert.equal(typed(nodes), '{ kind: "temperature"; celsius: number; }');
    assert.equal(typed(nodes, "it", "rejected"), "Event");
  });

  it("narrow by the case of a switch", () => {
    const nodes = `  it:
    type: switch
    from: event
    cases:
      warm: msg.payload.kind === "temperature"
      door: msg.payload.kind === "door"
`;
    assert.equal(typed(nodes, "it", "warm"), '{ kind: "temperature"; celsius: number; }');
    assert.equal(typed(nodes, "it", "door"), '{ kind: "door"; open: boolean; }');
    assert.equal(typed(nodes, "it", "else"), '{ kind: "power"; watts: number; }');
  });

  it("bring together what several of them carry", () => {
    const { inputs, problems } = checkTypes(
      flow("  log: { type: log, from: [reading, event, any.error] }\n"),
    );
    assert.deepEqual(problems, []);
    assert.equal(inputs.get("log")?.get("in")?.payload, "Reading | Event | ErrorPayload");
  });

  it("carry a record behind a join, with what is missing after a timeout", () => {
    const nodes = "  it: { type: join, from: { a: reading, b: event }, within: 1s }\n";
    assert.equal(typed(nodes), "{ a: Reading; b: Event; }");
    assert.equal(typed(nodes, "it", "timeout"), "{ a?: Reading | undefined; b?: Event | undefined; }");
  });

  it("carry what windows, batches and splits make", () => {
    const window = typed(
      "  it: { type: window, from: reading, size: 1m, value: msg.payload.celsius, compute: [mean], by: msg.topic }\n",
    );
    assert.match(window ?? "", /key: string; mean: number/);
    assert.equal(typed("  it: { type: batch, from: reading, size: 5 }\n"), "Reading[]");
    assert.equal(
      typed("  some: { type: batch, from: reading, size: 5 }\n  it: { type: split, from: some }\n"),
      "Reading",
    );
  });

  it("carry what code returns, emits and awaits, by port", () => {
    const code = (lines: string, more = "") =>
      `  it:\n    type: function\n    from: reading\n${more}    code: |\n${lines.replace(/^/gm, "      ")}\n`;
    assert.equal(typed(code("return { ...msg, payload: 1 };")), "number");
    assert.equal(
      typed(code("if (msg.payload.celsius > 1) return { payload: 1 };\nreturn [{ payload: 'a' }];")),
      "string | number",
    );
    assert.equal(
      typed(code("const x = await Promise.resolve(3);\nreturn { ...msg, payload: x };")),
      "number",
    );
    const both = code("emit({ payload: true }, 'b');\nemit({ payload: 1 });", "    outputs: [a, b]\n");
    assert.equal(typed(both, "it", "a"), "number");
    assert.equal(typed(both, "it", "b"), "boolean");
    const declared = code("emit(JSON.parse(''), 'b');", "    outputs: { a: Reading, b: string }\n");
    assert.equal(typed(declared, "it", "a"), "Reading");
    assert.equal(typed(declared, "it", "b"), "string");
  });

  it("carry the declared type where a node says so", () => {
    assert.equal(
      typed("  it: { type: map, from: reading, payload: JSON.parse(msg.payload.door), output: Reading }\n"),
      "Reading",
    );
    assert.equal(
      typed("  it: { type: http-request, from: reading, url: 'http://x', output: 'Reading[]' }\n"),
      "Reading[]",
    );
    assert.equal(
      typed(
        "  it: { type: http-request, from: reading, url: 'http://x', output: 'Reading[]', payload: 'result.body.length' }\n",
      ),
      "number",
    );
  });

  it("hand on what code has made, with types of its own", () => {
    const text = flow(
      "  it:\n    type: function\n    from: reading\n    code: |\n      interface Own { a: number }\n      const own: Own = { a: 1 };\n      return { ...msg, payload: own };\n  next: { type: map, from: it, payload: msg.payload.a }\n",
    );
    const { problems } = checkTypes(text);
    assert.deepEqual(
      told(
        text,
        problems.filter(({ severity }) => severity === "error"),
      ),
      [],
    );
  });

  it("say nothing behind a node in error", () => {
    const text = flow(
      "  one: { type: map, from: reading, payload: msg.payload.celcius }\n  two: { type: map, from: one, payload: msg.payload.anything.at.all }\n  three: { type: log, from: two, text: '${msg.payload.x}' }\n",
    );
    assert.equal(checkTypes(text).problems.length, 1);
  });

  it("say nothing of nodes whose type is not known, nor behind them", () => {
    const text = flow(
      "  one: { type: mapp, from: reading, payload: msg.payload.celcius }\n  two: { type: map, from: one, payload: msg.payload.x }\n",
    );
    assert.deepEqual(checkTypes(text).problems, []);
  });

  it("carry errors with the message that failed, whatever names the script takes", () => {
    const text = flow(
      "  log: { type: log, from: any.error, text: '${msg.payload.code} ${msg.cause.topic ?? 1} ${filter(1)}' }\n",
    ).replace(
      "script: |\n",
      "script: |\n  type Message = 1; type ErrorPayload = 2; const $eddy = 3; const filter = (n: number) => n;\n",
    );
    assert.deepEqual(told(text, checkTypes(text).problems), []);
  });

  it("give hints only at nodes that are disabled, and nothing to others", () => {
    const text = flow(
      "  one: { type: map, from: reading, payload: msg.payload.celcius, disabled: true }\n  two: { type: log, from: [one, reading], text: '${msg.payload.celsius}' }\n",
    );
    const { problems } = checkTypes(text);
    assert.deepEqual(
      problems.map(({ severity, node }) => `${severity} ${node}`),
      ["hint one"],
    );
  });

  it("tell where nothing can ever come", () => {
    const text = flow(
      "  some: { type: filter, from: event, when: 'msg.payload.kind !== \"door\"' }\n  more: { type: filter, from: some, when: 'msg.payload.kind === \"temperature\" || msg.payload.kind === \"power\"' }\n  it: { type: log, from: more.rejected, text: '${msg.payload.x}' }\n",
    );
    const { problems } = checkTypes(text);
    assert.deepEqual(
      problems.map(
        ({ code, severity, range }) => `${code} ${severity} ${text.slice(range.start, range.end)}`,
      ),
      ["EDDY_TYPE_NEVER hint more.rejected"],
    );
    assert.match(problems[0]?.message ?? "", /"more".*"rejected"/);
  });

  it("ask for a declaration where an undeclared payload is used, and nowhere else", () => {
    const text =
      "eddy: 1\nnodes:\n  a:\n    type: mqtt-in\n    topic: a\n  b: { type: mqtt-in, topic: b }\n  c: { type: debounce, from: a, for: 1s }\n  d: { type: map, from: c, payload: msg.payload.x }\n  e: { type: log, from: b }\n";
    const { problems } = checkTypes(text);
    assert.deepEqual(
      problems.map(({ code, severity, node }) => `${code} ${severity} ${node}`),
      ["EDDY_TYPE_UNDECLARED hint a"],
    );
    const [edit] = problems[0]?.fixes?.[0]?.edits ?? [];
    assert.ok(edit);
    const fixed = text.slice(0, edit.range.start) + edit.newText + text.slice(edit.range.end);
    assert.ok(fixed.includes("    type: mqtt-in\n    output: unknown\n    topic: a\n"));
    assert.deepEqual(parseWorkflow(fixed, path).problems, []);
  });

  it("say so where a type is too long to be handed on", () => {
    const fields = Array.from({ length: 900 }, (_, index) => `field${index}: ${index}`).join(", ");
    const nodes = (use: string) =>
      `  it: { type: map, from: reading, payload: "({ ${fields} })" }\n  log: { type: log, from: it${use} }\n`;
    const { problems } = checkTypes(flow(nodes(", text: '${msg.payload.field1}'")));
    assert.deepEqual(
      problems.map(({ code, severity, node }) => `${code} ${severity} ${node}`),
      ["EDDY_TYPE_UNDECLARED hint it"],
    );
    assert.match(problems[0]?.message ?? "", /leaves "it" by "out" has more than 8000 characters/);
    assert.deepEqual(checkTypes(flow(nodes(""))).problems, []);
  });

  it("are strict where the settings say so", () => {
    const text =
      "eddy: 1\nsettings: { types: strict }\nnodes:\n  a: { type: mqtt-in, topic: a }\n  d: { type: map, from: a, payload: msg.payload.x }\n";
    const { problems } = checkTypes(text);
    assert.deepEqual(
      problems.map(({ code, severity, node }) => `${code} ${severity} ${node}`),
      ["EDDY_TYPE_UNDECLARED hint a", "EDDY_TYPE error d"],
    );
    assert.match(problems[1]?.message ?? "", /Declare the payload with output: at "a"/);
    assert.deepEqual(
      checkTypes(text.replace(", topic: a }", ", topic: a, output: '{ x: 1 }' }")).problems,
      [],
    );
  });

  it("go around in loops, where one node of them says what it gives", () => {
    const loop = (output: string) =>
      flow(
        `  start: { type: map, from: [reading, again], payload: msg.payload }\n  again: { type: delay, from: start, for: 1s${output} }\n  log: { type: log, from: again, text: '\${msg.payload.celsius}' }\n`,
      );
    const declared = checkTypes(loop(", output: Reading"));
    assert.deepEqual(told("", declared.problems), []);
    assert.equal(payload(declared, "start"), "Reading");
    const text = loop("");
    const { problems } = checkTypes(text);
    assert.deepEqual(
      problems.map(
        ({ code, severity, range }) => `${code} ${severity} ${text.slice(range.start, range.end)}`,
      ),
      ["EDDY_TYPE_LOOP error again"],
    );
    const wrong = loop(", output: '{ other: number }'");
    assert.ok(checkTypes(wrong).problems.length > 0);
  });

  it("change with what the script declares, and with nothing else in it", () => {
    const text = (body: string) =>
      `eddy: 1\nscript: |\n  interface Reading { celsius: number }\n  const read = (value: number) => ${body};\nnodes:\n  in: { type: mqtt-in, topic: a, output: Reading }\n  it: { type: map, from: in, payload: read(msg.payload.celsius) }\n`;
    const checker = openChecker();
    const of = (body: string) => payload(checkTypes(text(body), checker), "it");
    assert.equal(of("value + 1"), "number");
    assert.equal(of("value * 2 + 1"), "number");
    assert.equal(of("String(value)"), "string");
    assert.equal(of("{ interface A { a: number } const x: A = { a: value }; return x.a; }"), "number");
    assert.equal(of("value + 1"), "number");
    assert.deepEqual(
      checkTypes(text("value.x"), checker).problems.map(({ code }) => code),
      ["EDDY_TYPE_UNKNOWN_PROPERTY"],
    );
  });

  it("stop where nobody waits for an answer any more", () => {
    const parsed = parseWorkflow(flow(""), path);
    const checker = openChecker();
    const request = { parsed, catalog: builtinCatalog, file: path };
    assert.equal(checker.check({ ...request, isCancelled: () => true }).isComplete, false);
    assert.equal(checker.check(request).isComplete, true);
    checker.forget(path);
    assert.equal(checker.hover(path, 10), undefined);
    checker.dispose();
  });
});

describe("types: other files", function () {
  this.timeout(60_000);

  const files: Record<string, string> = {
    "/flows/lib.ts":
      "export interface Shared { level: number }\nexport const twice = (value: number) => value * 2;\n",
    "/flows/node_modules/units/package.json": '{ "name": "units", "types": "index.d.ts" }',
    "/flows/node_modules/units/index.d.ts": "export declare function toFahrenheit(celsius: number): number;",
    "/flows/alarm.flow.yaml": `eddy: 1
script: |
  interface Level { level: number }
inputs:
  level: { type: Level }
outputs:
  alarm: { type: "{ text: string }", from: check }
params:
  limit: { type: number, default: 8 }
nodes:
  check: { type: map, from: level, payload: '{ text: "x" + msg.payload.level + params.limit }' }
`,
    "/flows/scale.node.ts": `import type { ImmediateNode } from "eddy/runtime";
export const descriptor = {
  type: "scale", title: "Scale", category: "transform", icon: "symbol-ruler", summary: "Scales.", doc: "",
  inputs: "single", outputs: [{ name: "out", doc: "" }], timing: "immediate",
  params: { by: { kind: "expression", doc: "How much.", required: true } },
};
export const signature = "declare function scale<M extends Message<number>>(from: M, params: { by: (msg: M) => number }): { out: WithPayload<M, { scaled: number }> };";
export default {};
`,
  };

  async function check(text: string, checker = openChecker(files)): Promise<CheckedText> {
    const parsed = parseWorkflow(text, path);
    const read = (file: string) => Promise.resolve(files[file]);
    const { catalog, problems } = await resolveCatalog(parsed, path, builtinCatalog, {
      read,
      typescript: ts,
    });
    assert.deepEqual(problems, []);
    return { parsed, ...checker.check({ parsed, catalog, file: path }) };
  }

  it("give types and helpers to the script", async () => {
    const text = `eddy: 1
script: |
  import { type Shared, twice } from "./lib";
  import { toFahrenheit } from "units";
  import { createHash } from "node:crypto";
nodes:
  in: { type: mqtt-in, topic: a, output: Shared }
  it: { type: map, from: in, payload: "toFahrenheit(twice(msg.payload.level))" }
  hash: { type: map, from: in, payload: 'createHash("md5")' }
`;
    const checked = await check(text);
    assert.deepEqual(told(text, checked.problems), []);
    assert.equal(payload(checked, "it"), "number");
    assert.equal(payload(checked, "in"), "Shared");
    const wrong = text.replace("twice(msg.payload.level)", "msg.payload.levle");
    assert.match(told(wrong, (await check(wrong)).problems).join(), /Did you mean "level"/);
  });

  it("are read again when they have changed", async () => {
    const text = `eddy: 1\nscript: |\n  import type { Later } from "./later";\nnodes:\n  in: { type: mqtt-in, topic: a, output: Later }\n  it: { type: map, from: in, payload: msg.payload.value }\n`;
    const checker = openChecker(files);
    const missing = await check(text, checker);
    assert.deepEqual(
      missing.problems.map(({ range }) => text.slice(range.start, range.end)),
      ['"./later"'],
    );
    files["/flows/later.ts"] = "export interface Later { value: string }";
    assert.equal(payload(await check(text, checker), "it"), "string");
    files["/flows/later.ts"] = "export interface Later { value: number }";
    assert.equal(payload(await check(text, checker), "it"), "number");
    delete files["/flows/later.ts"];
  });

  it("are subflows with declared inputs and outputs", async () => {
    const text = (type: string, field: string) => `eddy: 1
nodes:
  in: { type: mqtt-in, topic: a, output: "${type}" }
  alarm: { type: ./alarm.flow.yaml, from: in, limit: 9 }
  it: { type: map, from: alarm.alarm, payload: msg.payload.${field} }
`;
    const right = text("{ level: number }", "text");
    assert.deepEqual(told(right, (await check(right)).problems), []);
    const field = text("{ level: number }", "txt");
    assert.match(told(field, (await check(field)).problems).join(), /at "txt".*Did you mean "text"/);
    const input = text("{ level: string }", "text");
    assert.match(told(input, (await check(input)).problems).join(), /EDDY_TYPE_MISMATCH at "in"/);
  });

  it("check what leaves a workflow that is used as a node", async () => {
    const text = files["/flows/alarm.flow.yaml"]?.replace('{ text: "x"', '{ txt: "x"') ?? "";
    assert.match(told(text, (await check(text)).problems).join(), /EDDY_TYPE_MISMATCH at "check": .*text/);
  });

  it("are own nodes with a signature", async () => {
    const text = (by: string, field = "scaled") => `eddy: 1
nodes:
  in: { type: simulate }
  scale: { type: ./scale.node.ts, from: in, by: ${by} }
  it: { type: map, from: scale, payload: msg.payload.${field} }
`;
    assert.equal(payload(await check(text("msg.payload * 2")), "it"), "number");
    const wrong = text("'\"2\"'");
    assert.match(told(wrong, (await check(wrong)).problems).join(), /EDDY_TYPE_MISMATCH at "\\"2\\""/);
    const field = text("2", "scale");
    assert.match(told(field, (await check(field)).problems).join(), /Did you mean "scaled"/);
  });

  it("say where a connection belongs, since it is no value", () => {
    const text = flow("  it: { type: log, from: reading, text: '${connections.plant.url}' }\n");
    assert.match(
      told(text, checkTypes(text).problems).join("\n"),
      /^EDDY_TYPE_UNKNOWN_NAME at "connections": .* param connection: names/,
    );
  });

  it("check what connections are given", async () => {
    const text = (value: string) => `eddy: 1
secrets: { PASSWORD: {} }
env: { USER: { default: a } }
connections:
  broker: { type: mqtt, url: "mqtt://x", username: "\${${value}}", password: "\${secrets.PASSWORD}" }
nodes:
  in: { type: mqtt-in, topic: a }
`;
    assert.deepEqual((await check(text("env.USER"))).problems, []);
    const wrong = text("env");
    assert.match(told(wrong, (await check(wrong)).problems).join(), /at "env": .*the connection's username/);
  });
});
