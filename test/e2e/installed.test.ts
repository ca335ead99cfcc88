import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import { openFleet } from "../../fleet/index.ts";
import { openChromium, openWorkbench, runCommand, tellOfFailure, webviewOf } from "../testbed/chromium.ts";
import { runProgram } from "../testbed/processes.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { startVsCode } from "../testbed/vscode.ts";

const checkout = join(import.meta.dirname, "..", "..");
const pictures = join(checkout, "test-results", "installed");
const nodes = `nodes:
  beat: { type: inject, every: 1s, payload: 21 }
  twice: { type: ./twice.node.ts, from: beat }`;
const ownNode = `export const descriptor = {
  type: "twice", title: "Twice", category: "own", icon: "zap", summary: "Doubles the payload.", doc: "Doubles.",
  inputs: "single", outputs: [{ name: "out", doc: "The double." }], timing: "immediate", params: {},
};
export default {
  timing: "immediate",
  create: (_context, _params, outputs) => (message) => outputs.out?.({ ...message, payload: message.payload * 2 }),
};
`;
/** Milliseconds; the machine may be busy. */
const patience = 60_000;

describe("the packaged extension in an empty folder", function () {
  this.timeout(300_000);

  let stack: AsyncDisposableStack;
  let page: Page;
  let canvas: FrameLocator;
  let workspace: string;
  let desk: string;

  const picture = async (name: string) => {
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  };

  before(async () => {
    stack = new AsyncDisposableStack();
    const packages = stack.use(await temporaryFolder("package")).path;
    await runProgram(process.execPath, [join(checkout, "scripts", "package.mjs"), `--out=${packages}`]);
    const [name] = await readdir(packages);
    assert.ok(name, "a VSIX was made");
    workspace = stack.use(await temporaryFolder("workspace")).path;
    desk = stack.use(await temporaryFolder("desk")).path;
    const server = stack.use(
      await startVsCode({
        workspace,
        extension: { kind: "vsix", path: join(packages, name) },
        environment: { EDDY_HOME: desk },
        settings: { "window.dialogStyle": "custom" },
      }),
    );
    page = await openWorkbench(stack.use(await openChromium()), server, { width: 1440, height: 900 });
    page.setDefaultTimeout(patience);
    canvas = webviewOf(page);
  });

  after(async () => {
    const fleet = openFleet({ home: desk, agentDirectory: join(checkout, "dist") });
    await fleet.stopAgent("local").catch(() => {});
    await fleet.dispose();
    await stack.disposeAsync();
  });

  tellOfFailure(() => page, pictures);

  it("goes from a new workflow to live values on this computer", async () => {
    await runCommand(page, "Eddy: New Workflow");
    const input = page.locator(".quick-input-widget", { hasText: "What does it do?" }).locator("input.input");
    await input.fill("Beat twice");
    await input.press("Enter");
    await canvas.getByTestId("start-inject").waitFor();
    await picture("1-new");
    const file = join(workspace, "beat-twice.flow.yaml");
    await writeFile(join(workspace, "twice.node.ts"), ownNode);
    // Somebody else writes to the file, as git does: the canvas follows.
    await writeFile(file, (await readFile(file, "utf8")).replace("nodes: {}", nodes));
    await canvas.getByTestId("node-twice").waitFor();
    // What the language server says, with the TypeScript that is in the package.
    await canvas
      .locator('[data-id="beat.out>twice.in"][aria-label*="number"]')
      .waitFor({ state: "attached" });
    await canvas.getByTestId("deploy").click();
    await canvas.getByTestId("target").filter({ hasText: "running" }).waitFor();
    await canvas.getByTestId("live-toggle").click();
    await canvas.getByTestId("wire-value-twice-out").filter({ hasText: "42" }).waitFor();
    await picture("2-live");
  });
});
