import assert from "node:assert/strict";
import fc from "fast-check";
import { constantOf } from "../../compiler/plan/constants.ts";
import type { Pass } from "../../compiler/plan/draft.ts";
import { passes } from "../../compiler/plan/passes.ts";
import { type Plan, plan } from "../../compiler/plan.ts";
import { resolve } from "../../compiler/resolve.ts";
import { parseWorkflow } from "../../language/index.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { matchesGolden } from "./golden.ts";

/** What each pass is for, once. */
const text = `eddy: 1
nodes:
  in: { type: inject }
  off: { type: map, from: in, payload: msg.payload, disabled: true }
  lonely: { type: map, from: off, payload: msg.payload }
  never: { type: filter, from: in, when: 1 > 2 }
  unheard: { type: log, from: never }
  always: { type: filter, from: in, when: "true || msg.payload" }
  constant: { type: filter, from: never.rejected, when: "true" }
  refused: { type: log, from: constant.rejected }
  route:
    type: switch
    from: constant
    cases:
      cold: "false"
      hot: msg.payload > 1
      any: '"yes"'
  froze: { type: log, from: route.cold }
  burnt: { type: log, from: route.hot }
  rest: { type: log, from: route.else }
  idle: { type: map, from: constant, payload: msg.payload * 2 }
  idler: { type: filter, from: idle, when: msg.payload > 3 }
`;

async function planned(list: readonly Pass[]): Promise<Plan> {
  const file = "/flows/passes.flow.yaml";
  const { program, problems } = await resolve(parseWorkflow(text, file), {
    file,
    catalog: builtinCatalog,
    read: async () => undefined,
  });
  assert.deepEqual(
    problems.filter(({ severity }) => severity === "error"),
    [],
  );
  return plan(program, "none", list);
}

function shown({ nodes, removed }: Plan): string {
  const wires = nodes.map(({ id, ports }) => {
    const targets = ports.flatMap((port) => port.targets.map(({ node }) => `${port.name} → ${node.id}`));
    return `${id}${targets.length > 0 ? `: ${targets.join(", ")}` : ""}\n`;
  });
  const gone = removed.map(({ node, reason }) => `- ${node} (${reason})\n`);
  return [...wires, ...gone].join("");
}

describe("a pass of the plan", () => {
  for (const [name, pass] of Object.entries(passes.aggressive)) {
    it(`${name} does what its name says, and nothing else`, async () => {
      const before = shown(await planned([]));
      const after = shown(await planned([pass]));
      matchesGolden(`pass-${name}.txt`, `before\n\n${before}\nafter\n\n${after}`);
      assert.equal(shown(await planned([pass, pass])), after, "once is enough");
    });
  }

  it("finds more to do behind another one", async () => {
    const { removed } = await planned(Object.values(passes.aggressive));
    assert.deepEqual(
      removed.map(({ node, reason }) => `${node}: ${reason}`),
      [
        "off: disabled",
        "lonely: unreachable",
        "unheard: unreachable",
        "refused: unreachable",
        "froze: unreachable",
        "rest: unreachable",
        "always: no effect",
        "idle: no effect",
        "idler: no effect",
      ],
    );
  });
});

describe("a constant expression", () => {
  it("is one of literals and operators, and has the value that it has at run time", () => {
    const value = (expression: string) => constantOf(expression)?.value;
    assert.equal(value("1 > 2"), false);
    assert.equal(value(`"a" === 'a' && !(2.5e1 < 3)`), true);
    assert.equal(value("null ?? undefined ?? -0.5"), -0.5);
    assert.equal(value("1 / 2 /* half */"), undefined);
    for (const open of [
      "msg",
      "true.x",
      "f()",
      "a=1",
      "`x`",
      "[]",
      "{}",
      "1n",
      "2 ** 99",
      "new Date",
      "/x/",
      '"\\u0041"',
      "1//",
      "0x10",
      "(1)(2)",
      "1 +",
    ])
      assert.equal(constantOf(open), undefined, open);
  });

  it("is worked out as JavaScript does, and nothing else is run for it", () => {
    const literal = fc.constantFrom(
      "0",
      "1",
      "2.5",
      '""',
      '"a"',
      "true",
      "false",
      "null",
      "undefined",
      "NaN",
    );
    const operator = fc.constantFrom("+", "-", "*", "/", "%", "<", ">=", "===", "!=", "&&", "||");
    const expression = fc.letrec<{ any: string }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        literal,
        fc.tuple(tie("any"), operator, tie("any")).map(([one, how, other]) => `(${one} ${how} ${other})`),
        tie("any").map((one) => `!${one}`),
      ),
    })).any;
    fc.assert(
      fc.property(expression, (source) => {
        if (source.length > 200) return;
        assert.deepEqual(constantOf(source), { value: new Function(`return ${source}`)() });
      }),
    );
    const characters = fc.constantFrom(..."01.e\"'()!&|<>=+-*/%?:abct rue_$[]{}`\\");
    // Whatever it is: it has a value, or none that is known, and nothing is thrown.
    fc.assert(
      fc.property(fc.string({ maxLength: 30, unit: characters }), (source) => void constantOf(source)),
    );
  });
});
