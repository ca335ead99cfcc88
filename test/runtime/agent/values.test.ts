import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import { createRedaction, createSecret } from "../../../runtime/agent/host/secrets.ts";
import { plainValue, showValue } from "../../../runtime/agent/host/values.ts";

const open = (text: string) => text;

describe("values shown to a person", () => {
  it("are JSON wherever JSON can say them", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const { text, size, isCut } = showValue(value, open, 1_000_000);
        assert.equal(isCut, false);
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
        assert.equal(size, Buffer.byteLength(text));
      }),
    );
  });

  it("are shown for every value there is, and soon", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          const { text } = showValue(value, open, 4096);
          assert.ok(Buffer.byteLength(text) <= 4096);
          plainValue(value, open, 4096);
        },
      ),
      { numRuns: 500 },
    );
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    assert.equal(showValue(circle, open, 100).text, '{"self":"[circular]"}');
    const trap = {
      get bad() {
        throw new Error("no");
      },
    };
    assert.equal(showValue(trap, open, 100).text, '"[unreadable: no]"');
  });

  it("are cut with a note of the full size", () => {
    const long = "x".repeat(10_000_000);
    const shown = showValue({ long }, open, 4096);
    assert.equal(shown.text.length, 4096);
    assert.equal(shown.size, JSON.stringify({ long }).length);
    assert.equal(shown.isCut, true);
    assert.deepEqual(plainValue("abcdef", open, 4), { cut: '"abc', size: 8 });
    // Never in the middle of a character.
    assert.deepEqual(plainValue("€€€", open, 6), { cut: '"€', size: 11 });
    assert.deepEqual(plainValue("😀😀", open, 7), { cut: '"😀', size: 10 });
    const bytes = showValue(new Uint8Array(30_000), open, 4096);
    assert.equal(bytes.size, '{"base64":"","bytes":30000}'.length + 40_000);
  });

  it("are looked at only so far, however large they are", () => {
    let looked = 0;
    const endless = {
      *[Symbol.iterator]() {
        for (;;) yield { index: looked++ };
      },
    };
    // A set whose members never come to an end stands for one with very many.
    const shown = showValue(Object.assign(new Set(), endless), open, 4096);
    assert.equal(shown.isCut, true);
    assert.ok(looked <= 20_000, `${looked} members`);
  });
});

describe("secrets", () => {
  it("show themselves nowhere", () => {
    const secret = createSecret("token", "s3cr3t");
    assert.equal(`${secret}`, "[secret]");
    assert.equal(JSON.stringify({ secret }), '{"secret":"[secret]"}');
    assert.equal(inspect({ secret }), "{ secret: [secret] }");
    assert.equal(showValue({ secret }, open, 100).text, '{"secret":"[secret]"}');
    assert.equal(secret.reveal(), "s3cr3t");
  });

  it("are taken out of any text, in each form that they may have there", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 3 }), fc.string(), fc.string(), (secret, before, after) => {
        const redact = createRedaction([secret]);
        for (const form of [
          secret,
          JSON.stringify(secret).slice(1, -1),
          Buffer.from(secret).toString("base64"),
        ]) {
          const text = redact(`${before}${form}${after}`);
          // Where the hidden text itself looks like the secret, nothing is told.
          if (!"[secret]".includes(secret) && !`${before}[secret]${after}`.includes(form)) {
            assert.ok(!text.includes(form), `${form} in ${text}`);
          }
        }
      }),
    );
  });

  it("are taken out before a value is cut, so that no half of one is left", () => {
    const redact = createRedaction(["0123456789"]);
    for (let limit = 1; limit < 40; limit++) {
      assert.doesNotMatch(showValue(`abc 0123456789 def`, redact, limit).text, /0|1|2/);
    }
    assert.equal(showValue({ pin: 1234 }, createRedaction(["1234"]), 100).text, '{"pin":"[secret]"}');
  });
});
