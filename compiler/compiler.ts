import { gzipSync } from "node:zlib";
import type { Catalog } from "../language/catalog.ts";
import { parseWorkflow, type TypeScriptModule } from "../language/index.ts";
import { hasErrors, type Problem } from "../language/problem.ts";
import { createLineIndex } from "../language/syntax/lines.ts";
import type { InlineTemplate } from "../runtime/engine/contract.ts";
import { inlineTemplate } from "../runtime/nodes/catalog.ts";
import { Bundler, loadEsbuild, type Target } from "./bundle.ts";
import { bundleProblems } from "./bundle-problems.ts";
import { type EmittedModule, emit } from "./emit.ts";
import { type Packaged, packageWorkflow } from "./package.ts";
import { type Optimize, type Plan, plan } from "./plan.ts";
import type { Program } from "./program.ts";
import { type ReadFile, resolve } from "./resolve.ts";
import { openRuntime } from "./runtime-directory.ts";
import { composeMap } from "./source-map.ts";
import { SyntaxChecker, type SyntaxResult } from "./syntax.ts";

export interface CompilerOptions {
  /** The built-in node and connection types. */
  readonly catalog: Catalog;
  /** The text that stands for a node of a built-in type, where there is one. Default: what the node types bring. */
  readonly template?: (type: string) => InlineTemplate | undefined;
  /** How to get TypeScript, which reads own nodes (`*.node.ts`). Without it, a workflow that has some cannot be compiled. */
  readonly typescript?: () => Promise<TypeScriptModule>;
  /** The folder with `engine/` and `nodes/`; found by itself where left out. */
  readonly runtimeDirectory?: string;
}

export interface CompileOptions {
  /** The absolute path of the workflow's file, or of where it would be. */
  readonly file: string;
  /** The file's text as it is now, saved or not. */
  readonly text: string;
  /** Other files that the workflow names: subflows, own nodes, imports of its script. */
  readonly read: ReadFile;
  readonly target: Target;
  readonly optimize: Optimize;
  /** Gives the artifact's code as an ES module that runs by itself, too. */
  readonly standalone?: boolean;
  /** Ends a build that nobody waits for any more: `compile` rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface CompileStats {
  readonly nodes: { readonly total: number; readonly compiled: number; readonly removed: number };
  /** Of the workflow's files, of the code, and of the code as gzip packs it. Zero where there is no code. */
  readonly bytes: { readonly source: number; readonly output: number; readonly gzip: number };
  /** Bytes of the same workflow neither optimised nor minified, for each byte of the code. */
  readonly ratio: number;
  /** Milliseconds, by stage. */
  readonly ms: Readonly<Record<"parse" | "check" | "plan" | "emit" | "bundle" | "package" | "total", number>>;
}

export interface CompileResult {
  readonly problems: readonly Problem[];
  /** Where no problem is an error. */
  readonly artifact?: Packaged;
  /** The TypeScript that the workflow was turned into, for people to read. */
  readonly code?: string;
  readonly stats: CompileStats;
}

export interface Compiler {
  compile(options: CompileOptions): Promise<CompileResult>;
  /** Ends the bundler. Nothing can be compiled afterwards. */
  dispose(): Promise<void>;
}

type Stage = Exclude<keyof CompileStats["ms"], "total">;

/**
 * A compiler that stays warm: what it has parsed and bundled once is quicker the next time. Compile as often as you
 * like, several at once; `dispose` when done. Throws `EDDY_NO_RUNTIME` where the engine is not where it belongs.
 */
export function createCompiler(options: CompilerOptions): Compiler {
  return new WarmCompiler(options);
}

class WarmCompiler implements Compiler {
  readonly #options: CompilerOptions;
  readonly #tools: Promise<{ readonly bundler: Bundler; readonly syntax: SyntaxChecker }>;

