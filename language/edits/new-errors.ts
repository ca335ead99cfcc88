import type { Catalog } from "../catalog.ts";
import { checkWorkflow } from "../checks/check.ts";
import type { ParsedWorkflow } from "../parse.ts";
import type { Problem } from "../problem.ts";
import { type Edited, refused } from "./source.ts";

/** A workflow file with the types that it can use. */
export type CheckedFile = readonly [parsed: ParsedWorkflow, catalog: Catalog];

/** Says what is wrong after an edit that moves nodes between files, and was not before. */
export function refuseNewErrors(
  before: readonly CheckedFile[],
  after: readonly CheckedFile[],
): Edited | undefined {
  const known = new Map<string, number>();
  for (const { code } of before.flatMap(errorsOf)) known.set(code, (known.get(code) ?? 0) + 1);
  for (const { code, message } of after.flatMap(errorsOf)) {
    const left = known.get(code) ?? 0;
    if (left === 0) return refused("EDDY_EDIT_CHECKS", `After this edit there would be an error: ${message}`);
    known.set(code, left - 1);
  }
  return undefined;
}

function errorsOf([parsed, catalog]: CheckedFile): readonly Problem[] {
  // The ids of files are not known here.
  return [...parsed.problems, ...checkWorkflow(parsed, catalog)].filter(
    ({ severity, code }) => severity === "error" && code !== "EDDY_WORKFLOW_ID",
  );
}
