import * as vscode from "vscode";
import type { CompiledCode } from "../../compiler/index.ts";
import type { CanvasProvider } from "../canvas/provider.ts";
import type { Compilations } from "./compilations.ts";
import type { FlowDocuments } from "./documents.ts";
import { editorRange } from "./ranges.ts";

const scheme = "eddy-code";

export interface CompiledCodeServices {
  readonly compilations: Compilations;
  readonly documents: FlowDocuments;
  readonly canvas: CanvasProvider;
}

/**
 * The TypeScript that a workflow is compiled to, in an editor beside it. It follows each compile; a click in it shows the
 * node on the canvas or in the text, and a node that is selected there shows its part here.
 */
export class CompiledCodeView implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #services: CompiledCodeServices;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #mark = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor("editor.rangeHighlightBackground"),
    overviewRulerColor: new vscode.ThemeColor("editorOverviewRuler.findMatchForeground"),
  });
  readonly #disposables: vscode.Disposable;

  readonly onDidChange = this.#changed.event;

  constructor(services: CompiledCodeServices) {
    this.#services = services;
    this.#disposables = vscode.Disposable.from(
      this.#changed,
      this.#mark,
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      services.compilations.onDidCompile(({ document }) => this.#changed.fire(codeUri(document.uri))),
      services.canvas.onDidSelect(({ document, nodes: [node, ...others] }) => {
        if (node !== undefined && others.length === 0) this.#showNode(document.uri, node);
      }),
      vscode.window.onDidChangeTextEditorSelection((event) => {
        // A selection that a program made, this one among them, is nobody's wish to go somewhere.
        if (event.kind === undefined || event.kind === vscode.TextEditorSelectionChangeKind.Command) return;
        void this.#follow(event.textEditor);
      }),
    );
  }

  async show(document: vscode.TextDocument): Promise<vscode.TextEditor> {
    await this.#services.compilations.compile(document);
    const code = await vscode.workspace.openTextDocument(codeUri(document.uri));
    return vscode.window.showTextDocument(code, {
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
      preview: true,
    });
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const document = await vscode.workspace.openTextDocument(flowUri(uri));
    const code =
      this.#codeOf(document) ?? (await this.#services.compilations.compile(document)).result.code?.();
    return code?.text ?? vscode.l10n.t("// This workflow has errors and cannot be compiled: see Problems.");
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #codeOf(document: vscode.TextDocument | undefined): CompiledCode | undefined {
    return document && this.#services.compilations.latest(document)?.result.code?.();
  }

  async #follow({ document, selection }: vscode.TextEditor): Promise<void> {
    const offset = document.offsetAt(selection.active);
    if (document.uri.scheme === scheme) {
      const flow = openDocument(flowUri(document.uri));
      const part = this.#codeOf(flow)?.parts.find(({ start, end }) => start <= offset && offset < end);
      if (flow && part) await this.#showSource(flow, part.node);
      return;
    }
    if (!openDocument(codeUri(document.uri))) return;
    const { parsed } = await this.#services.documents.analyse(document);
    const nodes = [...parsed.workflow.nodes.values()];
    const node = nodes.find(({ range }) => range.start <= offset && offset <= range.end);
    if (node) this.#showNode(document.uri, node.id);
  }

  /** The part of the code that a node is. */
  #showNode(flow: vscode.Uri, node: string): void {
    const part = this.#codeOf(openDocument(flow))?.parts.find((one) => one.node === node);
    const key = codeUri(flow).toString();
    for (const editor of vscode.window.visibleTextEditors) {
      if (!part || editor.document.uri.toString() !== key) continue;
      const range = editorRange(editor.document, part);
      editor.setDecorations(this.#mark, [range]);
      editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }

  /** The node where the person has it open: on the canvas, and in the text. */
  async #showSource(flow: vscode.TextDocument, node: string): Promise<void> {
    const { parsed } = await this.#services.documents.analyse(flow);
    const found = parsed.workflow.nodes.get(node);
    if (!found) return;
    this.#services.canvas.reveal(flow.uri, node);
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document !== flow) continue;
      const range = editorRange(flow, found.idRange);
      editor.selection = new vscode.Selection(range.start, range.end);
      editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }
}

/** Where the code of a workflow is shown; it ends in `.ts`, so that it is read as TypeScript. */
function codeUri(flow: vscode.Uri): vscode.Uri {
  return vscode.Uri.from({
    scheme,
    path: `${flow.path.replace(/\.flow\.yaml$/, "")}.ts`,
    query: flow.toString(),
  });
}

function flowUri(code: vscode.Uri): vscode.Uri {
  return vscode.Uri.parse(code.query, true);
}

function openDocument(uri: vscode.Uri): vscode.TextDocument | undefined {
  const key = uri.toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === key);
}
