/**
 * How a client and an agent that meet at a broker make sure of each other. Each signs a fresh X25519 key with the
 * Ed25519 key that the other one knows it by; what both derive of these encrypts and authenticates all that follows
 * (in the manner of SIGMA, Krawczyk 2003, and of Noise's KK pattern). Whoever owns the broker can neither read, change,
 * repeat nor invent a request; the agent's session is named in the hello, so that an old one opens nothing.
 */
import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import Type, { type Static } from "typebox";
import { EddyError } from "../../../language/problem.ts";
import { readBody, signBody } from "./signed.ts";

const token = Type.String({ pattern: "^[0-9a-f]{32}$" });
const deviceId = Type.String({ pattern: "^[0-9a-f]{16}$" });
/** SubjectPublicKeyInfo of an X25519 key, base64: 44 bytes. */
const ephemeralKey = Type.String({ pattern: "^[A-Za-z0-9+/]{58,60}={0,2}$" });

const helloSchema = Type.Object({
  kind: Type.Literal("hello"),
  device: deviceId,
  /** The agent's session that the client has seen. */
  session: token,
  publisher: Type.String({ pattern: "^[0-9a-f]{64}$" }),
  client: token,
  ephemeral: ephemeralKey,
});
const welcomeSchema = Type.Object({
  kind: Type.Literal("welcome"),
  device: deviceId,
  /** sha256 (hex) of the hello's body. */
  hello: Type.String(),
  channel: token,
  ephemeral: ephemeralKey,
});
const refusalSchema = Type.Object({
  kind: Type.Literal("refusal"),
  device: deviceId,
  client: token,
  code: Type.Literal("EDDY_DESK_UNTRUSTED"),
  message: Type.String(),
});
const presenceSchema = Type.Object({
  kind: Type.Literal("presence"),
  device: deviceId,
  /** Of this start of the agent. */
  session: token,
  state: Type.Union([Type.Literal("online"), Type.Literal("offline")]),
  name: Type.String(),
  /** Ed25519, PEM. */
  publicKey: Type.String(),
});
/** What an agent tells everybody at its broker, retained: that it is there, or (as its last will) that it is not. */
export type Presence = Static<typeof presenceSchema>;

/** What both ends have in the end: a name for the channel (16 bytes), and a key (32 bytes) for each direction. */
export interface ChannelKeys {
  readonly channel: Uint8Array;
  readonly send: Uint8Array;
  readonly receive: Uint8Array;
}

/** Signs with an Ed25519 key that is kept elsewhere. */
export type Sign = (bytes: Uint8Array) => Uint8Array;

/** A random name of 16 bytes, hex. */
export function newToken(): string {
  return randomBytes(16).toString("hex");
}

/** The id that a device has by its key: the first 16 hex digits of the sha256 of its SubjectPublicKeyInfo. */
export function deviceIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(der).digest("hex").slice(0, 16);
}

export function signPresence(presence: Omit<Presence, "kind">, own: Sign): Uint8Array {
  return signBody({ kind: "presence", ...presence }, own);
}

/** Undefined where it was not signed by the device of that id. */
export function readPresence(bytes: Uint8Array, device: string): Presence | undefined {
  return readBody(bytes, presenceSchema, (presence) => {
    const key = createPublicKey(presence.publicKey);
    return presence.device === device && deviceIdOf(key) === device ? key : undefined;
  })?.body;
}

// ------------------------------------------------------------ the client's side

export interface Offer {
  readonly hello: Uint8Array;
  /**
   * The keys, once `answer` is the agent's own to this very hello; undefined for what is nothing to us. Throws the
   * agent's refusal.
   */
  accept(answer: Uint8Array): ChannelKeys | undefined;
}

