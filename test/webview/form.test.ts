import assert from "node:assert/strict";
import type { ParamDescriptor } from "../../language/catalog.ts";
import { applyEdit, applyTextEdits, parseWorkflow } from "../../language/index.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import { commonFields, settingFields } from "../../webview/canvas/model/common-fields.ts";
import { type Control, type Field, field, paramFields } from "../../webview/canvas/model/form.ts";
import { literalProblem } from "../../webview/canvas/model/literal.ts";
import { descriptors, onlyNode } from "./canvas.ts";

describe("the form of a node", () => {
  it("has a field for each param of the type, then for what is written beyond it", () => {
    const node = onlyNode("f:\n  type: filter\n  strange: 1\n  when: a > 1");
    const fields = paramFields(node, descriptors.get("filter"), []);
    assert.deepEqual(
      fields.map(({ label }) => label),
      ["when", "strange"],
    );
    assert.equal(textOf(fields[0]?.control), "a > 1");
    assert.equal(fields[0]?.required, true);
  });

  it("shows the text as it is written, not what YAML makes of it", () => {
    const node = onlyNode("d:\n  type: delay\n  for: 1.10");
    assert.equal(textOf(paramFields(node, descriptors.get("delay"), [])[0]?.control), "1.10");
  });

  it("has a field for each case of a switch, and one for a new one", () => {
    const node = onlyNode("s:\n  type: switch\n  cases:\n    hot: a > 1\n    cold: a < 0");
    const control = controlOf(paramFields(node, descriptors.get("switch"), []), "cases");
    assert.equal(control?.kind, "record");
    if (control?.kind !== "record") return;
    assert.deepEqual(
      control.entries.map(({ path }) => path),
      [
        ["cases", "hot"],
        ["cases", "cold"],
      ],
    );
  });

  it("offers the connections of the right type", () => {
    const node = onlyNode("m:\n  type: mqtt-in\n  topic: a\n  connection: gone");
    const connections = [
      { name: "plant", type: "mqtt" },
      { name: "web", type: "http" },
    ];
    const control = controlOf(paramFields(node, descriptors.get("mqtt-in"), connections), "connection");
    assert.deepEqual(control, { kind: "select", text: "gone", options: ["plant"] });
  });

  it("shows a map in an expression as its expressions", () => {
    const node = onlyNode("m:\n  type: map\n  payload:\n    a: msg.payload\n    b: [1, 2]");
    const control = controlOf(paramFields(node, descriptors.get("map"), []), "payload");
    assert.equal(control?.kind === "record" && control.entries[1]?.control.kind, "list");
  });

  it("shows what it has no form for as it is, and lets the text change it", () => {
    const node = onlyNode("f:\n  type: filter\n  when: a\n  other:\n    - x\n    - { y: 1 }");
    const param: ParamDescriptor = { kind: "literal", schema: { type: "duration" }, doc: "" };
    const { control } = field(["other"], "other", param, node.params.other, []);
    assert.equal(control.kind, "foreign");
    assert.match(textOf(control) ?? "", /- x[\s\S]*y: 1/);
  });

  it("lets one choose where several shapes are possible, and follows what is written", () => {
    const param: ParamDescriptor = {
      kind: "either",
      doc: "",
      of: [
        { kind: "list", of: { kind: "literal", schema: { type: "string" }, doc: "" }, doc: "" },
        { kind: "record", of: { kind: "type", doc: "" }, doc: "" },
      ],
    };
    assert.equal(field(["o"], "o", param, undefined, []).control.kind, "choice");
    const list = onlyNode("f:\n  type: x\n  o: [a, b]");
    assert.equal(field(["o"], "o", param, list.params.o, []).control.kind, "list");
    const map = onlyNode("f:\n  type: x\n  o: { a: string }");
    assert.equal(field(["o"], "o", param, map.params.o, []).control.kind, "record");
  });

  it("edits a checkbox only where the text is true or false", () => {
    const param: ParamDescriptor = { kind: "literal", schema: { type: "boolean" }, default: true, doc: "" };
    assert.deepEqual(field(["b"], "b", param, undefined, []).control, { kind: "checkbox", checked: true });
    const odd = onlyNode("f:\n  type: x\n  b: maybe");
    assert.equal(field(["b"], "b", param, odd.params.b, []).control.kind, "text");
  });

  it("has the reserved keys with what is written for them, each once", () => {
    const node = onlyNode(
      "f:\n  type: function\n  code: return msg\n  timeout: 5s\n  retry: { attempts: 3 }",
    );
    const descriptor = descriptors.get("function");
    const all = [
      ...paramFields(node, descriptor, []),
      ...settingFields(node, descriptor),
      ...commonFields(node, descriptor),
    ];
    const labels = all.map(({ label }) => label);
    assert.equal(new Set(labels).size, labels.length, labels.join(" "));
    assert.equal(textOf(controlOf(all, "timeout")), "5s");
    const retry = controlOf(all, "retry");
    assert.equal(retry?.kind === "object" && textOf(retry.properties[0]?.control), "3");
    assert.ok(labels.includes("label") && labels.includes("disabled"));
  });

  it("writes to paths that the language takes, for every param of every type", () => {
    for (const [type, descriptor] of descriptors) {
      const text = `eddy: 1\nnodes:\n  n:\n    type: ${type}\n`;
      const node = onlyNode(`n:\n  type: ${type}`);
      for (const one of [...paramFields(node, descriptor, []), ...settingFields(node, descriptor)]) {
        const path = firstPath(one);
        const edit = { kind: "set-param", id: "n", path, text: "1" } as const;
        const { edits, problems } = applyEdit(text, edit, builtinCatalog);
        assert.deepEqual(problems, [], `${type} ${path.join(".")}`);
        assert.equal(parseWorkflow(applyTextEdits(text, edits), "a.flow.yaml").readable, true);
      }
    }
  });
});

describe("literals", () => {
  it("are checked while they are written", () => {
    const wrong = (schema: Parameters<typeof literalProblem>[0], text: string) =>
      literalProblem(schema, text) !== undefined;
    assert.equal(wrong({ type: "duration" }, "5m"), false);
    assert.equal(wrong({ type: "duration" }, "5 minutes"), true);
    assert.equal(wrong({ type: "integer", minimum: 1 }, "0"), true);
    assert.equal(wrong({ type: "integer" }, "1.5"), true);
    assert.equal(wrong({ type: "number", maximum: 2 }, "1e3"), true);
    assert.equal(wrong({ type: "size" }, "64kB"), false);
    assert.equal(wrong({ type: "cron" }, "* * *"), true);
    assert.equal(wrong({ type: "number-or-percent" }, "5%"), false);
    assert.equal(wrong({ type: "string" }, "anything"), false);
    assert.equal(wrong({ type: "duration" }, ""), false);
  });
});

function controlOf(fields: readonly Field[], label: string): Control | undefined {
  return fields.find((one) => one.label === label)?.control;
}

function textOf(control: Control | undefined): string | undefined {
  return control && "text" in control ? control.text : undefined;
}

/** Where the first value that one can write into this field goes. */
function firstPath({ path, control }: Field): readonly (string | number)[] {
  switch (control.kind) {
    case "list":
      return firstPath(control.next);
    case "record":
      return [...path, "name"];
    case "object":
      return control.properties[0] ? firstPath(control.properties[0]) : path;
    case "choice":
      return control.alternatives[0] ? firstPath(control.alternatives[0]) : path;
    default:
      return path;
  }
}
