import { parseWorkflow, resolveCatalog } from "../language/index.ts";
import type { Problem } from "../language/problem.ts";
import { builtinCatalog } from "../runtime/nodes/catalog.ts";
import { type Context, typescript } from "./context.ts";
import { readNamed, type SourceFile } from "./files.ts";

/** What does not fit on the wires of a workflow, and in its TypeScript. */
export async function findTypeProblems(
  context: Context,
  { path, text }: SourceFile,
): Promise<readonly Problem[]> {
  const checker = await context.types();
  const parsed = parseWorkflow(text, path);
  const { catalog } = await resolveCatalog(parsed, path, builtinCatalog, { read: readNamed, typescript });
  return checker.check({ parsed, catalog, file: path }).problems;
}

/** Both in the order of the file. What the compiler has told of a place is not told again with other words. */
export function joinProblems(found: readonly Problem[], types: readonly Problem[]): readonly Problem[] {
  const told = found.filter(({ severity }) => severity === "error");
  const more = types.filter(
    ({ range }) =>
      !told.some((one) => one.range.start <= range.end && range.start <= one.range.end && one.range.end > 0),
  );
  return [...found, ...more].sort((one, other) => one.range.start - other.range.start);
}
