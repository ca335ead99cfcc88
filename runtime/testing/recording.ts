/** What a node did that a test can expect: a message that it handed on, or what it would have done to the outside. */
export interface Happening {
  /** Milliseconds since the start. */
  readonly at: number;
  readonly node: string;
  /** An output; `request` for what a node asked the outside for, `done` for what a node without outputs did. */
  readonly kind: { readonly port: string } | "request" | "done";
  readonly message: Readonly<Record<string, unknown>>;
}

/** Takes down what happens, as plain data. */
export type Recorder = (happening: Omit<Happening, "at">) => void;

/** Bytes and text as the data that they are, where they are JSON; bytes that are no text by their number. */
export function readable(body: unknown): unknown {
  const text = body instanceof Uint8Array ? decoded(body) : body;
  if (typeof text !== "string") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** As JSON has it: what tests are written in. */
export function plain(value: unknown): unknown {
  const text = JSON.stringify(value, (_, one: unknown) => {
    if (one instanceof Uint8Array) return decoded(one);
    return typeof one === "bigint" ? String(one) : one;
  });
  return text === undefined ? null : JSON.parse(text);
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return `[${bytes.length} bytes]`;
  }
}
