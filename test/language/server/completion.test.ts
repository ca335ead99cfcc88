import assert from "node:assert/strict";
import { completeStructure } from "../../../language/server/completion.ts";
import { analyseAt, edited } from "./analyse.ts";

const start = `eddy: 1
secrets:
  TOKEN: { description: of the server }
env:
  CITY: { default: Bonn }
state:
  count: { type: number, initial: 0 }
connections:
  plant: { type: mqtt, url: "mqtt://localhost" }
  site: { type: http }
nodes:
  beat:
    type: inject
    every: 1s
  split:
    type: switch
    from: beat
    cases:
      hot: msg.payload > 5
`;

async function complete(marked: string, flows: readonly string[] = []) {
  const { analysis, offset } = await analyseAt(marked);
  const { items } = completeStructure(analysis, offset, { flows });
  return { analysis, items, labels: items.map(({ label }) => label) };
}

/** The text after a completion was taken, with the marks of its snippet as they are. */
async function take(marked: string, label: string): Promise<string> {
  const { analysis, items } = await complete(marked);
  const item = items.find((one) => one.label === label);
  assert.ok(item?.textEdit && "range" in item.textEdit, `${label} is offered`);
  return edited(analysis, [item.textEdit]);
}

function holds(labels: readonly string[], ...wanted: readonly string[]): void {
  assert.deepEqual(
    wanted.filter((label) => !labels.includes(label)),
    [],
    `of ${labels.join(", ")}`,
  );
}

