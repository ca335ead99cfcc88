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
import { type FileAccess, KnownFiles } from "./files.ts";
import { Flows } from "./flows.ts";
import { analysisRequest, listFlowsRequest, readFileRequest, type ServerOptions } from "./protocol.ts";
import { registerRequests } from "./requests.ts";
import { semanticTokensLegend } from "./semantic-tokens.ts";

/** What the server is made of. */
export interface LanguageServerParts {
  /** The way to the editor. The server listens to it; it ends when the editor says so. */
  readonly connection: Connection;
  /** The node and connection types that every workflow may use. */
  readonly catalog: Catalog;
  readonly typescript: TypeScriptModule;
  readonly checker: TypeChecker;
  /** How files are read for editors that do not read them themselves (see `ServerOptions.files`). */
  readonly files: FileAccess;
}

/** Starts to serve workflows over a connection: everything that an editor shows of one, from one analysis of its text. */
export function startLanguageServer({
  connection,
  catalog,
  typescript,
  checker,
  files,
}: LanguageServerParts): void {
  const documents = new TextDocuments(TextDocument);
  const known = new KnownFiles(files);
  const flows = new Flows({ documents, files: known, catalog, typescript, checker });
  const checks = new Checks(connection, flows);
  const options: ServerOptions = {};
  let watches = false;

  connection.onInitialize((parameters): InitializeResult => {
    Object.assign(options, readOptions(parameters.initializationOptions));
    watches = parameters.capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    known.use(options.files === true ? filesOfClient(connection) : undefined, { keeps: watches });
    return { capabilities: capabilitiesFor(parameters), serverInfo: { name: "eddy" } };
  });
  connection.onInitialized(async () => {
    if (!watches) return;
    const watchers = [{ globPattern: "**/*.{flow.yaml,ts,js,json}" }];
    await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  });

  const again = async (uri: string) => {
    for (const affected of await flows.changed(uri)) checks.schedule(affected);
  };
  documents.onDidChangeContent(({ document }) => {
    checks.schedule(document.uri);
    return again(document.uri);
  });
  documents.onDidClose(({ document }) => {
    flows.close(document.uri);
    checks.close(document.uri);
  });
  connection.onDidChangeWatchedFiles(async ({ changes }) => {
    for (const { uri } of changes) await again(uri);
  });
  connection.onRequest(analysisRequest, async ({ uri }) => {
    const analysis = await flows.analyse(uri);
    return analysis === undefined ? null : analysisMessage(analysis, flows);
  });
  registerRequests({ connection, flows, checker, options });
  connection.onShutdown(() => {
    checks.dispose();
    checker.dispose();
  });
  documents.listen(connection);
  connection.listen();
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
    listFlows: (limit) => connection.sendRequest(listFlowsRequest, { limit }),
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
    codeActionProvider: { codeActionKinds: ["quickfix"] },
    inlayHintProvider: true,
    documentLinkProvider: {},
    documentHighlightProvider: true,
    semanticTokensProvider: { legend: semanticTokensLegend, full: true },
    ...(readOptions(initializationOptions).commands === true ? { codeLensProvider: {} } : {}),
  };
}
