import type TypeScript from "typescript";
import type { TypeScriptModule } from "../own-node.ts";
import type { TypeCheckerOptions } from "./contract.ts";

/** What the path of every generated file has behind that of its workflow. */
const mark = "$eddy-";
const libraryFolder = "/$eddy-lib";
export const ambientPath = "/$eddy-ambient.d.ts";

/** The path of a generated file of a workflow (`x.d` would be a declaration); it seems to lie beside it, so that relative imports lead where they should. */
export function generatedPath(workflow: string, name: string): string {
  return `${workflow}${mark}${name}.ts`;
}

export function isGenerated(path: string): boolean {
  return path.includes(mark) || path.startsWith(libraryFolder);
}

/** The generated files, and TypeScript's service over those of them that are asked about. */
export class GeneratedFiles {
  readonly #ts: TypeScriptModule;
  readonly #options: TypeCheckerOptions;
  readonly #texts = new Map<string, { readonly text: string; readonly version: number }>();
  readonly #library = new Map<string, string | undefined>();
  readonly service: TypeScript.LanguageService;
  #roots: readonly string[] = [ambientPath];
  #version = 0;

  constructor(options: TypeCheckerOptions) {
    this.#ts = options.typescript;
    this.#options = options;
    this.service = this.#ts.createLanguageService(this.#host(), this.#ts.createDocumentRegistry(true, "/"));
  }

  set(path: string, text: string): void {
    if (this.#texts.get(path)?.text !== text) this.#texts.set(path, { text, version: ++this.#version });
  }

  delete(path: string): void {
    this.#texts.delete(path);
  }

  /** Forgets the generated files of a workflow. */
  forget(workflow: string): void {
    for (const path of this.#texts.keys()) if (path.startsWith(workflow + mark)) this.#texts.delete(path);
    this.#roots = [ambientPath];
  }

  /** The texts of the workspace's modules that a file leads to, for a quick look whether they have changed. */
  importedBy(path: string): string {
    const program = this.program([path]);
    const own = program
      .getSourceFiles()
      .filter(({ fileName }) => !this.#texts.has(fileName) && !fileName.startsWith(libraryFolder));
    return own.map(({ fileName, text }) => `${fileName}\n${text}`).join("\0");
  }

  /** The program of these files and what they import. */
  program(paths: readonly string[]): TypeScript.Program {
    this.#roots = [ambientPath, ...paths];
    const program = this.service.getProgram();
    if (!program) throw new Error("TypeScript's service has ended.");
    return program;
  }

  #host(): TypeScript.LanguageServiceHost {
    const ts = this.#ts;
    const options = this.#compilerOptions();
    const { files } = this.#options;
    const read = (path: string): string | undefined =>
      this.#texts.get(path)?.text ??
      (path.startsWith(libraryFolder) ? this.#readLibrary(path) : files.readFile(path));
    const exists = (path: string): boolean =>
      this.#texts.has(path) ||
      (path.startsWith(libraryFolder) ? this.#readLibrary(path) !== undefined : files.fileExists(path));
    const host: TypeScript.LanguageServiceHost = {
      getCompilationSettings: () => options,
      getScriptFileNames: () => [...this.#roots],
      getScriptVersion: (path) => this.#versionOf(path, read),
      getScriptSnapshot: (path) => {
        const text = read(path);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => "/",
      getDefaultLibFileName: () => `${libraryFolder}/lib.es2024.d.ts`,
      useCaseSensitiveFileNames: () => true,
      readFile: read,
      fileExists: exists,
      ...(files.directoryExists
        ? { directoryExists: (path: string) => files.directoryExists?.(path) ?? true }
        : {}),
      ...(files.realpath ? { realpath: (path: string) => files.realpath?.(path) ?? path } : {}),
      resolveModuleNameLiterals: (literals, containing, _redirected, compilerOptions) =>
        literals.map(({ text }) => this.#resolve(text, containing, compilerOptions, host)),
    };
    return host;
  }

  #resolve(
    name: string,
    containing: string,
    options: TypeScript.CompilerOptions,
    host: TypeScript.LanguageServiceHost,
  ): TypeScript.ResolvedModuleWithFailedLookupLocations {
    if (!name.startsWith("eddy:")) return this.#ts.resolveModuleName(name, containing, options, host);
    const workflow = containing.slice(0, containing.lastIndexOf(mark));
    const resolvedFileName = generatedPath(workflow, name.slice("eddy:".length));
    return { resolvedModule: { resolvedFileName, extension: ".ts", isExternalLibraryImport: false } };
  }

  /** Generated texts have numbers; a file of the workspace is the same while its text is. */
  #versionOf(path: string, read: (path: string) => string | undefined): string {
    const generated = this.#texts.get(path);
    if (generated) return String(generated.version);
    if (path.startsWith(libraryFolder) || path.includes("/node_modules/")) return "1";
    return read(path) ?? "";
  }

  #readLibrary(path: string): string | undefined {
    const name = path.slice(libraryFolder.length + 1);
    const known = this.#library.get(name);
    if (known !== undefined || this.#library.has(name)) return known;
    const text = wholeLibrary(this.#options.readLibrary ?? libraryReader(this.#ts), name);
    this.#library.set(name, text);
    return text;
  }

  #compilerOptions(): TypeScript.CompilerOptions {
    const ts = this.#ts;
    return {
      strict: true,
      noEmit: true,
      target: ts.ScriptTarget.ES2024,
      lib: ["lib.es2024.d.ts"],
      types: [],
      module: ts.ModuleKind.Preserve,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      allowUnreachableCode: true,
      allowUnusedLabels: true,
      skipLibCheck: true,
    };
  }
}

/**
 * A library file with all that it refers to, as one. TypeScript merges what many files declare anew for every program,
 * that is, for every keystroke; what one file declares it has put together once and for all.
 */
function wholeLibrary(read: (name: string) => string | undefined, name: string): string | undefined {
  const seen = new Set<string>();
  const textOf = (file: string): string | undefined => {
    seen.add(file);
    return read(file)?.replace(/^\/\/\/ <reference lib="([^"]+)" \/>/gm, (_, lib: string) => {
      const other = `lib.${lib}.d.ts`;
      return seen.has(other) ? "" : (textOf(other) ?? "");
    });
  };
  return textOf(name);
}

/** Reads what lies beside TypeScript itself. */
function libraryReader(ts: TypeScriptModule): (name: string) => string | undefined {
  const folder = ts.getDefaultLibFilePath({}).replace(/[^/\\]*$/, "");
  return (name) => ts.sys.readFile(folder + name);
}
