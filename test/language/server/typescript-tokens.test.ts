import assert from "node:assert/strict";
import typescript from "typescript";
import { analyseFlow } from "../../../language/server/analysis.ts";
import { typescriptTokens } from "../../../language/server/typescript-tokens.ts";
import { builtinCatalog } from "../../../runtime/nodes/catalog.ts";

async function tokensOf(type: string, param: string): Promise<readonly string[]> {
  const text = `eddy: 1\nnodes:\n  n:\n    type: ${type}\n    ${param}\n`;
  const flow = { uri: "file:///x.flow.yaml", file: "/x.flow.yaml", version: 1, text };
  const analysis = await analyseFlow(flow, builtinCatalog, { read: async () => undefined });
  return typescriptTokens(analysis, typescript).map(
    (token) => `${token.type} ${text.slice(token.start, token.end)}`,
  );
}

describe("tokens of TypeScript in params", () => {
  it("are those of a plain expression", async () => {
    assert.deepEqual(await tokensOf("filter", 'when: msg.payload.celsius > 8 && typeof env.A === "x"'), [
      "variable msg",
      "property payload",
      "property celsius",
      "operator >",
      "number 8",
      "operator &&",
      "keyword typeof",
      "variable env",
      "property A",
      "operator ===",
      'string "x"',
    ]);
  });

  it("know calls, divisions, regular expressions and template literals", async () => {
    assert.deepEqual(
      await tokensOf("filter", "when: |-\n      /a\\/b/.test(`x${f(msg.payload / 2, { a: 1 })}y`) // why"),
      [
        "regexp /a\\/b/",
        "function test",
        "string `x${",
        "function f",
        "variable msg",
        "property payload",
        "operator /",
        "number 2",
        "variable a",
        "operator :",
        "number 1",
        "string }y`",
        "comment // why",
      ],
    );
  });

  it("are only those of the holes in a text", async () => {
    assert.deepEqual(await tokensOf("template", "text: Fridge 8 is ${msg.payload} and 9"), [
      "variable msg",
      "property payload",
    ]);
  });

  it("stand where the text stands, in quotes too", async () => {
    assert.deepEqual(await tokensOf("filter", 'when: "msg.payload === \\"a\\" || msg.topic"'), [
      "variable msg",
      "property payload",
      "operator ===",
      // The quotes are escapes of YAML.
      "string a",
      "operator ||",
      "variable msg",
      "property topic",
    ]);
  });

  it("come to an end in whatever is half typed", async () => {
    for (const half of ["`${", "`${{", "/", '"', "a ? b :", "}}}", "/*", "\\u{"]) {
      const tokens = await tokensOf("filter", `when: |-\n      ${half}`);
      assert.ok(tokens.length < 10);
    }
  });
});
