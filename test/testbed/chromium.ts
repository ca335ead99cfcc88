import { type Browser, chromium, type FrameLocator, type Page } from "playwright-core";
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

/** Runs a command by its title, as from the command palette; waits for the extension that brings it. */
export async function runCommand(page: Page, title: string): Promise<void> {
  const input = page.locator(".quick-input-widget input");
  const row = page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first();
  await page.keyboard.press("F1");
  await input.waitFor();
  await eventually(
    `The command "${title}" is in the palette`,
    async () => {
      // The list is made when the text changes, not when a command is added.
      await input.fill(">");
      await input.fill(`>${title}`);
      await row.waitFor({ timeout: 1_000 });
      return true;
    },
    { timeout: 60_000 },
  );
  await row.click();
}
