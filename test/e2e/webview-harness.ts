import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import typescript from "typescript";
import { catalogView, problemView, workflowView } from "../../extension/canvas/view.ts";
import {
  applyEdit,
  applyTextEdits,
  checkWorkflow,
  copyFragment,
  createLineIndex,
  type ParsedWorkflow,
  parseWorkflow,
} from "../../language/index.ts";
import { analyseFlow } from "../../language/server/analysis.ts";
import { answerField } from "../../language/server/field.ts";
import { createTypeChecker } from "../../language/types/index.ts";
import { builtinCatalog } from "../../runtime/nodes/catalog.ts";
import type { CanvasCommand, FromCanvas, TargetView, ToCanvas } from "../../webview/protocol.ts";
import type { Chromium } from "../testbed/chromium.ts";
import { type Theme, themes } from "./themes.ts";

type Snapshot = Extract<ToCanvas, { type: "snapshot" }>;
const checker = createTypeChecker({
  typescript,
  files: { readFile: () => undefined, fileExists: () => false },
});

type EditMessage = Extract<FromCanvas, { type: "edit" }>;

/** A canvas in a page of its own, with the real language behind it and no VS Code. */
export interface CanvasPage extends AsyncDisposable {
  readonly page: Page;
  readonly received: readonly FromCanvas[];
  /** What the document holds now. */
  text(): string;
  edits(): readonly EditMessage["edit"][];
  /** Somebody else changes the document. */
  write(text: string): Promise<void>;
  target(target: TargetView): Promise<void>;
  /** What the canvas was shown, newest last. */
  snapshots(): readonly Snapshot[];
  /** The type checker has looked at the document. */
  types(types: Snapshot["types"]): Promise<void>;
  command(command: CanvasCommand): Promise<void>;
  send(message: ToCanvas): Promise<void>;
  /** What the page complained about: violations of the policy, errors. */
  readonly complaints: readonly string[];
}

export interface CanvasPageOptions {
  readonly text: string;
  readonly theme?: Theme;
  readonly readOnly?: string;
  readonly target?: TargetView;
  readonly width?: number;
  readonly height?: number;
}

export async function openCanvasPage(chromium: Chromium, options: CanvasPageOptions): Promise<CanvasPage> {
  const server = await serveWebview(options.theme ?? "dark");
  const page = await chromium.newPage({ width: options.width ?? 1280, height: options.height ?? 760 });
  const document = new Document(options, (message) => page.evaluate<void, unknown>(postToCanvas, message));
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  await page.exposeFunction("toExtension", (message: FromCanvas) => document.receive(message));
  await page.addInitScript(
    "globalThis.acquireVsCodeApi = () => ({ postMessage: (message) => void toExtension(message) });",
  );
  await page.goto(server.url);
  await page.locator(".app").waitFor({ timeout: 60_000 });
  return {
    page,
    received: document.received,
    complaints,
    text: () => document.text,
    edits: () => document.received.flatMap((message) => (message.type === "edit" ? [message.edit] : [])),
    write: (text) => document.write(text),
    target: (target) => document.setTarget(target),
    snapshots: () => document.snapshots,
    types: (types) => document.setTypes(types),
    command: (command) => document.send({ type: "command", command }),
    send: (message) => document.send(message),
    async [Symbol.asyncDispose]() {
      await page.context().close();
      await server.close();
    },
  };
}

/** Done when the canvas has had the message and has drawn what it made of it. */
function postToCanvas(message: unknown): Promise<void> {
  return new Promise((resolve) => {
    window.addEventListener("message", () => requestAnimationFrame(() => resolve()), { once: true });
    window.postMessage(message, "*");
  });
}

/** What the extension does with a canvas's messages, over a text in memory. */
class Document {
  text: string;
  types: Snapshot["types"] = {};
  readonly snapshots: Snapshot[] = [];
  readonly received: FromCanvas[] = [];
  readonly send: (message: ToCanvas) => Promise<void>;
  #version = 1;
  #lastGood: ParsedWorkflow | undefined;
  #target: TargetView;
  #live = false;
  #clipboard = "";
  readonly #readOnly: string | undefined;

  constructor({ text, readOnly, target }: CanvasPageOptions, send: (message: ToCanvas) => Promise<void>) {
    this.text = text;
    this.send = send;
    this.#readOnly = readOnly;
    this.#target = target ?? { kind: "none" };
  }

