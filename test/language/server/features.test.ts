import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import typescript from "typescript";
import { codeActions } from "../../../language/server/code-actions.ts";
import { diagnosticOf } from "../../../language/server/diagnostics.ts";
import { foldingRanges } from "../../../language/server/folding.ts";
import { formattingEdits } from "../../../language/server/formatting.ts";
import { hoverAt } from "../../../language/server/hover.ts";
import { inlayHints } from "../../../language/server/inlay-hints.ts";
import { documentLinks } from "../../../language/server/links.ts";
import { semanticTokens, semanticTokensLegend } from "../../../language/server/semantic-tokens.ts";
import { documentSymbols } from "../../../language/server/symbols.ts";
import type { PortType, TypedWorkflow } from "../../../language/types/index.ts";
import { analyse, analyseAt, edited, noTypes, textAt } from "./analyse.ts";

const example = readFileSync(
  join(import.meta.dirname, "..", "..", "..", "examples", "cold-chain.flow.yaml"),
  "utf8",
);

const reading: PortType = {
  payload: "Reading",
  topic: "string",
  source: "unknown",
  isUnknown: false,
  isNever: false,
};
const types: TypedWorkflow = {
  ...noTypes,
  ports: new Map([["fridge", new Map([["out", reading]])]]),
};

async function hover(place: string): Promise<string> {
  const { analysis, offset } = await analyseAt(example.replace(place, `¦${place}`));
  const found = hoverAt(analysis, types, offset);
  return found && typeof found.contents === "object" && "value" in found.contents ? found.contents.value : "";
}

