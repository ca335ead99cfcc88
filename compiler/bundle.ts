import { builtinModules } from "node:module";
import type * as Esbuild from "esbuild";
import type {
  BuildContext,
  BuildFailure,
  BuildOptions,
  BuildResult,
  Message,
  Metafile,
  OnLoadResult,
  OnResolveArgs,
  PartialMessage,
  Plugin,
} from "esbuild";
import { EddyError } from "../language/problem.ts";
import { folderOf, joinPath, relativePath } from "../language/resolve-paths.ts";
import { type RuntimeExport, runtimeImport, workflowImport } from "./emit/scope.ts";
import type { EmittedModule } from "./emit.ts";
import type { Optimize } from "./plan.ts";
import type { ReadFile } from "./resolve.ts";
import type { Runtime } from "./runtime-directory.ts";

export type Target = "node" | "deno" | "browser";

export interface BundleInput {
  /** The workflow's own module first. */
  readonly modules: readonly EmittedModule[];
  /** What they import of the engine and of the node types. */
  readonly runtime: readonly RuntimeExport[];
  /** The name by which the emitted code gives its result. */
  readonly result: string;
  /** Absolute path of the workflow's file: what relative imports of its script start from. */
  readonly path: string;
  readonly read: ReadFile;
}

export interface Bundle {
  /** The body of a function `(host) => workflow`. */
  readonly code: string;
  /** esbuild's source map, JSON: from the code to modules (`eddy:main`), the author's files (`user:lib/x.ts`) and others. */
  readonly map: string;
  readonly warnings: readonly Message[];
}

export type BundleResult =
  | { readonly ok: true; readonly bundle: Bundle }
  | { readonly ok: false; readonly errors: readonly Message[] };

export interface BundleOptions {
  readonly target: Target;
  readonly optimize: Optimize;
  readonly signal?: AbortSignal | undefined;
}

/** Node's modules that the host hands in. The rest of them is not there in a workflow. */
export const hostBuiltins = ["node:fs", "node:fs/promises", "node:path", "node:child_process", "node:crypto"];

/** esbuild, kept warm: one context for each way of building, used by one build at a time. */
export class Bundler {
  readonly #esbuild: typeof Esbuild;
  readonly #runtime: Runtime;
  readonly #lanes = new Map<string, Lane>();

  constructor(esbuild: typeof Esbuild, runtime: Runtime) {
    this.#esbuild = esbuild;
    this.#runtime = runtime;
  }

  /** Rejects with the signal's reason where that comes first. */
  bundle(input: BundleInput, { target, optimize, signal }: BundleOptions): Promise<BundleResult> {
    const key = `${target} ${optimize}`;
    let lane = this.#lanes.get(key);
    if (!lane) {
      lane = new Lane(this.#esbuild, this.#runtime, target, optimize);
      this.#lanes.set(key, lane);
    }
    return lane.run(input, signal);
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.dispose()));
    this.#lanes.clear();
  }
}

/** A build under way: its input, and the engine and node types that it needs, linked already. */
interface Job extends BundleInput {
  readonly linked: string;
}

/** Sets of node types whose linked code is kept. */
const mostLinked = 100;

