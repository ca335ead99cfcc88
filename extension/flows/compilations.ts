import * as vscode from "vscode";
import type { CompileResult, Compiler } from "../../compiler/index.ts";
import { isFlow } from "./documents.ts";
import { workspaceReader } from "./reader.ts";

export interface Compilation {
  readonly document: vscode.TextDocument;
  readonly version: number;
  readonly result: CompileResult;
}

/** How long nobody types before the compiler has its say, milliseconds. */
const idle = 300;

/** Compiles workflows when they are saved or left alone for a moment, and keeps the newest result of each. In memory only. */
export class Compilations implements vscode.Disposable {
  readonly #compiler: Compiler;
  readonly #latest = new Map<string, Compilation>();
  readonly #running = new Map<string, AbortController>();
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  readonly #compiled = new vscode.EventEmitter<Compilation>();
  readonly #disposables: vscode.Disposable;

  readonly onDidCompile = this.#compiled.event;

  constructor(compiler: Compiler, report: (error: unknown) => void) {
    this.#compiler = compiler;
    const now = (document: vscode.TextDocument) => {
      if (isFlow(document)) this.compile(document).catch(report);
    };
    const soon = (document: vscode.TextDocument) => {
      const key = document.uri.toString();
      clearTimeout(this.#waiting.get(key));
      if (isFlow(document))
        this.#waiting.set(
          key,
          setTimeout(() => now(document), idle),
        );
    };
    this.#disposables = vscode.Disposable.from(
      this.#compiled,
      vscode.workspace.onDidOpenTextDocument(soon),
      vscode.workspace.onDidChangeTextDocument(({ document }) => soon(document)),
      vscode.workspace.onDidSaveTextDocument(now),
      vscode.workspace.onDidCloseTextDocument((document) => this.#forget(document)),
    );
    for (const document of vscode.workspace.textDocuments) soon(document);
  }

  latest(document: vscode.TextDocument): Compilation | undefined {
    return this.#latest.get(document.uri.toString());
  }

  /** Compiles the document as it is now, or gives what this version compiled to already. */
  async compile(document: vscode.TextDocument): Promise<Compilation> {
    const key = document.uri.toString();
    clearTimeout(this.#waiting.get(key));
    const known = this.#latest.get(key);
    if (known?.version === document.version) return known;
    this.#running.get(key)?.abort();
    const controller = new AbortController();
    this.#running.set(key, controller);
    const { version } = document;
    try {
      const result = await this.#compiler.compile({
        file: document.uri.path,
        text: document.getText(),
        read: workspaceReader(document.uri).read,
        target: "node",
        optimize: vscode.workspace.getConfiguration("eddy", document.uri).get("optimize", "basic"),
        signal: controller.signal,
      });
      const compilation = { document, version, result };
      if (document.version === version && !document.isClosed) {
        this.#latest.set(key, compilation);
        this.#compiled.fire(compilation);
      }
      return compilation;
    } finally {
      if (this.#running.get(key) === controller) this.#running.delete(key);
    }
  }

  dispose(): void {
    for (const timer of this.#waiting.values()) clearTimeout(timer);
    for (const controller of this.#running.values()) controller.abort();
    this.#disposables.dispose();
  }

  #forget(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    clearTimeout(this.#waiting.get(key));
    this.#waiting.delete(key);
    this.#running.get(key)?.abort();
    this.#latest.delete(key);
  }
}
