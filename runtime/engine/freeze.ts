import type { Message } from "./contract.ts";

/** Freezes a message and all that is plain data in it. Bytes cannot be frozen, and class instances are not ours. */
export function freeze(message: Message): Message {
  if (!Object.isFrozen(message)) freezeDeep(message);
  return message;
}

function freezeDeep(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) freezeDeep(inner);
}
