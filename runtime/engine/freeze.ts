import type { Message, Outputs } from "./contract.ts";
import { mapOutputs } from "./nodes.ts";

/** For debugging: what goes out is frozen, so that whoever changes a message is found. */
export function frozen(outputs: Outputs): Outputs {
  return mapOutputs(outputs, (emit) => (message: Message) => {
    freeze(message);
    emit(message);
  });
}

/** Bytes cannot be frozen, and class instances are not ours. */
function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
}