  async receive(message: FromCanvas): Promise<void> {
    this.received.push(message);
    switch (message.type) {
      case "ready":
        return this.#snapshot();
      case "edit":
        return this.#edit(message);
      case "copy":
        this.#clipboard = copyFragment(this.text, message.nodes);
        return;
      case "paste":
        await this.#apply({ kind: "paste", fragment: this.#clipboard, at: message.at });
        return this.#snapshot();
      case "set-live":
        this.#live = message.live;
        return this.#snapshot();
      case "ask":
        return this.#answer(message);
    }
  }

  async #answer({ request, question }: Extract<FromCanvas, { type: "ask" }>): Promise<void> {
    const flow = {
      uri: "file:///page.flow.yaml",
      file: "/page.flow.yaml",
      version: this.#version,
      text: this.text,
    };
    const analysis = await analyseFlow(flow, builtinCatalog, { read: async () => undefined });
    const answer = answerField(analysis, checker, question);
    await this.send({ type: "answer", request, ...(answer ? { answer } : {}) });
  }

  async write(text: string): Promise<void> {
    this.text = text;
    this.#version++;
    await this.#snapshot();
  }

  async setTarget(target: TargetView): Promise<void> {
    this.#target = target;
    await this.#snapshot();
  }

  async setTypes(types: Snapshot["types"]): Promise<void> {
    this.types = types;
    await this.#snapshot();
  }

  async #edit({ request, documentVersion, edit }: EditMessage): Promise<void> {
    const refusal = documentVersion < this.#version ? "The text has changed meanwhile." : this.#apply(edit);
    await this.send({
      type: "edit-result",
      request,
      ok: refusal === undefined,
      ...(refusal ? { message: refusal } : {}),
    });
    await this.#snapshot();
  }

  #apply(edit: EditMessage["edit"]): string | undefined {
    const { edits, problems } = applyEdit(this.text, edit, builtinCatalog);
    const [problem] = problems;
    if (problem) return problem.message;
    this.text = applyTextEdits(this.text, edits);
    this.#version++;
    return undefined;
  }

  #snapshot(): Promise<void> {
    const parsed = parseWorkflow(this.text, "page.flow.yaml");
    if (parsed.readable) this.#lastGood = parsed;
    const lines = createLineIndex(this.text);
    const problems = [...parsed.problems, ...(parsed.readable ? checkWorkflow(parsed, builtinCatalog) : [])];
    const views = problems.map((problem) =>
      problemView(problem, lines.positionAt(problem.range.start).line, parsed.workflow),
    );
    const broken = views.find(({ severity }) => severity === "error");
    const snapshot: Snapshot = {
      type: "snapshot",
      protocol: 1,
      documentVersion: this.#version,
      ...(this.#lastGood ? { workflow: workflowView(this.#lastGood, builtinCatalog) } : {}),
      ...(parsed.readable || !broken ? {} : { broken: { message: broken.message, line: broken.line } }),
      ...(this.#readOnly ? { readOnly: this.#readOnly } : {}),
      problems: views,
      types: this.types,
      catalog: catalogView(builtinCatalog),
      target: this.#target,
      live: this.#live,
      strings: {},
    };
    this.snapshots.push(snapshot);
    return this.send(snapshot);
  }
}

const distribution = fileURLToPath(new URL("../../dist/webview", import.meta.url));
const types: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".ttf": "font/ttf",
};

/** The page of extension/canvas/html.ts with its policy; the theme's variables are a style sheet of the page. */
async function serveWebview(theme: Theme): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/") return response.setHeader("content-type", "text/html").end(page(theme));
    if (pathname === "/theme.css")
      return response.setHeader("content-type", "text/css").end(`:root { ${themes[theme]} }`);
    try {
      const content = await readFile(join(distribution, pathname));
      response.setHeader("content-type", types[extname(pathname)] ?? "text/plain").end(content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port.");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function page(theme: Theme): string {
  const policy = [
    "default-src 'none'",
    "script-src 'nonce-harness'",
    "style-src 'self' 'nonce-harness'",
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "worker-src blob:",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="theme.css">
<link rel="stylesheet" href="codicon.css">
<link rel="stylesheet" href="canvas.css">
<title>Canvas</title>
</head>
<body class="vscode-${theme}" data-layout-worker="layout-worker.js">
<div id="root"></div>
<script nonce="harness" src="canvas.js"></script>
</body>
</html>`;
}
