import type { NodeView } from "../../protocol.ts";

/**
 * The payload that a trigger sends by itself, as JSON, where it is written as a plain value: `42`, `"on"`,
 * `{ celsius: 9 }`. Undefined for an expression, which only the device can work out; `null` where none is written.
 */
export function ownPayload({ params }: NodeView): string | undefined {
  const written = params.payload;
  if (written === undefined) return "null";
  if (written.kind !== "scalar") return undefined;
  return asJson(written.text) ?? asJson(quoteKeys(written.text));
}

function asJson(text: string): string | undefined {
  try {
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

/** TypeScript lets the names of properties stand without quotes. Where this hits other text, it is no JSON after all. */
function quoteKeys(text: string): string {
  return text.replace(/([{,]\s*)([A-Za-z_$][\w$]*)(\s*:)/g, '$1"$2"$3');
}

/** The JSON text of a value for a place with little room: nobody reads the ninth digit of a number there. */
export function briefValue(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*(?:"|\\?$)|-?\d+\.\d{4,}(?:[eE][-+]?\d+)?/g, (part) =>
    part.startsWith('"') ? part : briefNumber(Number(part)),
  );
}

function briefNumber(value: number): string {
  return String(Number(Math.abs(value) < 1 ? value.toPrecision(4) : value.toFixed(3)));
}
