import * as vscode from "vscode";
import type { CompileResult, Compiler } from "../../compiler/index.ts";
import { Dependents } from "./dependents.ts";
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
  readonly #dependents = new Dependents();
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
      vscode.workspace.onDidSaveTextDocument((saved) => {
        const stale = this.#dependents.of(saved.uri.toString());
        for (const key of stale) this.#latest.delete(key);
        now(saved);
        for (const document of vscode.workspace.textDocuments)
          if (document !== saved && stale.has(document.uri.toString())) now(document);
      }),
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
    const reader = workspaceReader(document.uri);
    const read = (path: string) => {
      this.#dependents.add(document.uri.with({ path }).toString(), key);
      return reader.read(path);
    };
    try {
      const result = await this.#compiler.compile({
        file: document.uri.path,
        text: document.getText(),
        read,
        target: "node",
        optimize: vscode.workspace.getConfiguration("eddy", document.uri).get("optimize", "basic"),
        signal: controller.signal,
      });
      const compilation = { document, version, result };
      if (document.version === version && !document.isClosed && !controller.signal.aborted) {
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
    this.#dependents.forget(key);
  }
}
