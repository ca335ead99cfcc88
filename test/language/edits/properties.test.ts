import assert from "node:assert/strict";
import fc from "fast-check";
import type { Edit } from "../../../language/edits/edit.ts";
import { applyEdit, applyTextEdits, invertTextEdits } from "../../../language/index.ts";
import type { Range } from "../../../language/model.ts";
import { parseWorkflow } from "../../../language/parse.ts";
import { testCatalog } from "../catalog.ts";
import { documents, type RandomDocument } from "./documents.ts";
import { gestures, texts } from "./gestures.ts";
import { expectedMeaning, meaningOf, sorted } from "./meaning.ts";

/** A document, an edit that was made to it, and what came of it. */
interface Made {
  readonly document: RandomDocument;
  readonly edit: Edit;
  readonly edits: readonly { readonly range: Range; readonly newText: string }[];
  readonly after: string;
}

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
    const runs = 1_500;
    let made = 0;
    fc.assert(
      fc.property(documents, gestures(), (document, gesture) => {
        const edit = gesture(document.text);
        const { edits, problems } = applyEdit(document.text, edit, testCatalog);
        if (problems.length > 0) {
          assert.deepEqual(edits, []);
          assert.notEqual(problems[0]?.code, "EDDY_EDIT_FAILED");
          return;
        }
        made++;
        const result: Made = { document, edit, edits, after: applyTextEdits(document.text, edits) };
        for (const check of [
          meansWhatItShould,
          canBeUndone,
          keepsOtherBytes,
          keepsBreaks,
          keepsPositionsLast,
        ]) {
          check(result);
        }
      }),
      { numRuns: runs },
    );
    // So that the properties say something.
    assert.ok(made > runs * 0.6, `${made} of ${runs}`);
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

/** The text says afterwards what the edit is meant to make it say. */
function meansWhatItShould({ document, edit, after }: Made): void {
  assert.deepEqual(sorted(meaningOf(after)), sorted(expectedMeaning(meaningOf(document.text), edit)));
}

function canBeUndone({ document, edits, after }: Made): void {
  assert.equal(applyTextEdits(after, invertTextEdits(document.text, edits)), document.text);
}

/** Bytes outside the lines of the nodes that an edit touches stay as they are. */
function keepsOtherBytes({ document, edit, edits, after }: Made): void {
  if (document.inBraces) return;
  const touched = touchedNodes(document, edit, after);
  for (const { range } of edits) {
    const changed = document.text.slice(range.start, range.end);
    assert.ok(
      mayChange(document, touched, range),
      `${JSON.stringify(edit)} touches ${JSON.stringify(changed)}`,
    );
  }
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

/** The nodes whose text an edit may change: those it is about, and those whose wires have to change with them. */
function touchedNodes({ text }: RandomDocument, edit: Edit, after: string): ReadonlySet<string> {
  const before = meaningOf(text).nodes;
  const wiresChanged = Object.keys(before).filter(
    (id) => JSON.stringify(before[id]?.wires) !== JSON.stringify(meaningOf(after).nodes[id]?.wires),
  );
  switch (edit.kind) {
    case "set-param":
    case "unset-param":
      return new Set([edit.id]);
    case "move-nodes":
    case "layout":
      return new Set(Object.keys(edit.positions));
    case "connect":
    case "disconnect":
    case "insert-on-wire":
      return new Set([edit.target.node]);
    case "rename-node":
      return new Set([edit.id, ...wiresChanged]);
    case "remove-nodes":
      return new Set([...edit.ids, ...wiresChanged]);
    default:
      return new Set();
  }
}

/** Of what a change replaces, the part in a node has to be touched, that between nodes blank; the sections behind are another matter. */
function mayChange(document: RandomDocument, touched: ReadonlySet<string>, { start, end }: Range): boolean {
  const { text, blocks } = document;
  if (start === end) {
    return (
      isBoundary(document, start) ||
      blocks.some((block) => touched.has(block.id) && start >= block.start && start <= block.end)
    );
  }
  let at = start;
  let lastCharacter = 0;
  for (const block of blocks) {
    // The break behind the last line goes where the rest of the file goes.
    lastCharacter = block.start + text.slice(block.start, block.end).trimEnd().length;
    if (lastCharacter <= at || block.start >= end) continue;
    if (!touched.has(block.id) || text.slice(at, Math.max(at, block.start)).trim() !== "") return false;
    at = block.end;
  }
  return at >= Math.min(end, lastCharacter) || text.slice(at, end).trim() === "";
}

function isBoundary({ text, blocks }: RandomDocument, offset: number): boolean {
  const last = blocks.at(-1);
  if (last === undefined || offset >= last.end) return true;
  return (
    !blocks.some(({ start, end }) => offset > start && offset < end) &&
    (offset === 0 || text[offset - 1] === "\n")
  );
}
