import type { Catalog } from "../catalog.ts";
import { checkWorkflow } from "../checks/check.ts";
import type { ParsedWorkflow } from "../parse.ts";
import type { Problem } from "../problem.ts";
import { type Edited, refused } from "./source.ts";

/** A workflow file with the types that it can use. */
export type CheckedFile = readonly [parsed: ParsedWorkflow, catalog: Catalog];

/**
 * Says what is wrong after an edit that moves nodes between files, and was not before. What was wrong already may be so
 * more or less often: a wire to nowhere can become one that two nodes share.
 */
export function refuseNewErrors(
  before: readonly CheckedFile[],
  after: readonly CheckedFile[],
): Edited | undefined {
  const known = new Set(before.flatMap(errorsOf).map(({ code }) => code));
  const added = after.flatMap(errorsOf).find(({ code }) => !known.has(code));
  return added && refused("EDDY_EDIT_CHECKS", `After this edit there would be an error: ${added.message}`);
}

function errorsOf([parsed, catalog]: CheckedFile): readonly Problem[] {
  // The ids of files are not known here.
  return [...parsed.problems, ...checkWorkflow(parsed, catalog)].filter(
    ({ severity, code }) => severity === "error" && code !== "EDDY_WORKFLOW_ID",
  );
}
