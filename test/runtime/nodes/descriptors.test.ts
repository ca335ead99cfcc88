import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import typescript from "typescript";
import { type ParamDescriptor, reservedNodeKeys } from "../../../language/catalog.ts";
import { parseWorkflow } from "../../../language/index.ts";
import { readLiteral } from "../../../language/literals.ts";
import { nodeModules } from "../../../runtime/nodes/catalog.generated.ts";
import { builtinCatalog, builtinNodes } from "../../../runtime/nodes/catalog.ts";

const icons = new Set(
  [
    ...readFileSync(
      new URL("../../../node_modules/@vscode/codicons/dist/codicon.css", import.meta.url),
      "utf8",
    ).matchAll(/\.codicon-([a-z0-9-]+):before/g),
  ].map(([, name]) => name),
);

/** Sentences, as they stand beside each other in a form or on a page. */
function assertSentence(text: string, where: string): void {
  assert.match(text, /^\S.*[.)]$/s, where);
  assert.doesNotMatch(text, /\s$|\t| {2}/, where);
}

function assertTypeScript(text: string, where: string): void {
  const { diagnostics = [] } = typescript.transpileModule(text, { reportDiagnostics: true });
  assert.deepEqual(
    diagnostics.map(({ messageText }) => messageText),
    [],
    where,
  );
}

/** A param, and those that it is made of. */
function assertParam(param: ParamDescriptor, where: string): void {
  assertSentence(param.doc, where);
  if (param.required) assert.ok(!("default" in param), `${where}: needs no default`);
  switch (param.kind) {
    case "literal":
      if (param.default !== undefined) assertDefault(param, where);
      break;
    case "expression":
      if (param.default !== undefined) assertTypeScript(`(${param.default}\n);`, where);
      if (param.returns !== undefined) assertTypeScript(`type Returned = ${param.returns};`, where);
      for (const name of param.scope ?? []) assert.match(name, /^[a-z]\w*$/i, where);
      break;
    case "template":
      if (param.default !== undefined) assertTypeScript(`\`${param.default}\`;`, where);
      break;
    case "connection":
      assert.ok(builtinCatalog.connections.has(param.of), where);
      break;
    case "record":
    case "list":
      assertParam(param.of, `${where} of`);
      break;
    case "object":
      for (const [name, inner] of Object.entries(param.properties)) assertParam(inner, `${where}.${name}`);
      break;
    case "either":
      for (const [at, inner] of param.of.entries()) assertParam(inner, `${where}|${at}`);
      break;
  }
}

/** What holds where nothing is written could have been written. */
function assertDefault(
  { schema, default: value }: Extract<ParamDescriptor, { kind: "literal" }>,
  where: string,
) {
  const { workflow } = parseWorkflow(
    `eddy: 1\nnodes:\n  n: { type: x, given: ${JSON.stringify(value)} }\n`,
    "/x.flow.yaml",
  );
  const written = workflow.nodes.get("n")?.params.get("given")?.value;
  assert.ok(written, where);
  assert.deepEqual(readLiteral(schema, written).problems, [], where);
}

describe("node types", () => {
  it("are each in the file of their name", () => {
    for (const [file, { descriptor }] of Object.entries(nodeModules)) assert.equal(descriptor.type, file);
  });

  for (const [type, { descriptor }] of builtinNodes) {
    describe(type, () => {
      const { title, summary, doc, icon, inputs, outputs, timing, params } = descriptor;

      it("has texts for people, and a picture that there is", () => {
        assert.match(title, /^[A-Z]/);
        assertSentence(summary, "summary");
        assert.ok(summary.length <= 100, "summary");
        assert.match(doc, /^[A-Z`*].*```yaml\n[\s\S]*\n```$/s);
        assert.ok(icons.has(icon), icon);
      });

      it("has params that are described, with defaults that fit", () => {
        for (const [name, param] of Object.entries(params)) {
          assert.match(name, /^[a-z]+(-[a-z]+)*$/);
          assert.ok(!reservedNodeKeys.some((key) => key === name), name);
          assertParam(param, name);
        }
      });

      it("has ports that make sense", () => {
        const names = outputs.map(({ name }) => name);
        assert.equal(new Set(names).size, names.length);
        for (const port of outputs) {
          assert.match(port.name, /^[a-z]+(-[a-z]+)*$/);
          assert.notEqual(port.name, "error");
          assertSentence(port.doc, port.name);
        }
        // A trigger is what nothing goes into.
        assert.equal(inputs === "none", timing === "trigger");
        assert.ok(descriptor.inputPorts === undefined || inputs === "named");
        if (inputs === "none") assert.ok(outputs.length > 0);
        const { outputsFrom } = descriptor;
        if (!outputsFrom) return;
        const naming = params[outputsFrom.param];
        const kinds = naming?.kind === "either" ? naming.of.map(({ kind }) => kind) : [naming?.kind];
        assert.ok(kinds.some((kind) => kind === "record" || kind === "list" || kind === "literal"));
      });
    });
  }
});

describe("connection types", () => {
  for (const { type, title, doc, params, default: preset = {} } of builtinCatalog.connections.values()) {
    it(`${type} is described, and has a default that it knows the params of`, () => {
      assert.match(title, /^[A-Z]/);
      assertSentence(doc, "doc");
      for (const [name, param] of Object.entries(params)) assertParam(param, name);
      for (const name of Object.keys(preset)) assert.ok(Object.hasOwn(params, name), name);
    });
  }
});
