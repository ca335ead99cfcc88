import * as vscode from "vscode";
import type { Catalog } from "../../language/catalog.ts";
import { checkWorkflow, type ParsedWorkflow, parseWorkflow, resolveCatalog } from "../../language/index.ts";
import type { Problem } from "../../language/problem.ts";
import { languageId } from "../contributions.ts";
import { workspaceReader } from "./reader.ts";
import { loadTypeScript } from "./typescript.ts";

/** What is known of one version of a workflow document. */
export interface FlowAnalysis {
  readonly document: vscode.TextDocument;
  readonly version: number;
  readonly parsed: ParsedWorkflow;
  /** The built-in types and those that this workflow brings in (subflows, own nodes). */
  readonly catalog: Catalog;
  readonly problems: readonly Problem[];
  /** The newest version that could be read, for showing while this one cannot be. */
  readonly lastGood: ParsedWorkflow | undefined;
}

/**
 * Reads and checks every open workflow document, once for each version, for all who show it:
 * Problems, canvas, compiler.
 */
export class FlowDocuments implements vscode.Disposable {
  readonly #catalog: Catalog;
  readonly #analyses = new Map<string, FlowAnalysis>();
  readonly #running = new Map<
    string,
    { readonly version: number; readonly analysis: Promise<FlowAnalysis> }
  >();
  readonly #changed = new vscode.EventEmitter<FlowAnalysis>();
  readonly #closed = new vscode.EventEmitter<vscode.Uri>();
  readonly #disposables: vscode.Disposable;

  /** Fires after a version was read and checked. */
  readonly onDidAnalyse = this.#changed.event;
  readonly onDidClose = this.#closed.event;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    // A subflow or an own node may be edited without its file being open.
    const files = vscode.workspace.createFileSystemWatcher("**/*.{flow.yaml,node.ts,connections.yaml}");
    const again = () => this.#analyseAgain();
    this.#disposables = vscode.Disposable.from(
      this.#changed,
      this.#closed,
      files,
      files.onDidChange(again),
      files.onDidCreate(again),
      files.onDidDelete(again),
      vscode.workspace.onDidOpenTextDocument((document) => void this.#refresh(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => void this.#refresh(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.#forget(document)),
    );
    for (const document of vscode.workspace.textDocuments) void this.#refresh(document);
  }

  /** The analysis of the document as it is now. */
  async analyse(document: vscode.TextDocument): Promise<FlowAnalysis> {
    const key = document.uri.toString();
    const known = this.#analyses.get(key);
    if (known?.version === document.version) return known;
    const running = this.#running.get(key);
    if (running?.version === document.version) return running.analysis;
    const analysis = this.#read(document);
    this.#running.set(key, { version: document.version, analysis });
    return analysis;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #refresh(document: vscode.TextDocument): Promise<void> {
    if (isFlow(document)) await this.analyse(document);
  }

  #analyseAgain(): void {
    this.#analyses.clear();
    this.#running.clear();
    for (const document of vscode.workspace.textDocuments) void this.#refresh(document);
  }

  #forget(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    this.#running.delete(key);
    if (this.#analyses.delete(key)) this.#closed.fire(document.uri);
  }

  async #read(document: vscode.TextDocument): Promise<FlowAnalysis> {
    const key = document.uri.toString();
    const version = document.version;
    const parsed = parseWorkflow(document.getText(), document.uri.path);
    const resolved = await resolveCatalog(parsed, document.uri.path, this.#catalog, {
      ...workspaceReader(document.uri),
      typescript: loadTypeScript,
    });
    const problems = [...parsed.problems, ...resolved.problems, ...checkWorkflow(parsed, resolved.catalog)];
    const lastGood = parsed.readable ? parsed : this.#analyses.get(key)?.lastGood;
    const analysis: FlowAnalysis = {
      document,
      version,
      parsed,
      catalog: resolved.catalog,
      problems,
      lastGood,
    };
    // A newer version may have been typed while the files that this one names were read.
    if (document.version === version && !document.isClosed) {
      this.#analyses.set(key, analysis);
      this.#changed.fire(analysis);
    }
    return analysis;
  }
}

/** The id that the workflow has on devices. Parsing is quick enough to do again, and right for every version. */
export function flowId(document: vscode.TextDocument): string {
  return parseWorkflow(document.getText(), document.uri.path).workflow.id;
}

/** True for workflow documents that belong to the workspace; those of git and the like are for looking only. */
export function isFlow(document: vscode.TextDocument): boolean {
  return document.languageId === languageId && document.uri.scheme !== "git";
}
