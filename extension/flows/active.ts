import * as vscode from "vscode";
import { canvasViewType } from "../contributions.ts";
import { isFlow } from "./documents.ts";

/** The workflow that the person looks at, on a canvas or as text; VS Code has no one answer for both. */
export class ActiveFlow implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #disposables: vscode.Disposable;
  #document: vscode.TextDocument | undefined;

  readonly onDidChange = this.#changed.event;

  constructor() {
    const update = () => this.#update();
    this.#disposables = vscode.Disposable.from(
      this.#changed,
      vscode.window.onDidChangeActiveTextEditor(update),
      vscode.window.tabGroups.onDidChangeTabs(update),
      vscode.window.tabGroups.onDidChangeTabGroups(update),
      vscode.workspace.onDidOpenTextDocument(update),
    );
    this.#update();
  }

  get document(): vscode.TextDocument | undefined {
    return this.#document;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #update(): void {
    const found = this.#find();
    if (found === this.#document) return;
    this.#document = found;
    this.#changed.fire();
  }

  #find(): vscode.TextDocument | undefined {
    const uri = activeUri();
    const document = vscode.workspace.textDocuments.find((one) => one.uri.toString() === uri?.toString());
    return document && isFlow(document) ? document : undefined;
  }
}

function activeUri(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputCustom && input.viewType === canvasViewType) return input.uri;
  if (input instanceof vscode.TabInputText) return input.uri;
  return undefined;
}
