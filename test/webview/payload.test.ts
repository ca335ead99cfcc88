import assert from "node:assert/strict";
import { ownPayload } from "../../webview/canvas/model/payload.ts";
import { onlyNode } from "./canvas.ts";

describe("the payload of a trigger that is fired by hand", () => {
  const own = (payload: string) => ownPayload(onlyNode(`n:\n  type: inject\n  payload: ${payload}`));

  it("is its own where that is a plain value", () => {
    assert.equal(own("42"), "42");
    assert.deepEqual(JSON.parse(own("'{ celsius: 9, door: \"open\" }'") ?? ""), { celsius: 9, door: "open" });
    assert.equal(ownPayload(onlyNode("n:\n  type: inject\n  every: 1s")), "null");
  });

  it("is asked for where that is an expression", () => {
    assert.equal(own("now()"), undefined);
    assert.equal(own("'{ at: now() }'"), undefined);
    assert.equal(own("'{ a: \"x, b: 1\" }'"), undefined);
    assert.equal(own("{ a: 1 }"), undefined);
  });
});
