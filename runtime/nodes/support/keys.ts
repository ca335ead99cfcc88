import { engineError } from "../../engine/errors.ts";

/** Characters. A key is looked up, kept and shown; whoever has more to say does not mean a key. */
const longestKey = 1_000;

/**
 * What `by` gave, as the name under which a node keeps state: text as it is, everything else as JSON. Throws
 * `EDDY_KEY` for what cannot be a name.
 */
export function keyOf(value: unknown): string {
  const key = typeof value === "string" ? value : text(value);
  if (key.length <= longestKey) return key;
  throw engineError(
    "EDDY_KEY",
    `The key that "by" gives has ${key.length} characters: ${longestKey} is the most.`,
  );
}

function text(value: unknown): string {
  // Without `by` there is one key for all.
  if (value === undefined) return "";
  try {
    const json: unknown = JSON.stringify(value);
    if (typeof json === "string") return json;
  } catch {
    // Big integers and what contains itself.
  }
  if (typeof value === "bigint") return `${value}`;
  throw engineError(
    "EDDY_KEY",
    `What "by" gives cannot be a key: it is no text, no number and no plain data.`,
  );
}
