import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { codeActions } from "../../../language/server/code-actions.ts";
import { completeStructure } from "../../../language/server/completion.ts";
import { foldingRanges } from "../../../language/server/folding.ts";
import { hoverAt } from "../../../language/server/hover.ts";
import { documentLinks } from "../../../language/server/links.ts";
import { namesOf } from "../../../language/server/names.ts";
import { renamableAt, renameEdits } from "../../../language/server/rename.ts";
import { documentSymbols } from "../../../language/server/symbols.ts";
import { analyse, edited, noTypes } from "./analyse.ts";
import { Session } from "./session.ts";

const folder = join(import.meta.dirname, "..", "..", "..", "examples");
const examples = readdirSync(folder)
  .filter((file) => file.endsWith(".flow.yaml"))
  .map((file) => readFileSync(join(folder, file), "utf8"));

/** What people type, paste and slip on. */
const pieces = [
  "",
  " ",
  "\n",
  ":",
  ": ",
  "- ",
  "#",
  " #",
  '"',
  "'",
  "{",
  "}",
  "[",
  "]",
  "|",
  "|-\n",
  "${",
  "&a",
  "*a",
];
const edit = fc.record({
  example: fc.nat({ max: examples.length - 1 }),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof(fc.constant(0), fc.nat({ max: 60 })),
  text: fc.oneof(
    fc.constantFrom(...pieces, "\t", "\r\n", "😀", "msg.payload.", "from: ", "nodes:\n"),
    fc.string(),
  ),
});

interface RandomEdit {
  readonly example: number;
  /** From 0, the start of the text, to 1, its end. */
  readonly at: number;
  readonly length: number;
  readonly text: string;
}

function apply({ example, at, length, text }: RandomEdit) {
  const before = examples[example] ?? "";
  const start = Math.round(at * before.length);
  return {
    before,
    after: before.slice(0, start) + text + before.slice(start + length),
    offset: start + text.length,
  };
}

describe("random edits of workflows", function () {
  this.timeout(120_000);

  it("are answered about, whatever they make of the text", async () => {
    await fc.assert(
      fc.asyncProperty(edit, async (one) => {
        const { after, offset } = apply(one);
        const analysis = await analyse(after);
        for (const { textEdit } of completeStructure(analysis, offset).items) {
          const range = textEdit && "range" in textEdit ? textEdit.range : undefined;
          assert.ok(range && range.start.line === range.end.line, "a completion stays on its line");
        }
        hoverAt(analysis, noTypes, offset);
        codeActions(analysis, analysis.problems, { start: 0, end: after.length });
        for (const { range } of namesOf(analysis))
          assert.ok(range.start >= 0 && range.start <= range.end && range.end <= after.length);
        for (const { range, selectionRange } of documentSymbols(analysis))
          assert.ok(
            range.start.line <= selectionRange.start.line && selectionRange.end.line <= range.end.line,
          );
        documentLinks(analysis);
        foldingRanges(analysis);
      }),
      { numRuns: 1_500 },
    );
  });

  it("rename to and fro without a trace", async () => {
    for (const text of examples) {
      const analysis = await analyse(text);
      for (const { name, range } of namesOf(analysis)) {
        const found = renamableAt(analysis, range.start);
        if (found === undefined || found.name.name !== name.name) continue;
        const there = await analyse(edited(analysis, renameEdits(analysis, name, "renamed1")));
        assert.notEqual(there.text, text, name.name);
        const back = renameEdits(there, { ...name, name: "renamed1" }, name.name);
        assert.equal(edited(there, back), text, `${name.kind} ${name.name}`);
      }
    }
  });

  it("taken back leave the same problems and types", async () => {
    await using session = await Session.start();
    const uri = "memory://host/flows/random.flow.yaml";
    await session.open(uri, "");
    const known = new Map<string, unknown>();
    const found = async (text: string) => {
      await session.change(uri, text);
      const { problems, ports } = await session.analyse(uri);
      return { problems, ports };
    };
    for (const text of examples) known.set(text, await found(text));
    await fc.assert(
      fc.asyncProperty(edit, async (one) => {
        const { before, after, offset } = apply(one);
        await session.change(uri, after);
        await session.complete(uri, offset);
        assert.deepEqual(await found(before), known.get(before));
      }),
      { numRuns: 60 },
    );
    assert.deepEqual(session.complaints, []);
  });
});
