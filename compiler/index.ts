/**
 * The compiler as a library: from a workflow file to an artifact that an agent runs.
 *
 * ```ts
 * const compiler = createCompiler();
 * const read = (path: string) => readFile(path, "utf8").catch(() => undefined);
 * const { problems, artifact } = await compiler.compile({ file, text, read, target: "node", optimize: "basic" });
 * await compiler.dispose();
 * ```
 */

export { builtinCatalog } from "../runtime/nodes/catalog.ts";
export type { Size } from "./bundle/sizes.ts";
export type { Target } from "./bundle.ts";
export {
  type CompiledCode,
  type CompileOptions,
  type CompileResult,
  type Compiler,
  type CompilerOptions,
  type CompileStats,
  createCompiler,
} from "./compiler.ts";
export type { Packaged } from "./package.ts";
export type { RemovalReason, Removed } from "./plan/draft.ts";
export { type Optimize, optimizations } from "./plan.ts";
export type { ReadFile } from "./resolve.ts";
