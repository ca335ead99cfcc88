import assert from "node:assert/strict";
import { problems, read } from "./parse.ts";

describe("parse: tests", () => {
  it("have given and expected messages, with times in milliseconds", () => {
    const source = `tests:
  - name: "warm"
    mocks:
      - { node: f, result: { body: 1 }, after: 2s }
      - { node: f, error: away }
      - { node: f, error: { code: EDDY_X } }
    given:
      - { node: a, message: { topic: t, payload: { n: 1.50, ok: true, none: null } } }
      - { at: 1.5m, node: b }
    expect:
      - { node: c, payload: [1, x] }
      - { at: 5m, node: d, port: error, message: { topic: t } }
      - { node: e, request: { url: u } }
`;
    const steps = [...source.matchAll(/- (\{.*\})/g)].map(([, step]) => step);
    assert.deepEqual(read(source, "tests"), [
      {
        name: { value: "warm", range: '"warm"' },
        mocks: [
          { node: "f", after: 2000, result: { body: 1 }, range: steps[0] },
          { node: "f", after: 0, error: { code: "Error", message: "away" }, range: steps[1] },
          { node: "f", after: 0, error: { code: "EDDY_X", message: "It failed." }, range: steps[2] },
        ],
        given: [
          {
            at: 0,
            node: "a",
            message: { topic: "t", payload: { n: 1.5, ok: true, none: null } },
            range: steps[3],
          },
          { at: 90_000, node: "b", message: {}, range: steps[4] },
        ],
        expect: [
          { node: "c", payload: [1, "x"], range: steps[5] },
          { at: 300_000, node: "d", port: "error", message: { topic: "t" }, range: steps[6] },
          { node: "e", request: { url: "u" }, range: steps[7] },
        ],
        range: source.slice(source.indexOf("name"), -1),
      },
    ]);
  });
  it("need neither name nor steps, and stay in order", () => {
    assert.deepEqual(read("tests: [{}, { name: n, given: [], expect: }]\n", "tests"), [
      { name: { value: "test", range: "{}" }, mocks: [], given: [], expect: [], range: "{}" },
      { name: "n", mocks: [], given: [], expect: [], range: "{ name: n, given: [], expect: }" },
    ]);
    assert.deepEqual(read("tests:\n", "tests"), []);
  });
  it("take plain data as YAML 1.2 reads it", () => {
    const source =
      "tests: [{ given: [{ node: a, message: { a: '1', b: yes, c: 0x10, d: .nan, e: 1e3, f: } }] }]\n";
    const [test] = [read(source, "tests")].flat();
    assert.deepEqual(Object(test).given[0].message, { a: "1", b: "yes", c: 16, d: ".nan", e: 1000, f: null });
  });

  for (const [source, ...expected] of [
    ["tests: «{ name: n }»", "EDDY_VALUE write a list of tests."],
    ["tests: [«warm»]", "EDDY_VALUE A test is a map with name, given and expect."],
    ["tests: [{ name: «[n]» }]", "EDDY_VALUE write a text."],
    ["tests: [{ «wait»: 5s }]", 'EDDY_UNKNOWN_KEY There is no key "wait" in a test.'],
    ["tests: [{ given: «warm» }]", "EDDY_VALUE write a list of maps with at, node, message."],
    ["tests: [{ given: [«warm»] }]", "EDDY_VALUE A step of a test is a map with at, node, message."],
    ["tests: [{ given: [«{ message: {} }»] }]", "EDDY_VALUE_MISSING write node:."],
    ["tests: [{ given: [{ node: a, at: «5» }] }]", "EDDY_VALUE write a duration"],
    ["tests: [{ given: [{ node: a, «payload»: 1 }] }]", "EDDY_UNKNOWN_KEY in a step of a test. Known here"],
    ["tests: [{ expect: [«{ payload: 1 }»] }]", "EDDY_VALUE_MISSING"],
    ["tests: [{ expect: [{ node: a, at: «soon» }] }]", "EDDY_VALUE write a duration"],
    [
      "tests: [{ expect: [{ node: a, «topic»: t }] }]",
      "EDDY_UNKNOWN_KEY Known here: at, node, port, payload, message, request.",
    ],
    ["tests: [{ mocks: [«{ node: a }»] }]", "EDDY_VALUE_MISSING write either result: or error:."],
    ["tests: [{ mocks: [«{ node: a, result: 1, error: no }»] }]", "EDDY_VALUE_MISSING either"],
    ["tests: [{ mocks: [«{ result: 1 }»] }]", "EDDY_VALUE_MISSING write node:."],
    ["tests: [{ mocks: [{ node: a, result: 1, after: «soon» }] }]", "EDDY_VALUE write a duration"],
    ["tests: [{ mocks: [{ node: a, error: { «why»: x } }] }]", "EDDY_UNKNOWN_KEY in the error of a mock"],
  ] as const)
    it(source, () => void problems(`${source}\n`, ...expected));

  it("leave out a step that has no node or no time, and keep the others", () => {
    const { workflow } = problems(
      "tests: [{ given: [{ node: a, at: «5» }, «{}», { node: b }], expect: [«{}», { node: c }] }]\n",
      "EDDY_VALUE",
      "EDDY_VALUE_MISSING",
      "EDDY_VALUE_MISSING",
    );
    const [test] = workflow.tests;
    assert.deepEqual(
      test?.given.map(({ at, node, message }) => ({ at, node, message })),
      [{ at: 0, node: "b", message: {} }],
    );
    assert.deepEqual(
      test?.expect.map(({ range: _, ...step }) => step),
      [{ node: "c" }],
    );
  });
});

