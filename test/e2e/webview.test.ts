import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { problemView } from "../../extension/canvas/view.ts";
import { parseWorkflow } from "../../language/index.ts";
import type { TargetView } from "../../webview/protocol.ts";
import { checkTypes } from "../language/types/checking.ts";
import { type Chromium, openChromium } from "../testbed/chromium.ts";
import { eventually } from "../testbed/resources.ts";
import { type CanvasPage, openCanvasPage } from "./webview-harness.ts";

const typedChain = `eddy: 1
script: |
  interface Reading { celsius: number; door: "open" | "closed" }
  const limit = (base: number, above: number) => base + above;
nodes:
  fridge: { type: inject, every: 1s, output: Reading, payload: '({ celsius: 1, door: "open" })', at: [0, 0] }
  warm:
    type: filter
    from: fridge
    when: msg.payload.celsius > 8
    at: [240, 0]
`;
const chain = `eddy: 1
name: Cold chain
nodes:
  tick: # every second
    type: inject
    every: 1s
    at: [0, 0]
  warm:
    type: filter
    from: tick
    when: msg.payload > 8
    at: [240, 0]
  out:
    type: log
    from: warm
    at: [480, 0]
`;

const running: TargetView = { kind: "device", device: "Pi", state: "running", stale: false, rate: 3 };

