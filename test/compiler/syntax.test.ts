import assert from "node:assert/strict";
import type { Problem } from "../../language/problem.ts";
import { createTestBench } from "./workflows.ts";

/** What is no TypeScript is found at its place in the file, however YAML wraps the text. */
describe("errors in a workflow's TypeScript", () => {
  const bench = createTestBench();
  after(() => bench.dispose());

  /** Nodes between a source and a sink; « and » stand around what is to be reported. */
  async function check(nodes: string, says: RegExp, head = ""): Promise<void> {
    const marked = `eddy: 1\n${head}nodes:\n  in: { type: source }\n${nodes}`;
    const start = marked.indexOf("«");
    const end = marked.indexOf("»") - 1;
    const text = marked.replace(/[«»]/g, "");
    const { problems, artifact } = await bench.compile(text);
    const errors = problems.filter(isError);
    assert.equal(artifact, undefined);
    assert.equal(errors.length, 1, JSON.stringify(errors));
    const [{ code, message, range } = assert.fail()] = errors;
    assert.equal(code, "EDDY_SYNTAX");
    assert.match(message, says);
    const found = `${text.slice(0, range.start)}«${text.slice(range.start, range.end)}»${text.slice(range.end)}`;
    assert.equal(found, marked, `${start}–${end}, not ${range.start}–${range.end}`);
  }

  const cases: readonly (readonly [what: string, nodes: string, says: RegExp])[] = [
    ["a plain scalar", "  n: { type: map, from: in, payload: msg.payload +«)» }\n", /unexpected "\)"/],
    [
      "a plain scalar's end",
      "  n:\n    type: map\n    from: in\n    payload: msg.payload «+» # missing\n",
      /missing at its end/,
    ],
    ["single quotes", "  n: { type: map, from: in, payload: 'msg[''a''] «]»' }\n", /unexpected "]"/],
    [
      "double quotes",
      '  n: { type: map, from: in, payload: "msg[\\"a\\"] + \\t «;» 2" }\n',
      /unexpected ";"/,
    ],
    [
      "escapes before it",
      "  n: { type: map, from: in, payload: \"'\\u00e4\\U0001F600' «}»\" }\n",
      /unexpected "}"/,
    ],
    [
      "a literal block",
      "  n:\n    type: map\n    from: in\n    payload: |-\n      {\n        a: 1,\n        b: 2 «3»\n      }\n",
      /unexpected "3"/,
    ],
    [
      "a folded block",
      "  n:\n    type: map\n    from: in\n    payload: >-\n      [1,\n      2,\n      3 «4»]\n",
      /unexpected "4"/,
    ],
    [
      "a block with its own indentation",
      "  n:\n    type: map\n    from: in\n    payload: |2-\n       1 +\n        «)»\n",
      /unexpected "\)"/,
    ],
    [
      "characters of several bytes",
      '  n:\n    type: map\n    from: in\n    payload: |-\n      "äöü€😀" + «)»\n',
      /unexpected "\)"/,
    ],
    [
      "Windows line ends",
      "  n:\r\n    type: map\r\n    from: in\r\n    payload: |-\r\n      1 +\r\n      2 «3»\r\n",
      /unexpected "3"/,
    ],
    ["a template", "  n: { type: map, from: in, topic: 'a/${1}/${msg.topic «2»}' }\n", /unexpected "2"/],
    [
      "a map of expressions",
      "  n:\n    type: map\n    from: in\n    payload:\n      a: 1\n      b: [2, '3 «3»']\n",
      /unexpected "3"/,
    ],
    [
      "code",
      "  n:\n    type: code\n    from: in\n    code: |\n      const a = 1;\n      if (a «{»\n        return msg;\n      }\n",
      /unexpected "{"/,
    ],
    [
      "code that awaits",
      "  n:\n    type: code\n    from: in\n    code: |\n      await msg.payload;\n      return «}»\n",
      /never opened/,
    ],
    [
      "a type",
      "  n:\n    type: code\n    from: in\n    outputs: { a: 'string «]»' }\n    code: return msg\n",
      /unexpected "]"/,
    ],
    [
      "what closes the frame around it",
      "  n: { type: map, from: in, payload: '1«)» + (2' }\n",
      /unexpected "\)"/,
    ],
    [
      "code that closes its function",
      "  n:\n    type: code\n    from: in\n    code: |\n      return msg;\n      } «function» other() {\n",
      /unexpected "function"/,
    ],
    [
      "a statement for an expression",
      "  n: { type: map, from: in, payload: '«return» 1' }\n",
      /unexpected "return"/,
    ],
    [
      "a bracket that is left open",
      "  n: { type: map, from: in, payload: 'f(msg.payload[1«]»' }\n",
      /missing at its end/,
    ],
  ];
  for (const [what, nodes, says] of cases) it(`are found in ${what}`, () => check(nodes, says));

  it("are found in the script", () =>
    check(
      "  n: { type: map, from: in }\n",
      /unexpected "}"/,
      "script: |\n  const a = 1;\n  const b = «}»;\n",
    ));

  it("do not hide each other, and say which node", async () => {
    const { problems } = await bench.compile(`eddy: 1
nodes:
  in: { type: source }
  a: { type: map, from: in, payload: "1 1" }
  b: { type: map, from: a, payload: "2" }
  c: { type: map, from: b, payload: "3 +" }
  out: { type: sink, from: c }
`);
    assert.deepEqual(
      problems.filter(isError).map(({ code, node }) => [code, node]),
      [
        ["EDDY_SYNTAX", "a"],
        ["EDDY_SYNTAX", "c"],
      ],
    );
  });

  it("leave a disabled node alone", async () => {
    const { artifact } = await bench.compile(`eddy: 1
nodes:
  in: { type: source }
  a: { type: map, from: in, payload: "1 1", disabled: true }
  out: { type: sink, from: in }
`);
    assert.ok(artifact);
  });

  it("of a subflow are told where it is used, with its file and line", async () => {
    const { problems } = await bench.compile(
      "eddy: 1\nnodes:\n  in: { type: source }\n  sub: { type: ./lib/sub.flow.yaml, from: in }\n",
      {
        files: {
          "/flows/lib/sub.flow.yaml":
            "eddy: 1\ninputs:\n  in: { type: number }\nnodes:\n  n: { type: map, from: in, payload: 1 1 }\n  out: { type: sink, from: n }\n",
        },
      },
    );
    const [{ message, node } = assert.fail()] = problems.filter(isError);
    assert.match(message, /^lib\/sub\.flow\.yaml:5: .*unexpected "1"/);
    assert.equal(node, "sub");
  });
});

function isError({ severity }: Problem): boolean {
  return severity === "error";
}
