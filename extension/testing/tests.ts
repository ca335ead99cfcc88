import * as vscode from "vscode";
import { createLineIndex, parseWorkflow } from "../../language/index.ts";
import type { Range } from "../../language/model.ts";
import { workspaceReader } from "../flows/reader.ts";

/** Workflows of a workspace that are looked at. */
const mostFlows = 2_000;

/** What an item of the Test Explorer stands for: a workflow, or the test at a place of its `tests:`. */
export interface TestPlace {
  readonly uri: vscode.Uri;
  /** Undefined for the workflow itself. */
  readonly index: number | undefined;
}

/** The tests of every workflow of the workspace, found by reading: nothing is compiled or run. */
export class FlowTests implements vscode.Disposable {
  readonly controller: vscode.TestController;
  readonly #places = new WeakMap<vscode.TestItem, TestPlace>();
  readonly #disposables: vscode.Disposable;
  readonly #report: (error: unknown) => void;
  #discovered: Promise<void> | undefined;

  constructor(report: (error: unknown) => void, id = "eddy.tests") {
    this.controller = vscode.tests.createTestController(id, vscode.l10n.t("Workflows"));
    this.#report = report;
    const files = vscode.workspace.createFileSystemWatcher("**/*.flow.yaml");
    const again = (uri: vscode.Uri) => void this.update(uri).catch(report);
    const edited = ({ uri }: vscode.TextDocument) => {
      if (uri.path.endsWith(".flow.yaml") && vscode.workspace.getWorkspaceFolder(uri)) again(uri);
    };
    this.controller.resolveHandler = () => this.discover();
    this.controller.refreshHandler = () => this.discover({ again: true });
    this.#disposables = vscode.Disposable.from(
      this.controller,
      files,
      files.onDidCreate(again),
      files.onDidChange(again),
      files.onDidDelete((uri) => this.controller.items.delete(uri.toString())),
      vscode.workspace.onDidOpenTextDocument(edited),
      vscode.workspace.onDidChangeTextDocument(({ document }) => edited(document)),
    );
    this.discover().catch(report);
  }

  place(item: vscode.TestItem): TestPlace | undefined {
    return this.#places.get(item);
  }

  /** Finds all workflows; once, unless it is to be done again. */
  discover({ again = false }: { readonly again?: boolean } = {}): Promise<void> {
    if (!this.#discovered || again) this.#discovered = this.#findAll();
    return this.#discovered;
  }

  /** Brings the items of one workflow up to date, and gives its own. Undefined where it has no tests. */
  async update(uri: vscode.Uri): Promise<vscode.TestItem | undefined> {
    const text = await workspaceReader(uri).read(uri.path);
    const { items } = this.controller;
    const id = uri.toString();
    const tests = text === undefined ? [] : parseWorkflow(text, uri.path).workflow.tests;
    if (text === undefined || tests.length === 0) {
      items.delete(id);
      return undefined;
    }
    const item =
      items.get(id) ?? this.#add(items, id, vscode.workspace.asRelativePath(uri), { uri, index: undefined });
    const range = rangesOf(text);
    const names = new Map<string, number>();
    const children = tests.map(({ name }, index) => {
      // Two tests may have one name; a name is what a test is known by from one edit to the next.
      const count = names.get(name.value) ?? 0;
      names.set(name.value, count + 1);
      const childId = `${id}#${count}#${name.value}`;
      const child = item.children.get(childId) ?? this.controller.createTestItem(childId, name.value, uri);
      child.range = range(name.range);
      child.sortText = String(index).padStart(6, "0");
      this.#places.set(child, { uri, index });
      return child;
    });
    item.children.replace(children);
    return item;
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  async #findAll(): Promise<void> {
    const found = await vscode.workspace.findFiles("**/*.flow.yaml", "**/node_modules/**", mostFlows);
    const ids = new Set(found.map((uri) => uri.toString()));
    this.controller.items.forEach(({ id }) => {
      if (!ids.has(id)) this.controller.items.delete(id);
    });
    // One that cannot be read does not hide the others.
    await Promise.all(found.map((uri) => this.update(uri).catch(this.#report)));
  }

  #add(items: vscode.TestItemCollection, id: string, label: string, place: TestPlace): vscode.TestItem {
    const item = this.controller.createTestItem(id, label, place.uri);
    this.#places.set(item, place);
    items.add(item);
    return item;
  }
}

/** Offsets of a text as VS Code's ranges. */
export function rangesOf(text: string): (range: Range) => vscode.Range {
  const lines = createLineIndex(text);
  const position = (offset: number) => {
    const { line, character } = lines.positionAt(offset);
    return new vscode.Position(line, character);
  };
  return ({ start, end }) => new vscode.Range(position(start), position(end));
}
