import { engineError } from "./errors.ts";

/** Characters of a value that a message shows. */
const shown = 40;

/** Throws what tells where a payload is not what its node's `output:` declares. `path` is empty for the payload itself. */
export function unfit(path: string, wanted: string, value: unknown): never {
  const what = path === "" ? "The payload" : `"${path}" in the payload`;
  throw engineError("EDDY_PAYLOAD_TYPE", `${what} is ${brief(value)}, not ${wanted}.`);
}

function brief(value: unknown): string {
  if (value === undefined) return "missing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > shown ? `${text.slice(0, shown)}…` : text;
}
