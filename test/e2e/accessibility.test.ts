import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Chromium, openChromium } from "../testbed/chromium.ts";

import { type CanvasPage, openCanvasPage } from "./webview-harness.ts";

const text = `eddy: 1
name: Cold chain
nodes:
  tick: { type: inject, every: 1s, at: [0, 0] }
  warm: { type: filter, from: tick, when: msg.payload > 8, at: [240, 0] }
  route: { type: switch, from: warm, cases: { hot: msg.payload > 20, cold: msg.payload < 0 }, at: [480, 0] }
  out: { type: log, from: [route.hot, any.error], text: "\${msg.payload} °C", at: [720, 0] }
  lost: { type: log, from: nowhere, at: [720, 160] }
notes:
  n: { text: Remember the door, at: [0, 160] }
`;

interface Finding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

describe("accessibility of the canvas", function () {
  this.timeout(120_000);
  let chromium: Chromium;
  let axe: string;

  before(async () => {
    chromium = await openChromium();
    axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  });

  after(() => chromium[Symbol.asyncDispose]());

  /** What axe finds wrong with what is on the screen now. */
  async function findings({ page }: CanvasPage): Promise<readonly string[]> {
    await page.evaluate(axe);
    const { violations, passes } = await page.evaluate<{
      readonly violations: readonly Finding[];
      readonly passes: readonly Finding[];
    }>("axe.run()");
    // It has looked at something.
    assert.ok(passes.length > 15, `only ${passes.length} rules held`);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
  }

  for (const theme of ["light", "dark", "high-contrast"] as const)
    it(`has no fault that axe finds in the theme ${theme}`, async () => {
      await using canvas = await openCanvasPage(chromium, { text, theme });
      const { page } = canvas;
      const all: string[] = [];
      const look = async (what: string) => {
        for (const finding of await findings(canvas)) all.push(`${what}: ${finding}`);
      };
      await look("at first");
      await page.getByTestId("node-route").click();
      await page.getByTestId("inspector").waitFor();
      await look("a node is selected");
      await canvas.command("find");
      await page.getByTestId("find").waitFor();
      await look("find");
      await page.keyboard.press("Escape");
      await canvas.command("addNode");
      await page.getByTestId("quick-add").waitFor();
      await look("the list of node types");
      await page.keyboard.press("Escape");
      await canvas.command("cheatSheet");
      await page.getByTestId("cheat-sheet").waitFor();
      await look("the keys");
      assert.deepEqual(all, []);
    });
});
