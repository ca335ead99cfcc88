import assert from "node:assert/strict";
import { problems, read } from "./parse.ts";

describe("parse: env", () => {
  for (const [written, declared] of [
    ["{}", { type: "string" }],
    ["", { type: "string" }],
    ["{ default: eddy }", { type: "string", default: "eddy" }],
    ["{ default: 8.50 }", { type: "number", default: 8.5 }],
    ["{ default: true }", { type: "boolean", default: true }],
    ['{ default: "8" }', { type: "string", default: "8" }],
    ["{ type: string, default: 8.50 }", { type: "string", default: "8.50" }],
    ['{ default: "" }', { type: "string", default: "" }],
    ["{ type: number, description: degrees }", { type: "number", description: "degrees" }],
  ] as const)
    it(`A: ${written}`, () =>
      assert.deepEqual(read(`env:\n  A: ${written}\n`, "env"), { A: { name: "A", ...declared } }));

  for (const [written, problem] of [
    ["{ default: «[1]» }", 'EDDY_VALUE "default" cannot be a list: write a text, a number, true or false.'],
    ["{ default: «null» }", 'EDDY_VALUE "default" cannot be "null": write a text, a number, true or false.'],
    ["{ type: number, default: «eddy» }", "EDDY_VALUE write a number, as its type says."],
    ["{ type: number, default: «.inf» }", "EDDY_VALUE write a number, as its type says."],
    ["{ type: boolean, default: «1» }", "EDDY_VALUE write true or false, as its type says."],
    ["{ type: «text» }", "EDDY_VALUE write one of string, number, boolean."],
    ["{ description: «[]» }", "EDDY_VALUE write a text."],
    ["{ «defalt»: 1 }", 'EDDY_UNKNOWN_KEY There is no key "defalt" in "A". Did you mean "default"?'],
    ["«eddy»", "EDDY_VALUE write a map such as { default: eddy }."],
  ] as const)
    it(`A: ${written}`, () => {
      const { workflow } = problems(`env:\n  A: ${written}\n`, problem);
      const { name, default: preset } = workflow.env.get("A") ?? {};
      assert.deepEqual([name?.value, preset], ["A", undefined]);
    });
});

describe("parse: secrets", () => {
  it("have a name and perhaps a description, and never a value", () => {
    assert.deepEqual(read("secrets:\n  A:\n  B: {}\n  C: { description: of the broker }\n", "secrets"), {
      A: { name: "A" },
      B: { name: "B" },
      C: { name: "C", description: "of the broker" },
    });
    problems("secrets: { A: { «value»: hunter2 } }", 'EDDY_UNKNOWN_KEY no key "value" in "A". Known here');
    problems("secrets: { A: { «default»: hunter2 } }", "EDDY_UNKNOWN_KEY");
    problems("secrets: { A: «hunter2» }", "EDDY_VALUE never the secret itself");
  });
});

describe("parse: state", () => {
  for (const [written, declared] of [
    ["{ initial: 0 }", { type: "unknown", initial: 0, scope: "workflow" }],
    ["{ type: number, initial: 1.50, scope: device }", { type: "number", initial: 1.5, scope: "device" }],
    ["{ initial: null }", { type: "unknown", initial: null, scope: "workflow" }],
    ["{ initial: .inf }", { type: "unknown", initial: ".inf", scope: "workflow" }],
    [
      "{ type: 'Map<string, number>', initial: { a: [1, x, true], b: {} } }",
      { type: "Map<string, number>", initial: { a: [1, "x", true], b: {} }, scope: "workflow" },
    ],
  ] as const)
    it(`n: ${written}`, () =>
      assert.deepEqual(read(`state:\n  n: ${written}\n`, "state"), { n: { name: "n", ...declared } }));

  for (const [written, problem] of [
    [
      "«n»: { type: number }",
      'EDDY_VALUE_MISSING The state "n" needs the value it starts with: write initial:.',
    ],
    ["«n»:", "EDDY_VALUE_MISSING"],
    ["n: { initial: 0, scope: «world» }", "EDDY_VALUE write one of workflow, device."],
    ["n: { initial: 0, type: «{ a: number }» }", "EDDY_VALUE write a text."],
    ["n: { initial: 0, «kind»: x }", "EDDY_UNKNOWN_KEY"],
  ] as const)
    it(written, () => {
      const { workflow } = problems(`state:\n  ${written}\n`, problem);
      assert.ok(workflow.state.has("n"));
    });
});

describe("parse: connections", () => {
  it("keep their params as they are written, with the place of each", () => {
    const source = `connections:
  plant: { type: mqtt, url: "mqtts://b", keepalive: 1.10, on: { a: b } }
`;
    assert.deepEqual(read(source, "connections"), {
      plant: {
        name: "plant",
        type: "mqtt",
        params: { url: "double mqtts://b", keepalive: "1.10", on: { a: "b" } },
        range: 'plant: { type: mqtt, url: "mqtts://b", keepalive: 1.10, on: { a: b } }',
      },
    });
  });
  it("in lines reach to the end of their last value", () => {
    const source = "connections:\n  plant: # ours\n    type: mqtt # 3.1\n    url: x # behind\n\n  # below\n";
    assert.deepEqual(read(source, "connections"), {
      plant: {
        name: "plant",
        type: "mqtt",
        params: { url: "x" },
        range: "plant: # ours\n    type: mqtt # 3.1\n    url: x",
      },
    });
  });

  it("need a type", () => {
    const { workflow } = problems("connections:\n  «plant»: { url: x }\n", "EDDY_VALUE_MISSING needs a type");
    assert.equal(workflow.connections.get("plant")?.type.value, "");
    problems("connections:\n  plant: { type: «[]», url: x }\n", "EDDY_VALUE");
  });
  it("are maps; one that is none is known by its name", () => {
    for (const source of ["connections:\n  plant: «mqtt»\n", "connections:\n  «plant»:\n"]) {
      const { workflow } = problems(source, "EDDY_VALUE write a map with the type of the connection");
      assert.equal(workflow.connections.get("plant")?.type.value, "");
    }
  });
  it("in a file of their own cannot be read yet", () => {
    for (const file of ["./plant.connections.yaml", '"./plant.connections.yaml"'])
      problems(`connections: «${file}»\n`, "EDDY_CONNECTIONS_FILE write them here, under connections:");
    problems("connections: «[a]»\n", "EDDY_VALUE");
  });
});

