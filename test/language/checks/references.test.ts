import assert from "node:assert/strict";
import { checkWorkflow } from "../../../language/checks/check.ts";
import { parseWorkflow } from "../../../language/parse.ts";
import { testCatalog } from "../catalog.ts";
import { check, fix } from "./check.ts";

const nodes = "nodes:\n  fridge: { type: inject }\n  alert: { type: log, from: fridge }\n";

describe("check: tests", () => {
  const test = (given: string, expected: string) =>
    `${nodes}tests:\n  - name: a\n    given: [{ at: 0s, node: ${given}, message: { payload: 1 } }]\n    expect: [{ node: ${expected} }]\n`;
  it("know nodes", () => check(test("fridge", "alert")));
  it("guess a node", () => {
    check(
      test("«frige»", "alert"),
      'error EDDY_TEST_NODE There is no node "frige" for this test. Did you mean "fridge"?',
    );
    fix(test("fridge", "alrt"), "Change to alert", test("fridge", "alert"));
  });
  const port = (name: string) => test("fridge", `fridge, port: ${name} }, { node: alert`);
  it("know outputs", () => {
    check(port("out"));
    check(port("error"));
    check(port("«ouut»"), 'error EDDY_TEST_PORT "fridge" has no output "ouut". Did you mean "out"?');
    fix(port("ouut"), "Change to out", port("out"));
  });
  it("know the nodes that mocks name", () =>
    check(
      `${nodes}tests: [{ mocks: [{ node: «frige», result: 1 }, { node: fridge/inner, error: no }] }]\n`,
      "error EDDY_TEST_NODE",
    ));
  it("know the inputs and outputs of the workflow", () =>
    check(
      "inputs: { reading: number }\noutputs: { done: { type: number, from: m } }\nnodes:\n  m: { type: map, from: reading }\ntests:\n  - { name: a, given: [{ node: reading, message: {} }], expect: [{ node: done }] }\n",
    ));
});

describe("check: groups", () => {
  it("know nodes", () => check(`${nodes}groups:\n  g: { label: G, nodes: [fridge, alert] }\n`));
  it("warn of others", () =>
    check(
      `${nodes}groups:\n  g: { nodes: [fridge, «alrt»] }\n`,
      'warning EDDY_GROUP_MEMBER Did you mean "alert"?',
    ));
});

describe("check: the id of a workflow", () => {
  const find = (text: string, file: string) =>
    checkWorkflow(parseWorkflow(`eddy: 1\n${text}${nodes}`, file), testCatalog);
  it("comes from the file name", () => assert.deepEqual(find("", "/a b/cold-chain.v2.flow.yaml"), []));
  it("is refused where devices could not take it", () => {
    const [problem] = find("", "cold chain.flow.yaml");
    assert.equal(problem?.code, "EDDY_WORKFLOW_ID");
    assert.match(problem?.message ?? "", /The name of the file gives the id "cold chain"/);
    assert.equal(find('id: "../x"\n', "x.flow.yaml")[0]?.range.start, 12);
  });
  it("may be written", () => assert.deepEqual(find("id: cold-chain\n", "cold chain.flow.yaml"), []));
});

describe("check: whole files", () => {
  it("says nothing of a file that is not there yet, or that cannot be read", () => {
    for (const text of ["", "\0", "- a", "eddy: 1\n", "[".repeat(1000)])
      assert.deepEqual(checkWorkflow(parseWorkflow(text, "a.flow.yaml"), testCatalog), []);
  });
  it("says nothing of what refers to a node that could not be read", () => {
    const text = `eddy: 1\n${nodes}  9th: { type: map, from: fridge }\n  l: { type: log, from: alert.error }\ngroups: { g: { nodes: [9th] } }\n`;
    assert.deepEqual(
      checkWorkflow(parseWorkflow(text, "a.flow.yaml"), testCatalog).map(({ code }) => code),
      [],
    );
  });
  it("sorts by place", () => {
    const text = `eddy: 1\nenv: { A: {} }\nnodes:\n  l: { type: lg, from: t }\n  t: { type: injct, every: 5 }\n  m: { type: map, from: x, pylod: 1 }\n`;
    const starts = checkWorkflow(parseWorkflow(text, "a.flow.yaml"), testCatalog).map(
      ({ range }) => range.start,
    );
    assert.ok(starts.length > 3);
    assert.deepEqual(
      starts,
      [...starts].sort((left, right) => left - right),
    );
  });
});
