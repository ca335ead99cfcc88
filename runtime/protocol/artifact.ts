/**
 * The artifact: what the compiler makes, fleet carries and the agent accepts.
 * A `.eddy` file is a zip of `manifest.json`, `workflow.js`, optionally `workflow.js.map`, and, once signed, `signature.json`.
 */
import Type, { type Static } from "typebox";

export const manifestSchema = Type.Object(
  {
    format: Type.Literal(1),
    id: Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$" }),
    name: Type.String(),
    /** Content hash over code and manifest (without `version`, `files` of the map and the map itself): 64 hex digits. */
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
    nodes: Type.Array(Type.Object({ id: Type.String(), type: Type.String(), line: Type.Integer() })),
    /** sha256 (hex) of each file of the archive but manifest and signature. */
    files: Type.Record(Type.String(), Type.String({ pattern: "^[0-9a-f]{64}$" })),
  },
  { additionalProperties: false },
);
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
export type Signature = Static<typeof signatureSchema>;
