import { createHash, type KeyObject, verify } from "node:crypto";
import Type, { type Static, type TSchema } from "typebox";
import { Check } from "typebox/value";

/** Bytes. What is signed here is short; anything longer is not looked at. */
const largest = 8 * 1024;

const envelope = Type.Object({ body: Type.String(), signature: Type.String() });

/** Keeps what is signed here apart from whatever else the same keys sign. */
function signedBytes(body: string): Uint8Array {
  return Buffer.from(`eddy mqtt 1\n${body}`);
}

/** A text with its signature, as it is published. The very text is signed, so that there is one way to read it. */
export function signBody(body: object, sign: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const text = JSON.stringify(body);
  const signature = Buffer.from(sign(signedBytes(text))).toString("base64");
  return Buffer.from(JSON.stringify({ body: text, signature }));
}

/** A body that fits its schema and was signed by the key that `keyOf` finds for it; undefined for anything else. */
export function readBody<Shape extends TSchema>(
  bytes: Uint8Array,
  shape: Shape,
  keyOf: (body: Static<Shape>) => KeyObject | undefined,
): { readonly body: Static<Shape>; readonly digest: string } | undefined {
  if (bytes.length > largest) return undefined;
  try {
    const read: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (!Check(envelope, read)) return undefined;
    const body: unknown = JSON.parse(read.body);
    if (!Check(shape, body)) return undefined;
    const key = keyOf(body);
    const isSigned =
      key !== undefined && verify(null, signedBytes(read.body), key, Buffer.from(read.signature, "base64"));
    return isSigned ? { body, digest: createHash("sha256").update(read.body).digest("hex") } : undefined;
  } catch {
    // Bytes of nobody we know.
    return undefined;
  }
}
