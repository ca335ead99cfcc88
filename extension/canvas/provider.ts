import * as vscode from "vscode";
import { type CanvasCommand, canvasCommands } from "../../webview/protocol.ts";
import { canvasCommandId, canvasViewType } from "../contributions.ts";
import { canvasPage } from "./html.ts";
import { type CanvasSelection, type CanvasServices, CanvasSession } from "./session.ts";

/** Opens workflow documents on a canvas. Several canvases on one document work: the text is what they share. */
export class CanvasProvider implements vscode.CustomTextEditorProvider, vscode.Disposable {
  readonly #services: CanvasServices;
  readonly #distribution: vscode.Uri;
  readonly #sessions = new Set<CanvasSession>();
  readonly #selected = new vscode.EventEmitter<CanvasSelection>();
  readonly #disposables: vscode.Disposable;

  /** Other nodes are selected on a canvas. */
  readonly onDidSelect = this.#selected.event;

  constructor(services: CanvasServices, distribution: vscode.Uri) {
    this.#services = services;
    this.#distribution = distribution;
    this.#disposables = vscode.Disposable.from(
      this.#selected,
      vscode.window.registerCustomEditorProvider(canvasViewType, this, {
        supportsMultipleEditorsPerDocument: true,
      }),
      ...canvasCommands.map((command) =>
        vscode.commands.registerCommand(canvasCommandId(command), () => this.#forward(command)),
      ),
    );
  }

  resolveCustomTextEditor(document: vscode.TextDocument, panel: vscode.WebviewPanel): void {
    panel.webview.options = {
      enableScripts: true,
      localResourceRoots: [vscode.Uri.joinPath(this.#distribution, "webview")],
    };
    const session = new CanvasSession(document, panel, this.#services, (selection) =>
      this.#selected.fire(selection),
    );
    this.#sessions.add(session);
    panel.onDidDispose(() => {
      this.#sessions.delete(session);
      session.dispose();
    });
    panel.webview.html = canvasPage(panel.webview, this.#distribution);
  }

  /** Shows a node on the canvas of its document, where one is open. */
  reveal(uri: vscode.Uri, node: string): boolean {
    const session = [...this.#sessions].find((one) => one.document.uri.toString() === uri.toString());
    session?.reveal(node);
    return session !== undefined;
  }

  /** The node that is selected on the canvas in front, where exactly one is. */
  selectedNode(): string | undefined {
    const session = this.#active();
    return session?.selection.length === 1 ? session.selection[0] : undefined;
  }

  /** What is selected on the canvas in front. */
  selection(): CanvasSelection | undefined {
    const session = this.#active();
    return session && { document: session.document, nodes: session.selection };
  }

  /** Turns live values on the canvas in front on or off. */
  toggleLive(): void {
    this.#active()?.toggleLive();
  }

  dispose(): void {
    for (const session of this.#sessions) session.dispose();
    this.#disposables.dispose();
  }

  #active(): CanvasSession | undefined {
    return [...this.#sessions].find((session) => session.active);
  }

  #forward(command: CanvasCommand): void {
    this.#active()?.send({ type: "command", command });
  }
}
