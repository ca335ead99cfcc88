import assert from "node:assert/strict";
import { builtinNodes } from "../../../runtime/nodes/catalog.ts";
import { nodeType } from "../../../runtime/nodes/implementations.ts";

describe("what hosts have of node types", () => {
  it("is all of them, each as its descriptor says", () => {
    for (const [type, { descriptor }] of builtinNodes) {
      assert.equal(nodeType(type).timing, descriptor.timing, type);
    }
  });

  it("says what to do about one that it does not have", () => {
    assert.throws(() => nodeType("teleport"), { code: "EDDY_NO_NODE_TYPE", message: /teleport.*Update/ });
    assert.throws(() => nodeType("constructor"), { code: "EDDY_NO_NODE_TYPE" });
  });
});
