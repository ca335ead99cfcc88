import * as vscode from "vscode";
import type { Edit } from "../../language/edits/edit.ts";
import { applyEdit, copyFragment } from "../../language/index.ts";
import { EddyError, type Problem } from "../../language/problem.ts";
import type { FieldQuestion } from "../../language/server/field.ts";
import {
  canvasProtocolVersion,
  type FromCanvas,
  type PreviewQuestion,
  type ToCanvas,
} from "../../webview/protocol.ts";
import type { LiveValues } from "../devices/live.ts";
import type { Targets } from "../devices/targets.ts";
import type { Compilations } from "../flows/compilations.ts";
import { type FlowAnalysis, type FlowDocuments, isFlow } from "../flows/documents.ts";
import { currentProblems } from "../flows/problems.ts";
import { editorRange, workspaceEdit } from "../flows/ranges.ts";
import { loadTypeScript } from "../flows/typescript.ts";
import type { LanguageService } from "../language/client.ts";
import { readCanvasMessage } from "./incoming.ts";
import { preview } from "./previews.ts";
import { catalogView, problemView, workflowView } from "./view.ts";

/** What a canvas needs of the rest of the extension. */
export interface CanvasServices {
  readonly documents: FlowDocuments;
  readonly compilations: Compilations;
  readonly language: LanguageService;
  readonly targets: Targets;
  readonly live: LiveValues;
  readonly strings: Readonly<Record<string, string>>;
  readonly report: (error: unknown) => void;
  readonly inject: (document: vscode.TextDocument, node: string, payload: string) => Promise<void>;
}

/** What is selected on a canvas. */
export interface CanvasSelection {
  readonly document: vscode.TextDocument;
  readonly nodes: readonly string[];
}

/** One canvas: turns gestures into edits of the document, and the document into snapshots. It keeps no workflow of its own. */
export class CanvasSession implements vscode.Disposable {
  readonly document: vscode.TextDocument;
  readonly #panel: vscode.WebviewPanel;
  readonly #services: CanvasServices;
  readonly #disposables: vscode.Disposable[] = [];
  readonly #onSelect: (selection: CanvasSelection) => void;
  #selection: readonly string[] = [];
  #live = false;
  #watch: vscode.Disposable | undefined;
  #ready = false;
  /** Edits run one after the other: each is computed from the text that the one before it left. */
  #edits: Promise<void> = Promise.resolve();
  #ownEdits = 0;
  /** The newest version that somebody else made: gestures on an older picture are refused. */
  #foreignVersion: number;

