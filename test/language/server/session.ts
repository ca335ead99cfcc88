import { PassThrough } from "node:stream";
import typescript from "typescript";
import { createConnection } from "vscode-languageserver/node.js";
import {
  type CompletionItem,
  CompletionRequest,
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  InitializedNotification,
  InitializeRequest,
  type Position,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver-protocol/node.js";
import { startLanguageServer } from "../../../language/server/index.ts";
import {
  type AnalysisMessage,
  analysisRequest,
  listFlowsRequest,
  readFileRequest,
} from "../../../language/server/protocol.ts";
import { createLineIndex } from "../../../language/syntax/lines.ts";
import { createTypeChecker } from "../../../language/types/index.ts";
import { builtinCatalog } from "../../../runtime/nodes/catalog.ts";

/** A server in this process, with an editor that has its files in memory. */
export class Session implements AsyncDisposable {
  readonly client: ProtocolConnection;
  readonly diagnostics = new Map<string, readonly Diagnostic[]>();
  /** What the server complained about in its log. */
  readonly complaints: string[] = [];
  readonly files: Map<string, string>;
  readonly #versions = new Map<string, number>();
  readonly #texts = new Map<string, string>();
  readonly #end: () => void;

  private constructor(files: ReadonlyMap<string, string>) {
    this.files = new Map(files);
    const [toServer, toClient] = [new PassThrough(), new PassThrough()];
    const server = createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient));
    startLanguageServer({
      connection: server,
      catalog: builtinCatalog,
      typescript,
      createChecker: () => {
        const readFile = (path: string) => this.files.get(`memory://host${path}`);
        const fileExists = (path: string) => readFile(path) !== undefined;
        return createTypeChecker({ typescript, files: { readFile, fileExists } });
      },
      files: { read: async () => undefined, listFlows: async () => [] },
    });
    this.client = createProtocolConnection(
      new StreamMessageReader(toClient),
      new StreamMessageWriter(toServer),
    );
    this.client.onNotification(PublishDiagnosticsNotification.type, ({ uri, diagnostics }) => {
      this.diagnostics.set(uri, diagnostics);
    });
    this.client.onNotification("window/logMessage", ({ message }: { readonly message: string }) =>
      this.complaints.push(message),
    );
    this.client.onRequest(readFileRequest, ({ uri }) => this.files.get(uri) ?? null);
    this.client.onRequest(listFlowsRequest, () => [...this.files.keys()]);
    this.client.listen();
    this.#end = () => {
      this.client.dispose();
      server.dispose();
      toServer.destroy();
      toClient.destroy();
    };
  }

  /** `files`: the workspace, by URI. */
  static async start(files: Readonly<Record<string, string>> = {}): Promise<Session> {
    const session = new Session(new Map(Object.entries(files)));
    await session.client.sendRequest(InitializeRequest.type, {
      processId: null,
      rootUri: null,
      capabilities: {},
      initializationOptions: { files: true },
      workspaceFolders: [{ uri: "memory://host/flows", name: "flows" }],
    });
    await session.client.sendNotification(InitializedNotification.type, {});
    return session;
  }

  async open(uri: string, text = this.files.get(uri) ?? ""): Promise<void> {
    this.#versions.set(uri, 1);
    this.#texts.set(uri, text);
    await this.client.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: "eddy-flow", version: 1, text },
    });
  }

  async change(uri: string, text: string): Promise<void> {
    const version = (this.#versions.get(uri) ?? 0) + 1;
    this.#versions.set(uri, version);
    this.#texts.set(uri, text);
    await this.client.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges: [{ text }],
    });
  }

  /** What the server finds in the newest version. */
  async analyse(uri: string): Promise<AnalysisMessage> {
    const message = await this.client.sendRequest(analysisRequest, { uri });
    if (message === null) throw new Error(`${uri} is not open.`);
    return message;
  }

  async complete(uri: string, offset: number): Promise<readonly CompletionItem[]> {
    const result = await this.client.sendRequest(CompletionRequest.type, this.at(uri, offset));
    return Array.isArray(result) ? result : (result?.items ?? []);
  }

  /** A place of an open document, as requests take it. */
  at(
    uri: string,
    offset: number,
  ): { readonly textDocument: { readonly uri: string }; readonly position: Position } {
    const lines = createLineIndex(this.#texts.get(uri) ?? "");
    return { textDocument: { uri }, position: lines.positionAt(offset) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.sendRequest(ShutdownRequest.type);
    this.#end();
  }
}
