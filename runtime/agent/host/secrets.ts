import type { Secret } from "../../engine/contract.ts";

const hidden = "[secret]";

/** A value that shows itself as `[secret]` wherever it is printed, logged or turned into JSON. */
export function createSecret(name: string, value: string): Secret {
  const secret = {
    name,
    reveal: () => value,
    toString: () => hidden,
    toJSON: () => hidden,
    // What `console.log` and error messages of Node print.
    [Symbol.for("nodejs.util.inspect.custom")]: () => hidden,
  };
  return Object.freeze(secret);
}

/** Text without the secrets that stand in it, however they are written there. */
export type Redact = (text: string) => string;

/** Knows each secret as it is, inside of JSON, in a URL and in base64 (basic authentication is made of that). */
export function createRedaction(values: Iterable<string>): Redact {
  const forms = new Set<string>();
  for (const value of values) {
    if (value === "") continue;
    forms.add(value);
    forms.add(JSON.stringify(value).slice(1, -1));
    forms.add(encodeURIComponent(value));
    forms.add(Buffer.from(value).toString("base64"));
  }
  if (forms.size === 0) return (text) => text;
  // The longest first: one secret may be the beginning of another.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"),
    "g",
  );
  return (text) => text.replace(pattern, hidden);
}