  constructor(
    document: vscode.TextDocument,
    panel: vscode.WebviewPanel,
    services: CanvasServices,
    onSelect: (selection: CanvasSelection) => void,
  ) {
    this.#onSelect = onSelect;
    this.document = document;
    this.#panel = panel;
    this.#services = services;
    this.#foreignVersion = document.version;
    const here = (uri: vscode.Uri) => uri.toString() === document.uri.toString();
    const snapshot = () => void this.#sendSnapshot();
    this.#disposables.push(
      panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(message)),
      panel.onDidChangeViewState(() => this.#viewStateChanged()),
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (here(event.document.uri) && this.#ownEdits === 0) this.#foreignVersion = event.document.version;
      }),
      services.documents.onDidAnalyse((analysis) => here(analysis.document.uri) && snapshot()),
      services.compilations.onDidCompile((compilation) => here(compilation.document.uri) && snapshot()),
      services.language.onDidAnalyse((uri) => here(uri) && snapshot()),
      services.targets.onDidChange(snapshot),
      vscode.window.onDidChangeTextEditorSelection((event) => {
        if (here(event.textEditor.document.uri)) void this.#followCursor(event);
      }),
    );
  }

  get active(): boolean {
    return this.#panel.active;
  }

  get selection(): readonly string[] {
    return this.#selection;
  }

  send(message: ToCanvas): void {
    void this.#panel.webview.postMessage(message);
  }

  reveal(node: string): void {
    this.#panel.reveal();
    this.send({ type: "reveal", node });
  }

  toggleLive(): void {
    this.#setLive(!this.#live);
  }

  dispose(): void {
    this.#watch?.dispose();
    for (const disposable of this.#disposables.splice(0)) disposable.dispose();
    if (this.#panel.active) setFocusContext(false, false);
  }

  #receive(value: unknown): void {
    try {
      this.#handle(readCanvasMessage(value)).catch(this.#services.report);
    } catch (error) {
      this.#services.report(error);
    }
  }

  async #handle(message: FromCanvas): Promise<void> {
    switch (message.type) {
      case "ready":
        this.#ready = true;
        return this.#sendSnapshot();
      case "edit":
        return this.#editAndAnswer(message.request, message.documentVersion, message.edit);
      case "ask":
        return this.#answer(message.request, message.question);
      case "preview":
        return this.#preview(message.request, message.question);
      case "copy":
        return vscode.env.clipboard.writeText(copyFragment(this.document.getText(), message.nodes));
      case "paste": {
        const fragment = await vscode.env.clipboard.readText();
        return this.#editOrReport({ kind: "paste", fragment, at: message.at });
      }
      case "open-text":
        return this.#openText(message);
      case "inject":
        return this.#services.inject(this.document, message.node, message.payload);
      case "set-live":
        return this.#setLive(message.live);
      case "focus":
        return setFocusContext(message.focused, message.editing);
      case "selection":
        this.#selection = message.nodes;
        this.#onSelect({ document: this.document, nodes: message.nodes });
        return this.#showInText(message.nodes);
      case "history":
        await vscode.commands.executeCommand(message.action);
        return;
      case "run-command":
        await vscode.commands.executeCommand(
          message.command === "deploy" ? "eddy.deploy" : "workbench.actions.view.problems",
          ...(message.command === "deploy" ? [this.document.uri] : []),
        );
        return;
      case "failure":
        throw new EddyError("EDDY_CANVAS_FAILED", `The canvas ran into a problem: ${message.message}`);
    }
  }

  async #editAndAnswer(request: number, documentVersion: number, edit: Edit): Promise<void> {
    const refusal =
      documentVersion < this.#foreignVersion
        ? vscode.l10n.t("The text has changed meanwhile. Please do it again.")
        : await this.#edit(edit);
    this.send({
      type: "edit-result",
      request,
      ok: refusal === undefined,
      ...(refusal ? { message: refusal } : {}),
    });
    // The canvas showed what it expected; a refusal takes that back.
    if (refusal !== undefined) await this.#sendSnapshot();
  }

  async #answer(request: number, question: FieldQuestion): Promise<void> {
    const answer = await this.#services.language.ask(this.document, question);
    this.send({ type: "answer", request, ...(answer ? { answer } : {}) });
  }

  async #preview(request: number, question: PreviewQuestion): Promise<void> {
    const { parsed } = await this.#services.documents.analyse(this.document);
    const answer = await preview(parsed, question, loadTypeScript);
    this.send({ type: "preview", request, ...(answer ? { preview: answer } : {}) });
  }

  async #editOrReport(edit: Edit): Promise<void> {
    const refusal = await this.#edit(edit);
    if (refusal !== undefined) throw new EddyError("EDDY_EDIT_REFUSED", refusal);
  }

  /** Why it could not be done, or nothing. */
  #edit(edit: Edit): Promise<string | undefined> {
    const result = this.#edits.then(() => this.#apply(edit));
    this.#edits = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #apply(edit: Edit): Promise<string | undefined> {
    const readOnly = readOnlyReason(this.document);
    if (readOnly) return readOnly;
    const { catalog } = await this.#services.documents.analyse(this.document);
    const { edits, problems } = applyEdit(this.document.getText(), edit, catalog);
    const refusal = problems.find((problem) => problem.severity === "error");
    if (refusal) return refusal.message;
    if (edits.length === 0) return undefined;
    this.#ownEdits++;
    try {
      const applied = await vscode.workspace.applyEdit(workspaceEdit(this.document, edits));
      return applied ? undefined : vscode.l10n.t("The text has changed meanwhile. Please do it again.");
    } finally {
      this.#ownEdits--;
    }
  }

  async #openText(place: { node?: string; line?: number; param?: string }): Promise<void> {
    const analysis = await this.#services.documents.analyse(this.document);
    const editor = await vscode.window.showTextDocument(this.document.uri, {
      viewColumn: vscode.ViewColumn.Beside,
      preview: false,
    });
    const range = this.#placeOf(place, analysis);
    if (!range) return;
    editor.selection = new vscode.Selection(range.start, range.start);
    editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /** Text beside the canvas shows the node that is selected here. */
  async #showInText([node, ...others]: readonly string[]): Promise<void> {
    if (node === undefined || others.length > 0) return;
    // The node may be new: its text comes with the edit that is under way.
    await this.#edits;
    const range = this.#placeOf({ node }, await this.#services.documents.analyse(this.document));
    if (!range) return;
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document !== this.document || editor === vscode.window.activeTextEditor) continue;
      editor.selection = new vscode.Selection(range.start, range.start);
      editor.revealRange(range, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }

  /** The canvas shows the node in whose text somebody has put the cursor. */
  async #followCursor({ textEditor, kind }: vscode.TextEditorSelectionChangeEvent): Promise<void> {
    if (kind === undefined || kind === vscode.TextEditorSelectionChangeKind.Command) return;
    if (!this.#ready || !this.#panel.visible) return;
    const { parsed } = await this.#services.documents.analyse(this.document);
    const offset = this.document.offsetAt(textEditor.selection.active);
    const node = [...parsed.workflow.nodes.values()].find(
      ({ range }) => range.start <= offset && offset <= range.end,
    );
    if (node && !this.#selection.includes(node.id)) this.send({ type: "reveal", node: node.id });
  }

  #placeOf(
    { node: id, line, param }: { node?: string; line?: number; param?: string },
    { parsed }: FlowAnalysis,
  ): vscode.Range | undefined {
    if (line !== undefined) return new vscode.Range(line, 0, line, 0);
    const node = id === undefined ? undefined : parsed.workflow.nodes.get(id);
    const value = param === undefined ? undefined : node?.params.get(param)?.value;
    const range = value?.range ?? node?.range;
    return range && editorRange(this.document, range);
  }

  #setLive(live: boolean): void {
    this.#live = live;
    this.#watch?.dispose();
    this.#watch = live
      ? this.#services.live.watch(this.document, (values) => this.send({ type: "values", values }))
      : undefined;
    void this.#sendSnapshot();
  }

  #viewStateChanged(): void {
    if (!this.#panel.active) setFocusContext(false, false);
    if (this.#panel.visible) void this.#sendSnapshot();
  }

  async #sendSnapshot(): Promise<void> {
    if (!this.#ready || !this.#panel.visible) return;
    const analysis = await this.#services.documents.analyse(this.document);
    const problems = await currentProblems(this.document, this.#services);
    const { parsed, lastGood, catalog } = analysis;
    const readOnly = readOnlyReason(this.document);
    this.send({
      type: "snapshot",
      protocol: canvasProtocolVersion,
      documentVersion: analysis.version,
      ...(lastGood ? { workflow: workflowView(lastGood, catalog) } : {}),
      ...(parsed.readable ? {} : { broken: this.#firstError(parsed.problems) }),
      ...(readOnly ? { readOnly } : {}),
      problems: problems.map((problem) => problemView(problem, this.#line(problem), parsed.workflow)),
      types: this.#services.language.ports(this.document),
      catalog: catalogView(catalog),
      target: this.#services.targets.viewOf(this.document),
      live: this.#live,
      strings: this.#services.strings,
    });
  }

  #firstError(problems: readonly Problem[]): { message: string; line: number } {
    const problem = problems.find(({ severity }) => severity === "error");
    return problem
      ? { message: problem.message, line: this.#line(problem) }
      : { message: vscode.l10n.t("This file cannot be read."), line: 0 };
  }

  #line(problem: Problem): number {
    return this.document.positionAt(problem.range.start).line;
  }
}

function readOnlyReason(document: vscode.TextDocument): string | undefined {
  if (!isFlow(document))
    return vscode.l10n.t("This is an older version of the file: it can be looked at, not edited.");
  if (/^<{7} .*$[\s\S]*^={7}$[\s\S]*^>{7} /m.test(document.getText()))
    return vscode.l10n.t("The file has merge conflicts. Resolve them in the text first.");
  return undefined;
}

function setFocusContext(focused: boolean, editing: boolean): void {
  void vscode.commands.executeCommand("setContext", "eddy.canvasFocused", focused);
  void vscode.commands.executeCommand("setContext", "eddy.canvasEditing", editing);
}
