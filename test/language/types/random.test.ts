import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { checkTypes, openChecker, path } from "./checking.ts";

const root = join(import.meta.dirname, "../../..");
const examples = globSync("examples/*.flow.yaml", { cwd: root })
  .sort()
  .map((file) => readFileSync(join(root, file), "utf8"));

/** Edits in all: 35 ms of work each. `EDDY_RANDOM_EDITS` makes it more, and is 5,000 in continuous integration. */
const edits = Number(process.env.EDDY_RANDOM_EDITS ?? 400);

const pieces = [
  "",
  " ",
  "\n",
  "x",
  ".",
  "(",
  ")",
  "{",
  "}",
  "${",
  '"',
  "'",
  "`",
  "msg",
  "msg.payload.",
  "=> ",
  "any",
  "output: number\n",
  "    from: it\n",
  ": ",
  "#",
  "return ",
  "await ",
  "<",
  "🙂",
  "import x from './x';\n",
  "undefined",
  "/*",
  "//",
];

describe("types: random edits", function () {
  this.timeout(Math.max(120_000, edits * 300));

  it("are survived, and what is told is the same once they are taken back", () => {
    const checker = openChecker();
    const before = examples.map((text) => checkTypes(text, checker).problems);
    const edit = fc.record({
      example: fc.nat(examples.length - 1),
      place: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(12), fc.nat(80)),
      piece: fc.constantFrom(...pieces),
    });
    fc.assert(
      fc.property(edit, ({ example, place, length, piece }) => {
        const text = examples[example] ?? "";
        const at = Math.floor(place * text.length);
        const changed = text.slice(0, at) + piece + text.slice(at + length);
        const { problems } = checkTypes(changed, checker);
        for (const { range, message } of problems) {
          assert.ok(range.start >= 0 && range.start <= range.end && range.end <= changed.length, message);
          assert.doesNotMatch(message, /\$(?:eddy|from|out|c\d|value)|Frozen<|Msg</, message);
        }
        assert.deepEqual(checkTypes(text, checker).problems, before[example]);
      }),
      { numRuns: edits },
    );
  });

  it("of one workflow give what a new checker gives", () => {
    const checker = openChecker();
    const [text = ""] = examples;
    const samples = fc.sample(fc.tuple(fc.nat(text.length), fc.constantFrom(...pieces)), {
      numRuns: 25,
      seed: 7,
    });
    for (const [at, piece] of samples) {
      const changed = text.slice(0, at) + piece + text.slice(at);
      assert.deepEqual(checkTypes(changed, checker).problems, checkTypes(changed, openChecker()).problems);
    }
  });

  it("answer every question at every place, or say nothing", () => {
    const checker = openChecker();
    const [text = ""] = examples;
    const { parsed } = checkTypes(text, checker);
    for (let at = 0; at <= text.length; at += 7) {
      checker.complete(path, at);
      checker.hover(path, at);
      checker.signatureHelp(path, at);
      checker.definition(path, at);
      if (at % 70 === 0) checker.references(path, at);
    }
    assert.deepEqual(checkTypes(parsed.text, checker).problems, []);
  });
});
