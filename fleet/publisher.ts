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

/** `now`: milliseconds since 1970. */
export async function openPublisher(home: string, now: () => number): Promise<Publisher> {
  const folder = join(home, "keys");
  const privateKey = await withLock(folder, "publisher", () => readOrMakeKey(join(folder, "publisher.key")));
  const publicKey = createPublicKey(privateKey);
  const sequencePath = join(folder, "publisher-sequence.json");
  return {
    id: createHash("sha256")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest("hex"),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    privateKey,
    sealer: createSealer(privateKey, "eddy desk 1"),
    nextSequence: () =>
      withLock(folder, "sequence", async () => {
        const sequence = Math.max((await readSequence(sequencePath)) + 1, Math.floor(now()));
        await writeFileAtomic(sequencePath, `${JSON.stringify({ sequence })}\n`, { mode: 0o600 });
        return sequence;
      }),
  };
}

async function readOrMakeKey(path: string): Promise<KeyObject> {
  const text = await readIfThere(path);
  if (text === undefined) {
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    await writeFileAtomic(path, pem, { mode: 0o600 });
    return privateKey;
  }
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