describe("parse: inputs and outputs", () => {
  for (const [written, declared] of [
    ["Reading", { type: "Reading", from: [] }],
    ["'{ celsius: number }'", { type: "{ celsius: number }", from: [] }],
    ["{ type: Reading, description: of a fridge }", { type: "Reading", from: [] }],
    ["{}", { type: "unknown", from: [] }],
    ["", { type: "unknown", from: [] }],
  ] as const)
    it(`inputs: reading: ${written}`, () =>
      assert.deepEqual(read(`inputs:\n  reading: ${written}\n`, "inputs"), {
        reading: { name: "reading", ...declared },
      }));

  it("outputs say which wires lead to them", () =>
    assert.deepEqual(
      read("outputs:\n  a: { type: A, from: warm }\n  b: { from: [x.no, any.error] }\n  c: C\n", "outputs"),
      {
        a: { name: "a", type: "A", from: [{ input: "in", node: "warm", port: "out", range: "warm" }] },
        b: {
          name: "b",
          type: "unknown",
          from: [
            { input: "in", node: "x", port: "no", range: "x.no" },
            { input: "in", node: "any", port: "error", range: "any.error" },
          ],
        },
        c: { name: "c", type: "C", from: [] },
      },
    ));

  for (const [source, problem] of [
    ["inputs: { a: { type: A, «from»: b } }", 'EDDY_UNKNOWN_KEY There is no key "from" in "a"'],
    ["inputs: { a: «[A]» }", "EDDY_VALUE write a TypeScript type, or a map with type and description."],
    ["outputs: { a: { from: «b c» } }", "EDDY_WIRE_SYNTAX"],
    ["outputs: { a: { «frm»: b } }", "EDDY_UNKNOWN_KEY"],
    ["outputs: { «1a»: A }", 'EDDY_NAME "1a" cannot be the name of a port'],
  ] as const)
    it(source, () => void problems(source, problem));
});

describe("parse: params", () => {
  for (const [written, declared] of [
    ["{ type: number }", { type: "number" }],
    ["{ default: 8 }", { type: "number", default: 8 }],
    ["{ default: false }", { type: "boolean", default: false }],
    ["{ default: 5m }", { type: "string", default: "5m" }],
    ["{ type: duration, default: 5m }", { type: "duration", default: "5m" }],
    ["{ type: string, default: 5 }", { type: "string", default: "5" }],
    ["{}", { type: "string" }],
    ["", { type: "string" }],
    ["{ description: what is too much }", { type: "string", description: "what is too much" }],
  ] as const)
    it(`limit: ${written}`, () =>
      assert.deepEqual(read(`params:\n  limit: ${written}\n`, "params"), {
        limit: { name: "limit", ...declared },
      }));

  for (const [written, problem] of [
    ["{ type: duration, default: «5» }", "EDDY_VALUE write a duration such as 250ms, 5s, 10m, 1h or 1d."],
    ["{ type: number, default: «5m» }", "EDDY_VALUE write a number, as its type says."],
    ["{ type: number, default: «[5]» }", "EDDY_VALUE write a text, a number, true or false."],
    ["{ type: «cron» }", "EDDY_VALUE write one of string, number, boolean, duration."],
    ["{ «required»: true }", "EDDY_UNKNOWN_KEY"],
  ] as const)
    it(`limit: ${written}`, () => {
      const { workflow } = problems(`params:\n  limit: ${written}\n`, problem);
      assert.equal(workflow.params.get("limit")?.default, undefined);
    });
});

describe("parse: declared names", () => {
  for (const section of ["env", "secrets", "state", "connections", "inputs", "outputs", "params"] as const) {
    const value =
      section === "state" ? "{ initial: 0 }" : section === "connections" ? "{ type: mqtt }" : "{}";
    it(`in ${section} have letters, digits, _ and -, a letter first`, () => {
      const names = ["a", "A_1-b", "Z9"].map((name) => `  ${name}: ${value}\n`).join("");
      assert.deepEqual(Object.keys(Object(read(`${section}:\n${names}`, section))), ["a", "A_1-b", "Z9"]);
      for (const name of ["1a", "_a", "a.b", "é", '"a b"', '""']) {
        const { workflow } = problems(`${section}:\n  «${name}»: ${value}\n  ok: ${value}\n`, "EDDY_NAME");
        assert.deepEqual([...workflow[section].keys()], ["ok"]);
      }
    });
    it(`${section} is a map, perhaps an empty one`, () => {
      for (const nothing of ["", " {}", " # none yet"])
        assert.deepEqual(read(`${section}:${nothing}\n`, section), {});
      assert.equal(problems(`${section}: «[a]»\n`, "EDDY_VALUE").workflow[section].size, 0);
    });
  }
});
