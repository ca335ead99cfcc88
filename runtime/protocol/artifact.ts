/**
 * The artifact: what the compiler makes, fleet carries and the agent accepts.
 * A `.eddy` file is a zip of `manifest.json`, `workflow.js`, optionally `workflow.js.map`, and, once signed, `signature.json`.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { strToU8, unzipSync, zipSync } from "fflate";
import Type, { type Static, type TSchema } from "typebox";
import { Check } from "typebox/value";
import { EddyError } from "../../language/problem.ts";
import { engineAbi } from "../engine/contract.ts";

/** The schema of `manifest.json`. */
export const manifestSchema = Type.Object(
  {
    format: Type.Literal(1),
    id: Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$" }),
    name: Type.String(),
    /** The name of the workflow's file, for messages. */
    file: Type.String(),
    /** Content hash over code and manifest, without what comments change (the map, `file`, lines): 64 hex digits. */
    version: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    abi: Type.Integer(),
    compiler: Type.String(),
    target: Type.Union([Type.Literal("node"), Type.Literal("deno"), Type.Literal("browser")]),
    optimize: Type.Union([Type.Literal("none"), Type.Literal("basic"), Type.Literal("aggressive")]),
    isolation: Type.Union([Type.Literal("shared"), Type.Literal("worker"), Type.Literal("process")]),
    /** Bytes. */
    memory: Type.Optional(Type.Integer()),
    restart: Type.Union([Type.Literal("always"), Type.Literal("on-failure"), Type.Literal("never")]),
    timezone: Type.Optional(Type.String()),
    capabilities: Type.Array(Type.String()),
    env: Type.Record(
      Type.String(),
      Type.Object({
        type: Type.Union([Type.Literal("string"), Type.Literal("number"), Type.Literal("boolean")]),
        default: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
      }),
    ),
    secrets: Type.Array(Type.String()),
    /** In the order of the engine. `line` is 1-based; `file` only where it is that of a subflow. */
    nodes: Type.Array(
      Type.Object({
        id: Type.String(),
        type: Type.String(),
        line: Type.Integer(),
        file: Type.Optional(Type.String()),
      }),
    ),
    /** sha256 (hex) of each file of the archive but manifest and signature. */
    files: Type.Record(Type.String(), Type.String({ pattern: "^[0-9a-f]{64}$" })),
  },
  { additionalProperties: false },
);
/** What an artifact says of itself: which workflow in which version, what it needs, and the hashes of its files. */
export type Manifest = Static<typeof manifestSchema>;

/** Signs sha256(manifest.json) together with these fields, as canonical JSON, with Ed25519. */
export const signatureSchema = Type.Object(
  {
    /** sha256 (hex) of the publisher's public key in DER. */
    key: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    manifest: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    /** Grows with every signature of this publisher; an older one than the last accepted for the workflow is a replay. */
    sequence: Type.Integer({ minimum: 1 }),
    /** Milliseconds since 1970. */
    issued: Type.Integer(),
    expires: Type.Integer(),
    /** base64 */
    signature: Type.String(),
  },
  { additionalProperties: false },
);
/** Who made an artifact, and until when it may be run. */
export type Signature = Static<typeof signatureSchema>;

/** What stands in an artifact beside manifest and signature. */
export interface ArtifactFiles {
  /** `workflow.js`: the body of one function `(host) => workflow`. */
  readonly code: string;
  /** `workflow.js.map`: from the code to the workflow's files. */
  readonly map?: string;
}

/** An artifact, unpacked. */
export interface Artifact extends ArtifactFiles {
  readonly manifest: Manifest;
  readonly signature?: Signature;
}

/** The part of a manifest that does not follow from the files. */
export type ManifestContent = Omit<Manifest, "version" | "files">;

