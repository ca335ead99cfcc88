import {
  type Connection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  TextDocumentSyncKind,
  TextDocuments,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Catalog } from "../catalog.ts";
import type { TypeScriptModule } from "../own-node.ts";
import type { TypeChecker } from "../types/index.ts";
import { analysisMessage, Checks } from "./checks.ts";
import { answerField } from "./field.ts";
import { type FileAccess, KnownFiles } from "./files.ts";
import { Flows } from "./flows.ts";
import {
  analysisRequest,
  fieldRequest,
  listFlowsRequest,
  readFileRequest,
  type ServerOptions,
} from "./protocol.ts";
import { registerRequests } from "./requests.ts";
import { semanticTokensLegend } from "./semantic-tokens.ts";

/** What the server is made of. */
export interface LanguageServerParts {
  /** The way to the editor. The server listens to it; it ends when the editor says so. */
  readonly connection: Connection;
  /** The node and connection types that every workflow may use. */
  readonly catalog: Catalog;
  readonly typescript: TypeScriptModule;
  /** `local`: the workspace is on the disk of this machine, so that imports of a script can be read there. */
  readonly createChecker: (options: { readonly local: boolean }) => TypeChecker;
  /** How files are read for editors that do not read them themselves (see `ServerOptions.files`). */
  readonly files: FileAccess;
}

/** Starts to serve workflows over a connection: everything that an editor shows of one, from one analysis of its text. */
export function startLanguageServer(parts: LanguageServerParts): void {
  const { connection } = parts;
  connection.onInitialize((parameters) => {
    serve(parts, parameters);
    return { capabilities: capabilitiesFor(parameters), serverInfo: { name: "eddy" } };
  });
  connection.listen();
}

function serve(parts: LanguageServerParts, parameters: InitializeParams): void {
  const { connection, catalog, typescript } = parts;
  const options = readOptions(parameters.initializationOptions);
  const folders = (parameters.workspaceFolders ?? []).map(({ uri }) => uri);
  const watches = parameters.capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
  const access = options.files === true ? filesOfClient(connection) : parts.files;
  const files = new KnownFiles(access, { folders, keeps: watches });
  const checker = parts.createChecker({ local: folders.every((uri) => uri.startsWith("file:")) });
  const documents = new TextDocuments(TextDocument);
  const flows = new Flows({ documents, files, catalog, typescript, checker });
  const checks = new Checks(connection, flows);
  if (watches) watchFiles(connection);
  const changed = async (uri: string) => {
    for (const affected of await flows.changed(uri)) checks.schedule(affected);
  };
  documents.onDidChangeContent(({ document }) => {
    checks.schedule(document.uri);
    return changed(document.uri);
  });
  documents.onDidClose(({ document }) => {
    flows.close(document.uri);
    checks.close(document.uri);
  });
  connection.onDidChangeWatchedFiles(async ({ changes }) => {
    for (const { uri } of changes) await changed(uri);
  });
  connection.onRequest(analysisRequest, async ({ uri }) => {
    const analysis = await flows.analyse(uri);
    return analysis === undefined ? null : analysisMessage(analysis, flows);
  });
  connection.onRequest(fieldRequest, async ({ uri, question }) => {
    const analysis = await flows.analyse(uri);
    return (analysis && answerField(analysis, checker, question)) ?? null;
  });
  const { resourceOperations = [] } = parameters.capabilities.workspace?.workspaceEdit ?? {};
  const createsFiles = resourceOperations.includes("create");
  registerRequests({ connection, flows, checker, typescript, options, createsFiles });
  connection.onShutdown(() => {
    checks.dispose();
    checker.dispose();
  });
  documents.listen(connection);
}

/** Workflows, and the modules and packages that they bring in. */
function watchFiles(connection: Connection): void {
  connection.onInitialized(() => {
    const watchers = [{ globPattern: "**/*.{flow.yaml,ts,mts,js,mjs}" }, { globPattern: "**/package.json" }];
    return connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  });
}

function readOptions(value: unknown): ServerOptions {
  const has = (key: string): boolean =>
    typeof value === "object" &&
    value !== null &&
    Object.entries(value).some(([name, on]) => name === key && on === true);
  return { files: has("files"), commands: has("commands") };
}

function filesOfClient(connection: Connection): FileAccess {
  return {
    read: async (uri) => (await connection.sendRequest(readFileRequest, { uri })) ?? undefined,
    // The client knows its folders itself.
    listFlows: (_, limit) => connection.sendRequest(listFlowsRequest, { limit }),
  };
}

function capabilitiesFor({ initializationOptions }: InitializeParams): InitializeResult["capabilities"] {
  return {
    textDocumentSync: TextDocumentSyncKind.Incremental,
    completionProvider: { triggerCharacters: [".", " ", '"', "'", "/", "`"], resolveProvider: true },
    hoverProvider: true,
    signatureHelpProvider: { triggerCharacters: ["(", ","], retriggerCharacters: [")"] },
    definitionProvider: true,
    referencesProvider: true,
    renameProvider: { prepareProvider: true },
    documentSymbolProvider: true,
    foldingRangeProvider: true,
    documentFormattingProvider: true,
    codeActionProvider: { codeActionKinds: ["quickfix", "refactor.extract", "refactor.inline"] },
    inlayHintProvider: true,
    documentLinkProvider: {},
    documentHighlightProvider: true,
    semanticTokensProvider: { legend: semanticTokensLegend, full: true },
    ...(readOptions(initializationOptions).commands === true ? { codeLensProvider: {} } : {}),
  };
}