describe("the canvas in Chromium", function () {
  this.timeout(120_000);
  let chromium: Chromium;

  before(async () => {
    chromium = await openChromium();
  });
  after(() => chromium[Symbol.asyncDispose]());

  it("shows the nodes and wires of the text, without a complaint about its policy", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    for (const id of ["tick", "warm", "out"]) await node(canvas, id).waitFor();
    assert.equal(await canvas.page.locator(".react-flow__edge").count(), 2);
    assert.match((await node(canvas, "warm").textContent()) ?? "", /filter · msg\.payload > 8/);
    assert.deepEqual(canvas.complaints, []);
  });

  it("shows the type of a message where the pointer is on its wire, and what is wrong with it", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await node(canvas, "out").waitFor();
    const reading = { payload: "{ celsius: number }", isUnknown: false, isNever: false };
    await canvas.types({ tick: { out: reading }, warm: { out: { ...reading, isNever: true } } });
    const wires = canvas.page.locator(".react-flow__edge");
    const { x, y, width, height } = await wires
      .first()
      .locator(".react-flow__edge-interaction")
      .evaluate((path) => path.getBoundingClientRect().toJSON());
    await canvas.page.mouse.move(x + width / 2, y + height / 2);
    const tip = canvas.page.locator(".wire-type");
    assert.equal(await tip.textContent(), "{ celsius: number }");
    assert.match((await wires.first().getAttribute("aria-label")) ?? "", /tick\.out → warm\.in\n\{ celsius/);
    assert.match((await wires.last().getAttribute("aria-label")) ?? "", /never/);
    const [first] = canvas.snapshots().slice(-1);
    assert.ok(first);
    const message = 'There is no "celcius" in the payload that comes from "tick".';
    const problem = {
      code: "EDDY_TYPE_UNKNOWN_PROPERTY",
      severity: "error",
      message,
      node: "warm",
      wires: [{ node: "tick", port: "out", input: "in" }],
      line: 9,
    } as const;
    await canvas.send({ ...first, problems: [problem] });
    await canvas.page.locator(".react-flow__edge-path.faulty").waitFor();
    assert.equal(await canvas.page.locator(".react-flow__edge-path.faulty").count(), 1);
    assert.match((await tip.textContent()) ?? "", /celcius/);
    assert.deepEqual(canvas.complaints, []);
  });

  it("marks of several wires the one that brings what does not fit", async () => {
    const text = typedChain
      .replace("from: fridge\n", "from: [other, fridge]\n")
      .replace("nodes:\n", "nodes:\n  other: { type: inject, every: 1s, payload: '3', at: [0, 120] }\n");
    await using canvas = await openCanvasPage(chromium, { text });
    await node(canvas, "warm").waitFor();
    const { parsed, problems } = checkTypes(text);
    const [snapshot] = canvas.snapshots().slice(-1);
    assert.ok(snapshot);
    const views = problems.map((problem) => problemView(problem, 0, parsed.workflow));
    await canvas.send({ ...snapshot, problems: views });
    await canvas.page.locator('[data-id="other.out>warm.in"] .faulty').waitFor();
    assert.equal(await canvas.page.locator(".react-flow__edge-path.faulty").count(), 1);
  });

  it("arranges nodes without a place in a worker, and writes nothing", async () => {
    const text = chain.replace(/ {4}at: .*\n/g, "");
    await using canvas = await openCanvasPage(chromium, { text });
    const boxes = await Promise.all(["tick", "warm", "out"].map((id) => boxOf(node(canvas, id))));
    assert.ok((boxes[0]?.x ?? 0) < (boxes[1]?.x ?? 0) && (boxes[1]?.x ?? 0) < (boxes[2]?.x ?? 0));
    assert.deepEqual(canvas.edits(), []);
    assert.deepEqual(canvas.complaints, []);
  });

  it("moves a node on drop as one edit that touches its `at` alone", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await drag(canvas.page, node(canvas, "out").locator(".card-title"), { x: 0, y: 100 });
    await eventually("the text has the new place", () => !canvas.text().includes("at: [480, 0]"));
    assert.equal(canvas.edits().length, 1);
    assert.equal(canvas.text().replace(/at: \[480, \d+\]/, "at: [480, 0]"), chain);
    const [, y] = /out:[\s\S]*at: \[480, (\d+)\]/.exec(canvas.text()) ?? [];
    assert.ok(Number(y) > 0 && Number(y) % 20 === 0, canvas.text());
  });

  it("adds a node with a click in the palette and selects it", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await canvas.page.getByTestId("palette-item-delay").click();
    await node(canvas, "delay").waitFor();
    assert.equal(canvas.edits()[0]?.kind, "add-node");
    await canvas.page.getByTestId("param-id").waitFor();
    assert.equal(await canvas.page.getByTestId("param-id").inputValue(), "delay");
  });

  it("puts a node that is dropped on a wire in between", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    const from = await boxOf(node(canvas, "warm"));
    const to = await boxOf(node(canvas, "out"));
    const area = await boxOf(canvas.page.locator(".graph"));
    const port = await boxOf(node(canvas, "out").locator(".port").first());
    await canvas.page.getByTestId("palette-item-map").dragTo(canvas.page.locator(".graph"), {
      targetPosition: {
        x: (from.x + from.width + to.x) / 2 - area.x,
        y: port.y + port.height / 2 - area.y,
      },
    });
    await node(canvas, "map").waitFor();
    assert.equal(canvas.edits()[0]?.kind, "insert-on-wire");
    assert.deepEqual(sourcesOf(canvas, "out"), ["map.out"]);
    assert.deepEqual(sourcesOf(canvas, "map"), ["warm.out"]);
  });

  it("connects and removes a wire with the pointer", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await canvas.page
      .locator('[data-testid="node-tick"] [data-handleid="out:out"]')
      .dragTo(canvas.page.locator('[data-testid="node-out"] [data-handleid="in:in"]'));
    await eventually("the wire is in the text", () => sourcesOf(canvas, "out").includes("tick.out"));
    const wire = canvas.page.locator('[data-id="tick.out>out.in"] .react-flow__edge-interaction');
    await wire.waitFor({ state: "attached" });
    await wire.dispatchEvent("click");
    await canvas.command("deleteSelection");
    await eventually("the wire is gone", () => !sourcesOf(canvas, "out").includes("tick.out"));
    assert.deepEqual(
      canvas.edits().map(({ kind }) => kind),
      ["connect", "disconnect"],
    );
  });

  it("opens the list of node types where a wire is let go, and wires what is chosen", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await drag(canvas.page, canvas.page.locator('[data-testid="node-warm"] [data-handleid="out:rejected"]'), {
      x: 40,
      y: 150,
    });
    await canvas.page.getByTestId("quick-add").waitFor();
    await canvas.page.keyboard.type("log");
    await canvas.page.keyboard.press("Enter");
    await node(canvas, "log").waitFor();
    assert.deepEqual(sourcesOf(canvas, "log"), ["warm.rejected"]);
    assert.equal(canvas.edits().length, 1);
  });

  it("deletes a node and reconnects around it", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await node(canvas, "warm").click();
    await canvas.command("deleteAndHeal");
    await node(canvas, "warm").waitFor({ state: "detached" });
    assert.deepEqual(sourcesOf(canvas, "out"), ["tick.out"]);
  });

  it("changes a param as one edit when its field is left, and takes Escape as no change", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await node(canvas, "warm").click();
    const when = canvas.page.getByTestId("param-when");
    await when.fill("msg.payload > 9");
    await when.press("Escape");
    assert.equal(await when.textContent(), "msg.payload > 8");
    await when.fill('msg.payload === "a: #b"');
    await when.press("Control+Enter");
    await eventually("the text has it", () => canvas.text().includes("a: #b"));
    assert.equal(paramOf(canvas, "warm", "when"), 'msg.payload === "a: #b"');
    assert.equal(canvas.edits().length, 1);
    assert.ok(canvas.text().includes("tick: # every second"));
  });

  it("completes, explains and checks TypeScript in a field, with the types on its wires", async () => {
    await using canvas = await openCanvasPage(chromium, { text: typedChain });
    await node(canvas, "warm").click();
    const when = canvas.page.getByTestId("param-when");
    await when.fill("");
    await when.pressSequentially("msg.payload.ce");
    const option = canvas.page.locator(".cm-tooltip-autocomplete li", { hasText: "celsius" });
    await option.click();
    assert.equal(await when.textContent(), "msg.payload.celsius");
    await when.pressSequentially(" > limi");
    await canvas.page.locator(".cm-lintRange-error", { hasText: "limi" }).waitFor();
    await canvas.page.keyboard.type("t(1, ");
    await canvas.page.locator(".cm-code-hover strong", { hasText: "above" }).waitFor();
    await canvas.page.keyboard.type("2)");
    await canvas.page.locator(".cm-lintRange-error").waitFor({ state: "detached" });
    await canvas.page.locator(".graph").focus();
    await eventually("the text has it", () =>
      canvas.text().includes("when: msg.payload.celsius > limit(1, 2)"),
    );
    await canvas.page.locator(".cm-line span", { hasText: "celsius" }).or(when).first().hover();
    assert.equal(canvas.edits().length, 1);
    assert.deepEqual(canvas.complaints, []);
  });

  it("dims the last good picture while the text cannot be read, and edits nothing", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await canvas.write(chain.replace("every: 1s", 'every: "1s'));
    const banner = canvas.page.getByTestId("banner");
    await banner.waitFor();
    assert.match((await banner.textContent()) ?? "", /line \d+/);
    await node(canvas, "warm").click();
    await canvas.command("deleteSelection");
    assert.equal(await canvas.page.getByTestId("param-when").isEditable(), false);
    await banner.getByRole("button").click();
    const message = await eventually("it asks for the line", () =>
      canvas.received.find(({ type }) => type === "open-text"),
    );
    assert.equal(message.type === "open-text" && typeof message.line, "number");
    assert.deepEqual(canvas.edits(), []);
    await canvas.write(chain);
    await banner.waitFor({ state: "detached" });
  });

  it("shows why nothing may be edited in a read-only document", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain, readOnly: "An older version." });
    assert.equal(await canvas.page.getByTestId("banner").textContent(), "An older version.");
    assert.equal(await canvas.page.getByTestId("palette-item-log").isDisabled(), true);
  });

  it("says why an edit was refused", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await canvas.send({ type: "edit-result", request: 1, ok: false, message: "The text has changed." });
    assert.match((await canvas.page.getByTestId("banner").textContent()) ?? "", /The text has changed\./);
  });

  it("shows live values at their ports and injects", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain, target: running });
    await canvas.page.getByTestId("live-toggle").click();
    await canvas.send({
      type: "values",
      values: [{ node: "tick", port: "out", text: "42", size: 2, count: 1, time: 0 }],
    });
    assert.equal(await canvas.page.getByTestId("wire-value-tick-out").textContent(), "42");
    await canvas.page.getByTestId("inject-tick").click();
    await canvas.page.getByTestId("deploy").click();
    await eventually("both were sent", () => canvas.received.some(({ type }) => type === "run-command"));
    assert.ok(canvas.received.some((message) => message.type === "inject" && message.node === "tick"));
  });

  it("welcomes in an empty workflow and begins with a click", async () => {
    await using canvas = await openCanvasPage(chromium, { text: "eddy: 1\n" });
    await canvas.page.getByTestId("start-inject").click();
    await node(canvas, "inject").waitFor();
    assert.equal(await canvas.page.locator(".start").count(), 0);
  });

  it("goes from node to node and wires with the keyboard", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await canvas.page.locator(".graph").focus();
    await canvas.page.keyboard.press("Tab");
    await canvas.page.locator('[data-testid="node-tick"].selected').waitFor();
    await canvas.page.keyboard.press("ArrowRight");
    await canvas.page.locator('[data-testid="node-warm"].selected').waitFor();
    await canvas.page.keyboard.press("ArrowLeft");
    await canvas.page.locator('[data-testid="node-tick"].selected').waitFor();
    await canvas.command("startWire");
    await canvas.page.getByTestId("wiring").waitFor();
    await canvas.page.keyboard.press("Enter");
    await eventually("the nearest node is wired", () => sourcesOf(canvas, "out").includes("tick.out"));
  });

  it("gives a join a new input for each wire, called after its source", async () => {
    const text = `${chain}  both:\n    type: join\n    within: 1s\n    at: [240, 200]\n`;
    await using canvas = await openCanvasPage(chromium, { text });
    const plus = canvas.page.locator('[data-testid="node-both"] [data-handleid="in:+"]');
    await canvas.page.locator('[data-testid="node-tick"] [data-handleid="out:out"]').dragTo(plus);
    await eventually("the first input is there", () => sourcesOf(canvas, "both").length === 1);
    await canvas.page.locator('[data-handleid="in:tick"]').waitFor();
    await canvas.page.locator('[data-testid="node-warm"] [data-handleid="out:out"]').dragTo(plus);
    await eventually("the second input is there", () => sourcesOf(canvas, "both").length === 2);
    const { workflow } = parseWorkflow(canvas.text(), "page.flow.yaml");
    assert.deepEqual(
      workflow.nodes.get("both")?.from.map(({ input }) => input),
      ["tick", "warm"],
    );
  });

  it("cuts wires with Alt and a stroke", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    const from = await boxOf(node(canvas, "tick"));
    const to = await boxOf(node(canvas, "warm"));
    const x = (from.x + from.width + to.x) / 2;
    const { mouse, keyboard } = canvas.page;
    await keyboard.down("Alt");
    await mouse.move(x, from.y - 30);
    await mouse.down();
    await mouse.move(x, from.y + from.height + 40, { steps: 4 });
    await mouse.up();
    await keyboard.up("Alt");
    await eventually("the wire is gone", () => sourcesOf(canvas, "warm").length === 0);
    assert.deepEqual(sourcesOf(canvas, "out"), ["warm.out"]);
    assert.deepEqual(
      canvas.edits().map(({ kind }) => kind),
      ["disconnect"],
    );
  });

  it("copies, pastes, duplicates and groups what is selected", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await node(canvas, "out").click();
    await canvas.command("copy");
    await canvas.command("paste");
    await node(canvas, "out-2").waitFor();
    await canvas.page.locator('[data-testid="node-out-2"].selected').waitFor();
    await canvas.command("duplicate");
    await node(canvas, "out-3").waitFor();
    await canvas.command("selectAll");
    await canvas.page.getByRole("button", { name: "Group" }).click();
    await canvas.page.locator(".group-frame").waitFor();
    assert.equal(parseWorkflow(canvas.text(), "page.flow.yaml").workflow.groups[0]?.nodes.length, 5);
  });

  it("finds nodes and renames one", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await canvas.command("find");
    await canvas.page.getByTestId("find").fill("payload > 8");
    await canvas.page.locator('[data-testid="node-warm"].selected').waitFor();
    await canvas.page.keyboard.press("Escape");
    await canvas.command("rename");
    await canvas.page.keyboard.type("hot");
    await canvas.page.keyboard.press("Enter");
    await node(canvas, "hot").waitFor();
    assert.deepEqual(sourcesOf(canvas, "out"), ["hot.out"]);
    assert.equal(canvas.edits().length, 1);
  });

  it("keeps what is typed in a field and its undo to itself, and lets VS Code have every other key", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await node(canvas, "warm").click();
    await canvas.page.evaluate(
      "globalThis.seen = []; addEventListener('keydown', ({ key }) => seen.push(key));",
    );
    await canvas.page.getByTestId("param-when").focus();
    for (const key of ["l", "Delete", "Control+z", "F1"]) await canvas.page.keyboard.press(key);
    await canvas.page.locator(".graph").focus();
    for (const key of ["l", "Control+z"]) await canvas.page.keyboard.press(key);
    assert.deepEqual(await canvas.page.evaluate("seen.filter((key) => key !== 'Control')"), ["F1", "l", "z"]);
  });

  it("draws a workflow of 1,000 nodes as one picture, and only the cards in sight when near", async () => {
    await using canvas = await openCanvasPage(chromium, { text: largeWorkflow(1_000) });
    await canvas.page.getByTestId("overview").waitFor();
    assert.equal(await canvas.page.locator(".card").count(), 0);
    const area = await boxOf(canvas.page.locator(".graph"));
    await canvas.page.mouse.dblclick(area.x + area.width / 2, area.y + area.height / 2);
    await canvas.page.locator(".card").first().waitFor();
    await canvas.page.getByTestId("overview").waitFor({ state: "detached" });
    const cards = await canvas.page.locator(".card").count();
    assert.ok(cards > 0 && cards < 100, `${cards} cards`);
    const elements = await canvas.page.locator("*").count();
    assert.ok(elements < 3_000, `${elements} elements`);
    assert.deepEqual(canvas.complaints, []);
  });

  it("tells where the focus is, so that keys of the canvas do not act in a field", async () => {
    await using canvas = await openCanvasPage(chromium, { text: chain });
    await node(canvas, "warm").click();
    await canvas.page.getByTestId("param-when").focus();
    const focus = () => canvas.received.findLast((message) => message.type === "focus");
    await eventually("a field has the focus", () => focus()?.editing === true);
    await canvas.page.locator(".graph").focus();
    await eventually("the canvas has it again", () => focus()?.editing === false);
  });
});