class Lane {
  readonly #esbuild: typeof Esbuild;
  readonly #runtime: Runtime;
  readonly #options: BuildOptions;
  readonly #context: Promise<BuildContext<BuildOptions>>;
  readonly #linked = new Map<string, Promise<string>>();
  #job: Job | undefined;
  /** The builds before this one. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(esbuild: typeof Esbuild, runtime: Runtime, target: Target, optimize: Optimize) {
    this.#esbuild = esbuild;
    this.#runtime = runtime;
    // What names its files in the output is where they are from here.
    this.#options = { ...options(target, optimize), absWorkingDir: runtime.directory };
    this.#context = esbuild.context({
      ...this.#options,
      entryPoints: [`${workflowImport}/entry`],
      plugins: [workflowModules(() => this.#job)],
    });
    // Told by whoever builds.
    this.#context.catch(() => {});
  }

  run(input: BundleInput, signal: AbortSignal | undefined): Promise<BundleResult> {
    const turn = this.#last.then(() => this.#build(input, signal));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #build(input: BundleInput, signal: AbortSignal | undefined): Promise<BundleResult> {
    signal?.throwIfAborted();
    const context = await this.#context;
    this.#job = { ...input, linked: await this.#link(input.runtime) };
    const cancel = () => void context.cancel();
    signal?.addEventListener("abort", cancel);
    try {
      const result = await context.rebuild();
      signal?.throwIfAborted();
      return { ok: true, bundle: finished(result, input) };
    } catch (error) {
      signal?.throwIfAborted();
      if (isBuildFailure(error)) return { ok: false, errors: error.errors };
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#job = undefined;
    }
  }

  /**
   * The engine and node types as one module. They are the same from one edit to the next, and a build that finds them
   * linked has one file to read instead of twenty.
   */
  #link(runtime: readonly RuntimeExport[]): Promise<string> {
    const contents = runtime
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
      .map(({ name, file, exported }) => {
        const path = this.#runtime.file(file);
        return `export { ${exported} as ${name} } from ${JSON.stringify(path)};`;
      })
      .join("\n");
    const known = this.#linked.get(contents);
    if (known) return known;
    if (this.#linked.size >= mostLinked) this.#linked.clear();
    const linked = this.#esbuild
      .build({
        ...this.#options,
        stdin: { contents, resolveDir: this.#runtime.directory, loader: "js" },
        sourcemap: false,
        plugins: [builtins],
      })
      .then(({ outputFiles, metafile }) => withoutFolders(outputFiles?.[0]?.text ?? "", metafile));
    this.#linked.set(contents, linked);
    linked.catch(() => this.#linked.delete(contents));
    return linked;
  }

  async dispose(): Promise<void> {
    await this.#last;
    await this.#context.then(
      (context) => context.dispose(),
      () => {},
    );
  }
}

function options(target: Target, optimize: Optimize): BuildOptions {
  const minify = optimize !== "none";
  return {
    outfile: "workflow.js",
    write: false,
    bundle: true,
    format: "esm",
    platform: target === "browser" ? "browser" : "node",
    target: target === "browser" ? "es2022" : "es2024",
    // The code is the body of a function, where these do not exist.
    supported: { "top-level-await": false, "import-meta": false },
    mainFields: ["module", "main"],
    charset: "utf8",
    legalComments: "none",
    minify,
    treeShaking: minify,
    sourcemap: "external",
    sourcesContent: false,
    metafile: true,
    logLevel: "silent",
    logOverride: { "empty-import-meta": "error" },
    tsconfigRaw: {},
  };
}

/** Serves the emitted modules, the author's files and the engine. Nothing but packages is left to esbuild's own search. */
function workflowModules(job: () => Job | undefined): Plugin {
  const current = () => {
    const input = job();
    if (!input) throw new Error("Nothing is being built.");
    return input;
  };
  return {
    name: "workflow-modules",
    setup(build) {
      const { onLoad, onResolve } = build;
      builtins.setup(build);
      onResolve({ filter: new RegExp(`^${workflowImport}/`) }, ({ path }) => ({
        path: path.slice(workflowImport.length + 1),
        namespace: "eddy",
      }));
      onResolve({ filter: new RegExp(`^${runtimeImport}$`) }, () => ({ path: "runtime", namespace: "eddy" }));
      onResolve({ filter: /^\.\.?\//, namespace: "eddy" }, (args) => userFile(current(), args));
      onResolve({ filter: /^\.\.?\//, namespace: "user" }, (args) => userFile(current(), args));
      onLoad({ filter: /.*/, namespace: "eddy" }, ({ path }) => emittedModule(current(), path));
      onLoad({ filter: /.*/, namespace: "user" }, async ({ path }) => {
        const { read, path: file } = current();
        const absolute = joinPath(folderOf(file), path);
        const contents = absolute === undefined ? undefined : await read(absolute);
        if (absolute === undefined || contents === undefined) return { errors: [missing(path)] };
        return { contents, loader: loaderOf(path), resolveDir: folderOf(absolute) };
      });
    },
  };
}

function emittedModule({ modules, path: file, linked }: Job, path: string): OnLoadResult {
  if (path === "runtime") return { contents: linked, loader: "js" };
  const [main] = modules;
  const module = path === "entry" && modules.length === 1 ? main : modules.find(({ name }) => name === path);
  const contents = module ? module.text.toString() : `import "${workflowImport}/main";`;
  return { contents, loader: "ts", resolveDir: folderOf(module?.instance.path ?? file) };
}

/** Node's modules, as far as the host has them. */
const builtins: Plugin = {
  name: "builtins",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: builtinPattern() }, builtin);
    onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = host.builtin(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

function builtinPattern(): RegExp {
  const names = builtinModules.filter((name) => !name.startsWith("_"));
  return new RegExp(`^(node:.*|${names.join("|")})$`);
}

function builtin({ path }: OnResolveArgs) {
  const name = path.startsWith("node:") ? path : `node:${path}`;
  if (hostBuiltins.includes(name)) return { path: name, namespace: "builtin" };
  return {
    errors: [
      {
        text: `A workflow has no ${name}. It may import ${hostBuiltins.join(", ")}; what else it needs of its device it gets from nodes.`,
        id: "EDDY_NO_BUILTIN",
      },
    ],
  };
}

/** A file of the author's, named by where it is from the workflow's own. */
async function userFile(
  { read, path: file, modules }: BundleInput,
  { path, importer, namespace }: OnResolveArgs,
) {
  const from =
    namespace === "user"
      ? joinPath(folderOf(file), importer)
      : (modules.find(({ name }) => name === importer)?.instance.path ?? file);
  const wanted = from === undefined ? undefined : joinPath(folderOf(from), path);
  if (wanted === undefined) return { errors: [missing(path)] };
  for (const ending of ["", ".ts", ".js", ".mjs", ".json", "/index.ts", "/index.js"]) {
    const candidate = wanted + ending;
    if ((await read(candidate)) !== undefined)
      return { path: relativePath(file, candidate), namespace: "user" };
  }
  return { errors: [missing(path)] };
}

function missing(path: string): PartialMessage {
  return { text: `There is no file ${path}.`, id: "EDDY_IMPORT" };
}

function loaderOf(path: string): "ts" | "tsx" | "json" | "js" | "text" {
  const [, ending] = /\.([^./]+)$/.exec(path) ?? [];
  if (ending === "ts" || ending === "mts" || ending === "cts") return "ts";
  if (ending === "tsx" || ending === "json") return ending;
  return ending === "js" || ending === "mjs" || ending === "cjs" ? "js" : "text";
}

/** Lines of the code before what esbuild made. */
export const bundleHead = 1;

function finished({ outputFiles = [], metafile, warnings }: BuildResult, { result }: BundleInput): Bundle {
  const text = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  const made = withoutFolders(text(".js"), metafile);
  // ES modules are strict; a function has to say so.
  const code = `"use strict";let ${result};\n${made}return ${result};\n`;
  return { code, map: text(".map"), warnings };
}

/** Unminified code names its files in comments; where packages are installed must not change the artifact. */
function withoutFolders(code: string, metafile: Metafile | undefined): string {
  return Object.keys(metafile?.inputs ?? {}).reduce((text, input) => {
    const name = packagePath(input);
    return name === input ? text : text.replaceAll(input, name);
  }, code);
}

function packagePath(input: string): string {
  return input.replace(/^.*\/(?=node_modules\/)/, "");
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** esbuild is not bundled with us: beside us in an installed extension, among the packages of a checkout. */
export async function loadEsbuild(): Promise<typeof Esbuild> {
  try {
    return await import("esbuild");
  } catch (error) {
    throw new EddyError(
      "EDDY_NO_ESBUILD",
      "The bundler (esbuild) is not where it belongs. Install Eddy again, or run npm install in a checkout.",
      { cause: error },
    );
  }
}
