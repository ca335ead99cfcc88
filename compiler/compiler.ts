import type { Catalog } from "../language/catalog.ts";
import { parseWorkflow, type TypeScriptModule } from "../language/index.ts";
import type { Workflow } from "../language/model.ts";
import { hasErrors, type Problem } from "../language/problem.ts";
import { createLineIndex } from "../language/syntax/lines.ts";
import type { InlineTemplate } from "../runtime/engine/contract.ts";
import { builtinCatalog, inlineTemplate } from "../runtime/nodes/catalog.ts";
import type { Size } from "./bundle/sizes.ts";
import { type Bundle, type BundleInput, Bundler, loadEsbuild, type Target } from "./bundle.ts";
import { bundleProblems } from "./bundle-problems.ts";
import { type EmitOptions, type Emitted, type EmittedModule, emit } from "./emit.ts";
import { type Packaged, packageWorkflow } from "./package.ts";
import type { Shapes } from "./payload/shape.ts";
import { PayloadTypes, payloadsOf } from "./payload/types.ts";
import type { Removed } from "./plan/draft.ts";
import { type Optimize, type Plan, plan } from "./plan.ts";
import type { Program } from "./program.ts";
import { type ReadFile, resolve } from "./resolve.ts";
import { openRuntime, type Runtime } from "./runtime-directory.ts";
import { composeMap } from "./source-map.ts";
import { bundleStandalone } from "./standalone.ts";
import { SyntaxChecker, type SyntaxResult } from "./syntax.ts";

/** What a compiler works with; all of it has a default. */
export interface CompilerOptions {
  /** The node and connection types that every workflow may use. Default: the built-in ones. */
  readonly catalog?: Catalog;
  /** The text that stands for a node of a built-in type, where there is one. Default: what the node types bring. */
  readonly template?: (type: string) => InlineTemplate | undefined;
  /** How to get TypeScript, which reads own nodes (`*.node.ts`) and payload types. Default: the package of that name. */
  readonly typescript?: () => Promise<TypeScriptModule>;
  /** The folder with `engine/` and `nodes/`; found by itself where left out. */
  readonly runtimeDirectory?: string;
}