/** What a signature says beside who signed. */
export interface SigningOptions {
  /** Larger than that of any signature made with this key before. */
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly issued: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/** An artifact whose signature holds. */
export interface VerifiedArtifact extends Artifact {
  readonly signature: Signature;
}

/** Bytes unpacked; more than this is refused before it takes up memory. */
const limits: Readonly<Record<string, number>> = {
  "manifest.json": 2 ** 20,
  "workflow.js": 32 * 2 ** 20,
  "workflow.js.map": 64 * 2 ** 20,
  "signature.json": 2 ** 14,
};
/** Bytes of an archive. */
export const largestArtifact = 64 * 2 ** 20;

/** Zip cannot say nothing about time, so it says the same thing always. It counts in local time, and so does this. */
const fixedTime = new Date(1980, 0, 1);

/** An artifact as a file. */
export interface PackedArtifact {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  /** Bytes that the code takes up in the archive. */
  readonly packed: number;
}

/** The bytes of an unsigned artifact, the same for the same input on any machine, and its completed manifest. */
export function packArtifact(files: ArtifactFiles, content: ManifestContent): PackedArtifact {
  const unversioned = {
    ...content,
    files: {
      "workflow.js": sha256(files.code),
      ...(files.map === undefined ? {} : { "workflow.js.map": sha256(files.map) }),
    },
  };
  const manifest: Manifest = { ...unversioned, version: contentVersion(unversioned) };
  const bytes = zip({ "manifest.json": canonicalJson(manifest), ...texts(files) });
  return { bytes, manifest, packed: packedSize(bytes, "workflow.js") };
}

/**
 * What is in an artifact, each file checked against the manifest. Throws `EDDY_ARTIFACT_TRUNCATED` where the end is
 * missing, `EDDY_ARTIFACT_TOO_LARGE`, and `EDDY_ARTIFACT_ALTERED` for whatever else is not as the compiler made it.
 * Says nothing about who made it: that is `verifyArtifact`.
 */
export function unpackArtifact(bytes: Uint8Array): Artifact {
  return read(bytes).artifact;
}

/** The artifact with a signature of `key` (Ed25519) over its manifest, in place of one that it may have had. */
export function signArtifact(
  bytes: Uint8Array,
  key: KeyObject | string,
  { sequence, issued, expires }: SigningOptions,
): Uint8Array {
  const { artifact, manifestText } = read(bytes);
  const privateKey = typeof key === "string" ? createPrivateKey(key) : key;
  const signed = { key: keyId(privateKey), manifest: sha256(manifestText), sequence, issued, expires };
  const signature: Signature = {
    ...signed,
    signature: sign(null, Buffer.from(canonicalJson(signed)), privateKey).toString("base64"),
  };
  return zip({
    "manifest.json": manifestText,
    ...texts(artifact),
    "signature.json": canonicalJson(signature),
  });
}

/**
 * An artifact that may be run: whole, signed by one of `publishers` (Ed25519 public keys, PEM), not expired at `now`
 * (milliseconds since 1970), of this engine's ABI, and, where `after` is given, signed later than that sequence.
 * Throws an `EddyError` that says which of these does not hold.
 */
export function verifyArtifact(
  bytes: Uint8Array,
  publishers: readonly (KeyObject | string)[],
  now: number,
  { after }: { readonly after?: number } = {},
): VerifiedArtifact {
  const { artifact, manifestText } = read(bytes);
  const { manifest, signature } = artifact;
  if (!signature) {
    throw new EddyError(
      "EDDY_ARTIFACT_UNSIGNED",
      "The artifact is not signed. Deploy it with Eddy, which signs it.",
    );
  }
  const publisher = publishers.map(publicKey).find((key) => keyId(key) === signature.key);
  if (!publisher) {
    throw new EddyError(
      "EDDY_ARTIFACT_UNTRUSTED",
      `The artifact is signed by ${signature.key.slice(0, 16)}…, a publisher that this device does not trust. Add the device from that desk, or let the device trust its key.`,
      { details: { key: signature.key } },
    );
  }
  const { signature: proof, ...signed } = signature;
  const proven = Buffer.from(proof, "base64");
  // The last character of base64 has bits that say nothing: only one way to write a signature holds.
  const isPlain = proven.toString("base64") === proof;
  const isGenuine = isPlain && verify(null, Buffer.from(canonicalJson(signed)), publisher, proven);
  if (!isGenuine || signed.manifest !== sha256(manifestText)) {
    throw altered("its signature does not belong to its contents");
  }
  if (after !== undefined && signature.sequence <= after) {
    throw new EddyError(
      "EDDY_ARTIFACT_REPLAYED",
      `The artifact was signed before the one that the device accepted last (${signature.sequence}, after ${after}). Deploy it anew, which signs it anew.`,
      { details: { sequence: signature.sequence, after } },
    );
  }
  if (signature.expires <= now) {
    throw new EddyError(
      "EDDY_ARTIFACT_EXPIRED",
      `The signature of the artifact expired on ${new Date(signature.expires).toISOString()}. Deploy it anew, and see whether the device's clock is right.`,
      { details: { expires: signature.expires, now } },
    );
  }
  if (manifest.abi !== engineAbi) {
    throw new EddyError(
      "EDDY_ARTIFACT_ABI",
      manifest.abi > engineAbi
        ? `The artifact needs a newer agent (engine ${manifest.abi}, here ${engineAbi}). Update the agent.`
        : `The artifact was made for an older agent (engine ${manifest.abi}, here ${engineAbi}). Compile it anew.`,
      { details: { artifact: manifest.abi, agent: engineAbi } },
    );
  }
  return { ...artifact, signature };
}

/** sha256 (hex) of the public key in DER: how signatures name their publisher. Takes either half of the key. */
export function keyId(key: KeyObject | string): string {
  return createHash("sha256")
    .update(publicKey(key).export({ type: "spki", format: "der" }))
    .digest("hex");
}

/** Keys sorted, no blanks: one text for one value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Over all that runs; not over the map and the lines, so that a changed comment makes no other version. */
function contentVersion({ file: _, nodes, files, ...manifest }: Omit<Manifest, "version">): string {
  return sha256(
    canonicalJson({
      ...manifest,
      nodes: nodes.map(({ id, type }) => ({ id, type })),
      code: files["workflow.js"],
    }),
  );
}

function read(bytes: Uint8Array): { readonly artifact: Artifact; readonly manifestText: string } {
  const entries = unzip(bytes);
  const text = (name: string): string => {
    const content = entries.get(name);
    if (!content) throw altered(`${name} is missing`);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    } catch {
      throw altered(`${name} is not text`);
    }
  };
  const manifestText = text("manifest.json");
  const manifest = parse(manifestSchema, manifestText, "manifest.json");
  const { version, ...content } = manifest;
  const wanted = entries.has("workflow.js.map") ? ["workflow.js", "workflow.js.map"] : ["workflow.js"];
  if (Object.keys(manifest.files).sort().join() !== wanted.join()) {
    throw altered("the manifest lists other files");
  }
  for (const name of wanted) {
    if (sha256(text(name)) !== manifest.files[name]) throw altered(`${name} is not what the manifest says`);
  }
  if (version !== contentVersion(content)) throw altered("its version does not belong to its contents");
  const artifact: Artifact = {
    manifest,
    code: text("workflow.js"),
    ...(entries.has("workflow.js.map") ? { map: text("workflow.js.map") } : {}),
    ...(entries.has("signature.json")
      ? { signature: parse(signatureSchema, text("signature.json"), "signature.json") }
      : {}),
  };
  return { artifact, manifestText };
}

