import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { openChromium, openWorkbench, runCommand, tellOfFailure } from "../testbed/chromium.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { startVsCode } from "../testbed/vscode.ts";

const checkout = join(import.meta.dirname, "..", "..");
/** `npm run screenshots` points it at docs/images. */
const pictures = process.env.EDDY_SCREENSHOTS ?? join(checkout, "test-results", "testing");
const theme = process.env.EDDY_THEME ?? "Default Dark Modern";
const suffix = theme.includes("Light") ? "light" : "dark";

describe("tests of workflows, as a person runs them in VS Code", function () {
  this.timeout(300_000);
  let stack: AsyncDisposableStack;
  let page: Page;

  const picture = async (name: string) => {
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}-${suffix}.png`) });
  };

  before(async () => {
    stack = new AsyncDisposableStack();
    const workspace = stack.use(await temporaryFolder("workspace")).path;
    await cp(join(checkout, "examples"), workspace, { recursive: true });
    const file = join(workspace, "cold-chain.flow.yaml");
    // One who expects another temperature.
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("text: Fridge at 10 °C", "text: Fridge at 9 °C"));
    const server = stack.use(
      await startVsCode({
        workspace,
        extension: { kind: "folder", path: checkout },
        openFile: file,
        environment: { EDDY_HOME: stack.use(await temporaryFolder("desk")).path },
        settings: {
          "workbench.colorTheme": theme,
          "workbench.editorAssociations": { "*.flow.yaml": "default" },
          "editor.minimap.enabled": false,
          // What a terminal shows is text of the page then.
          "terminal.integrated.gpuAcceleration": "off",
        },
      }),
    );
    const chromium = stack.use(await openChromium());
    page = await openWorkbench(chromium, server, { width: 1440, height: 900 });
    page.setDefaultTimeout(60_000);
  });
  after(() => stack.disposeAsync());
  tellOfFailure(() => page, pictures);

  it("has a lens that runs the workflow in a terminal", async () => {
    await page.locator(".codelens-decoration a", { hasText: "Run" }).first().click();
    // The secret of its broker is not known here.
    await page.locator(".xterm-rows").getByText("MQTT_PASSWORD").first().waitFor();
    // It stays, to be read; here it is in the way.
    await runCommand(page, "View: Toggle Panel Visibility");
  });

  it("lists them, runs them all, and shows what differs beside what was expected", async () => {
    const lens = (title: string) => page.locator(".codelens-decoration a", { hasText: title }).first();
    await lens("Run").waitFor();
    await lens("Test").waitFor();
    await page.locator(".activitybar").getByLabel("Testing").first().click();
    const explorer = page.locator(".test-explorer");
    await explorer.getByText("cold-chain.flow.yaml").waitFor();
    await explorer.getByText("simulated-line.flow.yaml").waitFor();
    await runCommand(page, "Test: Run All Tests");
    await page
      .locator(".test-explorer, .testing-explorer-view, .part.sidebar")
      .getByText("10/11")
      .first()
      .waitFor();
    await explorer.getByText("cold-chain.flow.yaml").click();
    await page.keyboard.press("ArrowRight");
    const failing = "alarms after five warm minutes, not before";
    await explorer.getByText(failing).dblclick();
    await page.getByRole("treeitem", { name: "alert: a message is not as" }).click();
    await page.locator(".monaco-diff-editor").getByText("Fridge at 10 °C").first().waitFor();
    await picture("tests");
  });
});
