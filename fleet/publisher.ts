import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import { join } from "node:path";
import Type from "typebox";
import { Check } from "typebox/value";
import { EddyError } from "../language/problem.ts";
import { createSealer, type Sealer } from "../runtime/protocol/seal.ts";
import { readIfThere, withLock, writeFileAtomic } from "./files.ts";

/** The desk's own key, which signs all that it deploys. Made when first needed. */
export interface Publisher {
  /** sha256 (hex) of the public key in DER. */
  readonly id: string;
  /** Ed25519, PEM. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
  /** Keeps what the desk has to remember and nobody else may read. */
  readonly sealer: Sealer;
  /**
   * The number of the next signature. Grows over all programs that share the desk, and goes on from the time of day
   * where its file was lost, so that a restored key never signs with a number that devices have seen.
   */
  nextSequence(): Promise<number>;
}

const sequenceSchema = Type.Object({ sequence: Type.Integer({ minimum: 0 }) });

/** Keeps what is sealed at the desk apart from whatever else is made from the same key. */
const sealLabel = "eddy desk 1";

/** `now`: milliseconds since 1970. */
export async function openPublisher(home: string, now: () => number): Promise<Publisher> {
  const { folder, current, before } = keyFiles(home);
  const privateKey =
    (await readKey(current)) ?? (await withLock(folder, "publisher", () => readOrMakeKey(current)));
  return publisherOf(home, privateKey, await readKey(before), now);
}

/** The key before, while there are devices that do not know the new one. */
export async function openPublisherBefore(home: string, now: () => number): Promise<Publisher | undefined> {
  const privateKey = await readKey(keyFiles(home).before);
  return privateKey && publisherOf(home, privateKey, undefined, now);
}

/** Where the desk's keys are. */
export function keyFiles(home: string) {
  const folder = join(home, "keys");
  return {
    folder,
    current: join(folder, "publisher.key"),
    before: join(folder, "publisher-before.key"),
    rotation: join(folder, "rotation.json"),
  } as const;
}

function publisherOf(
  home: string,
  privateKey: KeyObject,
  before: KeyObject | undefined,
  now: () => number,
): Publisher {
  const publicKey = createPublicKey(privateKey);
  const { folder } = keyFiles(home);
  const sequencePath = join(folder, "publisher-sequence.json");
  const sealer = createSealer(privateKey, sealLabel);
  const sealerBefore = before && createSealer(before, sealLabel);
  return {
    id: createHash("sha256")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest("hex"),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    privateKey,
    sealer: {
      seal: sealer.seal,
      unseal: (sealed, purpose) => sealer.unseal(sealed, purpose) ?? sealerBefore?.unseal(sealed, purpose),
    },
    nextSequence: () =>
      withLock(folder, "sequence", async () => {
        const sequence = Math.max((await readSequence(sequencePath)) + 1, Math.floor(now()));
        await writeFileAtomic(sequencePath, `${JSON.stringify({ sequence })}\n`, { mode: 0o600 });
        return sequence;
      }),
  };
}

async function readOrMakeKey(path: string): Promise<KeyObject> {
  const found = await readKey(path);
  if (found) return found;
  const { privateKey } = generateKeyPairSync("ed25519");
  await writeKey(path, privateKey);
  return privateKey;
}

export async function writeKey(path: string, key: KeyObject): Promise<void> {
  const pem = key.export({ type: "pkcs8", format: "pem" }).toString();
  await writeFileAtomic(path, pem, { mode: 0o600 });
}

/** Undefined where there is none. */
export async function readKey(path: string): Promise<KeyObject | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Told below, together with a key of another kind.
  }
  throw new EddyError(
    "EDDY_BAD_PUBLISHER_KEY",
    `${path} holds no Ed25519 key. Restore it from a backup; without it, devices refuse what this desk deploys.`,
  );
}

async function readSequence(path: string): Promise<number> {
  const text = await readIfThere(path);
  if (text === undefined) return 0;
  try {
    const value: unknown = JSON.parse(text);
    return Check(sequenceSchema, value) ? value.sequence : 0;
  } catch {
    return 0;
  }
}
