import assert from "node:assert/strict";
import type { SourceScalar } from "../../../language/index.ts";
import { parse } from "./parse.ts";

/** The value of `text:` in a node, as it stands in the file. */
function scalarOf(written: string, eol = "\n"): { readonly scalar: SourceScalar; readonly text: string } {
  const source = `nodes:\n  n:\n    type: x\n    text: ${written}\n    at: [0, 0]\n`.replaceAll("\n", eol);
  const { workflow, text } = parse(source);
  assert.deepEqual(workflow.nodes.get("n")?.at, { x: 0, y: 0 });
  const value = workflow.nodes.get("n")?.params.get("text")?.value;
  assert.ok(value?.kind === "scalar");
  return { scalar: value, text };
}

describe("parse: scalars", () => {
  for (const [style, written, text, runs, range = written] of [
    ["plain", "msg.payload > 8", "msg.payload > 8", ["msg.payload > 8"]],
    ["plain", "a # why", "a", ["a"], "a"],
    ["plain", "a b\n      c", "a b c", ["a b", "c"]],
    ["plain", "1.10", "1.10", ["1.10"]],
    ["plain", "😀 é", "😀 é", ["😀 é"]],
    ["single", "'it''s'", "it's", ["it'", "s"]],
    ["single", "'a: #b'", "a: #b", ["a: #b"]],
    ["single", "''", "", []],
    ["double", '"a\\tb\\u00e9c"', "a\tbéc", ["a", "b", "c"]],
    ["double", '"a\\"b"', 'a"b', ["a", "b"]],
    ["double", '"a\n      b"', "a b", ["a", "b"]],
    ["double", '"a\\\n      b"', "ab", ["a", "b"]],
    ["literal", "|-\n      a\n        b\n\n      c", "a\n  b\n\nc", ["a", "  b", "c"]],
    ["literal", "|\n      a", "a\n", ["a"]],
    ["literal", "|+\n      a\n", "a\n\n", ["a"]],
    ["literal", "|2-\n        a\n      b", "  a\nb", ["  a", "b"]],
    ["literal", "|- # why\n      a", "a", ["a"]],
    ["literal", "|-\n      # no comment", "# no comment", ["# no comment"]],
    ["folded", ">-\n      a\n      b\n\n      c", "a b\nc", ["a", "b", "c"]],
    ["folded", ">\n      a\n        b\n      c", "a\n  b\nc\n", ["a", "  b", "c"]],
  ] as const)
    for (const eol of ["\n", "\r\n"])
      it(`${JSON.stringify(written)} with ${JSON.stringify(eol)}`, () => {
        const { scalar, text: file } = scalarOf(written, eol);
        assert.deepEqual([scalar.style, scalar.text], [style, text]);
        const slice = (start: number, length: number) => file.slice(start, start + length);
        const { start, end } = scalar.range;
        assert.equal(slice(start, end - start).trimEnd(), range.replaceAll("\n", eol).trimEnd());
        // Line breaks of a block are characters of the text, too, where the file has them so.
        const told = scalar.runs.map((run) => slice(run.sourceStart, run.length).trimEnd());
        assert.deepEqual(
          told.filter((part) => part !== ""),
          runs,
        );
        let last = 0;
        for (const { textStart, sourceStart, length } of scalar.runs) {
          assert.equal(scalar.text.slice(textStart, textStart + length), slice(sourceStart, length));
          assert.ok(textStart >= last && sourceStart >= start && sourceStart + length <= end + eol.length);
          last = textStart + length;
        }
      });

  for (const [written, value] of [
    ["1.10", 1.1],
    ["0x1F", 31],
    ["0o17", 15],
    ["1e3", 1000],
    ["-.5", -0.5],
    ["1_000", "1_000"],
    [".inf", Number.POSITIVE_INFINITY],
    ["true", true],
    ["False", false],
    ["yes", "yes"],
    ["null", null],
    ["~", null],
    ["2026-01-01", "2026-01-01"],
    ["12:30", "12:30"],
    ["'1'", "1"],
    ['"true"', "true"],
    ["|-\n      1", "1"],
  ] as const)
    it(`${JSON.stringify(written)} is ${value} to YAML 1.2`, () =>
      assert.equal(scalarOf(written).scalar.value, value));
});
