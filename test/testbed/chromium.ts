import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from "playwright-core";
import { ensureChromium, findProgram } from "../../scripts/lib/tools.mjs";
import { eventually } from "./resources.ts";
import type { VsCodeServer } from "./vscode.ts";

export interface Chromium extends AsyncDisposable {
  readonly browser: Browser;
  /** A page of its own context: no storage is shared with another page. */
  newPage(options?: PageOptions): Promise<Page>;
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  /** Pixels of the picture for each pixel of the page. */
  readonly scale?: number;
}

const quietFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/** The system's Chromium without a window, driven by playwright. */
export async function openChromium(): Promise<Chromium> {
  ensureChromium();
  const executablePath = findProgram("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
  if (!executablePath) throw new Error("No Chromium was found.");
  const browser = await chromium.launch({ executablePath, args: quietFlags });
  return {
    browser,
    async newPage({ width = 1440, height = 900, scale = 1 } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        deviceScaleFactor: scale,
        // What moves is missed by a pointer that was aimed before.
        reducedMotion: "reduce",
        permissions: ["clipboard-read", "clipboard-write"],
      });
      return context.newPage();
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
    },
  };
}

/** Opens VS Code's workbench and waits until it can be used. */
export async function openWorkbench(
  browser: Chromium,
  server: VsCodeServer,
  options: PageOptions = {},
): Promise<Page> {
  const page = await browser.newPage(options);
  await page.goto(server.url);
  await page.locator(".monaco-workbench .part.editor").waitFor({ timeout: 90_000 });
  return page;
}

/** The content of the webview that is shown; it sits two frames deep. */
export function webviewOf(page: Page): FrameLocator {
  return page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
}

/**
 * Runs a command by its title, as from the command palette; waits for the extension that brings it.
 * What takes the focus meanwhile closes the palette: then it is opened once more.
 */
export async function runCommand(page: Page, title: string): Promise<void> {
  const input = page.locator(".quick-input-widget input");
  const row = page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
  await eventually(
    `The command "${title}" is in the palette`,
    async () => {
      if (!(await input.isVisible())) await page.keyboard.press("F1");
      // The list is made when the text changes, not when a command is added.
      await input.fill(">", glance);
      await input.fill(`>${title}`, glance);
      await row.click(glance);
      return true;
    },
    { timeout: 60_000 },
  );
}

/**
 * Chooses in the menu of `on` what is called `name`. A menu that has just opened takes no click yet, and one that
 * loses the focus to an editor closes: both are tried again.
 */
export async function chooseInMenu(page: Page, on: Locator, name: string): Promise<void> {
  const entry = page.getByRole("menuitem", { name });
  await eventually(
    `"${name}" is chosen in the menu`,
    async () => {
      if (!(await entry.isVisible())) await on.click({ ...glance, button: "right" });
      await entry.click(glance);
      await entry.waitFor({ state: "detached", ...glance });
      return true;
    },
    { timeout: 60_000 },
  );
}

/** What may have to be tried again is not waited for long. */
const glance = { timeout: 2_000 };

/** After a test that failed: a picture in `folder`, and what VS Code tells the person, for whoever has only the output. */
export function tellOfFailure(pageOf: () => Page, folder: string): void {
  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    const page = pageOf();
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, "failed.png") });
    // What is shown for some seconds only is still in there.
    await runCommand(page, "Notifications: Show Notifications");
    const told = page.locator(
      ".notification-list-item, .monaco-dialog-box, .quick-input-widget:visible, .monaco-menu, .part.statusbar",
    );
    for (const text of await told.allInnerTexts())
      console.log(`      on the screen: ${JSON.stringify(text)}`);
  });
}
