import assert from "node:assert/strict";
import fc from "fast-check";
import type { Edit } from "../../../language/edits/edit.ts";
import { applyEdit, applyTextEdits, invertTextEdits } from "../../../language/index.ts";
import type { Range } from "../../../language/model.ts";
import { parseWorkflow } from "../../../language/parse.ts";
import { testCatalog } from "../catalog.ts";
import { documents, type RandomDocument } from "./documents.ts";
import { allKinds, gestures, texts } from "./gestures.ts";
import { expectedMeaning, meaningOf, sorted } from "./meaning.ts";

/** A document and an edit that was made to it. */
interface Made {
  readonly document: RandomDocument;
  readonly edit: Edit;
  readonly edits: readonly { readonly range: Range; readonly newText: string }[];
  readonly after: string;
}

const runs = 2_000;

function forAllEdits(check: (made: Made) => void, kinds = allKinds): number {
  let made = 0;
  fc.assert(
    fc.property(documents, gestures(kinds), (document, gesture) => {
      const edit = gesture(document.text);
      const { edits, problems } = applyEdit(document.text, edit, testCatalog);
      if (problems.length > 0) {
        assert.deepEqual(edits, []);
        assert.notEqual(problems[0]?.code, "EDDY_EDIT_FAILED", JSON.stringify(edit));
        return;
      }
      made++;
      check({ document, edit, edits, after: applyTextEdits(document.text, edits) });
    }),
    { numRuns: runs },
  );
  return made;
}

describe("edits of random documents", function () {
  this.timeout(120_000);

  it("most random edits can be made, so that the properties below say something", () => {
    const made = forAllEdits(() => {});
    assert.ok(made > runs * 0.6, `${made} of ${runs}`);
  });

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
      { numRuns: 500 },
    );
  });

  it("the text says afterwards what the edit is meant to make it say, and nothing else", () => {
    forAllEdits(({ document, edit, after }) => {
      const expected = sorted(expectedMeaning(meaningOf(document.text), edit));
      assert.deepEqual(sorted(meaningOf(after)), expected);
    });
  });

  it("undo gives the same bytes", () => {
    forAllEdits(({ document, edits, after }) => {
      assert.equal(applyTextEdits(after, invertTextEdits(document.text, edits)), document.text);
    });
  });

  it("bytes outside the lines of the nodes it touches stay as they are", () => {
    forAllEdits(({ document, edit, edits, after }) => {
      if (document.inBraces) return;
      const touched = touchedNodes(document, edit, after);
      for (const { range } of edits) {
        assert.ok(
          mayChange(document, touched, range),
          `${JSON.stringify(edit)} touches ${JSON.stringify(document.text.slice(range.start, range.end))}`,
        );
      }
    });
  });

  it("keeps line breaks, and the byte order mark", () => {
    forAllEdits(({ document, after }) => {
      if (document.text.includes("\r\n")) assert.ok(!/(^|[^\r])\n/.test(after), JSON.stringify(after));
      else assert.ok(!after.includes("\r"), JSON.stringify(after));
      assert.equal(after.startsWith("\uFEFF"), document.text.startsWith("\uFEFF"));
    });
  });

  it("at stays the last key where it was, and becomes it where it was missing", () => {
    forAllEdits(
      ({ document, edit, after }) => {
        const before = lastKeys(document.text);
        for (const [id, key] of lastKeys(after)) {
          const was = before.get(id);
          if (was === "at" || (was === undefined && edit.kind === "add-node" && edit.at !== undefined))
            assert.equal(key, "at", id);
        }
      },
      ["add-node", "set-param", "connect", "move-nodes", "duplicate-nodes"],
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
      { numRuns: runs },
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
  for (const block of blocks) {
    if (block.end <= at || block.start >= end) continue;
    if (!touched.has(block.id) || text.slice(at, Math.max(at, block.start)).trim() !== "") return false;
    at = block.end;
  }
  return at >= Math.min(end, blocks.at(-1)?.end ?? 0) || text.slice(at, end).trim() === "";
}

function isBoundary({ text, blocks }: RandomDocument, offset: number): boolean {
  const last = blocks.at(-1);
  if (last === undefined || offset >= last.end) return true;
  return (
    !blocks.some(({ start, end }) => offset > start && offset < end) &&
    (offset === 0 || text[offset - 1] === "\n")
  );
}
