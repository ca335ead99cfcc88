import * as vscode from "vscode";
import {
  LanguageClient,
  type LanguageClientOptions,
  RevealOutputChannelOn,
  State,
  TransportKind,
} from "vscode-languageclient/node.js";
import type { FieldAnswer, FieldQuestion } from "../../language/server/field.ts";
import {
  type AnalysisMessage,
  analysisNotification,
  analysisRequest,
  fieldRequest,
  listFlowsRequest,
  readFileRequest,
  type ServerOptions,
} from "../../language/server/protocol.ts";
import { languageId } from "../contributions.ts";
import { isFlow } from "../flows/documents.ts";
import { workspaceReader } from "../flows/reader.ts";

/** What the client needs of the rest of the extension. */
export interface LanguageServices {
  /** The folder with the server's bundle. */
  readonly distribution: vscode.Uri;
  readonly log: vscode.LogOutputChannel;
  readonly report: (error: unknown) => void;
}

/** The language server's process, started with the first workflow, and what it last said of each document. */
export class LanguageService implements vscode.Disposable {
  readonly #client: LanguageClient;
  readonly #latest = new Map<string, AnalysisMessage>();
  readonly #analysed = new vscode.EventEmitter<vscode.Uri>();
  readonly #disposables: vscode.Disposable;
  #starting: Promise<void> | undefined;

  /** Fires when the server has checked a document, and for each document when there is no server any more. */
  readonly onDidAnalyse = this.#analysed.event;

  constructor({ distribution, log, report }: LanguageServices) {
    this.#client = createClient(distribution, log);
    const startFor = (document: vscode.TextDocument) => {
      if (this.#starting || !isFlow(document)) return;
      this.#starting = this.#client.start().catch(report);
    };
    this.#disposables = vscode.Disposable.from(
      this.#analysed,
      this.#client.onNotification(analysisNotification, (message) => this.#receive(message)),
      this.#client.onRequest(readFileRequest, async ({ uri }) => (await readFile(uri)) ?? null),
      this.#client.onRequest(listFlowsRequest, async ({ limit }) => listFlows(limit)),
      this.#client.onDidChangeState(({ newState }) => newState === State.Stopped && this.#forgetAll()),
      vscode.workspace.onDidOpenTextDocument(startFor),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#latest.delete(uri.toString())),
    );
    for (const document of vscode.workspace.textDocuments) startFor(document);
  }

  /** What the server said of this very version, if it has. */
  latest(document: vscode.TextDocument): AnalysisMessage | undefined {
    const message = this.#latest.get(document.uri.toString());
    return message?.version === document.version ? message : undefined;
  }

  /** The types on the wires, be it of the version before: they change less often than the text. */
  ports(document: vscode.TextDocument): AnalysisMessage["ports"] {
    return this.#latest.get(document.uri.toString())?.ports ?? {};
  }

  /** True where the server shows the problems of a document, be it for the version before. */
  isServing(uri: vscode.Uri): boolean {
    return this.#latest.has(uri.toString());
  }

  /** What the server finds in the document as it is now; undefined where there is no server. */
  async analyse(document: vscode.TextDocument): Promise<AnalysisMessage | undefined> {
    const known = this.latest(document);
    if (known?.isComplete === true) return known;
    await this.#starting;
    if (!this.#client.isRunning()) return undefined;
    return (await this.#client.sendRequest(analysisRequest, { uri: document.uri.toString() })) ?? undefined;
  }

  /** What a form's field wants to know; undefined where there is nothing to say, or no server. */
  async ask(document: vscode.TextDocument, question: FieldQuestion): Promise<FieldAnswer | undefined> {
    await this.#starting;
    if (!this.#client.isRunning()) return undefined;
    const uri = document.uri.toString();
    return (await this.#client.sendRequest(fieldRequest, { uri, question })) ?? undefined;
  }

  dispose(): void {
    this.#disposables.dispose();
    // The process ends with the extension host at the latest: one that is still starting cannot be stopped before.
    this.#client.dispose().catch(() => undefined);
  }

  #receive(message: AnalysisMessage): void {
    const uri = vscode.Uri.parse(message.uri, true);
    const isOpen = vscode.workspace.textDocuments.some(
      (document) => document.uri.toString() === uri.toString(),
    );
    if (!isOpen) return;
    this.#latest.set(uri.toString(), message);
    this.#analysed.fire(uri);
  }

  #forgetAll(): void {
    const uris = [...this.#latest.keys()];
    this.#latest.clear();
    for (const uri of uris) this.#analysed.fire(vscode.Uri.parse(uri, true));
  }
}

function createClient(distribution: vscode.Uri, log: vscode.LogOutputChannel): LanguageClient {
  const module = vscode.Uri.joinPath(distribution, "language-server.cjs").fsPath;
  const initializationOptions: ServerOptions = { files: true, commands: true };
  const options: LanguageClientOptions = {
    documentSelector: [{ language: languageId }],
    outputChannel: log,
    traceOutputChannel: log,
    // A crash is told in a notification, with a way to the log.
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions,
    middleware: {
      // Documents of git and the like are for looking only.
      didOpen: async (document, next) => {
        if (isFlow(document)) await next(document);
      },
    },
  };
  // The id is also that of the setting `eddy.trace.server`.
  return new LanguageClient(
    "eddy",
    vscode.l10n.t("Eddy Language Server"),
    // V8 takes what it is given: the server needs a fifth of this for fifty workflows.
    { module, transport: TransportKind.ipc, options: { execArgv: ["--max-old-space-size=1536"] } },
    options,
  );
}

function readFile(uri: string): Promise<string | undefined> {
  const place = vscode.Uri.parse(uri, true);
  return workspaceReader(place).read(place.path);
}

async function listFlows(limit: number): Promise<readonly string[]> {
  const found = await vscode.workspace.findFiles("**/*.flow.yaml", "**/node_modules/**", limit);
  return found.map((uri) => uri.toString());
}
