import assert from "node:assert/strict";
import fc from "fast-check";
import { findNodes } from "../../webview/canvas/model/find.ts";
import { chooseId, refuseId } from "../../webview/canvas/model/ids.ts";
import { graphOrder, nearestIn, wireTargets } from "../../webview/canvas/model/navigation.ts";
import { paletteSections, searchTypes } from "../../webview/canvas/model/search.ts";
import { cardsOf, descriptors, makeWires, view, wire } from "./canvas.ts";

describe("arrow keys", () => {
  const places = new Map([
    ["right", { x: 200, y: 10 }],
    ["far-right", { x: 400, y: 0 }],
    ["below", { x: 10, y: 200 }],
    ["above-left", { x: -200, y: -150 }],
  ]);

  it("go to the nearest node in their direction", () => {
    assert.equal(nearestIn("right", { x: 0, y: 0 }, places), "right");
    assert.equal(nearestIn("down", { x: 0, y: 0 }, places), "below");
    assert.equal(nearestIn("left", { x: 0, y: 0 }, places), "above-left");
  });

  it("go nowhere where there is nothing", () => {
    assert.equal(nearestIn("right", { x: 500, y: 0 }, places), undefined);
  });

  it("never go backwards", () => {
    const place = fc.record({
      x: fc.integer({ min: -999, max: 999 }),
      y: fc.integer({ min: -999, max: 999 }),
    });
    fc.assert(
      fc.property(place, fc.array(place, { maxLength: 20 }), (from, others) => {
        const all = new Map(others.map((other, index) => [String(index), other]));
        const found = nearestIn("right", from, all);
        if (found !== undefined) assert.ok((all.get(found)?.x ?? 0) > from.x);
        else assert.ok(others.every(({ x }) => x <= from.x));
      }),
    );
  });
});

describe("the order along the wires", () => {
  it("has each node behind its sources", () => {
    const order = graphOrder(["out", "in", "map"], [wire("in", "map"), wire("map", "out")]);
    assert.deepEqual(order, ["in", "map", "out"]);
  });

  it("has every node once, loops included", () => {
    const id = fc.constantFrom("a", "b", "c", "d", "e");
    const wires = fc.array(
      fc.tuple(id, id).map(([from, to]) => wire(from, to)),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(wires, (all) => {
        const order = graphOrder(["a", "b", "c", "d", "e"], all);
        assert.deepEqual(order.toSorted(), ["a", "b", "c", "d", "e"]);
      }),
    );
  });
});

describe("a wire drawn with the keyboard", () => {
  it("leads to inputs that it does not lead to yet, what lies right of it first", () => {
    const workflow = view(
      "l:\n  type: log\n  at: [-240, 0]\na:\n  type: map\n  at: [0, 0]\nb:\n  type: log\n  from: a\n  at: [240, 0]\nc:\n  type: log\n  at: [480, 0]\nt:\n  type: inject\n  at: [0, 200]",
    );
    const positions = new Map(workflow.nodes.flatMap(({ id, at }) => (at ? [[id, at]] : [])));
    const targets = wireTargets(
      { node: "a", port: "out" },
      [...cardsOf(workflow).values()],
      makeWires(workflow),
      positions,
    );
    assert.deepEqual(
      targets.map(({ node }) => node),
      ["c", "l"],
    );
  });
});

describe("ids of new nodes", () => {
  it("are the name of the type, numbered where it is taken", () => {
    assert.equal(chooseId("map", new Set()), "map");
    assert.equal(chooseId("map", new Set(["map", "map-2"])), "map-3");
    assert.equal(chooseId("./lib/alarm.flow.yaml", new Set()), "alarm");
    assert.equal(chooseId("plant/press", new Set()), "press");
    assert.equal(chooseId("any", new Set()), "any-2");
    assert.equal(chooseId("./3d.node.ts", new Set()), "node");
  });

  it("are always allowed and never taken", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), (type, taken) => {
        const names = new Set(taken);
        assert.equal(refuseId(chooseId(type, names), names), undefined);
      }),
    );
  });

  it("are refused where they cannot be", () => {
    const taken = new Set(["a"]);
    assert.deepEqual(
      ["a", "any", "1a", "a b", "b"].map((id) => refuseId(id, taken)),
      ["taken", "reserved", "shape", "shape", undefined],
    );
  });
});

describe("find", () => {
  const workflow = view(
    "fridge:\n  type: mqtt-in\n  topic: site/a\nwarm:\n  type: filter\n  from: fridge\n  when: msg.payload.celsius > 8\n  disabled: true",
  );
  const problem = { code: "X", severity: "error" as const, message: "m", node: "fridge", line: 0 };
  const find = (query: string) => findNodes(query, workflow.nodes, cardsOf(workflow, [problem]));

  it("looks into ids, types and params", () => {
    assert.deepEqual(find("CELSIUS"), ["warm"]);
    assert.deepEqual(find("mqtt"), ["fridge"]);
    assert.deepEqual(find("fridge site"), ["fridge"]);
    assert.deepEqual(find(" "), []);
  });

  it("knows states and types", () => {
    assert.deepEqual(find("is:error"), ["fridge"]);
    assert.deepEqual(find("is:disabled"), ["warm"]);
    assert.deepEqual(find("type:filter"), ["warm"]);
  });
});

describe("the palette", () => {
  it("has every node type in one section", () => {
    const sections = paletteSections([...descriptors.values()], "");
    const types = sections.flatMap(({ items }) => items.map(({ type }) => type));
    assert.deepEqual(types.toSorted(), [...descriptors.keys()].toSorted());
    assert.equal(sections[0]?.category, "trigger");
  });

  it("finds by name before description", () => {
    assert.equal(searchTypes([...descriptors.values()], "fil")[0]?.type.startsWith("fil"), true);
    assert.deepEqual(searchTypes([...descriptors.values()], "no such thing"), []);
  });
});
