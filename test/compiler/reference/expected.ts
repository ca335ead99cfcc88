import type { Removed } from "../../../compiler/index.ts";
import { parseWorkflow } from "../../../language/index.ts";
import { interpret, type ReferenceRun } from "./interpreter.ts";

export const file = "/flows/reference.flow.yaml";

/**
 * What the reference makes of a workflow's text. Nodes that have no effect do not work where they are compiled away, so
 * that they cannot fail there either; all others have to do the same as ever.
 */
export function expectedOf(
  text: string,
  payloads: readonly unknown[],
  removed: readonly Removed[],
): ReferenceRun {
  const { workflow } = parseWorkflow(text, file);
  const idle = new Set(removed.flatMap(({ node, reason }) => (reason === "no effect" ? [node] : [])));
  const nodes = new Map([...workflow.nodes].filter(([id]) => !idle.has(id)));
  const messages = payloads.map((payload) => ({ topic: "in", payload: JSON.parse(JSON.stringify(payload)) }));
  return interpret({ ...workflow, nodes }, "in", messages);
}
