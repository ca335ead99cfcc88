import type { ErrorPayload } from "./contract.ts";

/** Anything that was thrown, as the payload of an error message. */
export function errorPayload(error: unknown, node: string, stack: string): ErrorPayload {
  return { code: codeOf(error), message: messageOf(error), node, stack };
}

/** An expected failure inside the engine, told to the person whose workflow it is. */
export function engineError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** What was thrown, as a sentence. Never throws itself, whatever it gets. */
export function messageOf(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message);
    return typeof error === "string" ? error : (JSON.stringify(error) ?? String(error));
  } catch {
    return "Something was thrown that cannot be shown.";
  }
}

function codeOf(error: unknown): string {
  try {
    if (typeof error !== "object" || error === null) return "Error";
    if ("code" in error && typeof error.code === "string") return error.code;
    return error instanceof Error ? String(error.name) : "Error";
  } catch {
    return "Error";
  }
}
