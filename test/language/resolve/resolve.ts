import assert from "node:assert/strict";
import typescript from "typescript";
import { checkWorkflow } from "../../../language/checks/check.ts";
import { parseWorkflow } from "../../../language/parse.ts";
import type { Problem } from "../../../language/problem.ts";
import { type ResolvedCatalog, type ResolveOptions, resolveCatalog } from "../../../language/resolve.ts";
import { testCatalog } from "../catalog.ts";

export type Files = Readonly<Record<string, string>>;

export interface Resolution extends ResolvedCatalog {
  readonly text: string;
  /** What checking finds with the resolved catalog. */
  readonly checked: readonly Problem[];
  readonly read: readonly string[];
}

/** Resolves a workflow in a workspace in memory. `main.flow.yaml` in `/workspace` unless said otherwise. */
export async function resolve(
  files: Files,
  options: {
    readonly file?: string;
    readonly root?: string;
    readonly typescript?: ResolveOptions["typescript"] | undefined;
  } = {},
): Promise<Resolution> {
  const { file = "/workspace/main.flow.yaml", root = "/workspace" } = options;
  const withTypeScript = "typescript" in options ? options.typescript : typescript;
  const text = files[file];
  assert.ok(text !== undefined, `There is no ${file}`);
  const parsed = parseWorkflow(text, file);
  assert.deepEqual(parsed.problems, []);
  const read: string[] = [];
  const resolved = await resolveCatalog(parsed, file, testCatalog, {
    root,
    ...(withTypeScript === undefined ? {} : { typescript: withTypeScript }),
    read: async (path) => {
      read.push(path);
      return Object.hasOwn(files, path) ? files[path] : undefined;
    },
  });
  return { ...resolved, text, checked: checkWorkflow(parsed, resolved.catalog), read };
}

/** `severity CODE message @ marked text` of each problem. */
export function told({ problems, text }: Resolution): readonly string[] {
  return problems.map(
    ({ severity, code, message, range }) =>
      `${severity} ${code} ${message} @ ${text.slice(range.start, range.end)}`,
  );
}

/** A workflow whose only node of interest has this type. */
export function using(type: string, more = ""): string {
  return `eddy: 1
nodes:
  t: { type: inject }
  n: { type: ${type}, from: t${more} }
`;
}

/** A subflow with one input and one output, and these nodes between `in` and `end`. */
export function subflow(nodes: string, more = ""): string {
  return `eddy: 1
name: Sub
description: Does one thing. And says more.
inputs: { reading: number }
outputs: { done: { type: number, from: end } }
${more}nodes:
${nodes}
`;
}
