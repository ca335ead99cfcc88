import type * as Esbuild from "esbuild";
import type { BuildContext, BuildFailure, BuildOptions, Message, TransformOptions } from "esbuild";
import { EddyError } from "../language/problem.ts";
import { type BuiltChunk, ChunkBuilder } from "./bundle/chunks.ts";
import { withoutFolders } from "./bundle/folders.ts";
import { type LinkedCode, Linker } from "./bundle/linker.ts";
import { type BundleJob, type Importers, workflowModules } from "./bundle/modules.ts";
import { chunkSizes, inputSizes, type Size, summed } from "./bundle/sizes.ts";
import { type RuntimeExport, workflowImport } from "./emit/scope.ts";
import type { EmittedModule } from "./emit.ts";
import type { Optimize } from "./plan.ts";
import type { ReadFile } from "./resolve.ts";
import type { Runtime } from "./runtime-directory.ts";

/** What runs the code: Node.js 22 or newer, Deno 2, or a browser. */
export type Target = "node" | "deno" | "browser";

export interface BundleInput {
  /** The workflow's own module first. */
  readonly modules: readonly EmittedModule[];
  /** What they use of the engine and of the node types. */
  readonly runtime: readonly RuntimeExport[];
  /** The name by which the emitted code gives its result. */
  readonly result: string;
  /** The name by which the engine and the node types reach the emitted code. */
  readonly linked: string;
  /** Absolute path of the workflow's file: what relative imports of its script start from. */
  readonly path: string;
  readonly read: ReadFile;
}

export interface Bundle {
  /** The body of a function `(host) => workflow`. */
  readonly code: string;
  /**
   * Where it comes from, beginning where `linesBefore` lines are over: the chunks of the one module, or esbuild's source
   * map, JSON, to modules (`eddy:main`), the author's files (`user:lib/x.ts`) and others.
   */
  readonly map: string | readonly BuiltChunk[];
  readonly linesBefore: number;
  /** The largest first; what is left to their sum is the frame around. */
  readonly sizes: readonly Size[];
}

export type BundleResult =
  | { readonly ok: true; readonly bundle: Bundle }
  | { readonly ok: false; readonly errors: readonly Message[]; readonly importers: Importers };

export interface BundleOptions {
  readonly target: Target;
  readonly optimize: Optimize;
  readonly signal?: AbortSignal | undefined;
}

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
  async bundle(input: BundleInput, { target, optimize, signal }: BundleOptions): Promise<BundleResult> {
    const importers: Importers = new Map();
    try {
      const parts = await this.#lane(target, optimize).run({ ...input, importers }, signal);
      signal?.throwIfAborted();
      return { ok: true, bundle: joined(parts, input) };
    } catch (error) {
      signal?.throwIfAborted();
      if (isBuildFailure(error)) return { ok: false, errors: error.errors, importers };
      throw error;
    }
  }

  #lane(target: Target, optimize: Optimize): Lane {
    const key = `${target} ${optimize}`;
    let lane = this.#lanes.get(key);
    if (!lane) {
      lane = new Lane(this.#esbuild, this.#runtime, target, optimize);
      this.#lanes.set(key, lane);
    }
    return lane;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.dispose()));
    this.#lanes.clear();
  }
}

type Made = Omit<Bundle, "linesBefore"> & { readonly linesBefore?: number };

/** What a bundle is put together from. */
interface Parts {
  readonly made: Made;
  readonly linked: LinkedCode;
}

