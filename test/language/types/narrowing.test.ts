import assert from "node:assert/strict";
import { checkTypes, payload, told } from "./checking.ts";

const types = `
  interface Temperature { kind: "temperature"; celsius: number }
  interface Door { kind: "door"; open: boolean }
  interface Sensed { value: Temperature | Door; unit?: string; site: { name: string | null }; time: number }
  interface Sent { a?: { b?: { kind: "x"; x: number } | { kind: "y"; y: string } }; list?: number[]; id: string | number }
`;

/** The payloads of the ports of a node behind a trigger, where nothing is wrong. */
function ports(output: string, node: string, names: readonly string[] = ["out", "rejected"]) {
  const text = `eddy: 1\nscript: |${types}nodes:\n  in: { type: mqtt-in, topic: a, output: '${output}' }\n  it:\n    from: in\n${node}`;
  const checked = checkTypes(text);
  assert.deepEqual(
    told(
      text,
      checked.problems.filter(({ severity }) => severity === "error"),
    ),
    [],
  );
  return names.map((port) => payload(checked, "it", port));
}

const filter = (output: string, when: string) =>
  ports(output, `    type: filter\n    when: |-\n      ${when}\n`);

type Case = readonly [when: string, out: string, rejected: string];

describe("types: conditions on what lies deeper in a payload", function () {
  this.timeout(60_000);

  const value = "Sensed & { value: Door; }";
  const unit = "Sensed & { unit: string; }";
  const named = "Sensed & { site: { name: string | null; } & { name: string; }; }";
  const nameless = "Sensed & { site: { name: string | null; } & { name: null; }; }";
  const sensed: readonly Case[] = [
    ['msg.payload.value.kind === "door"', value, "Sensed & { value: Temperature; }"],
    ['!(msg.payload.value.kind === "door")', "Sensed & { value: Temperature; }", value],
    ['msg.payload["value"]["kind"] === "door"', value, "Sensed & { value: Temperature; }"],
    ['"open" in msg.payload.value', value, "Sensed & { value: Temperature; }"],
    [
      'msg.payload.value.kind === "door" && msg.payload.value.open',
      "Sensed & { value: Door & { open: true; }; }",
      "Sensed",
    ],
    [
      'msg.payload.unit !== undefined && msg.payload.value.kind === "door"',
      "Sensed & { value: Door; unit: string; }",
      "Sensed",
    ],
    [
      'msg.payload.unit === undefined || msg.payload.value.kind === "door"',
      "Sensed",
      "Sensed & { value: Temperature; unit: string; }",
    ],
    ["msg.payload.unit !== undefined", unit, "Sensed & { unit: undefined; }"],
    ['msg.payload.unit?.startsWith("°") === true', unit, "Sensed"],
    ["msg.payload.site.name !== null", named, nameless],
    ['typeof msg.payload.site.name === "string"', named, nameless],
    ["msg.payload.time > 3 && msg.payload.time * 2 < 9", "Sensed", "Sensed"],
  ];
  for (const [when, out, rejected] of sensed)
    it(`narrow by ${when}`, () => assert.deepEqual(filter("Sensed", when), [out, rejected]));

  const x = '{ kind: "x"; x: number; }';
  const y = '{ kind: "y"; y: string; }';
  const sent: readonly Case[] = [
    [
      'msg.payload.a?.b?.kind === "x"',
      `Sent & { a: { b?: ${x} | ${y}; } & { b: ${x}; }; }`,
      `Sent & { a: ({ b?: ${x} | ${y}; } & { b: ${y} | undefined; }) | undefined; }`,
    ],
    ["Array.isArray(msg.payload.list)", "Sent & { list: number[]; }", "Sent"],
    ["msg.payload.list != null && msg.payload.list.length > 2", "Sent & { list: number[]; }", "Sent"],
    ['typeof msg.payload.id === "string"', "Sent & { id: string; }", "Sent & { id: number; }"],
  ];
  for (const [when, out, rejected] of sent)
    it(`narrow by ${when}`, () => assert.deepEqual(filter("Sent", when), [out, rejected]));

  it("leave out what of a union cannot be", () => {
    const union = '{ k: "a"; v: number } | { k: "b"; v: string } | { k: "c"; v?: boolean }';
    assert.deepEqual(filter(union, 'typeof msg.payload.v === "number"'), [
      '{ k: "a"; v: number; }',
      '{ k: "b"; v: string; } | { k: "c"; v?: boolean; }',
    ]);
  });

  it("say nothing of what nobody declares", () => {
    assert.deepEqual(filter("any", 'msg.payload.a.b === "x"'), ["any", "any"]);
    const record = "Record<string, string | number>";
    assert.deepEqual(filter(record, 'typeof msg.payload.x === "number"'), [record, record]);
    assert.deepEqual(
      filter("{ a: any; b: unknown }", 'msg.payload.a.b && typeof msg.payload.b === "string"'),
      ["{ a: any; b: unknown; } & { b: string; }", "{ a: any; b: unknown; }"],
    );
  });

  it("narrow case by case in a switch, and what is left for else", () => {
    const cases = `    type: switch
    cases:
      door: msg.payload.value.kind === "door"
      plain: msg.payload.unit === undefined
`;
    assert.deepEqual(ports("Sensed", cases, ["door", "plain", "else"]), [
      value,
      "Sensed & { value: Temperature; unit: undefined; }",
      "Sensed & { value: Temperature; unit: string; }",
    ]);
  });

  it("narrow each case by itself where all are asked", () => {
    const cases = `    type: switch
    match: all
    cases:
      a: msg.payload.kind === "door"
      b: msg.payload.kind === "door"
      c: msg.payload.kind === "temperature" && msg.payload.celsius > 3
`;
    assert.deepEqual(ports("Temperature | Door", cases, ["a", "b", "c", "else"]), [
      "Door",
      "Door",
      "Temperature",
      "Temperature",
    ]);
  });

  it("are known to the nodes behind", () => {
    const text = `eddy: 1
script: |${types}nodes:
  in: { type: mqtt-in, topic: a, output: Sensed }
  doors: { type: filter, from: in, when: 'msg.payload.value.kind === "door" && msg.payload.unit !== undefined' }
  open: { type: filter, from: doors, when: msg.payload.value.open }
  right: { type: log, from: open, text: "\${msg.payload.unit.length}" }
  wrong: { type: log, from: doors.rejected, text: "\${msg.payload.unit.length}" }
`;
    const { problems } = checkTypes(text);
    assert.deepEqual(
      problems.map(({ code, node }) => `${code} ${node}`),
      ["EDDY_TYPE_NULLABLE wrong"],
    );
  });
});
