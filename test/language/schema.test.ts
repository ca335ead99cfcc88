import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { parse } from "yaml";
import { workflowSchema } from "../../language/index.ts";
import { readParam } from "../../language/params.ts";
import { paramSchema } from "../../language/schema-params.ts";
import { readYaml } from "../../language/syntax/yaml.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { testCatalog } from "./catalog.ts";

const examples = join(import.meta.dirname, "../../examples");

function validator(catalog = testCatalog) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  const validate = ajv.compile(workflowSchema(catalog));
  return (text: string): readonly string[] =>
    validate(parse(text, { logLevel: "silent" }))
      ? []
      : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

describe("schema: what is right", () => {
  const errorsOf = validator();
  for (const [what, text] of [
    ["a file with nothing but its version", "eddy: 1"],
    ["sections without entries", "eddy: 1\nenv:\nsecrets:\nnodes:\ntests:\n"],
    ["all sections", allSections()],
    ["a list of wires", "eddy: 1\nnodes:\n  a: { type: log, from: [b, c.rejected, any.error] }"],
    ["named inputs", "eddy: 1\nnodes:\n  a: { type: join, from: { left: b, right: [c, d] } }"],
    ["expressions of every shape", "eddy: 1\nnodes:\n  a: { type: map, payload: { a: 1.10, b: [true, ~] } }"],
    ["a number as text", "eddy: 1\nnodes:\n  a: { type: mqtt-in, topic: 5, qos: '1' }"],
    ["params that other nodes have", "eddy: 1\nnodes:\n  a: { type: ./own.node.ts, anything: { at: all } }"],
    [
      "reserved keys",
      "eddy: 1\nnodes:\n  a: { type: log, label: 3, disabled: true, timeout: 5s, queue: { limit: 5 }, retry: { attempts: 2, backoff: 1s }, at: [1, -2.5] }",
    ],
  ] as const)
    it(what, () => assert.deepEqual(errorsOf(text), []));

  it("is an object that can be written as JSON", () => {
    const schema = workflowSchema(testCatalog);
    assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
  });

  it("whatever a param takes is right by the schema", () => {
    const params = [testCatalog, builtinCatalog].flatMap(({ nodes }) =>
      [...nodes.values()].flatMap((descriptor) => Object.values(descriptor.params)),
    );
    const validators = params.map((descriptor) => ({
      descriptor,
      validate: new Ajv({ strict: false }).compile(paramSchema(descriptor)),
    }));
    let taken = 0;
    fc.assert(
      fc.property(fc.constantFrom(...validators), values, ({ descriptor, validate }, written) => {
        const text = `value: ${written}`;
        const { value, problems } = readYaml(text);
        if (value?.kind !== "map" || problems.length > 0) return;
        const [entry] = value.entries;
        if (entry === undefined || readParam(descriptor, entry.value).problems.length > 0) return;
        taken++;
        assert.ok(validate(parse(text).value), `${JSON.stringify(descriptor)} takes ${written}`);
      }),
      { numRuns: 3_000 },
    );
    assert.ok(taken > 500, String(taken));
  });
});

/** Values of the kinds that params take, and of none of them. */
const values = fc.oneof(
  fc.constantFrom(
    "5",
    "-1.5",
    "1e3",
    '"5"',
    "5s",
    "250ms",
    "1.5h",
    " 5s ",
    "5%",
    '"7 %"',
    "64kB",
    "1 GiB",
    "0",
  ),
  fc.constantFrom(
    "true",
    '"false"',
    "null",
    "~",
    "msg.payload > 3",
    "a/${b}",
    "'*/5 * * * *'",
    "0 0 1 1 *",
    "skip",
  ),
  fc.constantFrom(
    "[a, b]",
    "[1, 5s]",
    "[]",
    "{ a: 1 }",
    "{ a: msg.b, c: [d] }",
    "{ attempts: 2 }",
    "{ size: 1MB }",
  ),
  fc.constantFrom(
    "json",
    "once",
    "first",
    "all",
    "info",
    "csv",
    "GET",
    "spill",
    "mean",
    "[mean, max]",
    "3.1",
    "2.0",
  ),
  fc.string({ maxLength: 4 }),
);

