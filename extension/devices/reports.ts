import * as vscode from "vscode";
import { reportScheme } from "../contributions.ts";

/** What is told of a device, in documents that are nobody's to save: VS Code asks nothing when one is closed. */
export class DeviceReports implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #provided: vscode.Disposable;
  readonly onDidChange = this.#changed.event;

  constructor() {
    this.#provided = vscode.workspace.registerTextDocumentContentProvider(reportScheme, this);
  }

  /** Shows Markdown under a title, in the place of what was shown under it before. */
  async show(title: string, markdown: string): Promise<void> {
    const uri = vscode.Uri.from({ scheme: reportScheme, path: `/${title.replaceAll("/", "-")}.md` });
    this.#texts.set(uri.path, markdown);
    this.#changed.fire(uri);
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  /** VS Code also asks for what was open when it was closed last. */
  provideTextDocumentContent({ path }: vscode.Uri): string {
    return this.#texts.get(path) ?? vscode.l10n.t("Ask for this again in the Devices view.");
  }

  dispose(): void {
    this.#provided.dispose();
    this.#changed.dispose();
  }
}
