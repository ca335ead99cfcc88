import type { TextDocuments } from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Catalog } from "../catalog.ts";
import type { TypeScriptModule } from "../own-node.ts";
import type { Problem } from "../problem.ts";
import type { TypeChecker, TypedWorkflow } from "../types/index.ts";
import { type Analysis, analyseFlow, type FlowText } from "./analysis.ts";
import type { KnownFiles } from "./files.ts";
import { canonicalUri, pathOf, withPath } from "./uris.ts";

export interface FlowsOptions {
  readonly documents: TextDocuments<TextDocument>;
  readonly files: KnownFiles;
  readonly catalog: Catalog;
  readonly typescript: TypeScriptModule;
  readonly checker: TypeChecker;
}

/** What the type checker said of a version, and of which. */
interface Typed {
  readonly analysis: Analysis;
  readonly types: TypedWorkflow;
}

/** The analyses of workflows: those of open documents are kept until the text or a file that they are made of changes. */
export class Flows {
  readonly #options: FlowsOptions;
  readonly #analyses = new Map<string, { readonly version: number; readonly analysis: Promise<Analysis> }>();
  readonly #typed = new Map<string, Typed>();

  constructor(options: FlowsOptions) {
    this.#options = options;
  }

  /** True once a workflow went through the type checker, which takes seconds the first time. */
  get isWarm(): boolean {
    return this.#typed.size > 0;
  }

  /** The analysis of an open document as it is now, or of a file. Undefined where there is neither. */
  async analyse(uri: string): Promise<Analysis | undefined> {
    const document = this.#open(uri);
    if (document === undefined) return this.#analyseFile(uri);
    const known = this.#analyses.get(document.uri);
    if (known?.version === document.version) return known.analysis;
    const { version } = document;
    const text = document.getText();
    const analysis = this.#analyse({ uri: document.uri, file: pathOf(document.uri), version, text });
    this.#analyses.set(document.uri, { version, analysis });
    return analysis;
  }

  /** What the type checker says. It has seen this version last when this returns, so that it may be asked about it. */
  types(analysis: Analysis): TypedWorkflow {
    const known = this.#typed.get(analysis.uri);
    if (known?.analysis === analysis) return known.types;
    const { parsed, catalog, file } = analysis;
    const types = this.#options.checker.check({ parsed, catalog, file });
    this.#typed.set(analysis.uri, { analysis, types });
    return types;
  }

  /** Everything that is wrong with a version, in the order of the file. */
  problems(analysis: Analysis): readonly Problem[] {
    const { problems } = this.types(analysis);
    return [...analysis.problems, ...problems].toSorted(
      (one, other) => one.range.start - other.range.start || one.range.end - other.range.end,
    );
  }

  /** True where another text of a workflow would have more errors than it has now. */
  async isWorse(analysis: Analysis, text: string): Promise<boolean> {
    const errors = (all: readonly Problem[]) => all.filter(({ severity }) => severity === "error").length;
    // A path of its own, so that the type checker keeps what it knows of the workflow itself.
    const file = analysis.file.replace(/(\.flow\.yaml)?$/, "-renamed.flow.yaml");
    const other = await this.#analyse({ uri: withPath(analysis.uri, file), file, version: 0, text });
    const { parsed, catalog } = other;
    const types = this.#options.checker.check({ parsed, catalog, file });
    this.#options.checker.forget(file);
    return errors([...other.problems, ...types.problems]) > errors(this.problems(analysis));
  }

  /** The URIs of open documents that have to be analysed anew because a file has changed. */
  async changed(uri: string): Promise<readonly string[]> {
    const path = pathOf(uri);
    this.#options.files.changed(uri);
    const affected: string[] = [];
    for (const [key, { analysis }] of this.#analyses) {
      const { file, files, parsed } = await analysis;
      // What a script imports is known to the type checker alone.
      const isImport = parsed.workflow.script !== undefined && !path.endsWith(".flow.yaml");
      if (file === path || !(files.has(path) || isImport)) continue;
      this.#analyses.delete(key);
      this.#typed.delete(key);
      if (isImport) this.#options.checker.forget(file);
      affected.push(key);
    }
    return affected;
  }

  isOpen(uri: string): boolean {
    return this.#open(uri) !== undefined;
  }

  close(uri: string): void {
    this.#analyses.delete(uri);
    if (this.#typed.delete(uri)) this.#options.checker.forget(pathOf(uri));
  }

  /** The paths of the workflows beside the one at `uri`. */
  async paths(uri: string): Promise<readonly string[]> {
    const place = withPath(uri, "");
    const all = await this.#options.files.listFlows(mostFlows);
    return all.filter((one) => one.startsWith(place)).map(pathOf);
  }

  /** Every workflow of the workspace whose text names `path`, and the one at `path` itself. */
  async naming(uri: string, path: string): Promise<readonly Analysis[]> {
    const paths = new Set([path, ...(await this.paths(uri)), ...this.#openPaths()]);
    const name = path.slice(path.lastIndexOf("/") + 1);
    const analyses = await Promise.all(
      [...paths].map(async (one) => {
        const target = withPath(uri, one);
        const text = await this.read(target);
        return text !== undefined && (one === path || text.includes(name)) ? this.analyse(target) : undefined;
      }),
    );
    return analyses.filter((analysis) => analysis !== undefined);
  }

  /** The text of an open document, or of a file. */
  async read(uri: string): Promise<string | undefined> {
    return this.#open(uri)?.getText() ?? this.#options.files.read(uri);
  }

  #openPaths(): readonly string[] {
    return this.#options.documents.all().map(({ uri }) => pathOf(uri));
  }

  async #analyseFile(uri: string): Promise<Analysis | undefined> {
    if (!uri.endsWith(".flow.yaml")) return undefined;
    const text = await this.#options.files.read(uri);
    return text === undefined ? undefined : this.#analyse({ uri, file: pathOf(uri), version: 0, text });
  }

  #analyse(flow: FlowText): Promise<Analysis> {
    const { catalog, typescript } = this.#options;
    return analyseFlow(flow, catalog, {
      typescript,
      // What cannot be read is not there, as far as a workflow is concerned that names it.
      read: (path) => this.read(withPath(flow.uri, path)).catch(() => undefined),
    });
  }

  #open(uri: string): TextDocument | undefined {
    const { documents } = this.#options;
    const exact = documents.get(uri);
    if (exact !== undefined) return exact;
    const wanted = canonicalUri(uri);
    return documents.all().find((document) => canonicalUri(document.uri) === wanted);
  }
}

/** A workspace with more workflows than this is searched in part. */
const mostFlows = 2_000;
