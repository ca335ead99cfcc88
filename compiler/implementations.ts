import { readLiteral } from "../language/literals.ts";
import type { Json } from "../language/model.ts";
import { builtinNodes } from "../runtime/nodes/catalog.ts";
import { literalDefault } from "./emit/values.ts";
import type { Step } from "./program.ts";

/** Where a node type of the library is implemented. */
export interface Implementation {
  /** In `nodes/`, without ending. */
  readonly file: string;
  /** Every host has it. */
  readonly isInHost: boolean;
}

export function implementationOf(step: Step): Implementation {
  const type = step.node.type.value;
  const builtin = builtinNodes.get(type);
  // A catalog of its own may have another type of this name.
  if (builtin?.descriptor !== step.descriptor) return { file: type, isInHost: false };
  const file = builtin.implementationFile?.((param) => literalOf(step, param));
  return file === undefined ? { file: type, isInHost: true } : { file, isInHost: false };
}

function literalOf({ node, descriptor }: Step, param: string): Json | undefined {
  const declared = descriptor.params[param];
  if (declared?.kind !== "literal") return undefined;
  const written = node.params.get(param);
  return written ? readLiteral(declared.schema, written.value).value : literalDefault(declared);
}