describe("parse: notes", () => {
  it("have a text, a place, and perhaps a size", () =>
    assert.deepEqual(
      read(
        "notes:\n  a: { text: A, at: [1, -2.5] }\n  b: { text: B, at: [0, 0], size: [30, 40] }\n",
        "notes",
      ),
      [
        { id: "a", text: "A", at: { x: 1, y: -2.5 }, range: "a: { text: A, at: [1, -2.5] }" },
        {
          id: "b",
          text: "B",
          at: { x: 0, y: 0 },
          size: { width: 30, height: 40 },
          range: "b: { text: B, at: [0, 0], size: [30, 40] }",
        },
      ],
    ));
  it("are at the origin, with no text, where nothing is said", () =>
    assert.deepEqual(read("notes:\n  a:\n", "notes"), [
      { id: "a", text: "", at: { x: 0, y: 0 }, range: "a:" },
    ]));

  for (const [source, problem] of [
    ["notes: «[a]»", "EDDY_VALUE write a map of notes: id, then text and at."],
    ["notes: { a: «hello» }", "EDDY_VALUE write a map with text and at."],
    ["notes: { a: { text: «[b]» } }", "EDDY_VALUE write a text."],
    ["notes: { a: { at: «here» } }", "EDDY_VALUE write two numbers such as [240, 0]."],
    ["notes: { a: { size: «[1]» } }", "EDDY_VALUE write two numbers"],
    ["notes: { a: { «colour»: red } }", "EDDY_UNKNOWN_KEY"],
    ["notes: { «1»: { text: a } }", 'EDDY_NAME "1" cannot be the name of a note'],
  ] as const)
    it(source, () => {
      const { workflow } = problems(`${source}\n`, problem);
      assert.equal(workflow.notes.length, /notes: { a/.test(source) ? 1 : 0);
    });
});

describe("parse: groups", () => {
  it("have a label, nodes, and perhaps a color", () =>
    assert.deepEqual(
      read(
        "groups:\n  g: { label: G, nodes: [a, 'b'], color: blue }\n  h:\n    nodes:\n      - c\n",
        "groups",
      ),
      [
        {
          id: "g",
          label: "G",
          nodes: ["a", "b"],
          color: "blue",
          range: "g: { label: G, nodes: [a, 'b'], color: blue }",
        },
        { id: "h", label: "h", nodes: ["c"], range: "h:\n    nodes:\n      - c" },
      ],
    ));
  it("are called as their ids, with no nodes, where nothing is said", () =>
    assert.deepEqual(read("groups:\n  g:\n", "groups"), [{ id: "g", label: "g", nodes: [], range: "g:" }]));

  for (const [source, problem] of [
    ["groups: «[g]»", "EDDY_VALUE write a map of groups: id, then label and nodes."],
    ["groups: { g: «[a]» }", "EDDY_VALUE write a map with label and nodes."],
    ["groups: { g: { nodes: «a» } }", "EDDY_VALUE write a list of node ids."],
    ["groups: { g: { nodes: «[a, [b]]» } }", "EDDY_VALUE write a list of node ids."],
    ["groups: { g: { label: «{}» } }", "EDDY_VALUE write a text."],
    ["groups: { g: { color: «[]» } }", "EDDY_VALUE write a text."],
    ["groups: { g: { «members»: [a] } }", "EDDY_UNKNOWN_KEY Known here: label, nodes, color."],
    ["groups: { «-»: { nodes: [a] } }", "EDDY_NAME"],
  ] as const)
    it(source, () => void problems(`${source}\n`, problem));
});