describe("hover", () => {
  it("explains node types, params, keys of every node and sections", async () => {
    assert.match(await hover("hold\n"), /Hold/);
    assert.match(await hover("for: 5m"), /\*\*for\*\* \(required\)/);
    assert.match(await hover("output: Reading"), /TypeScript type of the payload/);
    assert.match(await hover("secrets:\n"), /Secrets that each device sets/);
    assert.match(await hover("from: fridge"), /follows/);
  });

  it("shows the type of the message on a wire, and what a node gives", async () => {
    assert.match(await hover("fridge\n    when"), /out: Reading/);
    assert.match(await hover("fridge:\n"), /mqtt-in[\s\S]*out: Reading/);
  });

  it("tells what declared names are", async () => {
    assert.match(await hover("MQTT_USER}"), /env\.MQTT_USER: string[\s\S]*eddy/);
    assert.match(await hover("MQTT_PASSWORD}"), /Secret[\s\S]*password of the site's broker/);
    assert.match(await hover("plant\n"), /Connection \*\*plant\*\*/);
  });

  it("knows the params and ports of subflows", async () => {
    const files = {
      "/flows/lib/a.flow.yaml":
        "eddy: 1\ninputs: { in: number }\noutputs: { high: { type: number, from: in } }\nparams: { limit: { type: number, description: the most } }\n",
    };
    const text = "eddy: 1\nnodes:\n  a:\n    type: ./lib/a.flow.yaml\n    ¦limit: 5\n";
    const { analysis, offset } = await analyseAt(text, files);
    assert.match(JSON.stringify(hoverAt(analysis, noTypes, offset)), /the most/);
  });
});

describe("outline, folds and format", () => {
  it("has the sections with what they declare", async () => {
    const symbols = documentSymbols(await analyse(example));
    assert.deepEqual(
      symbols.map(({ name }) => name),
      ["script", "env", "secrets", "connections", "nodes", "tests"],
    );
    const nodes = symbols.find(({ name }) => name === "nodes");
    assert.deepEqual(
      nodes?.children?.map(({ name, detail }) => `${name} ${detail}`),
      ["fridge mqtt-in", "warm hold", "alert mqtt-out", "log log"],
    );
    assert.equal(symbols.at(-1)?.children?.length, 3);
  });

  it("folds sections, nodes and blocks to their last line", async () => {
    const analysis = await analyse(example);
    const lines = example.split("\n");
    const folds = foldingRanges(analysis).map(({ startLine, endLine }) => [lines[startLine], lines[endLine]]);
    const has = (start: string, end: string) =>
      assert.ok(
        folds.some(([first, last]) => first === start && last === end),
        `${start} … ${end}`,
      );
    has("script: |", '  const site = (topic: string) => topic.split("/")[1];');
    has("  warm:", "    at: [240, 0]");
    has("nodes:", "    at: [480, 120]");
    has("    payload: |-", "      { text: `Fridge at ${msg.payload.celsius} °C` }");
  });

  it("formats, and leaves alone what cannot be read", async () => {
    const messy = await analyse("eddy:   1\nnodes:\n    a:\n        every: 1s\n        type: inject\n");
    assert.equal(
      edited(messy, formattingEdits(messy)),
      "eddy: 1\nnodes:\n  a:\n    type: inject\n    every: 1s\n",
    );
    assert.deepEqual(formattingEdits(await analyse("eddy: 1\nnodes: {{\n")), []);
  });
});

describe("marks in the text", () => {
  it("hints at the type behind each reference", async () => {
    const analysis = await analyse(example);
    const hints = inlayHints(analysis, types, { start: 0, end: example.length });
    assert.deepEqual(
      hints.map(({ label, position }) => [label, example.split("\n")[position.line]?.trim()]),
      [["Reading", "from: fridge"]],
    );
  });

  it("links subflows, own nodes and imports", async () => {
    const text = `eddy: 1\nscript: |\n  import { x } from "./lib/x.ts";\nnodes:\n  a:\n    type: ./lib/a b.flow.yaml\n  b:\n    type: ../b.node.ts\n`;
    const analysis = await analyse(text);
    assert.deepEqual(
      documentLinks(analysis).map(({ range, target }) => [textAt(analysis, range), target]),
      [
        ["./lib/a b.flow.yaml", "file:///flows/lib/a%20b.flow.yaml"],
        ["../b.node.ts", "file:///b.node.ts"],
        ["./lib/x.ts", "file:///flows/lib/x.ts"],
      ],
    );
  });

  it("has tokens in order that do not overlap", async () => {
    const analysis = await analyse(example);
    const { data } = semanticTokens(analysis, typescript);
    const words: string[] = [];
    let line = 0;
    let character = 0;
    for (let at = 0; at < data.length; at += 5) {
      const [lines = 0, characters = 0, length = 0, type = 0] = data.slice(at, at + 4);
      character = lines > 0 ? characters : character + characters;
      line += lines;
      const range = { start: { line, character }, end: { line, character: character + length } };
      words.push(`${semanticTokensLegend.tokenTypes[type]} ${textAt(analysis, range)}`);
    }
    assert.ok(words.includes("class hold") && words.includes("variable fridge"));
    assert.ok(words.includes("property celsius") && words.includes("number 8"));
    assert.ok(words.includes("event cleared") && words.includes("property MQTT_URL"));
  });
});

describe("code actions", () => {
  const text =
    "eddy: 1\n\nnodes:\n  beat:\n    type: inject\n    every: 1s\n\n  show:\n    type: log\n    from: beet\n";

  async function actionsOf(source: string) {
    const analysis = await analyse(source);
    const range = { start: 0, end: source.length };
    return codeActions(analysis, analysis.problems, range).map(({ title, edit }) => {
      const [change] = edit?.documentChanges ?? [];
      const edits = change && "edits" in change ? change.edits : [];
      const plain = edits.flatMap((one) => ("newText" in one ? [one] : []));
      return { title, text: edited(analysis, plain) };
    });
  }

  it("applies the fixes of problems", async () => {
    const fix = (await actionsOf(text)).find(({ title }) => title === "Change to beat");
    assert.equal(fix?.text, text.replace("beet", "beat"));
  });

  it("adds a node that is missing", async () => {
    const add = (await actionsOf(text)).find(({ title }) => title === "Add the node beet");
    assert.match(add?.text ?? "", / {2}beet:\n {4}type: inject\n/);
    assert.deepEqual(
      (await analyse(add?.text ?? "")).problems.filter(({ severity }) => severity === "error"),
      [],
    );
  });

  it("declares a secret", async () => {
    const source = text.replace("from: beet", "from: beat\n    text: ${secrets.KEY}");
    const declare = (await actionsOf(source)).find(({ title }) => title.startsWith("Declare KEY"));
    assert.match(declare?.text ?? "", /secrets:\n {2}KEY: \{\}/);
  });

  it("greys out what is not used", async () => {
    const analysis = await analyse("eddy: 1\nenv:\n  A: {}\nnodes: {}\n");
    const [unused] = analysis.problems.filter(({ code }) => code === "EDDY_ENV_UNUSED");
    assert.ok(unused);
    assert.deepEqual(diagnosticOf(analysis, unused).tags, [1]);
  });
});
