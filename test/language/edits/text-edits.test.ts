import assert from "node:assert/strict";
import { minimalEdits } from "../../../language/edits/text-edits.ts";
import { applyTextEdits, invertTextEdits, type TextEdit } from "../../../language/index.ts";

const edit = (start: number, end: number, newText = ""): TextEdit => ({ range: { start, end }, newText });

describe("text edits", () => {
  for (const [edits, expected] of [
    [[], "abcdef"],
    [[edit(1, 2, "X")], "aXcdef"],
    [[edit(4, 5), edit(0, 0, "X"), edit(6, 6, "Y")], "XabcdfY"],
    [[edit(2, 2, "1"), edit(2, 2, "2")], "ab12cdef"],
    [[edit(2, 4), edit(2, 2, "X"), edit(4, 4, "Y")], "abXYef"],
  ] as const)
    it(`${JSON.stringify(edits)} make ${expected}, and are undone`, () => {
      assert.equal(applyTextEdits("abcdef", edits), expected);
      assert.equal(applyTextEdits(expected, invertTextEdits("abcdef", edits)), "abcdef");
    });
  for (const edits of [[edit(0, 3), edit(2, 4)], [edit(3, 2)], [edit(0, 7)], [edit(-1, 0)]])
    it(`${JSON.stringify(edits)} overlap or lie outside`, () =>
      assert.throws(() => applyTextEdits("abcdef", edits), RangeError));

  for (const [what, text, edits, expected] of [
    ["what stays the same", "abcdef", [edit(0, 6, "abXdef")], [edit(2, 3, "X")]],
    ["what is only put in", "abab", [edit(0, 4, "ababab")], [edit(4, 4, "ab")]],
    ["what is nothing", "abc", [edit(1, 2, "b"), edit(3, 3)], []],
    ["no half of a line break", "a\r\nb", [edit(0, 4, "a\nb")], [edit(1, 3, "\n")]],
    ["no half of a character", "😀", [edit(0, 2, "😁")], [edit(0, 2, "😁")]],
    ["removals that overlap", "abcdef", [edit(3, 6), edit(1, 4)], [edit(1, 6)]],
  ] as const)
    it(`leave out ${what}`, () => assert.deepEqual(minimalEdits(text, edits), expected));
});
