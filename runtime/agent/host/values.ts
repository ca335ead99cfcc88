import { StringDecoder } from "node:string_decoder";
import type { Redact } from "./secrets.ts";

export interface ShownValue {
  /** JSON text, cut at the limit. */
  readonly text: string;
  /** Bytes of the whole; of what was looked at where a value is too large to be walked through for a look at it. */
  readonly size: number;
  readonly isCut: boolean;
}

/** As many whole characters as these bytes hold. */
function cut(text: string, bytes: number): string {
  return new StringDecoder("utf8").write(Buffer.from(text.slice(0, bytes)).subarray(0, bytes));
}

/** How many parts of a value are looked at. Showing a value must never take long, whatever it is. */
const mostParts = 20_000;
const deepest = 64;

/** A value as a person sees it. Secrets are taken out before anything is cut, so that no half of one is left. */
export function showValue(value: unknown, redact: Redact, limit: number): ShownValue {
  const writer = new Writer(redact, limit);
  try {
    writer.write(value, 0);
  } catch (error) {
    // Getters and proxies run code of whoever made the value.
    return showValue(`[unreadable: ${error instanceof Error ? error.message : "failed"}]`, redact, limit);
  }
  return { text: writer.text, size: writer.size, isCut: writer.size > Buffer.byteLength(writer.text) };
}

/** The same as plain data: what fits the limit as it is, what does not as its first characters and full size. */
export function plainValue(value: unknown, redact: Redact, limit: number): unknown {
  const { text, size, isCut } = showValue(value, redact, limit);
  if (isCut) return { cut: text, size };
  return JSON.parse(text);
}

class Writer {
  text = "";
  size = 0;
  private parts = 0;
  private readonly within = new Set<object>();
  private readonly redact: Redact;
  private readonly limit: number;

  constructor(redact: Redact, limit: number) {
    this.redact = redact;
    this.limit = limit;
  }

  write(value: unknown, depth: number): void {
    if (++this.parts > mostParts || depth > deepest) this.string("…");
    else if (typeof value === "string") this.string(value);
    else if (typeof value === "number") this.number(value);
    else if (typeof value === "boolean") this.put(String(value));
    else if (typeof value === "bigint") this.string(`${value}n`);
    else if (value === undefined || value === null) this.put("null");
    else if (typeof value === "object") this.object(value, depth);
    else this.string(`[${typeof value}]`);
  }

  private number(value: number): void {
    const text = String(value);
    if (Number.isFinite(value) && this.redact(text) === text) this.put(text);
    else this.string(text);
  }

  private object(value: object, depth: number): void {
    if (value instanceof Uint8Array) this.bytes(value);
    else if (value instanceof Date)
      this.string(Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString());
    else if (value instanceof Error) this.write({ name: value.name, message: value.message }, depth);
    else if (this.within.has(value)) this.string("[circular]");
    else {
      this.within.add(value);
      this.members(value, depth);
      this.within.delete(value);
    }
  }

  private members(value: object, depth: number): void {
    if (Array.isArray(value) || value instanceof Set || value instanceof Map) this.list(value, depth);
    else if (ArrayBuffer.isView(value) && Symbol.iterator in value)
      this.list(value as Iterable<unknown> & object, depth);
    else if ("toJSON" in value && typeof value.toJSON === "function") this.write(value.toJSON(), depth + 1);
    else this.record(value, depth);
  }

  private list(items: Iterable<unknown>, depth: number): void {
    this.put("[");
    let isFirst = true;
    for (const item of items) {
      if (!isFirst) this.put(",");
      isFirst = false;
      this.write(item, depth + 1);
      if (this.parts > mostParts) break;
    }
    this.put("]");
  }

  private record(value: object, depth: number): void {
    this.put("{");
    let isFirst = true;
    for (const [key, inner] of Object.entries(value)) {
      if (inner === undefined) continue;
      if (!isFirst) this.put(",");
      isFirst = false;
      this.string(key);
      this.put(":");
      this.write(inner, depth + 1);
      if (this.parts > mostParts) break;
    }
    this.put("}");
  }

  private bytes(value: Uint8Array): void {
    const shown = Buffer.from(value.buffer, value.byteOffset, Math.min(value.length, this.limit)).toString(
      "base64",
    );
    this.put('{"base64":');
    this.string(shown);
    this.put(`,"bytes":${value.length}}`);
    this.size += Math.ceil(value.length / 3) * 4 - shown.length;
  }

  private string(value: string): void {
    // Enough beyond the limit that a secret which begins within it is seen whole.
    const reach = this.limit + 4096;
    this.put(JSON.stringify(this.redact(value.slice(0, reach))));
    if (value.length > reach) this.size += Buffer.byteLength(value) - reach;
  }

  private put(piece: string): void {
    const bytes = Buffer.byteLength(piece);
    const room = this.limit - this.size;
    if (room > 0) this.text += bytes <= room ? piece : cut(piece, room);
    this.size += bytes;
  }
}
