import assert from "node:assert/strict";
import type { Range } from "../../language/model.ts";

/** A text, and what stood between `«` and `»` in it, in the order in which they open. */
export interface MarkedText {
  readonly text: string;
  readonly ranges: readonly Range[];
}

/** Takes the marks out of a text. `head` is put in front of it. */
export function readMarks(source: string, head = ""): MarkedText {
  let text = head;
  const ranges: Range[] = [];
  const open: number[] = [];
  for (const part of source.split(/([«»])/)) {
    if (part === "«") open.push(ranges.push({ start: text.length, end: text.length }) - 1);
    else if (part === "»") {
      const index = open.pop();
      assert.ok(index !== undefined, "A » has no «.");
      ranges[index] = { start: ranges[index]?.start ?? 0, end: text.length };
    } else text += part;
  }
  return { text, ranges };
}