describe("completion", () => {
  it("offers the sections that are not there", async () => {
    const { labels } = await complete(`${start}te¦`);
    holds(labels, "tests", "groups", "inputs");
    assert.ok(!labels.includes("nodes"));
  });

  it("offers the keys of a node by its type, and of all nodes", async () => {
    const { labels } = await complete(`${start}  warm:\n    type: filter\n    from: beat\n    ¦\n`);
    holds(labels, "when", "timeout", "label", "disabled");
    assert.ok(!labels.includes("from") && !labels.includes("type") && !labels.includes("cases"));
  });

  it("offers no from to a trigger", async () => {
    const { labels } = await complete(`${start}  other:\n    type: inject\n    ¦\n`);
    holds(labels, "every", "cron");
    assert.ok(!labels.includes("from"));
  });

  it("replaces a key that has its colon already", async () => {
    const text = await take(`${start}  warm:\n    type: filter\n    w¦hat: true\n`, "when");
    assert.ok(text.endsWith("    when: true\n"));
  });

  it("offers node types with what they need, and their documentation", async () => {
    const marked = `${start}  warm:\n    type: fi¦`;
    const { items } = await complete(marked);
    const item = items.find(({ label }) => label === "filter");
    assert.ok(typeof item?.documentation === "object" && item.documentation.value.includes("rejected"));
    const text = await take(marked, "filter");
    assert.match(text, /type: filter\nfrom: \$\{1\}\nwhen: \$\{2:msg\.payload\.celsius > 8\}$/);
  });

  it("offers the type alone where the node has more", async () => {
    const text = await take(`${start}  warm:\n    type: fi¦\n    from: beat\n`, "filter");
    assert.ok(text.endsWith("    type: filter\n    from: beat\n"));
  });

  it("offers the workflows of the workspace as subflows", async () => {
    const flows = ["/flows/line.flow.yaml", "/flows/lib/alarm.flow.yaml", "/other.flow.yaml"];
    const { labels } = await complete(`${start}  warm:\n    type: ¦`, flows);
    holds(labels, "./lib/alarm.flow.yaml", "../other.flow.yaml");
    assert.ok(!labels.includes("./line.flow.yaml"));
  });

  it("offers nodes and their ports in from", async () => {
    const { labels } = await complete(`${start}  show:\n    type: log\n    from: ¦`);
    holds(labels, "beat", "beat.error", "split.hot", "split.else", "any.error");
    assert.ok(!labels.includes("show"));
  });

  it("shows what a node sends", async () => {
    const { analysis, offset } = await analyseAt(`${start}  show:\n    type: log\n    from: ¦`);
    const type = { payload: "Reading", topic: "string", source: "unknown", isUnknown: false, isNever: false };
    const ports = new Map([["beat", new Map([["out", type]])]]);
    const { items } = completeStructure(analysis, offset, { ports });
    assert.equal(items.find(({ label }) => label === "beat")?.labelDetails?.description, "Reading");
  });

  it("replaces the whole reference, in lists too", async () => {
    const text = await take(`${start}  show:\n    type: log\n    from: [beat, split.h¦]`, "split.hot");
    assert.ok(text.endsWith("    from: [beat, split.hot]"));
  });

  it("offers words of literals, connections of the right type, and state to set", async () => {
    const { labels: words } = await complete(`${start}  s:\n    type: switch\n    match: ¦`);
    holds(words, "first", "all");
    const { labels: booleans } = await complete(`${start}  s:\n    type: log\n    disabled: ¦`);
    assert.deepEqual(booleans, ["true", "false"]);
    const { labels: connections } = await complete(`${start}  s:\n    type: mqtt-in\n    connection: ¦`);
    assert.deepEqual(connections, ["plant"]);
    const { labels: states } = await complete(`${start}  s:\n    type: state\n    set:\n      ¦`);
    assert.deepEqual(states, ["count"]);
  });

  it("offers keys and words of connections, settings and declarations", async () => {
    holds((await complete("eddy: 1\nconnections:\n  a:\n    type: ¦")).labels, "mqtt", "http");
    holds((await complete("eddy: 1\nconnections:\n  a:\n    type: mqtt\n    ¦")).labels, "url", "username");
    holds((await complete("eddy: 1\nsettings:\n  ¦")).labels, "timezone", "isolation", "queue");
    holds((await complete("eddy: 1\nsettings:\n  isolation: ¦")).labels, "worker");
    holds((await complete("eddy: 1\nsettings:\n  queue:\n    overflow: ¦")).labels, "spill");
    holds((await complete("eddy: 1\nenv:\n  A: { ¦ }")).labels, "type", "default");
    holds((await complete("eddy: 1\nstate:\n  a:\n    scope: ¦")).labels, "device");
  });

  it("offers nodes to tests and groups", async () => {
    const { labels } = await complete(`${start}tests:\n  - name: x\n    given:\n      - { at: 0s, node: ¦ }`);
    holds(labels, "beat", "split");
    holds((await complete(`${start}groups:\n  g:\n    nodes: [b¦]`)).labels, "beat");
    holds((await complete(`${start}tests:\n  - ¦`)).labels, "name", "given", "expect");
  });

  it("offers declared names in expressions and templates", async () => {
    assert.deepEqual((await complete(`${start}  m:\n    type: map\n    payload: env.¦`)).labels, ["CITY"]);
    assert.deepEqual((await complete(`${start}  m:\n    type: log\n    text: "a \${secrets.T¦}"`)).labels, [
      "TOKEN",
    ]);
    const text = await take(
      `${start}  m:\n    type: function\n    code: |\n      return state.c¦ + 1`,
      "count",
    );
    assert.ok(text.endsWith("return state.count + 1"));
  });

  it("offers whole nodes where a node may start", async () => {
    const text = await take(`${start}  ¦`, "filter");
    assert.match(text, /\$\{1:filter\}:\n {2}type: filter\n {2}from: \$\{2\}\n {2}when: \$\{3:/);
  });

  it("says nothing in comments and behind a closed brace", async () => {
    assert.deepEqual((await complete(`${start}  # fr¦`)).labels, []);
    assert.deepEqual((await complete("eddy: 1\nnodes:\n  a: { type: log } ¦")).labels, []);
  });
});
