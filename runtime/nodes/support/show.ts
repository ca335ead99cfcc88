/** A value as JSON text for people: whatever it is, it can be shown, and it is cut where it is long. */
export function show(value: unknown, limit = 4_000): string {
  const writer = { text: "", left: limit, within: new Set<object>() };
  write(writer, value);
  return writer.left < 0 ? `${writer.text}…` : writer.text;
}

interface Writer {
  text: string;
  /** Characters; below zero once it had to be cut. */
  left: number;
  readonly within: Set<object>;
}

function write(writer: Writer, value: unknown): void {
  if (typeof value === "string") put(writer, JSON.stringify(value.slice(0, Math.max(0, writer.left) + 1)));
  else if (typeof value === "bigint") put(writer, `${value}n`);
  else if (typeof value === "function" || typeof value === "symbol") put(writer, `[${typeof value}]`);
  else if (typeof value !== "object" || value === null) put(writer, String(value));
  else if (value instanceof Uint8Array) put(writer, `[${value.length} bytes]`);
  else if (writer.within.has(value)) put(writer, "[circular]");
  else {
    writer.within.add(value);
    compound(writer, value);
    writer.within.delete(value);
  }
}

function compound(writer: Writer, value: object): void {
  if (value instanceof Error) put(writer, JSON.stringify(`${value.name}: ${value.message}`));
  else if (Array.isArray(value)) members(writer, value, ["[", "]"], (one) => write(writer, one));
  // Dates, secrets and others that know how they want to be seen.
  else if ("toJSON" in value && typeof value.toJSON === "function") write(writer, value.toJSON());
  else {
    const entries = Object.entries(value).filter(([, one]) => one !== undefined);
    members(writer, entries, ["{", "}"], ([key, one]) => {
      put(writer, `${JSON.stringify(key.slice(0, 200))}:`);
      write(writer, one);
    });
  }
}

function members<T>(
  writer: Writer,
  items: readonly T[],
  [open, close]: readonly [string, string],
  one: (item: T) => void,
): void {
  put(writer, open);
  for (const [at, item] of items.entries()) {
    if (writer.left < 0) return;
    if (at > 0) put(writer, ",");
    one(item);
  }
  put(writer, close);
}

function put(writer: Writer, piece: string): void {
  if (writer.left < 0) return;
  writer.text += piece.slice(0, writer.left).toWellFormed();
  writer.left -= piece.length;
}
