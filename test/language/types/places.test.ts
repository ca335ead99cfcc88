import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { templateParts } from "../../../language/expression-text.ts";
import { parseWorkflow, type SourceScalar } from "../../../language/index.ts";
import { readParam } from "../../../language/params.ts";
import { sourceRange } from "../../../language/source-range.ts";
import { builtinCatalog } from "../../../runtime/nodes/catalog.ts";
import { checkTypes, told } from "./checking.ts";

const root = join(import.meta.dirname, "../../..");

/** Where each expression of a workflow begins and ends in the file. */
function expressionsIn(text: string): readonly { readonly start: number; readonly end: number }[] {
  const { workflow } = parseWorkflow(text, "x.flow.yaml");
  const at = (source: SourceScalar, start = 0, end = source.text.length) => {
    const own = source.text.slice(start, end);
    const from = start + (own.length - own.trimStart().length);
    return sourceRange(source, from, from + own.trim().length);
  };
  return [...workflow.nodes.values()].flatMap(({ type, params }) =>
    [...params].flatMap(([name, { value }]) => {
      const descriptor = builtinCatalog.nodes.get(type.value)?.params[name];
      if (!descriptor) return [];
      return readParam(descriptor, value).value.flatMap((leaf) => {
        if (leaf.kind === "expression") return [at(leaf.source)];
        if (leaf.kind !== "template") return [];
        return templateParts(leaf.source.text).expressions.map(({ start, end }) =>
          at(leaf.source, start, end),
        );
      });
    }),
  );
}

describe("types: places", function () {
  this.timeout(60_000);

  for (const file of globSync("examples/*.flow.yaml", { cwd: root }).sort()) {
    const text = readFileSync(join(root, file), "utf8");

    it(`tells an unknown field of any expression of ${basename(file)} exactly there`, () => {
      assert.deepEqual(checkTypes(text).problems, []);
      const expressions = expressionsIn(text);
      assert.ok(expressions.length > 3);
      for (const { start, end } of expressions) {
        const before = `${text.slice(0, start)}(${text.slice(start, end)})!.`;
        const changed = `${before}zzz${text.slice(end)}`;
        const errors = checkTypes(changed).problems.filter(({ severity }) => severity === "error");
        const what = `${text.slice(start, end)}: ${told(changed, errors).join("\n")}`;
        assert.equal(errors.length, 1, what);
        assert.deepEqual(errors[0]?.range, { start: before.length, end: before.length + 3 }, what);
        assert.equal(errors[0]?.code, "EDDY_TYPE_UNKNOWN_PROPERTY", what);
      }
    });
  }

  const head = `eddy: 1
script: |
  interface Reading { celsius: number; door: string }
nodes:
  reading: { type: mqtt-in, topic: a, output: Reading }
`;
  const styles: Readonly<Record<string, string>> = {
    plain: "  it:\n    type: map\n    from: reading\n    payload: msg.payload.zzz + 1\n",
    "plain on two lines":
      "  it:\n    type: map\n    from: reading\n    payload: msg.payload.celsius +\n      msg.payload.zzz\n",
    "single quotes":
      "  it:\n    type: map\n    from: reading\n    payload: '''it'' + msg.payload.zzz + ''x'''\n",
    "double quotes":
      '  it:\n    type: map\n    from: reading\n    payload: "\\"a\\\\n\\u00e9\\U0001F600\\" + msg.payload.zzz"\n',
    "double quotes on two lines":
      '  it:\n    type: map\n    from: reading\n    payload: "msg.payload.celsius + \\\n      msg.payload.zzz"\n',
    literal:
      "  it:\n    type: map\n    from: reading\n    payload: |\n      msg.payload.celsius\n        + msg.payload.zzz\n",
    "literal with indentation":
      "  it:\n    type: map\n    from: reading\n    payload: |2-\n        msg.payload.celsius\n      + msg.payload.zzz\n",
    folded:
      "  it:\n    type: map\n    from: reading\n    payload: >-\n      msg.payload.celsius\n\n      +\n      msg.payload.zzz\n",
    "folded with indentation":
      "  it:\n    type: map\n    from: reading\n    payload: >1\n       msg.payload.celsius\n      + msg.payload.zzz\n",
    flow: "  it: { type: map, from: reading, payload: msg.payload.zzz }\n",
    "flow on lines":
      "  it: { type: map,\n    from: reading,\n    payload: msg.payload.celsius\n      + msg.payload.zzz }\n",
    "a map of expressions":
      "  it:\n    type: map\n    from: reading\n    payload:\n      a: msg.payload.celsius\n      b: [1, msg.payload.zzz]\n",
    "a template":
      '  it: { type: log, from: reading, text: "a ${msg.payload.celsius} \\t ${msg.payload.zzz} b" }\n',
    "a template in a block":
      "  it:\n    type: log\n    from: reading\n    text: |\n      one ${msg.payload.celsius}\n      two ${msg.payload.zzz}\n",
    "tabs in a block":
      "  it:\n    type: function\n    from: reading\n    code: |\n      if (true) {\n      \treturn { ...msg, payload: msg.payload.zzz };\n      }\n",
    "code behind a return":
      "  it:\n    type: function\n    from: reading\n    code: |\n      if (msg.payload.celsius > 1) return msg;\n      return { ...msg, payload: msg.payload.zzz };\n",
    "a character of two units before":
      "  it:\n    type: map\n    from: reading\n    payload: '\"😀👍🏽\" + msg.payload.zzz'\n",
    "a quoted key": '  it:\n    type: map\n    from: reading\n    "payload": msg.payload.zzz\n',
    "a comment behind":
      "  it:\n    type: map\n    from: reading\n    payload: msg.payload.zzz # not part of it\n",
    "a comment of TypeScript":
      "  it:\n    type: map\n    from: reading\n    payload: |-\n      // first\n      msg.payload.zzz // last\n",
    "a declared type":
      "  it: { type: mqtt-in, topic: b, output: '{ a: zzz }' }\n  log: { type: log, from: it, text: '${msg.payload.a}' }\n",
  };

  for (const [style, node] of Object.entries(styles)) {
    for (const [how, change] of [
      ["", (text: string) => text],
      [" with CRLF", (text: string) => text.replaceAll("\n", "\r\n")],
      [" behind a byte order mark", (text: string) => `\uFEFF${text}`],
    ] as const) {
      it(`are exact in ${style}${how}`, () => {
        const text = change(head + node);
        const { parsed, problems } = checkTypes(text);
        assert.deepEqual(parsed.problems, []);
        const at = text.indexOf("zzz");
        const errors = problems.filter(({ severity }) => severity === "error");
        assert.deepEqual(
          errors.map(({ range }) => range),
          [{ start: at, end: at + 3 }],
          told(text, errors).join("\n"),
        );
      });
    }
  }
});
