import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import * as vscode from "vscode";
import { alarmFlow as alarm, alarmLine as line } from "../testbed/alarm-flows.ts";
import { eventually } from "../testbed/resources.ts";
import { openFlow, problemsOf, replace } from "./support.ts";

/** Opens a workflow, once the language server answers about it. */
async function open(name: string, text: string): Promise<vscode.TextDocument> {
  const document = await openFlow(name, text);
  await eventually(
    "the language server answers",
    async () =>
      (await ask<readonly unknown[]>("vscode.executeDocumentSymbolProvider", document.uri))?.length > 0,
    { timeout: 25_000 },
  );
  return document;
}

function ask<T>(command: string, ...rest: readonly unknown[]): Thenable<T> {
  return vscode.commands.executeCommand<T>(command, ...rest);
}

function at(document: vscode.TextDocument, text: string, shift = 0): vscode.Position {
  const offset = document.getText().indexOf(text);
  assert.ok(offset >= 0, `"${text}" is in the document`);
  return document.positionAt(offset + shift);
}

describe("Language server in VS Code", () => {
  it("completes node types, wires and params", async () => {
    const document = await open("complete.flow.yaml", `${line("none")}    \n`);
    const labels = async (position: vscode.Position) => {
      const list = await ask<vscode.CompletionList>(
        "vscode.executeCompletionItemProvider",
        document.uri,
        position,
      );
      return list.items.map(({ label }) => (typeof label === "string" ? label : label.label));
    };
    assert.ok((await labels(at(document, "type: inject", 6))).includes("filter"));
    assert.ok((await labels(at(document, "alarm.high"))).includes("beat.error"));
    assert.ok((await labels(document.positionAt(document.getText().length - 1))).includes("text"));
  });

  it("explains on hover", async () => {
    const document = await open("hover.flow.yaml", line("none"));
    const hovers = await ask<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      at(document, "every: 1s", 1),
    );
    const text = hovers.flatMap(({ contents }) =>
      contents.map((one) => (typeof one === "string" ? one : one.value)),
    );
    assert.match(text.join("\n"), /every/);
  });

  it("formats", async () => {
    const document = await open(
      "format.flow.yaml",
      "eddy: 1\nnodes:\n  a:\n    every: 1s\n    type: inject\n",
    );
    const edits = await ask<vscode.TextEdit[]>("vscode.executeFormatDocumentProvider", document.uri, {
      tabSize: 2,
      insertSpaces: true,
    });
    const change = new vscode.WorkspaceEdit();
    change.set(document.uri, edits);
    assert.ok(await vscode.workspace.applyEdit(change));
    assert.equal(document.getText(), "eddy: 1\nnodes:\n  a:\n    type: inject\n    every: 1s\n");
  });

  it("goes to what a subflow declares, and renames it in both files", async () => {
    const subflow = await openFlow("parts/alarm.flow.yaml", alarm);
    const document = await open("across.flow.yaml", line("parts"));
    const position = at(document, "alarm.high", 7);
    const found = await eventually("the subflow is read", async () => {
      const [first] = await ask<vscode.Location[]>(
        "vscode.executeDefinitionProvider",
        document.uri,
        position,
      );
      return first;
    });
    assert.equal(found.uri.toString(), subflow.uri.toString());
    assert.equal(subflow.getText(found.range), "high");
    const edit = await ask<vscode.WorkspaceEdit>(
      "vscode.executeDocumentRenameProvider",
      document.uri,
      position,
      "above",
    );
    assert.ok(await vscode.workspace.applyEdit(edit));
    assert.equal(document.getText(), line("parts").replace("alarm.high", "alarm.above"));
    assert.equal(subflow.getText(), alarm.replace("high:", "above:"));
    await problemsOf(document, (all) => !all.some(({ severity }) => severity === 0));
    await assert.rejects(async () => {
      await ask("vscode.executeDocumentRenameProvider", document.uri, at(document, "beat:"), "show");
    }, /taken/);
  });

  it("looks again at a workflow when a file that it is made of changes", async () => {
    const subflow = await openFlow("watched/alarm.flow.yaml", alarm);
    const document = await open("watching.flow.yaml", line("watched"));
    await replace(subflow, "high:", "loud:");
    const problems = await problemsOf(document, (all) => all.some(({ code }) => code === "EDDY_WIRE_PORT"));
    assert.ok(problems.some(({ message }) => message.includes("loud")));
  });

  it("tells each problem once", async () => {
    const document = await open("once.flow.yaml", line("none"));
    await replace(document, "type: log", "type: lgo");
    const count = (all: readonly vscode.Diagnostic[]) =>
      all.filter(({ code }) => code === "EDDY_UNKNOWN_TYPE").length;
    await problemsOf(document, (all) => count(all) === 1);
    await document.save();
    await problemsOf(document, (all) => count(all) === 1);
  });

  it("tells once what is no TypeScript, though the compiler finds it as well", async () => {
    const broken = line("none").replace("    from: alarm.high", "    from: beat\n    text: ${msg.payload +}");
    const document = await open("syntax-once.flow.yaml", broken.replace(/ {2}alarm:[\s\S]*?\n\n/, ""));
    await vscode.commands.executeCommand("eddy.compile", document.uri);
    const all = await problemsOf(document, (found) => found.some(({ severity }) => severity === 0));
    assert.deepEqual(
      all.filter(({ severity }) => severity === 0).map(({ code }) => code),
      ["EDDY_SYNTAX"],
    );
  });

  it("marks node types and ids", async () => {
    const document = await open("tokens.flow.yaml", line("none"));
    const tokens = await ask<vscode.SemanticTokens>("vscode.provideDocumentSemanticTokens", document.uri);
    assert.ok(tokens.data.length > 20);
  });

  it("offers to deploy, run and test above the nodes", async () => {
    const document = await open("lens.flow.yaml", `${line("none")}\ntests:\n  - name: one\n`);
    const lenses = await ask<vscode.CodeLens[]>("vscode.executeCodeLensProvider", document.uri);
    assert.deepEqual(
      lenses.map(({ command }) => command?.command),
      ["eddy.deploy", "eddy.run", "eddy.openCanvas", "eddy.test"],
    );
  });

  const typed = line("none")
    .replace('payload: "5"', "payload: \"{ celsius: 5, door: 'open' }\"")
    .replace(
      / {2}alarm:[\s\S]*alarm.high/,
      "  warm:\n    type: filter\n    from: beat\n    when: msg.payload.celsius > 3\n\n  show:\n    type: log\n    from: warm",
    );

  it("knows in an expression what arrives there", async () => {
    const document = await open("typed.flow.yaml", typed);
    const position = at(document, "msg.payload.celsius", "msg.payload.".length);
    const list = await ask<vscode.CompletionList>(
      "vscode.executeCompletionItemProvider",
      document.uri,
      position,
    );
    const labels = list.items.map(({ label }) => (typeof label === "string" ? label : label.label));
    assert.ok(labels.includes("celsius") && labels.includes("door"), labels.join(", "));
    const hints = await ask<vscode.InlayHint[]>(
      "vscode.executeInlayHintProvider",
      document.uri,
      new vscode.Range(0, 0, document.lineCount, 0),
    );
    assert.match(hints.map(({ label }) => label).join(" "), /celsius: number/);
  });

  it("shows a type error at its characters, with a fix", async () => {
    const document = await open("mistyped.flow.yaml", typed.replace("payload.celsius", "payload.celcius"));
    const isType = ({ code }: vscode.Diagnostic) => String(code).startsWith("EDDY_TYPE");
    const [problem] = (await problemsOf(document, (all) => all.some(isType))).filter(isType);
    assert.ok(problem);
    assert.equal(document.getText(problem.range), "celcius");
    const actions = await ask<vscode.CodeAction[]>(
      "vscode.executeCodeActionProvider",
      document.uri,
      problem.range,
    );
    const [fix] = actions.filter(({ edit }) => edit);
    assert.ok(fix?.edit);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    assert.equal(document.getText(), typed);
    await problemsOf(document, (all) => !all.some(isType));
  });

  it("checks workflows that are on no disk, with what they bring in", async () => {
    const files = new Map([
      ["/line.flow.yaml", line("parts").replace("alarm.high", "alarm.hihg")],
      ["/parts/alarm.flow.yaml", alarm],
    ]);
    const provider = vscode.workspace.registerFileSystemProvider("eddy-test", memoryFiles(files), {
      isReadonly: true,
    });
    try {
      const uri = vscode.Uri.parse("eddy-test:/line.flow.yaml");
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      const problems = await problemsOf(document, (all) => all.some(({ code }) => code === "EDDY_WIRE_PORT"));
      assert.ok(problems.some(({ message }) => message.includes("high")));
      const [found] = await eventually("the server answers", async () => {
        const all = await ask<vscode.Location[]>(
          "vscode.executeDefinitionProvider",
          uri,
          at(document, "./parts", 3),
        );
        return all.length > 0 && all;
      });
      assert.equal(found?.uri.toString(), "eddy-test:/parts/alarm.flow.yaml");
    } finally {
      await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
      provider.dispose();
    }
  });

  it("comes back after its process has ended, and problems show meanwhile", async () => {
    const document = await open("crash.flow.yaml", line("none").replace("type: log", "type: lgo"));
    const pid = await serverProcess();
    // Only Linux lists processes as files.
    assert.ok(pid !== undefined || process.platform !== "linux");
    if (pid === undefined) return;
    const isUnknown = ({ code }: vscode.Diagnostic) => code === "EDDY_UNKNOWN_TYPE";
    await problemsOf(document, (all) => all.filter(isUnknown).length === 1);
    process.kill(pid, "SIGKILL");
    const next = await eventually(
      "another process serves",
      async () => {
        const found = await serverProcess();
        return found !== pid && found;
      },
      { timeout: 20_000 },
    );
    assert.notEqual(next, pid);
    await eventually(
      "it answers",
      async () =>
        (await ask<readonly unknown[]>("vscode.executeDocumentSymbolProvider", document.uri))?.length > 0,
      { timeout: 20_000 },
    );
    await problemsOf(document, (all) => all.filter(isUnknown).length === 1);
  });
});

/** Files that can be read, by their path. */
function memoryFiles(files: ReadonlyMap<string, string>): vscode.FileSystemProvider {
  const textOf = (uri: vscode.Uri) => {
    const text = files.get(uri.path);
    if (text === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return new TextEncoder().encode(text);
  };
  const readOnly = (uri: vscode.Uri): never => {
    throw vscode.FileSystemError.NoPermissions(uri);
  };
  return {
    onDidChangeFile: new vscode.EventEmitter<vscode.FileChangeEvent[]>().event,
    watch: () => new vscode.Disposable(() => {}),
    stat: (uri) => ({ type: vscode.FileType.File, ctime: 0, mtime: 0, size: textOf(uri).length }),
    readFile: textOf,
    readDirectory: () => [],
    createDirectory: readOnly,
    writeFile: readOnly,
    delete: readOnly,
    rename: readOnly,
  };
}

/** The process of the language server; undefined where the system does not list processes as files. */
async function serverProcess(): Promise<number | undefined> {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").catch(
    () => "",
  );
  for (const child of children.split(" ").filter((one) => one !== "")) {
    const command = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "");
    if (command.includes("language-server.cjs")) return Number(child);
  }
  return undefined;
}
