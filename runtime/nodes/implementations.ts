import { EddyError } from "../../language/problem.ts";
import type { NodeImplementation } from "../engine/contract.ts";
import { implementations } from "./implementations.generated.ts";

/** A name such as `constructor` is none of them. */
const byType = new Map(Object.entries(implementations));

/** The implementation of a built-in node type, as hosts give it to workflows. Throws `EDDY_NO_NODE_TYPE`. */
export function nodeType(type: string): NodeImplementation {
  const found = byType.get(type);
  if (found) return found;
  throw new EddyError("EDDY_NO_NODE_TYPE", `This agent has no node type "${type}". Update the agent.`);
}
