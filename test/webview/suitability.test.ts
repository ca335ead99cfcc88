import assert from "node:assert/strict";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { bySuitability, payloadKinds } from "../../webview/canvas/model/suitability.ts";

describe("node types for a payload", () => {
  for (const [type, kinds] of [
    ["string", ["text"]],
    ['"on" | "o|ff"', ["text"]],
    ["number | null", ["number"]],
    ["readonly { a: string | number }[]", ["list"]],
    ["[number, string] | string", ["list", "text"]],
    ["{ a: number | string; b: boolean }", ["object"]],
    ["Reading", ["object"]],
    ["Uint8Array", ["bytes"]],
    ["any", []],
    ["", []],
  ] as const)
    it(`tell ${type} for ${kinds.join(" and ") || "anything"}`, () => {
      assert.deepEqual(payloadKinds(type), kinds);
    });

  it("begin with what is made for it and end with what is made for others", () => {
    const all = [...builtinCatalog.nodes.values()].filter(({ inputs }) => inputs !== "none");
    const types = (payload: string | undefined) => bySuitability(all, payload).map(({ type }) => type);
    assert.equal(types("string")[0], "parse");
    assert.equal(types("number[]")[0], "split");
    assert.equal(types("number")[0], "window");
    assert.deepEqual(types("boolean").slice(-3).sort(), ["parse", "split", "window"]);
    assert.deepEqual(types(undefined), types("any"));
  });
});
