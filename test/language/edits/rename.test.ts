import { edits, refuses } from "./example.ts";

const rename = (id: string, newId: string) => ({ kind: "rename-node", id, newId }) as const;

describe("edit: rename-node", () => {
  it("names the node so wherever it is named, and nowhere else", () =>
    edits(
      `
      name: warm # warm
      outputs: { o: { type: warm, from: warm.cleared } }
      nodes:
        warm: # warm
          type: warm
          from: [warm.error, other]
          when: warm
          label: warm
        list:
          from:
            - other # warm
            - warm # here
            - "warm.cleared"
        map:
          from: { warm: warm, right: [warm, 'other'] }
        flow: { type: x, from: warm }
        warmer: { type: x, from: warmer.warm }
      tests:
        - name: warm
          mocks: [{ node: warm, result: warm }]
          given: [{ node: warm, message: { payload: warm } }]
          expect:
            - node: 'warm' # here
            - { at: 5s, node: other }
      groups:
        warm: { label: warm, nodes: [warm, warmer] }
        g:
          nodes:
            - "warm"
      notes: { warm: { text: warm } }
      `,
      rename("warm", "hot-2"),
      `
      name: warm # warm
      outputs: { o: { type: warm, from: hot-2.cleared } }
      nodes:
        hot-2: # warm
          type: warm
          from: [hot-2.error, other]
          when: warm
          label: warm
        list:
          from:
            - other # warm
            - hot-2 # here
            - "hot-2.cleared"
        map:
          from: { warm: hot-2, right: [hot-2, 'other'] }
        flow: { type: x, from: hot-2 }
        warmer: { type: x, from: warmer.warm }
      tests:
        - name: warm
          mocks: [{ node: hot-2, result: warm }]
          given: [{ node: hot-2, message: { payload: warm } }]
          expect:
            - node: 'hot-2' # here
            - { at: 5s, node: other }
      groups:
        warm: { label: warm, nodes: [hot-2, warmer] }
        g:
          nodes:
            - "hot-2"
      notes: { warm: { text: warm } }
      `,
    ));
  it("keeps the quotes of the id, and the braces of the file", () => {
    edits(
      "nodes:\n  'a': { type: x }\n  \"b\": { from: 'a' }\n",
      rename("a", "c"),
      "nodes:\n  'c': { type: x }\n  \"b\": { from: 'c' }\n",
    );
    edits(
      'nodes: { "a": { type: x }, b: { from: a } }\n',
      rename("a", "c"),
      'nodes: { "c": { type: x }, b: { from: c } }\n',
    );
  });
  it("puts an id that YAML would not read as a text in quotes", () =>
    edits(
      "nodes:\n  a: { type: x }\n  b: { from: [a, a.no] }\ngroups: { g: { nodes: [a] } }\n",
      rename("a", "null"),
      'nodes:\n  "null": { type: x }\n  b: { from: [null, null.no] }\ngroups: { g: { nodes: [null] } }\n',
    ));
  it("to the same id changes nothing", () =>
    edits("nodes:\n  a: { type: x }\n", rename("a", "a"), "nodes:\n  a: { type: x }\n"));

  for (const [edit, problem] of [
    [rename("nobody", "c"), "EDDY_EDIT_NODE"],
    [rename("a", "b"), 'EDDY_DUPLICATE_ID The name "b" is taken: choose another one.'],
    [rename("a", "reading"), "EDDY_DUPLICATE_ID"],
    [rename("a", "1st"), "EDDY_NAME"],
    [rename("a", ""), "EDDY_NAME"],
    [rename("a", "any"), "EDDY_RESERVED_NAME"],
  ] as const)
    it(`is refused: ${problem}`, () =>
      refuses("inputs: { reading: X }\nnodes:\n  a: { type: x }\n  b: { type: x }\n", edit, problem));
});
