import type { ErrorPayload } from "./contract.ts";
import type { NodeDefinition } from "./definition.ts";

/** Anything that was thrown, as the payload of an error message. The stack names the workflow's file, never ours. */
export function errorPayload(error: unknown, node: NodeDefinition, file: string): ErrorPayload {
  return {
    code: codeOf(error),
    message: messageOf(error),
    node: node.id,
    stack: `at ${node.id} (${file}:${node.line})`,
  };
}

/** An expected failure inside the engine, told to the person whose workflow it is. */
export function engineError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function codeOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string")
    return error.code;
  return error instanceof Error ? error.name : "Error";
}

function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (typeof error === "string") return error;
  try {
    return JSON.stringify(error) ?? String(error);
  } catch {
    return String(error);
  }
}
