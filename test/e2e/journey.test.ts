import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FrameLocator, Locator, Page } from "playwright-core";
import { openFleet } from "../../fleet/index.ts";
import {
  type Chromium,
  openChromium,
  openWorkbench,
  runCommand,
  tellOfFailure,
  webviewOf,
} from "../testbed/chromium.ts";
import { eventually, temporaryFolder, writtenText } from "../testbed/resources.ts";
import { type SshServer, startSshServer } from "../testbed/ssh-server.ts";
import { startVsCode, type VsCodeServer } from "../testbed/vscode.ts";

const checkout = join(import.meta.dirname, "..", "..");
/** Pictures of every step; `npm run screenshots` points it at docs/images. */
const pictures = process.env.EDDY_SCREENSHOTS ?? join(checkout, "test-results", "journey");
const theme = process.env.EDDY_THEME ?? "Default Dark Modern";
const suffix = theme.includes("Light") ? "light" : "dark";
/** The machine may be busy with other suites. Milliseconds. */
const patience = { timeout: 60_000 };

const example = "simulated-line.flow.yaml";

describe("a person's first journey in VS Code", function () {
  this.timeout(600_000);

  let stack: AsyncDisposableStack;
  let chromium: Chromium;
  let device: SshServer;
  let server: VsCodeServer;
  let page: Page;
  let canvas: FrameLocator;
  let workspace: string;
  let desk: string;
  let original: string;

  const picture = async (name: string) => {
    await mkdir(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}-${suffix}.png`) });
  };

  before(async () => {
    stack = new AsyncDisposableStack();
    workspace = stack.use(await temporaryFolder("workspace")).path;
    await cp(join(checkout, "examples"), workspace, { recursive: true });
    original = await readFile(join(workspace, example), "utf8");
    device = stack.use(await startSshServer());
    desk = stack.use(await temporaryFolder("desk")).path;
    const home = await homeWithKey();
    server = stack.use(
      await startVsCode({
        workspace,
        extension: { kind: "folder", path: checkout },
        // As npm start does it: VS Code opens the file, the extension puts it on the canvas.
        openFile: join(workspace, example),
        environment: { EDDY_HOME: desk, HOME: home, EDDY_OPEN: join(workspace, example) },
        settings: { "workbench.colorTheme": theme, "window.dialogStyle": "custom" },
      }),
    );
    chromium = stack.use(await openChromium());
    page = await openWorkbench(chromium, server, { width: 1720, height: 1000 });
    page.setDefaultTimeout(patience.timeout);
    canvas = webviewOf(page);
  });

  after(async () => {
    const fleet = openFleet({ home: desk });
    await fleet.stopAgent("local").catch(() => {});
    await fleet.dispose();
    await stack.disposeAsync();
  });

  tellOfFailure(() => page, pictures);

  it("draws, saves, deploys over ssh, watches, breaks and undoes", async () => {
    await openExample();
    await wireTellsItsType();
    await openText();
    await drawFilter();
    await saveAndSeeFigures();
    await closeText();
    await addDevice();
    await deployAndWatch();
    await openText();
    await breakAndUndo();
  });

  /** A home folder whose ssh configuration names the key, as a person's does. */
  async function homeWithKey(): Promise<string> {
    const home = stack.use(await temporaryFolder("home")).path;
    await mkdir(join(home, ".ssh"), { mode: 0o700 });
    const lines = [
      "Host press-3",
      `  HostName ${device.host}`,
      `  Port ${device.port}`,
      `  User ${device.user}`,
    ];
    await writeFile(
      join(home, ".ssh", "config"),
      [...lines, `  IdentityFile ${device.keyPath}`, ""].join("\n"),
    );
    return home;
  }

  async function openExample(): Promise<void> {
    await canvas.getByTestId("node-motor").waitFor();
    await iconsAreDrawn();
    await picture("1-canvas");
    await runCommand(page, "View: Toggle Primary Side Bar Visibility");
  }

  /** The language server has looked at the file by then. */
  async function wireTellsItsType(): Promise<void> {
    const wire = canvas.locator('[data-id="motor.out>reading.in"]');
    await canvas
      .locator('[data-id="motor.out>reading.in"][aria-label*="number"]')
      .waitFor({ state: "attached" });
    const box = await wire.locator(".react-flow__edge-interaction").boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await canvas.locator(".wire-type", { hasText: "number" }).waitFor();
    await page.mouse.move(5, 5);
    await canvas.locator(".wire-type").waitFor({ state: "detached" });
  }

  async function openText(): Promise<void> {
    await runCommand(page, "Eddy: Open Text to the Side");
    await line("A made-up sensor").waitFor();
    await canvas.getByTestId("node-summary").waitFor();
  }

  async function closeText(): Promise<void> {
    await line("type: filter").click();
    await runCommand(page, "View: Close Editor");
    await line("type: filter").waitFor({ state: "detached" });
    await canvas.getByTestId("node-summary").waitFor();
  }

  /** Their font comes a moment after the nodes. */
  async function iconsAreDrawn(): Promise<void> {
    await canvas.locator("body").evaluate(() => document.fonts.ready.then(() => undefined));
  }

  async function drawFilter(): Promise<void> {
    await picture("2-canvas-and-text");
    await canvas.getByTestId("palette-item-filter").dragTo(canvas.locator(".graph"), {
      targetPosition: { x: 420, y: 640 },
    });
    await canvas.getByTestId("node-filter").waitFor();
    await canvas
      .locator('[data-testid="node-reading"] [data-handleid="out:out"]')
      .dragTo(canvas.locator('[data-testid="node-filter"] [data-handleid="in:in"]'));
    await canvas.getByTestId("node-filter").click();
    const when = canvas.getByTestId("param-when");
    await when.fill("msg.payload.celsius > 70");
    await when.press("Control+Enter");
    await line("msg.payload.celsius > 70").waitFor();
    await picture("3-drawn");
  }

  async function saveAndSeeFigures(): Promise<void> {
    await page.keyboard.press("Control+S");
    const saved = await eventually(
      "the file is saved",
      async () => {
        const text = await writtenText(join(workspace, example));
        return text !== original && text;
      },
      patience,
    );
    // Every line that was there still is, in order: a drawing adds what it means and touches nothing else.
    assert.deepEqual(saved.split("\n").filter(wasThere(original)), original.split("\n"));
    assert.match(
      saved,
      /\n {2}filter:\n {4}type: filter\n {4}from: reading\n {4}when: msg\.payload\.celsius > 70\n/,
    );
    await page.locator(".statusbar-item", { hasText: /\d+ nodes · [\d.]+ kB · \d+ ms/ }).waitFor();
    await picture("4-saved");
  }

  async function addDevice(): Promise<void> {
    await runCommand(page, "Eddy: Add Device");
    await answer("Where is it?", "ssh://press-3");
    await answer("What do you call it?", "Press 3");
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Trust and Connect" }).click();
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Install", exact: true }).click();
    await canvas.getByTestId("target").filter({ hasText: "Press 3" }).waitFor();
    await page.locator('.activitybar [aria-label^="Eddy"]').first().click();
    await page.locator(".monaco-list-row", { hasText: "Press 3" }).filter({ hasText: "target" }).waitFor();
    await picture("5-device");
  }

  async function deployAndWatch(): Promise<void> {
    await canvas.getByTestId("deploy").click();
    await page.locator(".monaco-dialog-box").getByRole("button", { name: "Deploy", exact: true }).click();
    await page.locator(".monaco-list-row", { hasText: "Simulated line" }).waitFor();
    await canvas.getByTestId("live-toggle").click();
    await canvas.getByRole("button", { name: "Fit everything" }).click();
    await canvas.getByTestId("node-motor").click();
    await canvas.getByTestId("field-inject-payload").fill("95");
    await canvas.getByTestId("inject-send").click();
    await canvas.getByTestId("wire-value-filter-out").filter({ hasText: '"celsius":95' }).waitFor();
    await canvas.getByTestId("node-filter").click();
    await canvas.getByTestId("preview").filter({ hasText: "= true" }).waitFor();
    await picture("6-live");
  }

  async function breakAndUndo(): Promise<void> {
    await line("A made-up sensor").click();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.keyboard.type('  broken: "never closed');
    await canvas.getByTestId("banner").waitFor();
    await picture("7-broken");
    for (let tries = 0; tries < 20 && (await canvas.getByTestId("banner").isVisible()); tries++)
      await page.keyboard.press("Control+Z");
    await canvas.getByTestId("banner").waitFor({ state: "detached" });
    await picture("8-undone");
  }

  async function answer(question: string, text: string): Promise<void> {
    const input = page.locator(".quick-input-widget", { hasText: question }).locator("input.input");
    await input.fill(text);
    await input.press("Enter");
  }

  function line(text: string): Locator {
    return page.locator(".monaco-editor .view-line", { hasText: text }).first();
  }
});

/** Keeps the lines of the old text, each as often and in the order in which it was there. */
function wasThere(text: string): (line: string) => boolean {
  const lines = text.split("\n");
  let next = 0;
  return (line) => {
    if (line !== lines[next]) return false;
    next++;
    return true;
  };
}