class Lane {
  readonly #esbuild: typeof Esbuild;
  readonly #options: BuildOptions;
  readonly #linker: Linker;
  readonly #chunks: ChunkBuilder;
  #context: Promise<BuildContext<BuildOptions>> | undefined;
  #job: BundleJob | undefined;
  /** The builds before this one. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(esbuild: typeof Esbuild, runtime: Runtime, target: Target, optimize: Optimize) {
    this.#esbuild = esbuild;
    const common = commonOptions(target, optimize);
    this.#chunks = new ChunkBuilder(esbuild, common);
    this.#options = {
      ...common,
      bundle: true,
      write: false,
      outfile: "workflow.js",
      // What names its files in the output is where they are from here.
      absWorkingDir: runtime.directory,
      mainFields: ["module", "main"],
      conditions: ["module"],
      metafile: true,
    };
    // What is to be debugged is all there to be looked at; a browser has no agent.
    this.#linker = new Linker(esbuild, runtime, this.#options, optimize !== "none" && target !== "browser");
  }

  async run(job: BundleJob, signal: AbortSignal | undefined): Promise<Parts> {
    const linked = await this.#linker.link(job);
    signal?.throwIfAborted();
    const made = (isAlone(job) && (await this.#inChunks(job))) || (await this.#inTurn(job, signal));
    return { made, linked };
  }

  /** Where there is one module and nothing to look for. What is wrong is left to the other way, which tells where it is. */
  async #inChunks({ modules }: BundleInput): Promise<Made | undefined> {
    try {
      const [module] = modules;
      const built = await this.#chunks.build(module?.chunks.map(({ text }) => text) ?? []);
      const code = `(() => {\n${built.map((chunk) => chunk.code).join("")}})();\n`;
      return { code, map: built, linesBefore: 1, sizes: chunkSizes(built, module) };
    } catch (error) {
      if (isBuildFailure(error)) return undefined;
      throw error;
    }
  }

  #inTurn(job: BundleJob, signal: AbortSignal | undefined): Promise<Made> {
    const turn = this.#last.then(() => this.#build(job, signal));
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #build(job: BundleJob, signal: AbortSignal | undefined): Promise<Made> {
    signal?.throwIfAborted();
    this.#context ??= this.#esbuild.context({
      ...this.#options,
      entryPoints: [`${workflowImport}/entry`],
      plugins: [workflowModules(() => this.#job)],
    });
    const context = await this.#context;
    const cancel = () => void context.cancel();
    signal?.addEventListener("abort", cancel);
    this.#job = job;
    try {
      const { outputFiles = [], metafile } = await context.rebuild();
      const text = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
      const code = withoutFolders(text(".js"), metafile);
      return { code, map: text(".map"), sizes: inputSizes(metafile) };
    } finally {
      signal?.removeEventListener("abort", cancel);
      this.#job = undefined;
    }
  }

  async dispose(): Promise<void> {
    await this.#last;
    await this.#context?.then(
      (context) => context.dispose(),
      () => {},
    );
  }
}

/** Imports nothing. Where the word stands in a text of the author's, it may mean something else. */
function isAlone({ modules }: BundleInput): boolean {
  const [main, ...others] = modules;
  const imports = /\b(import|export|require)\b/;
  // What the compiler itself imports stands in the first chunk.
  const texts = [main?.instance.file.text ?? "", main?.chunks[0]?.text.toString() ?? ""];
  return others.length === 0 && !texts.some((text) => imports.test(text));
}

/** What holds for every way of building. */
function commonOptions(target: Target, optimize: Optimize) {
  const minify = optimize !== "none";
  return {
    // A scope of its own: an author's name does not get in the way of those of the function around it.
    format: "iife",
    // Of packages, the files that need nothing of Node: a workflow has what its host hands in.
    platform: target === "browser" ? "browser" : "neutral",
    target: target === "browser" ? "es2022" : "es2024",
    // The code is the body of a function, where these do not exist.
    supported: { "top-level-await": false, "import-meta": false },
    charset: "utf8",
    legalComments: "none",
    minify,
    treeShaking: minify,
    sourcemap: "external",
    sourcesContent: false,
    logLevel: "silent",
    logOverride: { "empty-import-meta": "error" },
    tsconfigRaw: {},
  } as const satisfies BuildOptions & TransformOptions;
}

function joined({ made, linked }: Parts, input: BundleInput): Bundle {
  const { code, map, linesBefore = 0 } = made;
  const [head, end] = frame(input);
  const sizes = summed([...made.sizes, ...linked.sizes]);
  return { sizes, code: head + linked.code + code + end, map, linesBefore: 1 + linked.lines + linesBefore };
}

/** What stands before and behind all that esbuild makes. */
function frame({ result, linked }: BundleInput): readonly [head: string, end: string] {
  // ES modules are strict; a function has to say so.
  return [`"use strict";let ${linked},${result};\n`, `return ${result};\n`];
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
