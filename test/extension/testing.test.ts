import { strict as assert } from "node:assert";
import { pathToFileURL } from "node:url";
import * as vscode from "vscode";
import type { Compiler } from "../../compiler/index.ts";
import { TestRuns } from "../../extension/testing/runs.ts";
import { FlowTests } from "../../extension/testing/tests.ts";
import { openFlow, replace } from "./support.ts";

const text = `eddy: 1
nodes:
  beat: { type: inject, payload: 0 }
  spin: { type: function, from: beat, code: "while (msg.payload === 1); return msg;" }
  note: { type: log, from: spin, text: "\${msg.payload}" }
tests:
  - name: passes
    given: [{ node: beat, message: { payload: 5 } }]
    expect: [{ node: note, payload: "5" }]
  - name: fails
    given: [{ node: beat, message: { payload: 6 } }]
    expect:
      - { node: note, payload: "7" }
`;
const spinning = `  - name: spins
    given: [{ node: beat, message: { payload: 1 } }]
    expect: []
`;

describe("Tests of workflows in VS Code", function () {
  this.timeout(60_000);
  const extension = vscode.extensions.getExtension("eddy.eddy");
  assert.ok(extension, "the extension is there");
  const distribution = vscode.Uri.joinPath(extension.extensionUri, "dist");
  let tests: FlowTests;
  let runs: TestRuns;
  let compiler: Compiler;
  let problems: readonly { readonly message: string }[];
  /** What the run told the Test Explorer. */
  let told: string[];
  let messages: vscode.TestMessage[];
  let output: string;

  before(async () => {
    // The built one, which finds esbuild: this file is bundled into a folder of its own.
    const path = vscode.Uri.joinPath(distribution, "lib", "compiler.js").fsPath;
    const library: typeof import("../../compiler/index.ts") = await import(pathToFileURL(path).href);
    compiler = library.createCompiler();
  });
  after(() => compiler.dispose());

  beforeEach(() => {
    told = [];
    messages = [];
    output = "";
    problems = [];
    tests = new FlowTests((error) => assert.fail(String(error)), "eddy.tests.under-test");
    const create = tests.controller.createTestRun.bind(tests.controller);
    tests.controller.createTestRun = (...given) => heard(create(...given));
    const analyse = async () => ({
      uri: "",
      version: 0,
      isComplete: true,
      ports: {},
      problems: problems.map(({ message }) => ({
        code: "EDDY_TYPE" as const,
        severity: "error" as const,
        message,
        range: { start: 0, end: 4 },
      })),
    });
    runs = new TestRuns({ tests, compiler, language: { analyse }, distribution });
  });
  afterEach(() => {
    runs.dispose();
    tests.dispose();
  });

  function heard(run: vscode.TestRun): vscode.TestRun {
    const tell = (
      how: string,
      item: vscode.TestItem,
      message?: vscode.TestMessage | readonly vscode.TestMessage[],
    ) => {
      told.push(`${how} ${item.label}`);
      if (message) messages.push(...[message].flat());
    };
    return {
      name: run.name,
      token: run.token,
      isPersisted: run.isPersisted,
      onDidDispose: run.onDidDispose,
      addCoverage: () => {},
      enqueued: (item) => tell("enqueued", item),
      started: (item) => {
        tell("started", item);
        if (item.label === "spins") cancel();
      },
      skipped: (item) => tell("skipped", item),
      failed: (item, message) => tell("failed", item, message),
      errored: (item, message) => tell("errored", item, message),
      passed: (item) => tell("passed", item),
      appendOutput: (part) => {
        output += part;
      },
      end: () => {
        told.push("end");
        run.end();
      },
    };
  }

  let source: vscode.CancellationTokenSource;
  const cancel = () => source.cancel();

  async function run(include: readonly vscode.TestItem[]): Promise<void> {
    source = new vscode.CancellationTokenSource();
    try {
      await runs.run(new vscode.TestRunRequest(include), source.token);
    } finally {
      source.dispose();
    }
  }

  const childrenOf = (item: vscode.TestItem) => [...item.children].map(([, child]) => child);

  it("are found without being run, at their names, and follow what is typed", async () => {
    const document = await openFlow("found.flow.yaml", text);
    const item = await tests.update(document.uri);
    assert.ok(item);
    assert.equal(item.label, "found.flow.yaml");
    assert.deepEqual(
      childrenOf(item).map(({ label, range }) => [label, range && document.getText(range)]),
      [
        ["passes", "passes"],
        ["fails", "fails"],
      ],
    );
    await tests.discover({ again: true });
    assert.ok(tests.controller.items.get(document.uri.toString()));
    assert.ok(tests.controller.items.size > 3, "those of the examples are there too");
    await replace(document, "name: fails", "name: is renamed");
    await tests.update(document.uri);
    assert.deepEqual(
      childrenOf(item).map(({ label }) => label),
      ["passes", "is renamed"],
    );
    assert.deepEqual(told, []);
  });

  it("pass, or fail with what was expected and what came, at the line that expects it", async () => {
    const document = await openFlow("results.flow.yaml", text);
    const item = await tests.update(document.uri);
    assert.ok(item);
    await run([item]);
    assert.deepEqual(told, [
      "enqueued passes",
      "enqueued fails",
      "started passes",
      "passed passes",
      "started fails",
      "failed fails",
      "end",
    ]);
    const [message] = messages;
    assert.deepEqual(JSON.parse(message?.expectedOutput ?? ""), { payload: "7" });
    assert.deepEqual(JSON.parse(message?.actualOutput ?? ""), { payload: "6" });
    assert.ok(message?.location);
    assert.equal(document.getText(message.location.range), '{ node: note, payload: "7" }');
    assert.match(output, /✔ passes\r\n {2}0s info note: 5\r\n✘ fails\r\n/);
  });

  it("are run one by one", async () => {
    const document = await openFlow("one.flow.yaml", text);
    const item = await tests.update(document.uri);
    assert.ok(item);
    await run(childrenOf(item).slice(0, 1));
    assert.deepEqual(told, ["enqueued passes", "started passes", "passed passes", "end"]);
  });

  it("are not run where the workflow has errors, those of types included", async () => {
    const document = await openFlow("types.flow.yaml", text);
    problems = [{ message: "This is a text, and a number is wanted." }];
    const item = await tests.update(document.uri);
    assert.ok(item);
    await run([item]);
    assert.deepEqual(told, ["enqueued passes", "enqueued fails", "errored passes", "errored fails", "end"]);
    assert.match(String(messages[0]?.message), /has errors.*number is wanted/);
  });

  it("are ended when the person has had enough", async () => {
    const document = await openFlow("cancelled.flow.yaml", text + spinning);
    const item = await tests.update(document.uri);
    assert.ok(item);
    await run([item]);
    assert.deepEqual(told.slice(-2), ["started spins", "end"]);
  });

  it("are run by a command", async () => {
    const document = await openFlow("command.flow.yaml", text);
    await vscode.commands.executeCommand("eddy.test", document.uri);
  });
});