function parse<Schema extends TSchema>(schema: Schema, text: string, name: string): Static<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw altered(`${name} is not JSON`);
  }
  if (Check(schema, value)) return value;
  throw altered(`${name} is not of the form that this version knows`);
}

function zip(entries: Readonly<Record<string, string>>): Uint8Array {
  const files = Object.entries(entries).map(([name, text]) => [name, strToU8(text)] as const);
  return zipSync(Object.fromEntries(files), { level: 6, mtime: fixedTime, os: 0 });
}

function packedSize(archive: Uint8Array, wanted: string): number {
  let found = 0;
  unzipSync(archive, {
    filter({ name, size }) {
      if (name === wanted) found = size;
      return false;
    },
  });
  return found;
}

function unzip(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  if (bytes.length > largestArtifact) throw tooLarge("The artifact");
  const magic = [0x50, 0x4b, 0x03, 0x04];
  if (magic.some((byte, at) => at < bytes.length && bytes[at] !== byte)) throw altered("it is no archive");
  const seen = new Set<string>();
  let refusal: EddyError | undefined;
  try {
    const found = unzipSync(bytes, {
      filter({ name, originalSize }) {
        const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
        if (limit === undefined) refusal ??= altered("it holds a file that does not belong there");
        else if (seen.has(name)) refusal ??= altered(`${name} is there twice`);
        else if (originalSize > limit) refusal ??= tooLarge(name);
        seen.add(name);
        return refusal === undefined;
      },
    });
    if (refusal) throw refusal;
    return new Map(Object.entries(found));
  } catch (error) {
    if (error instanceof EddyError) throw error;
    if (hasEnd(bytes)) throw altered("its archive cannot be read", error);
    throw new EddyError(
      "EDDY_ARTIFACT_TRUNCATED",
      `The artifact ends in the middle (after ${bytes.length} bytes). Send it again.`,
      { cause: error },
    );
  }
}

/** Whether the archive's last record is there. It has a comment of no length here, so that it stands at the very end. */
function hasEnd(bytes: Uint8Array): boolean {
  const end = bytes.subarray(-22);
  return end.length === 22 && [0x50, 0x4b, 0x05, 0x06].every((byte, at) => end[at] === byte);
}

function texts({ code, map }: ArtifactFiles): Readonly<Record<string, string>> {
  return { "workflow.js": code, ...(map === undefined ? {} : { "workflow.js.map": map }) };
}

function publicKey(key: KeyObject | string): KeyObject {
  return typeof key !== "string" && key.type === "public" ? key : createPublicKey(key);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function altered(what: string, cause?: unknown): EddyError {
  return new EddyError(
    "EDDY_ARTIFACT_ALTERED",
    `This is not an artifact as the compiler made it: ${what}. Build it again.`,
    cause === undefined ? {} : { cause },
  );
}

function tooLarge(what: string): EddyError {
  return new EddyError(
    "EDDY_ARTIFACT_TOO_LARGE",
    `${what} is larger than an artifact may be (${largestArtifact / 2 ** 20} MB).`,
  );
}
