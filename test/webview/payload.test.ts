import assert from "node:assert/strict";
import { briefValue, ownPayload } from "../../webview/canvas/model/payload.ts";
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

describe("a value on a wire", () => {
  it("has as many digits as one reads, and text as it is", () => {
    assert.equal(briefValue("73.945454106892"), "73.945");
    assert.equal(
      briefValue('{"a":-0.000123456789,"d":123456.78901,"b":1.5,"c":123456}'),
      '{"a":-0.0001235,"d":123456.789,"b":1.5,"c":123456}',
    );
    assert.equal(briefValue('{"v":"1.23456789 \\" 1.23456789"}'), '{"v":"1.23456789 \\" 1.23456789"}');
    assert.equal(briefValue('"1.23456789'), '"1.23456789');
  });
});
