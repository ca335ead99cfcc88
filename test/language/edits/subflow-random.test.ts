import assert from "node:assert/strict";
import fc from "fast-check";
import {
  applyTextEdits,
  extractSubflow,
  inlineSubflow,
  invertTextEdits,
  parseWorkflow,
} from "../../../language/index.ts";
import { testCatalog } from "../catalog.ts";
import { documents, type RandomDocument } from "./documents.ts";
import { meaningOf, sorted } from "./meaning.ts";

const file = "./part.flow.yaml";
const id = "part";

describe("extract and inline on random documents", function () {
  this.timeout(180_000);

  it("are each other's inverse, and leave every other byte alone", () => {
    const counts = { made: 0, same: 0 };
    fc.assert(
      fc.property(documents, fc.array(fc.nat(5), { minLength: 1, maxLength: 4 }), (document, picks) => {
        const { text, blocks } = document;
        const ids = chosen(document, picks);
        const { edits, subflow, problems } = extractSubflow(text, { ids, file, id }, testCatalog);
        if (problems.length > 0) {
          assert.deepEqual([edits, subflow], [[], ""]);
          assert.notEqual(problems[0]?.code, "EDDY_EDIT_FAILED");
          return;
        }
        counts.made++;
        const after = applyTextEdits(text, edits);
        assert.equal(applyTextEdits(after, invertTextEdits(text, edits)), text);
        assert.deepEqual(Object.keys(meaningOf(subflow).nodes).sort(), [...ids].sort());
        assert.equal(/[^\r]\n/.test(subflow), !text.includes("\r\n"));
        keepsBlocks(document, ids, after, subflow);
        const inlined = inlineSubflow(after, id, subflow, testCatalog);
        assert.deepEqual(inlined.problems, [], JSON.stringify({ after, subflow }));
        const back = applyTextEdits(after, inlined.edits);
        const whole = wholeGroups(text, ids);
        assert.deepEqual(unordered(back, whole), unordered(text, whole));
        const places = ids.map((one) => blocks.findIndex((block) => block.id === one)).sort();
        const areTogether = places.every((place, index) => place === (places[0] ?? 0) + index);
        const allFramed = whole.length === parseWorkflow(text, "").workflow.groups.length;
        if (!areTogether || !allFramed || !isPlain(document, ids)) return;
        counts.same++;
        assert.equal(back, text);
      }),
      { numRuns: 700 },
    );
    // So that the property says something.
    assert.ok(counts.made > 150 && counts.same > 50, JSON.stringify(counts));
  });
});

function chosen({ text }: RandomDocument, picks: readonly number[]): readonly string[] {
  const nodes = [...parseWorkflow(text, "").workflow.nodes.keys()];
  return [...new Set(picks.map((pick) => nodes[pick % nodes.length] ?? ""))];
}

/** Nodes that nothing crosses into are found as they are in the new file, and the others in the old one. */
function keepsBlocks(
  { text, blocks }: RandomDocument,
  ids: readonly string[],
  after: string,
  subflow: string,
): void {
  for (const block of blocks) {
    const lines = text.slice(block.start, block.end).trimEnd();
    const target = ids.includes(block.id) ? subflow : after;
    const crosses = ids.includes(block.id)
      ? / n\d|"n\d|,n\d/.test(lines.replace(/^.*?:/, ""))
      : ids.some((one) => lines.includes(one));
    if (!crosses && !ids.includes(block.id)) assert.ok(target.includes(lines), lines);
    const withoutWires = lines.split(/\r?\n/).filter((line) => !/\bn\d\b/.test(line));
    for (const line of withoutWires) assert.ok(target.includes(line), line);
  }
}

/** Wires from one output in several ways of writing, or groups in lists, may be written anew. */
function isPlain({ text }: RandomDocument, ids: readonly string[]): boolean {
  return !ids.some((one) => text.includes(`"${one}"`));
}

/** A frame around some of the nodes becomes one around all of them: the node in their place is not divided. */
function wholeGroups(text: string, ids: readonly string[]): readonly string[] {
  return parseWorkflow(text, "")
    .workflow.groups.filter(({ nodes }) => {
      const framed = ids.filter((one) => nodes.includes(one)).length;
      return framed === 0 || framed === ids.length;
    })
    .map((group) => group.id);
}

function unordered(text: string, groups: readonly string[]) {
  const meaning = sorted(meaningOf(text));
  const framed = groups.map((name) => {
    const group = meaning.groups[name];
    return [name, group?.label, [...(group?.nodes ?? [])].sort()];
  });
  return { ...meaning, groups: framed };
}
