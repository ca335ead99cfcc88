import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { type Fleet, openFleet } from "../../fleet/index.ts";
import { chooseInMenu, openChromium, openWorkbench, runCommand, tellOfFailure } from "../testbed/chromium.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { startVsCode } from "../testbed/vscode.ts";

const checkout = join(import.meta.dirname, "..", "..");
/** `npm run screenshots` points it at docs/images. */
const pictures = process.env.EDDY_SCREENSHOTS ?? join(checkout, "test-results", "operations");
const theme = process.env.EDDY_THEME ?? "Default Dark Modern";
const suffix = theme.includes("Light") ? "light" : "dark";

/** Never comes to an end where the pieces do not fill their boxes. */
const text = `eddy: 1
name: Packing

nodes:
  order:
    type: inject
    payload: { pieces: 24, box: 12 }

  boxes:
    type: function
    from: order
    code: |
      let left = msg.payload.pieces;
      let boxes = 0;
      while (left !== 0) {
        left -= msg.payload.box;
        boxes += 1;
      }
      return { ...msg, payload: { ...msg.payload, boxes } };
`;

describe("what a person does in VS Code about a workflow that got stuck", function () {
  this.timeout(300_000);
  let stack: AsyncDisposableStack;
  let page: Page;
  let fleet: Fleet;

  const picture = async (name: string) => {
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}-${suffix}.png`) });
  };
  const item = (name: RegExp) => page.getByRole("treeitem", { name });

  before(async () => {
    stack = new AsyncDisposableStack();
    const workspace = stack.use(await temporaryFolder("workspace")).path;
    const file = join(workspace, "packing.flow.yaml");
    await writeFile(file, text);
    const desk = stack.use(await temporaryFolder("desk")).path;
    fleet = openFleet({ home: desk, agentDirectory: join(checkout, "dist") });
    const server = stack.use(
      await startVsCode({
        workspace,
        extension: { kind: "folder", path: checkout },
        openFile: file,
        environment: { EDDY_HOME: desk },
        settings: {
          "workbench.colorTheme": theme,
          "workbench.editorAssociations": { "*.flow.yaml": "default" },
          "window.dialogStyle": "custom",
          "editor.minimap.enabled": false,
          "editor.wordWrap": "on",
        },
      }),
    );
    const chromium = stack.use(await openChromium());
    page = await openWorkbench(chromium, server, { width: 1280, height: 720 });
    page.setDefaultTimeout(60_000);
  });
  after(async () => {
    await fleet.stopAgent("local").catch(() => {});
    await fleet.dispose();
    await stack.disposeAsync();
  });
  tellOfFailure(() => page, pictures);

  it("finds the message below the workflow, reads it, and discards it", async () => {
    await page.locator(".view-line", { hasText: "name: Packing" }).first().click();
    await runCommand(page, "Eddy: Deploy");
    await page.locator(".activitybar").getByLabel("Eddy").first().click();
    await item(/^Packing/).waitFor();
    const client = await fleet.connect("local");
    const message = { payload: { pieces: 30, box: 12 } };
    await assert.rejects(client.request("workflow/inject", { id: "packing", node: "order", message }));

    await item(/^1 kept message/).click();
    await page.locator(".quick-input-list").getByText("EDDY_BLOCKED").waitFor();
    await picture("kept-list");
    await page.keyboard.press("Enter");
    await page.locator(".view-line", { hasText: '"pieces": 30' }).waitFor();
    await page.locator(".editor-actions").getByLabel("Send Again").waitFor();
    await picture("kept-message");
    await page.locator(".editor-actions").getByLabel("Discard…").first().click();
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Discard" }).click();
    await item(/^1 kept message/).waitFor({ state: "detached" });
    assert.deepEqual((await client.request("kept/list", { id: "packing" })).messages, []);

    await chooseInMenu(page, item(/^Packing/), "Show Kept Messages…");
    await page.getByText("No message of “Packing” is kept on This computer.").first().waitFor();
    await runCommand(page, "Notifications: Clear All Notifications");
  });

  it("has the device diagnosed", async () => {
    await chooseInMenu(page, item(/^This computer/), "Diagnose…");
    await page.locator(".view-line", { hasText: "EDDY_BLOCKED" }).first().waitFor();
    await page.locator(".view-line", { hasText: "eddy kept" }).first().waitFor();
    await page.locator(".notification-toast").waitFor({ state: "detached" });
    await picture("diagnose");
  });
});