  constructor(options: CompilerOptions) {
    this.#options = options;
    const runtime = openRuntime(options.runtimeDirectory);
    this.#tools = loadEsbuild().then((esbuild) => ({
      bundler: new Bundler(esbuild, runtime),
      syntax: new SyntaxChecker((text, how) => esbuild.transform(text, how)),
    }));
    // Told by whoever compiles.
    this.#tools.catch(() => {});
  }

  async compile(options: CompileOptions): Promise<CompileResult> {
    const { signal } = options;
    const { bundler, syntax } = await this.#tools;
    signal?.throwIfAborted();
    const watch = new Stopwatch();
    const parsed = parseWorkflow(options.text, options.file);
    watch.lap("parse");
    const { program, problems: found } = await resolve(parsed, {
      ...options,
      catalog: this.#options.catalog,
      typescript: this.#options.typescript,
    });
    const { asynchronous, ...checked } = await syntax.check(program);
    const problems = sorted([...found, ...syntaxProblems(program, checked.problems)]);
    watch.lap("check");
    signal?.throwIfAborted();
    const planned = plan(program, options.optimize);
    watch.lap("plan");
    if (hasErrors(problems)) return { problems, stats: watch.stats(planned) };
    const template = this.#options.template ?? inlineTemplate;
    const emitted = emit(planned, { optimize: options.optimize, asynchronous, template });
    const { modules } = emitted;
    const code = shown(modules);
    watch.lap("emit");
    const bundled = await bundler.bundle({ ...emitted, path: options.file, read: options.read }, options);
    if (!bundled.ok) {
      watch.lap("bundle");
      const all = sorted([...problems, ...bundleProblems(bundled.errors, modules)]);
      return { problems: all, code, stats: watch.stats(planned) };
    }
    watch.lap("bundle");
    const map = composeMap(bundled.bundle.map, modules);
    const artifact = packageWorkflow(planned, { code: bundled.bundle.code, map }, options);
    watch.lap("package");
    return { problems, artifact, code, stats: watch.stats(planned, bundled.bundle.code) };
  }

  async dispose(): Promise<void> {
    const { bundler } = await this.#tools;
    await bundler.dispose();
  }
}

/** Milliseconds by stage. */
class Stopwatch {
  readonly #begun = performance.now();
  #since = this.#begun;
  readonly #ms: Record<Stage, number> = { parse: 0, check: 0, plan: 0, emit: 0, bundle: 0, package: 0 };

  lap(stage: Stage): void {
    const now = performance.now();
    this.#ms[stage] = now - this.#since;
    this.#since = now;
  }

  stats({ nodes, total, program }: Plan, code = ""): CompileStats {
    const files = new Map(program.instances.map(({ file }) => [file.name, file.text]));
    const source = [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const output = Buffer.byteLength(code);
    return {
      nodes: { total, compiled: nodes.length, removed: total - nodes.length },
      bytes: { source, output, gzip: output === 0 ? 0 : gzipSync(code).length },
      ratio: 1,
      ms: { ...this.#ms, total: performance.now() - this.#begun },
    };
  }
}

function sorted(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((one, other) => one.range.start - other.range.start);
}

/** Those of a subflow's file at the node that names it. */
function syntaxProblems({ root }: Program, found: SyntaxResult["problems"]): readonly Problem[] {
  return [...found].flatMap(([instance, problems]) => {
    if (instance === root) return problems;
    const [id = ""] = instance.scope.split("/");
    const range = root.workflow.nodes.get(id)?.type.range ?? { start: 0, end: 0 };
    const lines = createLineIndex(instance.file.text);
    return problems.map(({ code, severity, message, range: inner }) => {
      const line = lines.positionAt(inner.start).line + 1;
      return { code, severity, message: `${instance.file.name}:${line}: ${message}`, range, node: id };
    });
  });
}

function shown(modules: readonly EmittedModule[]): string {
  return modules.map(({ text }) => text.toString()).join("\n");
}
