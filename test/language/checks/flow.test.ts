import assert from "node:assert/strict";
import fc from "fast-check";
import { findLoops } from "../../../language/checks/graph.ts";
import { check } from "./check.ts";

function flow(nodes: string): string {
  return `nodes:\n  t: { type: inject }\n${nodes.replaceAll(/^/gm, "  ")}\n`;
}

describe("check: nodes that never run", () => {
  it("finds nothing in a chain, a fork and a join", () =>
    check(
      flow(
        "a: { type: map, from: t }\nb: { type: map, from: t }\nj: { type: join, from: { a: a, b: b } }\nl: { type: log, from: j }",
      ),
    ));
  it("warns of a loop that no trigger feeds, once, and not of what follows", () =>
    check(
      flow(
        "l: { type: log, from: t }\n«a»: { type: delay, for: 1s, from: b }\nb: { type: map, from: a }\nc: { type: map, from: b }\nd: { type: log, from: c }",
      ),
      'warning EDDY_UNREACHABLE "a" never runs: no trigger leads to it, it is fed only by the loop it is in (a → b → a).',
    ));
  it("warns of a node that feeds only itself", () =>
    check(
      flow("l: { type: log, from: t }\n«a»: { type: delay, for: 1s, from: a }"),
      "warning EDDY_UNREACHABLE (a → a)",
    ));
  it("does not warn where something is reported already", () => {
    check(
      flow("l: { type: log, from: t }\nm: { type: map, from: «gone» }\nk: { type: log, from: m }"),
      "error EDDY_WIRE_NODE",
    );
    check(
      flow("l: { type: log, from: t }\n«m»: { type: map }\nk: { type: log, from: m }"),
      "error EDDY_WIRE_MISSING",
    );
    check(
      flow("l: { type: log, from: t }\nu: { type: «intect» }\nk: { type: log, from: u }"),
      "error EDDY_UNKNOWN_TYPE",
    );
  });
  it("knows that errors may come from any node that runs", () =>
    check(
      flow(
        "m: { type: map, from: t }\nl: { type: log, from: m }\ne: { type: map, from: any.error }\nk: { type: log, from: e }",
      ),
    ));
  it("counts what comes in by the workflow's inputs", () =>
    check(
      "inputs: { reading: number }\nnodes:\n  m: { type: map, from: reading }\n  l: { type: log, from: m }\n",
    ));
});

describe("check: disabled nodes", () => {
  it("hints at what does not run without them, and not at what follows", () =>
    check(
      flow(
        "l: { type: log, from: t }\na: { type: map, from: t, disabled: true }\n«b»: { type: map, from: a }\nc: { type: log, from: b }",
      ),
      'hint EDDY_UNREACHABLE "b" does not run while a is disabled.',
    ));
  it("says nothing where another wire leads there", () =>
    check(flow("a: { type: map, from: t, disabled: true }\nb: { type: log, from: [a, t] }")));
  it("makes errors of a disabled node hints", () =>
    check(
      flow(
        "l: { type: log, from: t }\na: { type: filter, from: t, disabled: true, when: '«»' }".replace(
          "'«»'",
          "«''»",
        ),
      ),
      "hint EDDY_EXPRESSION_EMPTY",
    ));
  it("opens a loop with one", () =>
    check(
      flow(
        "a: { type: map, from: [t, b] }\nb: { type: map, from: a, disabled: true }\nl: { type: log, from: a }",
      ),
    ));
});

