/** How payloads become bytes and bytes payloads. */

/** Text as it is, bytes as they are, everything else as JSON. */
export function toBytesOrText(payload: unknown): string | Uint8Array {
  if (typeof payload === "string" || payload instanceof Uint8Array) return payload;
  return toJson(payload);
}

/** What HTTP calls the result of `toBytesOrText`. */
export function contentType(payload: unknown): string {
  if (payload instanceof Uint8Array) return "application/octet-stream";
  return typeof payload === "string" ? "text/plain; charset=utf-8" : "application/json";
}

/** JSON text; `undefined` is `null`. */
export function toJson(value: unknown): string {
  return JSON.stringify(value) ?? "null";
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** UTF-8 text; throws where the bytes are something else. */
export function toText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** `auto`: JSON where it is, else text, else the bytes. */
export function fromBytes(bytes: Uint8Array, format: "auto" | "json" | "text" | "binary"): unknown {
  switch (format) {
    case "binary":
      return bytes;
    case "text":
      return toText(bytes);
    case "json":
      return JSON.parse(toText(bytes));
    case "auto":
      return guess(bytes);
  }
}

function guess(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = toText(bytes);
  } catch {
    return bytes;
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
