import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  CompletionRequest,
  createProtocolConnection,
  DefinitionRequest,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  RenameRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node.js";
import { checkout } from "../project/files.ts";
import { alarmFlow, alarmLine } from "../testbed/alarm-flows.ts";
import { temporaryFolder } from "../testbed/resources.ts";

const line = alarmLine("lib");

/** Where a text of the workflow stands, and so many characters on. */
function at(text: string, by = 0): Position {
  const before = line.slice(0, line.indexOf(text) + by).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

/** A server of its own process, and a client that keeps what it is told. */
class Session implements AsyncDisposable {
  readonly connection: ProtocolConnection;
  readonly #child: ChildProcess;
  readonly #told = new Map<string, PublishDiagnosticsParams>();
  readonly #waiting: (() => void)[] = [];
  readonly #ended: Promise<number | null>;

  constructor() {
    const child = spawn(process.execPath, [join(checkout, "cli", "main.ts"), "language-server", "--stdio"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    this.#ended = new Promise((resolve) => child.once("exit", resolve));
    this.connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    this.connection.onNotification(PublishDiagnosticsNotification.type, (told) => {
      this.#told.set(told.uri, told);
      for (const look of this.#waiting.splice(0)) look();
    });
    this.connection.listen();
  }

  /** What the server says of a version of a document, once it fits. */
  async diagnostics(
    uri: string,
    fits: (codes: readonly unknown[]) => boolean,
  ): Promise<PublishDiagnosticsParams> {
    for (;;) {
      const told = this.#told.get(uri);
      if (told && fits(told.diagnostics.map(({ code }) => code))) return told;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async end(): Promise<number | null> {
    await this.connection.sendRequest(ShutdownRequest.type);
    await this.connection.sendNotification(ExitNotification.type);
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#ended;
    this.connection.dispose();
  }
}

describe("eddy language-server", function () {
  this.timeout(60_000);

  it("serves an editor that knows nothing of Eddy", async () => {
    await using folder = await temporaryFolder("language-server");
    const place = async (name: string, text: string) => {
      const path = join(folder.path, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      return pathToFileURL(path).href;
    };
    const uri = await place("line.flow.yaml", line);
    const alarmUri = await place("lib/alarm.flow.yaml", alarmFlow);
    await using session = new Session();
    const { connection } = session;
    const { capabilities } = await connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      workspaceFolders: [{ uri: pathToFileURL(folder.path).href, name: "flows" }],
    });
    assert.ok(capabilities.completionProvider && capabilities.renameProvider);
    assert.equal(capabilities.codeLensProvider, undefined, "its commands are those of the extension");
    await connection.sendNotification(InitializedNotification.type, {});

    const broken = line.replace("alarm.high", "alarm.hihg");
    await connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "eddy-flow", version: 1, text: broken },
    });
    const told = await session.diagnostics(uri, (codes) => codes.includes("EDDY_WIRE_PORT"));
    assert.equal(told.diagnostics[0]?.source, "eddy");

    await connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: 2 },
      contentChanges: [{ range: { start: at("high"), end: at("high", 4) }, text: "high" }],
    });
    const now = await session.diagnostics(uri, (codes) => !codes.includes("EDDY_WIRE_PORT"));
    assert.equal(now.version, 2);

    const position = at("high", 2);
    const textDocument = { uri };
    const completion = await connection.sendRequest(CompletionRequest.type, { textDocument, position });
    const items = Array.isArray(completion) ? completion : (completion?.items ?? []);
    assert.ok(items.some(({ label }) => label === "alarm.high"));
    const hover = await connection.sendRequest(HoverRequest.type, {
      textDocument,
      position: at("log", 1),
    });
    assert.match(JSON.stringify(hover?.contents), /Log/);
    const definition = await connection.sendRequest(DefinitionRequest.type, { textDocument, position });
    assert.deepEqual(
      [definition].flat().map((one) => one && "uri" in one && [one.uri, one.range.start.line]),
      [[alarmUri, alarmFlow.slice(0, alarmFlow.indexOf("high")).split("\n").length - 1]],
    );
    const renamed = await connection.sendRequest(RenameRequest.type, {
      textDocument,
      position,
      newName: "above",
    });
    assert.deepEqual(Object.keys(renamed?.changes ?? {}).sort(), [alarmUri, uri].sort());
    await assert.rejects(
      connection.sendRequest(RenameRequest.type, { textDocument, position, newName: "error" }),
      /choose another name/,
    );
    assert.equal(await session.end(), 0);
  });
});
