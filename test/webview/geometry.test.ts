import assert from "node:assert/strict";
import fc from "fast-check";
import {
  boundsOf,
  cardBox,
  freePlace,
  gridSize,
  overlaps,
  snap,
  wireAt,
  wireEnds,
  wirePoints,
  wiresCut,
} from "../../webview/canvas/model/geometry.ts";
import { fitIn, layeredPositions, needsLayout, placeNodes } from "../../webview/canvas/model/placement.ts";
import { cardsOf, makeWires, view, wire } from "./canvas.ts";

const chain = view(
  "a:\n  type: inject\n  at: [0, 0]\nb:\n  type: map\n  from: a\n  at: [300, 0]\nc:\n  type: log\n  from: b\n  at: [600, 200]",
);
const cards = cardsOf(chain);
const wires = makeWires(chain);
const positions = placeNodes(chain, cards, new Map());

describe("geometry of the canvas", () => {
  it("snaps to the grid, and what is on it stays", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: -1e6, max: 1e6 }), (x, y) => {
        const once = snap({ x, y });
        assert.ok(Math.abs(once.x - x) <= gridSize / 2 && once.x % gridSize === 0);
        assert.deepEqual(snap(once), once);
      }),
    );
  });

  it("finds a place that covers nothing", () => {
    const box = fc.record({
      x: fc.integer({ min: -300, max: 300 }),
      y: fc.integer({ min: -300, max: 300 }),
      width: fc.integer({ min: 20, max: 200 }),
      height: fc.integer({ min: 20, max: 200 }),
    });
    fc.assert(
      fc.property(box, fc.array(box, { maxLength: 12 }), (wanted, others) => {
        const place = { ...wanted, ...freePlace(wanted, others) };
        assert.ok(others.every((other) => !overlaps(place, other)));
      }),
    );
  });

  it("knows the box around boxes, and none around none", () => {
    assert.equal(boundsOf([]), undefined);
    assert.deepEqual(
      boundsOf([
        { x: 10, y: 10, width: 10, height: 10 },
        { x: 40, y: 0, width: 10, height: 50 },
      ]),
      { x: 10, y: 0, width: 40, height: 50 },
    );
  });

  it("finds the wire under a point, and none beside it", () => {
    const [first] = wires;
    assert.ok(first);
    const ends = wireEnds(first, cards, positions);
    assert.ok(ends);
    for (const point of wirePoints(ends.start, ends.end)) {
      assert.equal(wireAt(point, wires, cards, positions)?.id, "a.out>b.in");
    }
    assert.equal(wireAt({ x: 240, y: 300 }, wires, cards, positions), undefined);
  });

  it("begins a wire at its port and ends it at the other", () => {
    fc.assert(
      fc.property(fc.integer({ min: -500, max: 500 }), fc.integer({ min: -500, max: 500 }), (x, y) => {
        const points = wirePoints({ x: 0, y: 0 }, { x, y });
        assert.deepEqual(points[0], { x: 0, y: 0 });
        const last = points.at(-1);
        assert.ok(last && Math.abs(last.x - x) < 1e-6 && Math.abs(last.y - y) < 1e-6);
      }),
    );
  });

  it("cuts the wires that a line crosses and no other", () => {
    const across = wiresCut({ x: 240, y: -100 }, { x: 240, y: 100 }, wires, cards, positions);
    assert.deepEqual(
      across.map(({ id }) => id),
      ["a.out>b.in"],
    );
    assert.deepEqual(wiresCut({ x: 0, y: -50 }, { x: 700, y: -50 }, wires, cards, positions), []);
  });
});

describe("placement", () => {
  it("puts nodes where the file says", () => {
    assert.deepEqual(positions.get("c"), { x: 600, y: 200 });
  });

  it("puts a node without a place behind its source, on nothing else", () => {
    const workflow = view(
      "a:\n  type: inject\n  at: [0, 0]\nb:\n  type: map\n  from: a\n  at: [240, 0]\nc:\n  type: log\n  from: a",
    );
    const placed = placeNodes(workflow, cardsOf(workflow), new Map());
    const place = placed.get("c");
    assert.equal(place?.x, 240);
    assert.ok((place?.y ?? 0) > 0);
  });

  it("wants an arrangement where several nodes have no place, and none once they have", () => {
    const workflow = view("a:\n  type: inject\nb:\n  type: log\n  from: a");
    assert.equal(needsLayout(workflow, new Map()), true);
    const known = new Map([
      ["a", { x: 0, y: 0 }],
      ["b", { x: 240, y: 0 }],
    ]);
    assert.equal(needsLayout(workflow, known), false);
    assert.equal(needsLayout(chain, new Map()), false);
  });

  it("keeps every node in place when one that was arranged is moved", () => {
    const before = view("a:\n  type: inject\nb:\n  type: log\n  from: a");
    const automatic = fitIn(
      before,
      cardsOf(before),
      new Map([
        ["a", { x: 0, y: 0 }],
        ["b", { x: 240, y: 0 }],
      ]),
      new Map(),
    );
    const after = view("a:\n  type: inject\n  at: [0, 400]\nb:\n  type: log\n  from: a");
    assert.deepEqual(placeNodes(after, cardsOf(after), automatic).get("b"), { x: 240, y: 0 });
  });

  it("moves an arrangement to the nodes that have a place", () => {
    const workflow = view(
      "a:\n  type: inject\n  at: [1000, 500]\nb:\n  type: map\n  from: a\nc:\n  type: log\n  from: b",
    );
    const arranged = new Map([
      ["a", { x: 0, y: 0 }],
      ["b", { x: 240, y: 0 }],
      ["c", { x: 480, y: 0 }],
    ]);
    const placed = fitIn(workflow, cardsOf(workflow), arranged, new Map());
    assert.deepEqual(placed.get("c"), { x: 1480, y: 500 });
  });

  it("has columns along the wires even in a loop", () => {
    const columns = layeredPositions(["a", "b", "c"], [wire("a", "b"), wire("b", "c"), wire("c", "b")]);
    assert.equal(columns.get("a")?.x, 0);
    assert.equal(columns.size, 3);
    const plain = layeredPositions(["a", "b", "c"], [wire("a", "b"), wire("b", "c"), wire("a", "c")]);
    assert.deepEqual(
      [...plain.values()].map(({ x }) => x / 240),
      [0, 1, 2],
    );
  });

  it("knows where a card is", () => {
    const card = cards.get("a");
    assert.ok(card);
    assert.deepEqual(cardBox(card, { x: 1, y: 2 }), { x: 1, y: 2, width: 180, height: card.height });
  });
});