/** One compile: a workflow's text, where it stands, and for what it is compiled. */
export interface CompileOptions {
  /** The absolute path of the workflow's file, or of where it would be. */
  readonly file: string;
  /** The file's text as it is now, saved or not. */
  readonly text: string;
  /** Other files that the workflow names: subflows, own nodes, imports of its script. */
  readonly read: ReadFile;
  readonly target: Target;
  readonly optimize: Optimize;
  /** Gives a program that runs by itself, too. Its target is Node or Deno, else `EDDY_STANDALONE_TARGET` is thrown. */
  readonly standalone?: boolean;
  /**
   * Made to be tested: not optimised, and its host may put something else in the place of each node's implementation
   * (`Host.instead`). Runs on a host of tests alone.
   */
  readonly forTests?: boolean;
  /** Ends a build that nobody waits for any more: `compile` rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What came of a compile, in figures. */
export interface CompileStats {
  readonly nodes: { readonly total: number; readonly compiled: number; readonly removed: number };
  /** Why nodes are not compiled. */
  readonly removed: readonly Removed[];
  /** What takes up how much of the code, the largest first. Empty where there is no code. */
  readonly sizes: readonly Size[];
  /** Of the workflow's files, of the code, and of the code as gzip packs it. Zero where there is no code. */
  readonly bytes: { readonly source: number; readonly output: number; readonly gzip: number };
  /** Milliseconds, by stage. */
  readonly ms: Readonly<Record<"parse" | "check" | "plan" | "emit" | "bundle" | "package" | "total", number>>;
}

/** TypeScript for people to read, and which part of it (UTF-16 offsets) is which node of the workflow's own file. */
export interface CompiledCode {
  readonly text: string;
  readonly parts: readonly { readonly node: string; readonly start: number; readonly end: number }[];
}

/**
 * What came of a compile. There is an artifact where no problem is an error; ranges of problems are into the text that was
 * given, of what is wrong in another file at the node or import that leads there.
 */
export interface CompileResult {
  readonly problems: readonly Problem[];
  /** Where no problem is an error. */
  readonly artifact?: Packaged;
  /** The workflow as it was read, under the empty name, and its subflows under the ids of their nodes with a slash behind. */
  readonly workflows: ReadonlyMap<string, Workflow>;
  /** The TypeScript that the workflow is turned into, for people to read. */
  readonly code?: () => CompiledCode;
  /**
   * Bytes of the same workflow neither optimised nor minified, for each byte of the code: what optimising is worth. Where
   * there is an artifact; it is built for that when it is asked for.
   */
  readonly ratio?: () => Promise<number>;
  /** An ES module that runs the workflow by itself, where it was asked for and there is an artifact. */
  readonly standalone?: string;
  readonly stats: CompileStats;
}

/** Compiles workflows, each faster than the first one. */
export interface Compiler {
  /**
   * Never throws for what stands in files: that is `problems`. Rejects with an `EddyError` where the compiler itself cannot
   * work (`EDDY_NO_ESBUILD`, `EDDY_STANDALONE_TARGET`), and with the reason of an aborted `signal`.
   */
  compile(options: CompileOptions): Promise<CompileResult>;
  /** Ends the bundler. Nothing can be compiled afterwards. */
  dispose(): Promise<void>;
}

type Stage = Exclude<keyof CompileStats["ms"], "total">;

/**
 * A compiler that stays warm: what it has parsed and bundled once is quicker the next time. Compile as often as you
 * like, several at once; `dispose` when done. Throws `EDDY_NO_RUNTIME` where the engine is not where it belongs.
 */
export function createCompiler(options: CompilerOptions = {}): Compiler {
  return new WarmCompiler(options);
}

interface Tools {
  readonly esbuild: Awaited<ReturnType<typeof loadEsbuild>>;
  readonly bundler: Bundler;
  readonly syntax: SyntaxChecker;
}

async function ownTypeScript(): Promise<TypeScriptModule> {
  return (await import("typescript")).default;
}

interface CheckedProgram {
  readonly program: Program;
  readonly problems: readonly Problem[];
  /** Function bodies that await. */
  readonly asynchronous: ReadonlySet<string>;
  readonly payloads: ReadonlyMap<string, Shapes>;
}

class WarmCompiler implements Compiler {
  readonly #options: CompilerOptions;
  readonly #runtime: Runtime;
  readonly #tools: Promise<Tools>;
  readonly #typescript: () => Promise<TypeScriptModule>;
  readonly #payloadTypes: PayloadTypes;

