import type { Catalog } from "../catalog.ts";
import type { ParsedWorkflow } from "../parse.ts";
import type { Problem } from "../problem.ts";
import { checkConnectionTypes, checkConnectionUse, checkUnusedConnections } from "./connections.ts";
import { type Check, type CheckContext, createContext } from "./context.ts";
import { checkCredentials } from "./credentials.ts";
import { checkReachability, checkUnusedOutputs } from "./flow.ts";
import { checkLoops } from "./loops.ts";
import { checkNames } from "./names.ts";
import { checkParams } from "./params.ts";
import { checkGroups, checkOwnNames, checkTests, checkWorkflowId } from "./references.ts";
import { checkDeprecated, checkTypes } from "./types.ts";
import { checkWires } from "./wires.ts";

/**
 * What is wrong with a workflow beside its text: unknown types, wrong params, wires that lead nowhere, loops that never
 * end, names that nobody declares. Pure; sorted by place; each cause is said once. What parsing found is not repeated.
 * `catalog` holds the built-in types and, from `resolveCatalog`, those of the workflow's own files.
 */
export function checkWorkflow(parsed: ParsedWorkflow, catalog: Catalog): Problem[] {
  if (parsed.syntax.root === undefined) return [];
  const context = createContext(parsed, catalog);
  return (
    checks
      .flatMap((check) => check(context))
      // What cannot be read may use what nothing else does.
      .filter(({ code }) => parsed.readable || !code.endsWith("_UNUSED"))
      .map((problem) => asleep(problem, context))
      .sort((left, right) => left.range.start - right.range.start || left.range.end - right.range.end)
  );
}

const checks: readonly Check[] = [
  checkWorkflowId,
  checkTypes,
  checkDeprecated,
  checkParams,
  checkWires,
  checkReachability,
  checkUnusedOutputs,
  checkLoops,
  checkNames,
  checkConnectionTypes,
  checkConnectionUse,
  checkUnusedConnections,
  checkCredentials,
  checkOwnNames,
  checkTests,
  checkGroups,
];

/** A disabled node is not compiled: nothing about it stands in the way, but credentials are in the file all the same. */
function asleep(problem: Problem, { workflow }: CheckContext): Problem {
  const disabled = problem.node !== undefined && workflow.nodes.get(problem.node)?.disabled === true;
  return disabled && problem.severity === "error" ? { ...problem, severity: "hint" } : problem;
}
