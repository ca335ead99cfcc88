import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { applyEdit, applyTextEdits, copyFragment, invertTextEdits } from "../../../language/index.ts";
import { parseWorkflow } from "../../../language/parse.ts";
import { testCatalog } from "../catalog.ts";
import { documents } from "./documents.ts";
import { allKinds, gestures, type Kind, texts } from "./gestures.ts";
import { expectedMeaning, meaningOf, sorted } from "./meaning.ts";
import {
  keepsOtherBytes,
  keepsOtherLines,
  keepsOtherNodes,
  type Made,
  touchedNodes,
  writesOnlyPlaces,
} from "./untouched.ts";

describe("edits of random documents", function () {
  this.timeout(180_000);

  it("the made-up documents can be read, and their nodes are where their maker put them", () => {
    fc.assert(
      fc.property(documents, ({ text, blocks }) => {
        const { readable, problems, workflow } = parseWorkflow(text, "");
        assert.ok(readable, JSON.stringify(problems));
        for (const { id, start, end } of blocks) {
          const range = workflow.nodes.get(id)?.range;
          assert.ok(range && range.start >= start && range.end <= end);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("change what they are meant to change, and nothing else", () => {
    const made = new Map<Kind, number>();
    fc.assert(
      fc.property(documents, gestures(), (document, gesture) => {
        const edit = gesture(document.text);
        const { edits, problems } = applyEdit(document.text, edit, testCatalog);
        if (problems.length > 0) {
          assert.deepEqual(edits, []);
          assert.notEqual(problems[0]?.code, "EDDY_EDIT_FAILED");
          return;
        }
        made.set(edit.kind, (made.get(edit.kind) ?? 0) + 1);
        const result: Made = { document, edit, edits, after: applyTextEdits(document.text, edits) };
        for (const check of [
          meansWhatItShould,
          canBeUndone,
          keepsOtherBytes,
          keepsOtherLines,
          writesOnlyPlaces,
          keepsBreaks,
          keepsPositionsLast,
        ]) {
          check(result);
        }
        keepsOtherNodes(document.text, edit, result.after);
      }),
      { numRuns: 2_000 },
    );
    // So that the properties say something of every edit.
    const counts = allKinds.map((kind) => made.get(kind) ?? 0);
    assert.ok(Math.min(...counts) >= 20, JSON.stringify([...made]));
    assert.ok(counts.reduce((sum, count) => sum + count, 0) >= 1_200, JSON.stringify([...made]));
  });

  it("one after the other leave other nodes alone, and are undone one by one", () => {
    const severalGestures = fc.array(gestures(), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(documents, severalGestures, ({ text }, chosen) => {
        const texts = [text];
        const undo: ReturnType<typeof invertTextEdits>[] = [];
        for (const gesture of chosen) {
          const before = texts.at(-1) ?? text;
          const edit = gesture(before);
          const { edits } = applyEdit(before, edit, testCatalog);
          const after = applyTextEdits(before, edits);
          if (edits.length > 0) keepsOtherNodes(before, edit, after);
          texts.push(after);
          undo.push(invertTextEdits(before, edits));
        }
        const undone = undo.reduceRight(applyTextEdits, texts.at(-1) ?? text);
        assert.equal(undone, text);
      }),
      { numRuns: 300 },
    );
  });

  it("of different nodes merge with git, to what both of them make together", () => {
    const folder = mkdtempSync(join(tmpdir(), "eddy-merge-"));
    const some = gestures(["set-param", "unset-param", "move-nodes", "connect", "disconnect"]);
    let merges = 0;
    try {
      fc.assert(
        fc.property(documents, some, some, ({ text, inBraces, isSpaced }, ours, theirs) => {
          fc.pre(isSpaced && !inBraces);
          const [first, second] = [ours(text), theirs(text)].map((edit) => {
            const { edits } = applyEdit(text, edit, testCatalog);
            const after = applyTextEdits(text, edits);
            return { edit, after, touched: touchedNodes(text, edit, after) };
          });
          if (first === undefined || second === undefined) return;
          if (first.after === text || second.after === text || !isDisjoint(first.touched, second.touched))
            return;
          merges++;
          const both = applyEdit(first.after, second.edit, testCatalog);
          assert.deepEqual(both.problems, []);
          assert.equal(
            merged(folder, first.after, text, second.after),
            applyTextEdits(first.after, both.edits),
          );
        }),
        { numRuns: 600 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
    assert.ok(merges > 50, String(merges));
  });

  it("a copied node is a workflow by itself, with its comments", () => {
    fc.assert(
      fc.property(documents, fc.nat(5), ({ text, blocks, inBraces }, pick) => {
        const before = meaningOf(text);
        const ids = Object.keys(before.nodes);
        const id = ids[pick % ids.length] ?? "n0";
        const fragment = copyFragment(text, [id]);
        assert.deepEqual(meaningOf(fragment).nodes, { [id]: before.nodes[id] });
        const block = blocks.find((one) => one.id === id);
        if (block === undefined || inBraces) return;
        const commentsOf = (written: string) => written.match(/(?<=^\s*)#.*$/gm) ?? [];
        assert.deepEqual(commentsOf(fragment), commentsOf(text.slice(block.start, block.end)));
      }),
      { numRuns: 300 },
    );
  });

  it("any text survives set-param", () => {
    fc.assert(
      fc.property(documents, fc.nat(5), texts, ({ text }, pick, value) => {
        const ids = [...parseWorkflow(text, "").workflow.nodes.keys()];
        const id = ids[pick % ids.length] ?? "n0";
        const { edits, problems } = applyEdit(
          text,
          { kind: "set-param", id, path: ["payload"], text: value },
          testCatalog,
        );
        assert.deepEqual(problems, []);
        assert.equal(meaningOf(applyTextEdits(text, edits)).nodes[id]?.params.payload, value);
      }),
      { numRuns: 500 },
    );
  });

  it("makes no change where nothing changes", () => {
    fc.assert(
      fc.property(documents, ({ text }) => {
        const { workflow } = parseWorkflow(text, "");
        const positions = Object.fromEntries(
          [...workflow.nodes.values()].flatMap(({ id, at }) => (at ? [[id, at]] : [])),
        );
        assert.deepEqual(applyEdit(text, { kind: "layout", positions }, testCatalog), {
          edits: [],
          problems: [],
        });
      }),
      { numRuns: 300 },
    );
  });
});

function isDisjoint(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  return [...some].every((one) => !others.has(one));
}

/** What git makes of two changes of one text. Throws where they conflict. */
function merged(folder: string, ours: string, base: string, theirs: string): string {
  const files = Object.entries({ ours, base, theirs }).map(([name, text]) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  });
  return execFileSync("git", ["merge-file", "-p", ...files], { encoding: "utf8" });
}

/** The text says afterwards what the edit is meant to make it say. */
function meansWhatItShould({ document, edit, after }: Made): void {
  assert.deepEqual(sorted(meaningOf(after)), sorted(expectedMeaning(meaningOf(document.text), edit)));
}

function canBeUndone({ document, edits, after }: Made): void {
  assert.equal(applyTextEdits(after, invertTextEdits(document.text, edits)), document.text);
}

function keepsBreaks({ document, after }: Made): void {
  if (document.text.includes("\r\n")) assert.ok(!/(^|[^\r])\n/.test(after), JSON.stringify(after));
  else assert.ok(!after.includes("\r"), JSON.stringify(after));
  assert.equal(after.startsWith("\uFEFF"), document.text.startsWith("\uFEFF"));
}

/** `at` stays the last key where it was. */
function keepsPositionsLast({ document, after }: Made): void {
  const before = lastKeys(document.text);
  for (const [id, key] of lastKeys(after)) if (before.get(id) === "at") assert.equal(key, "at", id);
}

function lastKeys(text: string): ReadonlyMap<string, string | undefined> {
  const nodes = parseWorkflow(text, "").syntax.root?.entries.find(({ key }) => key.value === "nodes")?.value;
  return new Map(
    (nodes?.kind === "map" ? nodes.entries : []).map(({ key, value }) => [
      key.value,
      value.kind === "map" ? value.entries.at(-1)?.key.value : undefined,
    ]),
  );
}