describe("check: outputs that go nowhere", () => {
  it("hints at a node whose messages nobody takes", () =>
    check(
      flow("«m»: { type: map, from: t }"),
      'hint EDDY_OUTPUT_UNUSED Nothing takes the messages of "m": wire a node to it',
    ));
  it("hints at a trigger that nobody listens to", () =>
    check("nodes:\n  «t»: { type: inject }\n", "hint EDDY_OUTPUT_UNUSED"));
  it("names the ports where there are several", () =>
    check(
      flow('«f»: { type: filter, from: t, when: "true" }'),
      "hint EDDY_OUTPUT_UNUSED (out and rejected)",
    ));
  it("is content with one port", () =>
    check(flow('f: { type: filter, from: t, when: "true" }\nl: { type: log, from: f.rejected }')));
  it("does not count a wire for errors", () =>
    check(flow("«m»: { type: map, from: t }\nl: { type: log, from: m.error }"), "hint EDDY_OUTPUT_UNUSED"));
  it("does not hint at nodes that do something outside", () =>
    check(flow("r: { type: http-request, from: t, url: a }")));
  it("does not hint at a node that sets state", () =>
    check(
      `state: { last: { type: number, initial: 0 } }\n${flow("s: { type: state, from: t, set: { last: msg.payload } }")}`,
    ));
});

describe("check: loops", () => {
  it("refuses a loop of nodes that answer at once", () =>
    check(
      flow(
        "a: { type: map, from: [t, «c»] }\nb: { type: map, from: a }\nc: { type: map, from: b }\nl: { type: log, from: c }",
      ),
      "error EDDY_LOOP This loop can never finish, since every node in it answers at once: a → b → c → a.",
    ));
  it("refuses a node that follows itself", () =>
    check(flow("a: { type: map, from: [t, «a»] }\nl: { type: log, from: a }"), "error EDDY_LOOP a → a."));
  it("refuses a loop through an error", () =>
    check(
      flow("a: { type: map, from: [t, «b»] }\nb: { type: map, from: a.error }\nl: { type: log, from: a }"),
      "error EDDY_LOOP a → b → a.",
    ));
  it("reports two loops that share a node once", () =>
    check(
      flow(
        "a: { type: map, from: [t, «b», c] }\nb: { type: map, from: a }\nc: { type: map, from: a }\nl: { type: log, from: a }",
      ),
      "error EDDY_LOOP a → b → a.",
    ));
  for (const waiting of [
    "{ type: delay, for: 1s, from: a }",
    "{ type: function, code: return msg, from: a }",
  ])
    it(`takes a loop through ${waiting}`, () =>
      check(flow(`a: { type: map, from: [t, b] }\nb: ${waiting}\nl: { type: log, from: a }`)));
  it("takes any.error for no loop", () =>
    check(flow("a: { type: map, from: [t, any.error] }\nl: { type: log, from: a }")));

  it("finds the loops of any graph", () =>
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 9 })
          .chain((size) =>
            fc.tuple(
              fc.constant(size),
              fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)), { maxLength: 20 }),
            ),
          ),
        ([size, edges]) => {
          const ids = Array.from({ length: size }, (_, index) => `n${index}`);
          const next = (id: string) => edges.filter(([from]) => `n${from}` === id).map(([, to]) => `n${to}`);
          assert.deepEqual(
            new Set(findLoops(ids, next).map(String)),
            new Set(loopsByReach(ids, next).map(String)),
          );
        },
      ),
    ));
  it("follows a chain of any length", () => {
    const ids = Array.from({ length: 50_000 }, (_, index) => `n${index}`);
    const next = (id: string) => [`n${(Number(id.slice(1)) + 1) % ids.length}`];
    assert.equal(findLoops(ids, next)[0]?.length, ids.length);
  });
});

/** The same by definition: nodes that reach each other. */
function loopsByReach(
  ids: readonly string[],
  next: (id: string) => readonly string[],
): readonly (readonly string[])[] {
  const reach = new Map(ids.map((id) => [id, reachedFrom(id, next)]));
  const loops = ids.map((id) =>
    ids.filter((other) => reach.get(id)?.has(other) && reach.get(other)?.has(id)),
  );
  return loops.filter((loop) => loop.length > 0);
}

function reachedFrom(id: string, next: (id: string) => readonly string[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const queue = [...next(id)];
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    if (reached.has(one)) continue;
    reached.add(one);
    queue.push(...next(one));
  }
  return reached;
}