  constructor(options: CompilerOptions) {
    this.#options = options;
    this.#typescript = options.typescript ?? ownTypeScript;
    this.#payloadTypes = new PayloadTypes(this.#typescript);
    this.#runtime = openRuntime(options.runtimeDirectory);
    this.#tools = loadEsbuild().then((esbuild) => ({
      esbuild,
      bundler: new Bundler(esbuild, this.#runtime),
      syntax: new SyntaxChecker((text, how) => esbuild.transform(text, how)),
    }));
    // Told by whoever compiles.
    this.#tools.catch(() => {});
  }

  async compile(options: CompileOptions): Promise<CompileResult> {
    const { signal, forTests = false } = options;
    const optimize = forTests ? "none" : options.optimize;
    const { bundler, syntax, esbuild } = await this.#tools;
    signal?.throwIfAborted();
    const watch = new Stopwatch();
    const checked = await this.#check(options, syntax, watch);
    const { problems } = checked;
    const workflows = new Map(checked.program.instances.map(({ scope, workflow }) => [scope, workflow]));
    signal?.throwIfAborted();
    const planned = plan(checked.program, optimize);
    watch.lap("plan");
    if (hasErrors(problems)) return { problems, workflows, stats: watch.stats(planned) };
    const emitted = this.#emit(planned, checked, { optimize, isTest: forTests });
    const { modules } = emitted;
    watch.lap("emit");
    const surroundings = { path: options.file, read: options.read };
    const bundled = await bundler.bundle({ ...emitted, ...surroundings }, { ...options, optimize });
    watch.lap("bundle");
    const code = memoised(() => shown(this.#emit(planned, checked, { optimize, isReadable: true }).modules));
    if (!bundled.ok) {
      const all = sorted([...problems, ...bundleProblems(bundled.errors, modules, bundled.importers)]);
      return { problems: all, workflows, code, stats: watch.stats(planned) };
    }
    const map = composeMap(bundled.bundle, modules);
    const made = { code: bundled.bundle.code, map };
    const artifact = packageWorkflow(planned, made, { ...options, optimize });
    const standalone = options.standalone
      ? { standalone: await bundleStandalone(esbuild, this.#runtime, { ...made, ...artifact }) }
      : {};
    watch.lap("package");
    const stats = watch.stats(planned, outputOf(bundled.bundle, artifact));
    const ratio = memoised(() => this.#ratio(bundler, checked, surroundings, options, stats.bytes.output));
    return { problems, workflows, artifact, code, ratio, ...standalone, stats };
  }

  async #check(options: CompileOptions, syntax: SyntaxChecker, watch: Stopwatch): Promise<CheckedProgram> {
    const { catalog = builtinCatalog } = this.#options;
    const typescript = this.#typescript;
    const parsed = parseWorkflow(options.text, options.file);
    watch.lap("parse");
    const { program, problems: found } = await resolve(parsed, { ...options, catalog, typescript });
    const { asynchronous, problems: wrong } = await syntax.check(program);
    const problems = sorted([...found, ...syntaxProblems(program, wrong)]);
    const payloads = hasErrors(problems)
      ? new Map<string, Shapes>()
      : await payloadsOf(program, this.#payloadTypes, options.read);
    watch.lap("check");
    return { program, asynchronous, payloads, problems };
  }

  /** To know what optimising is worth, it is done without as well. */
  async #ratio(
    bundler: Bundler,
    checked: CheckedProgram,
    surroundings: Pick<BundleInput, "path" | "read">,
    { target }: CompileOptions,
    output: number,
  ): Promise<number> {
    const emitted = this.#emit(plan(checked.program, "none"), checked, { optimize: "none" });
    const plain = await bundler.bundle({ ...emitted, ...surroundings }, { target, optimize: "none" });
    return plain.ok ? Buffer.byteLength(plain.bundle.code) / output : 1;
  }

  #emit(
    planned: Plan,
    { asynchronous, payloads }: CheckedProgram,
    how: Pick<EmitOptions, "optimize" | "isReadable" | "isTest">,
  ): Emitted {
    const template = this.#options.template ?? inlineTemplate;
    return emit(planned, { ...how, asynchronous, payloads, template });
  }

  async dispose(): Promise<void> {
    await this.#tools.then(
      ({ bundler }) => bundler.dispose(),
      // It was never there.
      () => {},
    );
  }
}

/** Of the code, in bytes. */
interface Output {
  readonly output: number;
  readonly gzip: number;
  readonly sizes: readonly Size[];
}

function outputOf({ code, sizes }: Bundle, { packed }: Packaged): Output {
  return { output: Buffer.byteLength(code), gzip: packed + gzipFrame, sizes };
}

function memoised<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Bytes that a gzip file has around what is packed (RFC 1952: a head of ten, checksum and length at the end). */
const gzipFrame = 18;

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

  stats(
    { nodes, total, program, removed }: Plan,
    { output, gzip, sizes }: Output = { output: 0, gzip: 0, sizes: [] },
  ): CompileStats {
    const files = new Map(program.instances.map(({ file }) => [file.name, file.text]));
    const source = [...files.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    return {
      nodes: { total, compiled: nodes.length, removed: total - nodes.length },
      removed,
      sizes,
      bytes: { source, output, gzip },
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

function shown(modules: readonly EmittedModule[]): CompiledCode {
  const parts: CompiledCode["parts"][number][] = [];
  let text = "";
  for (const { chunks, instance } of modules) {
    if (text !== "") text += "\n";
    for (const chunk of chunks) {
      const start = text.length;
      text += chunk.text.toString();
      // All that a subflow is belongs to the node that stands for it.
      const node = instance.parent ? instance.scope.split("/")[0] : chunk.node;
      if (node !== undefined) parts.push({ node, start, end: text.length });
    }
  }
  return { text, parts };
}
