import { check, fix } from "./check.ts";

/** A trigger and what else a case needs. */
function flow(nodes: string): string {
  return `nodes:\n  t: { type: inject }\n${nodes.replaceAll(/^/gm, "  ")}\n`;
}

const log = "l: { type: log, from: m }";

describe("check: where wires come from", () => {
  it("takes nodes, ports, lists and errors", () =>
    check(
      flow(`f: { type: filter, from: t, when: "true" }
s: { type: switch, from: f, cases: { hot: "true" } }
l: { type: log, from: [f.rejected, s.hot, s.else, t.error, any.error] }`),
    ));
  it("guesses an unknown node", () =>
    check(
      flow("mapping: { type: map, from: t }\nl: { type: log, from: «mapp1ng» }"),
      'error EDDY_WIRE_NODE There is no node "mapp1ng". Did you mean "mapping"?',
    ));
  it("keeps the port when it corrects the node", () =>
    fix(
      flow('sift: { type: filter, from: t, when: "true" }\nl: { type: log, from: [shift.rejected, sift] }'),
      "Change to sift",
      flow('sift: { type: filter, from: t, when: "true" }\nl: { type: log, from: [sift.rejected, sift] }'),
    ));
  it("corrects a reference in quotes", () =>
    fix(
      flow('sift: { type: filter, from: t, when: "true" }\nl: { type: log, from: "shift.rejected" }'),
      "Change to sift.rejected",
      flow('sift: { type: filter, from: t, when: "true" }\nl: { type: log, from: sift.rejected }'),
    ));
  it("lists the nodes where none is near", () =>
    check(
      flow("l: { type: log, from: «elsewhere» }").replace("t: ", "«t»: "),
      "hint EDDY_OUTPUT_UNUSED",
      "error EDDY_WIRE_NODE Known are: t and l.",
    ));
  it("guesses an unknown port", () =>
    check(
      flow('f: { type: filter, from: t, when: "true" }\nl: { type: log, from: «f.rejcted» }'),
      'error EDDY_WIRE_PORT f has no output "rejcted". Did you mean "rejected"?',
    ));
  it("offers the only port there is", () =>
    fix(
      flow("m: { type: map, from: t }\nl: { type: log, from: m.rejected }"),
      "Change to m",
      flow("m: { type: map, from: t }\nl: { type: log, from: m }"),
    ));
  it("says that a node has no output", () =>
    check(
      flow("a: { type: log, from: t }\nb: { type: log, from: «a» }"),
      "error EDDY_WIRE_PORT a (log) has no output but error.",
    ));
  it("knows the ports that params name", () => {
    check(
      flow(
        "n: { type: function, from: t, code: return 1, outputs: [good, bad] }\nl: { type: log, from: [n.good, n.bad] }",
      ),
    );
    check(
      flow(
        "n: { type: function, from: t, code: return 1, outputs: { good: number } }\nl: { type: log, from: [n.good, «n» ] }",
      ),
      'error EDDY_WIRE_PORT n has no output "out". Known are: good and error.',
    );
  });
  it("allows any for errors only", () => {
    check(
      flow("l: { type: log, from: [t, «any»] }"),
      'error EDDY_WIRE_ANY "any" stands for the errors of all nodes',
    );
    fix(
      flow("l: { type: log, from: [t, any.out] }"),
      "Change to any.error",
      flow("l: { type: log, from: [t, any.error] }"),
    );
  });
  it("warns of a wire that is drawn twice", () =>
    check(
      flow("l: { type: log, from: [t, «t.out»] }"),
      "warning EDDY_WIRE_TWICE The wire from t is drawn twice",
    ));
  it("takes the same node by two ports, and into two inputs", () =>
    check(flow(`j: { type: join, from: { a: t, b: t } }\nl: { type: log, from: [j, j.error] }`)));
});

describe("check: where wires lead to", () => {
  it("lets nothing into a trigger", () =>
    check(
      flow("m: { type: map, from: t }\nu: { type: inject, from: «m» }\nl: { type: log, from: u }"),
      "error EDDY_WIRE_TRIGGER inject is a trigger",
    ));
  it("removes the wire into a trigger", () =>
    fix(
      flow("u:\n  type: inject\n  from: t\n  every: 5s\nl: { type: log, from: u }"),
      "Remove from",
      flow("u:\n  type: inject\n  every: 5s\nl: { type: log, from: u }"),
    ));
  it("asks for a wire", () =>
    check(
      flow(`l: { type: log, from: t }\n«m»: { type: map }\n${log.replace("l:", "k:")}`),
      'error EDDY_WIRE_MISSING "m" is wired to nothing',
    ));
  it("wants names where a node has several inputs", () =>
    check(
      flow("j: { type: join, from: [«t»] }\nl: { type: log, from: j }"),
      "error EDDY_WIRE_INPUT join takes its inputs by name. You choose the names of its inputs: write from: { t: t }.",
    ));
  it("wants none where it has one", () =>
    check(
      flow("m: { type: map, from: { left: «t» } }\nl: { type: log, from: m }"),
      'error EDDY_WIRE_INPUT map has one input: write from: t, without "left".',
    ));
});

describe("check: a workflow used as a node", () => {
  const inside = (ports: string, nodes: string) => `${ports}nodes:\n  ${nodes}\n`;
  it("takes messages from its inputs and hands them out", () =>
    check(
      inside(
        "inputs: { reading: number }\noutputs: { done: { type: number, from: m } }\n",
        "m: { type: map, from: reading }",
      ),
    ));
  it("checks the wires of its outputs", () =>
    check(
      inside(
        "inputs: { reading: number }\noutputs: { done: { type: number, from: «mm» } }\n",
        "m: { type: map, from: reading }",
      ),
      'error EDDY_WIRE_NODE There is no node "mm". Did you mean "m"?',
    ));
  it("wants a wire for each output", () =>
    check(
      inside("inputs: { reading: number }\noutputs: { «done»: number }\n", "m: { type: log, from: reading }"),
      "error EDDY_OUTPUT_WITHOUT_WIRE",
    ));
  it("knows no ports of an input", () =>
    check(
      inside("inputs: { reading: number }\n", "m: { type: log, from: «reading.warm» }"),
      "error EDDY_WIRE_PORT An input of the workflow has no ports.",
    ));
  it("hints at an input that nothing takes", () =>
    check(
      inside("inputs: { «reading»: number, other: number }\n", "m: { type: log, from: other }"),
      "hint EDDY_INPUT_UNUSED",
    ));
  it("refuses an input with the name of a node", () =>
    check(
      inside("inputs: { «m»: number }\n", "m: { type: inject }\n  l: { type: log, from: m }"),
      "error EDDY_DUPLICATE_ID",
    ));
  it("refuses reserved names", () => {
    check(
      inside("inputs: { «any»: number }\n", "t: { type: inject }\n  l: { type: log, from: t }"),
      "error EDDY_RESERVED_NAME",
    );
    check(
      inside("outputs: { «error»: { type: number, from: t } }\n", "t: { type: inject }"),
      'error EDDY_RESERVED_NAME Every node has an output "error" already',
    );
    check(
      inside(
        "params: { «timeout»: { type: duration, default: 5s } }\n",
        "t: { type: inject, payload: params.timeout }\n  l: { type: log, from: t }",
      ),
      'error EDDY_RESERVED_NAME "timeout" is a key of every node',
    );
  });
});
