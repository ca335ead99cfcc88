import { gzipSync } from "node:zlib";
import type { CompileResult, Optimize, Target } from "../compiler/index.ts";
import { EddyError, hasErrors } from "../language/problem.ts";
import type { Context } from "./context.ts";
import type { CheckOutput, Diagnostic } from "./contract.ts";
import { readNamed, type SourceFile } from "./files.ts";
import { countDiagnostics, diagnosticsOf, tellProblems } from "./problems.ts";

export const targets = ["node", "deno", "browser"] as const satisfies readonly Target[];
export const optimizations = ["none", "basic", "aggressive"] as const satisfies readonly Optimize[];

export interface CompileSettings {
  readonly target?: Target;
  readonly optimize?: Optimize;
  /** A program that runs by itself, too. */
  readonly standalone?: boolean;
  /** For the tests that stand in it. */
  readonly forTests?: boolean;
}

export interface Compiled {
  readonly diagnostics: readonly Diagnostic[];
  readonly result: CompileResult;
}

export async function compile(
  context: Context,
  file: SourceFile,
  { target = "node", optimize = "basic", standalone = false, forTests = false }: CompileSettings = {},
): Promise<Compiled> {
  const [compiler, { findTypeProblems, joinProblems }] = await Promise.all([
    context.compiler(),
    import("./type-problems.ts"),
  ]);
  // The bundler is a process of its own, so that types are checked meanwhile.
  const [compiled, types] = await Promise.all([
    compiler.compile({
      file: file.path,
      text: file.text,
      read: readNamed,
      target,
      optimize,
      standalone,
      forTests,
      signal: context.signal,
    }),
    findTypeProblems(context, file),
  ]);
  const result = { ...compiled, problems: joinProblems(compiled.problems, types) };
  return { result, diagnostics: diagnosticsOf(file, result.problems) };
}

/**
 * Compiles for a command that needs the artifact: tells what is wrong with the workflow, and gives nothing where that is
 * an error. With `--json` the problems are the result then; beside a result they are not told.
 */
export async function compileOrTell(
  context: Context,
  file: SourceFile,
  settings: CompileSettings = {},
): Promise<(Required<Pick<CompileResult, "artifact">> & CompileResult) | undefined> {
  const { output } = context;
  const { result, diagnostics } = await compile(context, file, settings);
  const { artifact } = result;
  tellProblems(output, file, diagnostics, "notes");
  if (artifact && !hasErrors(result.problems)) return { ...result, artifact };
  if (diagnostics.length === 0)
    throw new EddyError("EDDY_NOT_COMPILED", `${file.name} could not be compiled, and nothing says why.`);
  output.json({ diagnostics: [...diagnostics] } satisfies CheckOutput);
  output.note(`${output.noteStyle("red", "✘")} ${file.name}: ${countDiagnostics(diagnostics)}`);
  return undefined;
}

export function gzipSize(bytes: string | Uint8Array): number {
  return gzipSync(bytes).length;
}
