import assert from "node:assert/strict";
import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import { openChromium, openWorkbench, runCommand, tellOfFailure, webviewOf } from "../testbed/chromium.ts";
import { eventually, temporaryFolder, writtenText } from "../testbed/resources.ts";
import { startVsCode } from "../testbed/vscode.ts";

const checkout = join(import.meta.dirname, "..", "..");
const pictures = join(checkout, "test-results", "extract");
const example = "vibration-window.flow.yaml";
/** The machine may be busy with other suites. Milliseconds. */
const patience = { timeout: 60_000 };

describe("extract to a subflow on the canvas", function () {
  this.timeout(300_000);

  let stack: AsyncDisposableStack;
  let page: Page;
  let canvas: FrameLocator;
  let workspace: string;

  const file = (name: string) => readFile(join(workspace, name), "utf8");
  const written = (name: string) => writtenText(join(workspace, name));
  const picture = async (name: string) => {
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  };

  before(async () => {
    stack = new AsyncDisposableStack();
    workspace = stack.use(await temporaryFolder("workspace")).path;
    await cp(join(checkout, "examples"), workspace, { recursive: true });
    const server = stack.use(
      await startVsCode({
        workspace,
        extension: { kind: "folder", path: checkout },
        openFile: join(workspace, example),
        environment: {
          EDDY_HOME: stack.use(await temporaryFolder("desk")).path,
          EDDY_OPEN: join(workspace, example),
        },
        settings: { "window.dialogStyle": "custom" },
      }),
    );
    page = await openWorkbench(stack.use(await openChromium()), server, { width: 1440, height: 900 });
    page.setDefaultTimeout(patience.timeout);
    canvas = webviewOf(page);
  });

  after(() => stack.disposeAsync());

  tellOfFailure(() => page, pictures);

  it("asks for a name, moves the selection to a file of its own, and takes it back with one undo", async () => {
    const original = await file(example);
    // The language server has told the types of the wires that are going to cross.
    await canvas
      .locator('[data-id="sensor.out>window.in"][aria-label*="velocity"]')
      .waitFor({ state: "attached" });
    await canvas.getByTestId("node-dashboard").click();
    await runCommand(page, "Eddy: Extract to Subflow");
    await page.locator(".quick-input-message", { hasText: "Name of the new workflow" }).waitFor();
    const input = page.locator(".quick-input-widget input.input");
    await input.fill("no name");
    await page.locator(".quick-input-message", { hasText: "with a letter first" }).waitFor();
    await picture("1-name");
    await input.fill("summary");
    await input.press("Enter");
    await canvas.getByTestId("node-summary").waitFor();
    await canvas.getByTestId("node-dashboard").waitFor({ state: "detached" });
    // Whoever looked at the workflow before the new file was there has looked again.
    await canvas.getByRole("button", { name: /errors?.*show the problems/i }).waitFor({ state: "detached" });
    await picture("2-extracted");
    const subflow = await eventually("the new file is there", () => written("summary.flow.yaml"), patience);
    assert.match(subflow, /\n {2}dashboard:\n {4}type: mqtt-out\n/);
    assert.match(subflow, /^inputs:\n {2}\S+: "?\{ start: number; end: number; count: number; /m);

    await page.keyboard.press("Control+S");
    const saved = await eventually(
      "the workflow is saved",
      async () => {
        const text = await written(example);
        return text !== original && text;
      },
      patience,
    );
    assert.match(saved, /\n {2}summary:\n {4}type: \.\/summary\.flow\.yaml\n/);

    await runCommand(page, "Undo");
    await picture("3-undo");
    await canvas.getByTestId("node-dashboard").waitFor();
    await canvas.getByTestId("node-summary").waitFor({ state: "detached" });
    await page.keyboard.press("Control+S");
    await eventually("the workflow is as it was", async () => (await file(example)) === original, patience);
    await assert.rejects(file("summary.flow.yaml"), { code: "ENOENT" });
    await picture("4-undone");
  });
});
