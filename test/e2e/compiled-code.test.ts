import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { openChromium, openWorkbench, runCommand, webviewOf } from "../testbed/chromium.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { startVsCode } from "../testbed/vscode.ts";

const checkout = join(import.meta.dirname, "..", "..");
/** `npm run screenshots` points it at docs/images. */
const pictures = process.env.EDDY_SCREENSHOTS ?? join(checkout, "test-results", "compiled-code");
const theme = process.env.EDDY_THEME ?? "Default Dark Modern";
const suffix = theme.includes("Light") ? "light" : "dark";

describe("the compiled code beside the canvas", function () {
  this.timeout(300_000);
  let stack: AsyncDisposableStack;
  let page: Page;

  before(async () => {
    stack = new AsyncDisposableStack();
    const workspace = stack.use(await temporaryFolder("workspace")).path;
    await cp(join(checkout, "examples"), workspace, { recursive: true });
    const openFile = join(workspace, "cold-chain.flow.yaml");
    const server = stack.use(
      await startVsCode({
        workspace,
        extension: { kind: "folder", path: checkout },
        openFile,
        environment: { EDDY_HOME: stack.use(await temporaryFolder("desk")).path, EDDY_OPEN: openFile },
        settings: { "workbench.colorTheme": theme, "editor.minimap.enabled": false },
      }),
    );
    page = await openWorkbench(stack.use(await openChromium()), server, { width: 1440, height: 900 });
    page.setDefaultTimeout(30_000);
  });
  after(() => stack.disposeAsync());

  it("marks the node that is selected on the canvas, and selects there what is clicked in the code", async () => {
    const canvas = webviewOf(page);
    await canvas.getByTestId("node-alert").waitFor();
    await runCommand(page, "Eddy: Show Compiled Code");
    const line = (text: string) => page.locator(".monaco-editor .view-line", { hasText: text }).first();
    await line("each node is a function").waitFor();
    await canvas.getByTestId("node-warm").click();
    await line("node_warm").waitFor();
    await page.locator(".monaco-editor .rangeHighlight, .monaco-editor .cdr").first().waitFor();
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `compiled-code-${suffix}.png`) });
    await line("out_fridge(msg)").click();
    await canvas
      .locator(
        '.react-flow__node.selected [data-testid="node-fridge"], .react-flow__node.selected[data-id="fridge"]',
      )
      .first()
      .waitFor();
  });
});
