import assert from "node:assert/strict";
import { checkTypes, path, sharedChecker } from "./checking.ts";

const many = 3_000;
/** Expressions that exhaust the stack of whoever follows them by recursion. */
const deep: Readonly<Record<string, string>> = {
  parentheses: `${"(".repeat(many)}1${")".repeat(many)}`,
  sums: Array(many).fill("1").join(" + "),
  fields: `msg${".a".repeat(many)}`,
  lists: "[".repeat(many) + "]".repeat(many),
  calls: `${"f(".repeat(many)}${")".repeat(many)}`,
  choices: `${"1 ? 2 : ".repeat(many)}3`,
  conditions: Array(many).fill("msg.payload === 1").join(" || "),
  templates: `${"`${".repeat(many)}1${"}`".repeat(many)}`,
  functions: `${"(() => ".repeat(many)}1${")".repeat(many)}`,
  "open brackets": "(".repeat(many),
};

function flow(type: string, param: string, text: string, more = ""): string {
  return `eddy: 1\n${more}nodes:\n  a: { type: simulate }\n  it:\n    type: ${type}\n    from: a\n    ${param}: |-\n      ${text}\n`;
}

describe("types: hostile texts", function () {
  this.timeout(60_000);

  for (const [what, text] of Object.entries(deep)) {
    it(`are told once: ${what}`, () => {
      for (const [type, param] of [
        ["map", "payload"],
        ["filter", "when"],
        ["function", "code"],
      ] as const) {
        const whole = flow(type, param, text);
        assert.deepEqual(
          checkTypes(whole).problems.map(({ code }) => code),
          ["EDDY_SYNTAX"],
        );
        sharedChecker().complete(path, whole.length - 2);
        sharedChecker().hover(path, whole.length - 20);
      }
    });

    it(`are told once in the script: ${what}`, () => {
      const whole = flow("map", "payload", "x", `script: |\n  const x = ${text};\n`);
      assert.deepEqual(
        checkTypes(whole).problems.map(({ code }) => code),
        ["EDDY_SYNTAX"],
      );
    });
  }

  it("may be long", () => {
    const items = Array.from({ length: many }, (_, n) => `{ n: ${n}, name: "${n}" }`).join(", ");
    const whole = flow("map", "payload", "items.length", `script: |\n  const items = [${items}];\n`);
    assert.deepEqual(checkTypes(whole).problems, []);
  });

  it("are types without end", () => {
    const script =
      "script: |\n  type Endless<T> = { next: Endless<T[]>; value: T };\n  type Tree = { of: Tree[]; up: Tree | null };\n";
    const nodes = `nodes:
  a: { type: mqtt-in, topic: a, output: Endless<number> }
  b: { type: mqtt-in, topic: b, output: Tree }
  c: { type: map, from: a, payload: msg.payload.next.next.next.value }
  d: { type: map, from: b, payload: "msg.payload.of[0].up" }
`;
    const { problems, ports } = checkTypes(`eddy: 1\n${script}${nodes}`);
    assert.deepEqual(problems, []);
    assert.equal(ports.get("d")?.get("out")?.payload, "Tree | null");
  });

  it("are payloads that grow with every node", () => {
    const nodes = Array.from(
      { length: 40 },
      (_, n) => `  n${n + 1}: { type: map, from: n${n}, payload: "{ a: msg.payload, b: msg.payload }" }\n`,
    );
    const { problems } = checkTypes(`eddy: 1\nnodes:\n  n0: { type: simulate }\n${nodes.join("")}`);
    assert.deepEqual(
      problems.filter(({ severity }) => severity === "error"),
      [],
    );
  });
});