describe("schema: what is wrong", () => {
  const errorsOf = validator();
  for (const [text, expected] of [
    ["name: x", " required"],
    ["eddy: 2", "/eddy const"],
    ["eddy: 1\nnodez: {}", " additionalProperties"],
    ["eddy: 1\nnodes: []", "/nodes type"],
    ["eddy: 1\nnodes: { 1a: { type: log } }", "/nodes propertyNames"],
    ["eddy: 1\nnodes: { any: { type: log } }", "/nodes propertyNames"],
    ["eddy: 1\nnodes: { a: { from: b } }", "/nodes/a required"],
    ["eddy: 1\nnodes: { a: { type: flter } }", "/nodes/a/type anyOf"],
    ["eddy: 1\nnodes: { a: { type: filter } }", "/nodes/a required"],
    ["eddy: 1\nnodes: { a: { type: log, txt: b } }", "/nodes/a additionalProperties"],
    ["eddy: 1\nnodes: { a: { type: inject, from: b } }", "/nodes/a additionalProperties"],
    ["eddy: 1\nnodes: { a: { type: log, from: 'a b' } }", "/nodes/a/from anyOf"],
    ["eddy: 1\nnodes: { a: { type: log, text: [b] } }", "/nodes/a/text type"],
    ["eddy: 1\nnodes: { a: { type: inject, every: 5 } }", "/nodes/a/every type"],
    ["eddy: 1\nnodes: { a: { type: inject, every: 5 s } }", "/nodes/a/every pattern"],
    ["eddy: 1\nnodes: { a: { type: inject, cron: '* *' } }", "/nodes/a/cron pattern"],
    ["eddy: 1\nnodes: { a: { type: inject, missed: all } }", "/nodes/a/missed enum"],
    ["eddy: 1\nnodes: { a: { type: inject, at-start: yes } }", "/nodes/a/at-start enum"],
    ["eddy: 1\nnodes: { a: { type: mqtt-in, topic: x, qos: 3 } }", "/nodes/a/qos maximum"],
    ["eddy: 1\nnodes: { a: { type: mqtt-in, topic: x, qos: 1.5 } }", "/nodes/a/qos type"],
    ["eddy: 1\nnodes: { a: { type: switch, cases: x } }", "/nodes/a/cases type"],
    ["eddy: 1\nnodes: { a: { type: file-out, path: x, rotate: { keep: 1 } } }", "/nodes/a/rotate required"],
    [
      "eddy: 1\nnodes: { a: { type: file-out, path: x, rotate: { size: 1MB, kep: 1 } } }",
      "/nodes/a/rotate additionalProperties",
    ],
    ["eddy: 1\nnodes: { a: { type: log, at: [1] } }", "/nodes/a/at minItems"],
    ["eddy: 1\nnodes: { a: { type: log, placement: moon } }", "/nodes/a/placement enum"],
    ["eddy: 1\nconnections: { p: { url: x } }", "/connections/p required"],
    ["eddy: 1\nconnections: { p: { type: mqtt } }", "/connections/p required"],
    ["eddy: 1\nconnections: { p: { type: http, port: 70000 } }", "/connections/p/port maximum"],
    ["eddy: 1\nsecrets: { S: { value: hunter2 } }", "/secrets/S additionalProperties"],
    ["eddy: 1\nsettings: { isolation: none }", "/settings/isolation enum"],
    ["eddy: 1\nsettings: { memory: 5 }", "/settings/memory type"],
    ["eddy: 1\nstate: { n: { type: number } }", "/state/n required"],
    ["eddy: 1\ntests: [{ given: [{ at: 0s }] }]", "/tests/0/given/0 required"],
    ["eddy: 1\nnotes: { n: { text: x, at: here } }", "/notes/n/at type"],
    ["eddy: 1\ngroups: { g: { nodes: a } }", "/groups/g/nodes type"],
  ] as const)
    it(text.replaceAll("\n", " "), () => {
      const errors = errorsOf(text);
      assert.ok(errors.includes(expected), errors.join(", "));
    });
});

describe("schema: built-in types", () => {
  const errorsOf = validator(builtinCatalog);
  const files = readdirSync(examples).filter((file) => file.endsWith(".flow.yaml"));
  it("has examples", () => assert.ok(files.length > 0));
  for (const file of files)
    it(`takes the example ${file}`, () =>
      assert.deepEqual(errorsOf(readFileSync(join(examples, file), "utf8")), []));
});

function allSections(): string {
  return `eddy: 1
id: x
name: X
description: Y
settings: { timeout: 5s, timezone: UTC, isolation: worker, memory: 64MB, queue: { limit: 5, overflow: spill }, restart: always, placement: auto, types: strict }
script: const a = 1;
env: { A: { default: 1 }, B: }
secrets: { S: }
state: { n: { type: number, initial: 0, scope: device } }
connections: { p: { type: mqtt, url: x, username: a }, q: { type: database } }
inputs: { i: Reading, j: { type: Reading } }
outputs: { o: { type: Reading, from: a } }
params: { limit: { type: duration, default: 5m } }
nodes: { a: { type: log } }
tests: [{ name: n, given: [{ at: 0s, node: a, message: { payload: 1 } }], expect: [{ node: a, payload: 1 }] }]
notes: { n: { text: hello, at: [0, 1], size: [2, 3] } }
groups: { g: { label: G, nodes: [a], color: blue } }
`;
}