/** Rows of ten, each a trigger with what follows it. */
function largeWorkflow(count: number): string {
  const nodes = Array.from({ length: count }, (_, index) => {
    const column = index % 10;
    const type = column === 0 ? "type: inject" : `type: map\n    from: n${index - 1}`;
    return `  n${index}:\n    ${type}\n    at: [${column * 240}, ${Math.floor(index / 10) * 120}]\n`;
  });
  return `eddy: 1\nname: Large\nnodes:\n${nodes.join("")}`;
}

function node({ page }: CanvasPage, id: string): Locator {
  return page.getByTestId(`node-${id}`);
}

async function boxOf(locator: Locator) {
  const box = await locator.boundingBox();
  assert.ok(box, "It is on screen.");
  return box;
}

async function drag(
  page: Page,
  from: Locator,
  by: { readonly x: number; readonly y: number },
): Promise<void> {
  const { x, y, width, height } = await boxOf(from);
  const start = { x: x + width / 2, y: y + height / 2 };
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move(start.x + by.x / 2, start.y + by.y / 2, { steps: 4 });
  await page.mouse.move(start.x + by.x, start.y + by.y, { steps: 4 });
  await page.mouse.up();
}

function sourcesOf(canvas: CanvasPage, id: string): readonly string[] {
  const { workflow } = parseWorkflow(canvas.text(), "page.flow.yaml");
  return workflow.nodes.get(id)?.from.map(({ node, port }) => `${node}.${port}`) ?? [];
}

function paramOf(canvas: CanvasPage, id: string, name: string): string | undefined {
  const { workflow } = parseWorkflow(canvas.text(), "page.flow.yaml");
  const value = workflow.nodes.get(id)?.params.get(name)?.value;
  return value?.kind === "scalar" ? value.text : undefined;
}
