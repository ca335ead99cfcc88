import { pathToFileURL } from "node:url";
import * as vscode from "vscode";
import type { Compiler } from "../../compiler/index.ts";
import { EddyError, hasErrors, type Problem } from "../../language/problem.ts";
import { runTestsApart } from "../../runtime/testing/apart.ts";
import type { TestFailure, TestResult } from "../../runtime/testing/contract.ts";
import { editorRange } from "../flows/ranges.ts";
import { workspaceReader } from "../flows/reader.ts";
import type { LanguageService } from "../language/client.ts";
import { abortSignal } from "../report.ts";
import type { FlowTests } from "./tests.ts";

export interface TestRunServices {
  readonly tests: FlowTests;
  readonly compiler: Compiler;
  readonly language: Pick<LanguageService, "analyse">;
  /** The folder with the bundle of the thread that tests run in. */
  readonly distribution: vscode.Uri;
}

/** Tests of one workflow that are to be run, by their places in `tests:`. */
type Wanted = Map<number, vscode.TestItem>;

/** Runs tests where the person asks for it in the Test Explorer, in the gutter or by a command; in trusted workspaces only. */
export class TestRuns implements vscode.Disposable {
  readonly #services: TestRunServices;
  #profile: vscode.TestRunProfile | undefined;
  readonly #disposables: vscode.Disposable;

  constructor(services: TestRunServices) {
    this.#services = services;
    const offer = () => {
      if (!vscode.workspace.isTrusted || this.#profile) return;
      const { controller } = services.tests;
      this.#profile = controller.createRunProfile(
        vscode.l10n.t("Run"),
        vscode.TestRunProfileKind.Run,
        (request, token) => this.run(request, token),
        true,
      );
    };
    offer();
    this.#disposables = vscode.Disposable.from(
      vscode.workspace.onDidGrantWorkspaceTrust(offer),
      new vscode.Disposable(() => this.#profile?.dispose()),
    );
  }

  /** All tests of one workflow. */
  async runFile(uri: vscode.Uri): Promise<void> {
    const item = await this.#services.tests.update(uri);
    if (!item)
      throw new EddyError(
        "EDDY_NO_TESTS",
        "This workflow has no tests yet. Write them under tests: in its text.",
      );
    const source = new vscode.CancellationTokenSource();
    try {
      await this.run(new vscode.TestRunRequest([item], undefined, this.#profile), source.token);
    } finally {
      source.dispose();
    }
  }

  async run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const { tests } = this.#services;
    if (!vscode.workspace.isTrusted)
      throw new EddyError("EDDY_UNTRUSTED", "Trust this workspace first: tests run its code.");
    await tests.discover();
    const run = tests.controller.createTestRun(request);
    const signal = AbortSignal.any([abortSignal(token), abortSignal(run.token)]);
    try {
      const flows = this.#wanted(request);
      for (const wanted of flows.values()) for (const item of wanted.values()) run.enqueued(item);
      for (const [uri, wanted] of flows) {
        if (signal.aborted) break;
        await this.#runFlow(vscode.Uri.parse(uri, true), wanted, run, signal);
      }
    } finally {
      run.end();
    }
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** By the URI of the workflow. */
  #wanted({ include, exclude }: vscode.TestRunRequest): Map<string, Wanted> {
    const { tests } = this.#services;
    const flows = new Map<string, Wanted>();
    const add = (item: vscode.TestItem) => {
      if (exclude?.includes(item)) return;
      const place = tests.place(item);
      if (place?.index === undefined) {
        item.children.forEach(add);
        return;
      }
      const key = place.uri.toString();
      const wanted: Wanted = flows.get(key) ?? new Map();
      flows.set(key, wanted.set(place.index, item));
    };
    if (include) include.forEach(add);
    else tests.controller.items.forEach(add);
    return flows;
  }

  async #runFlow(uri: vscode.Uri, wanted: Wanted, run: vscode.TestRun, signal: AbortSignal): Promise<void> {
    const { compiler, language, distribution } = this.#services;
    try {
      const document = await vscode.workspace.openTextDocument(uri);
      const [compiled, analysis] = await Promise.all([
        compiler.compile({
          file: uri.path,
          text: document.getText(),
          read: workspaceReader(uri).read,
          target: "node",
          optimize: "none",
          forTests: true,
          signal,
        }),
        language.analyse(document),
      ]);
      const problems = [...compiled.problems, ...(analysis?.problems ?? [])];
      const { artifact, workflows } = compiled;
      if (!artifact || hasErrors(problems)) {
        for (const item of wanted.values()) run.errored(item, refusal(document, problems));
        return;
      }
      const worker = pathToFileURL(vscode.Uri.joinPath(distribution, "test-worker.mjs").fsPath);
      await runTestsApart(
        { artifact: artifact.bytes, workflows },
        {
          worker,
          only: [...wanted.keys()],
          signal,
          onBegin: (index) => started(run, wanted.get(index)),
          onResult: (result) => tell(run, wanted.get(result.index), document, result),
        },
      );
    } catch (error) {
      if (signal.aborted) return;
      const message = new vscode.TestMessage(error instanceof Error ? error.message : String(error));
      for (const item of wanted.values()) run.errored(item, message);
    }
  }
}

function started(run: vscode.TestRun, item: vscode.TestItem | undefined): void {
  if (item) run.started(item);
}

function tell(
  run: vscode.TestRun,
  item: vscode.TestItem | undefined,
  document: vscode.TextDocument,
  { ok, ms, failures, log, name }: TestResult,
): void {
  if (!item) return;
  const lines = [`${ok ? "✔" : "✘"} ${name}`, ...log.map((line) => `  ${line}`)];
  run.appendOutput(`${lines.join("\r\n").replaceAll(/(?<!\r)\n/g, "\r\n")}\r\n`, undefined, item);
  if (ok) run.passed(item, ms);
  else
    run.failed(
      item,
      failures.map((failure) => messageOf(document, failure)),
      ms,
    );
}

function messageOf(document: vscode.TextDocument, { message, range, expected, actual }: TestFailure) {
  const nothing = vscode.l10n.t("nothing");
  const told =
    expected === undefined && actual === undefined
      ? new vscode.TestMessage(message)
      : vscode.TestMessage.diff(message, expected ?? nothing, actual ?? nothing);
  told.location = new vscode.Location(document.uri, editorRange(document, range));
  return told;
}

/** What stands in the way of running: the first errors, at their places. */
function refusal(document: vscode.TextDocument, problems: readonly Problem[]): readonly vscode.TestMessage[] {
  const errors = problems.filter(({ severity }) => severity === "error").slice(0, 5);
  const text = vscode.l10n.t("The workflow has errors, so it cannot be tested.");
  if (errors.length === 0) return [new vscode.TestMessage(text)];
  return errors.map(({ message, range }) => {
    const told = new vscode.TestMessage(`${text} ${message}`);
    told.location = new vscode.Location(document.uri, editorRange(document, range));
    return told;
  });
}