/** Opens a handshake with the agent whose presence was seen. */
export function offerChannel(options: {
  readonly presence: Presence;
  readonly client: string;
  readonly publisher: { readonly id: string; readonly privateKey: KeyObject };
}): Offer {
  const { presence, client, publisher } = options;
  const own = generateKeyPairSync("x25519");
  const { device, session } = presence;
  const ephemeral = exported(own.publicKey);
  const body = { kind: "hello", device, session, publisher: publisher.id, client, ephemeral } as const;
  const hello = signBody(body, (bytes) => sign(null, bytes, publisher.privateKey));
  const digest = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  const deviceKey = createPublicKey(presence.publicKey);
  return {
    hello,
    accept(answer) {
      const refusal = readBody(answer, refusalSchema, () => deviceKey)?.body;
      if (refusal?.client === client && refusal.device === device)
        throw new EddyError(refusal.code, refusal.message);
      const welcome = readBody(answer, welcomeSchema, () => deviceKey);
      if (welcome?.body.hello !== digest || welcome.body.device !== device) return undefined;
      const [toAgent, toClient] = derive(own.privateKey, welcome.body.ephemeral, digest, welcome.digest);
      return { channel: Buffer.from(welcome.body.channel, "hex"), send: toAgent, receive: toClient };
    },
  };
}

// ------------------------------------------------------------ the agent's side

/** A client that asks to be let in. */
export interface Hello extends Static<typeof helloSchema> {
  /** sha256 (hex) of its body. */
  readonly digest: string;
}

export interface HelloCheck {
  readonly device: string;
  readonly session: string;
  /** The key of a publisher that the device trusts. */
  readonly publisherKey: (id: string) => KeyObject | undefined;
  /** Signs for the device. */
  readonly sign: Sign;
}

/**
 * A hello of a trusted publisher for this session of the agent; `refusal` is the answer to one of a publisher that the
 * device does not know. Undefined for everything else, which gets no answer.
 */
export function readHello(
  bytes: Uint8Array,
  check: HelloCheck,
): { readonly hello: Hello } | { readonly refusal: Uint8Array; readonly client: string } | undefined {
  let stranger: Static<typeof helloSchema> | undefined;
  const read = readBody(bytes, helloSchema, (hello) => {
    if (hello.device !== check.device || hello.session !== check.session) return undefined;
    const key = check.publisherKey(hello.publisher);
    if (!key) stranger = hello;
    return key;
  });
  if (read) return { hello: { ...read.body, digest: read.digest } };
  if (!stranger) return undefined;
  const message = `The device does not trust this desk (key ${stranger.publisher.slice(0, 16)}). From a desk that it trusts: "eddy device trust".`;
  const { device, client } = stranger;
  const body = { kind: "refusal", device, client, code: "EDDY_DESK_UNTRUSTED", message };
  return { refusal: signBody(body, check.sign), client };
}

/** The answer to a hello, and what follows from both. */
export function welcome(
  hello: Hello,
  own: Sign,
): { readonly bytes: Uint8Array; readonly keys: ChannelKeys } | undefined {
  const ephemeral = generateKeyPairSync("x25519");
  const channel = newToken();
  const body = {
    kind: "welcome",
    device: hello.device,
    hello: hello.digest,
    channel,
    ephemeral: exported(ephemeral.publicKey),
  } as const;
  const digest = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  try {
    const [toAgent, toClient] = derive(ephemeral.privateKey, hello.ephemeral, hello.digest, digest);
    const keys = { channel: Buffer.from(channel, "hex"), send: toClient, receive: toAgent };
    return { bytes: signBody(body, own), keys };
  } catch {
    // A key that is none, or a weak one, of a publisher who is trusted but has no idea.
    return undefined;
  }
}

function exported(key: KeyObject): string {
  return key.export({ type: "spki", format: "der" }).toString("base64");
}

/** HKDF (RFC 5869) over what both have in common, bound to both texts that led there. */
function derive(
  privateKey: KeyObject,
  other: string,
  helloDigest: string,
  welcomeDigest: string,
): readonly [toAgent: Uint8Array, toClient: Uint8Array] {
  const publicKey = createPublicKey({ key: Buffer.from(other, "base64"), format: "der", type: "spki" });
  if (publicKey.asymmetricKeyType !== "x25519") throw new TypeError("Not a key of X25519.");
  const shared = diffieHellman({ privateKey, publicKey });
  const salt = Buffer.from(helloDigest + welcomeDigest, "hex");
  const keys = Buffer.from(hkdfSync("sha256", shared, salt, "eddy mqtt channel 1", 64));
  return [keys.subarray(0, 32), keys.subarray(32)];
}
