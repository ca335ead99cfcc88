/** Who this device is, and whose artifacts it takes. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { EddyError } from "../../language/problem.ts";
import { createSealer } from "../protocol/seal.ts";
import { isMissing, type Layout, readIfThere, writeWhole } from "./layout.ts";

export interface Identity {
  /** The first 16 hex digits of the public key's sha256. */
  readonly id: string;
  /** PEM. */
  readonly publicKey: string;
  /** Ed25519. */
  sign(bytes: Uint8Array): Uint8Array;
  /** AES-256-GCM under a key derived from the device's. The text is bound to `purpose`: it opens for no other. */
  seal(text: string, purpose: string): string;
  /** Throws `EDDY_SEALED` for what was not sealed here for this purpose. */
  unseal(sealed: string, purpose: string): string;
}

/** Reads the device's key, or makes it where there is none yet. */
export function openIdentity(layout: Layout): Identity {
  const privateKey = readKey(layout) ?? makeKey(layout);
  const publicKey = createPublicKey(privateKey);
  const der = publicKey.export({ type: "spki", format: "der" });
  const sealer = createSealer(privateKey, "eddy secrets 1");
  return {
    id: createHash("sha256").update(der).digest("hex").slice(0, 16),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    sign: (bytes) => sign(null, bytes, privateKey),
    seal: sealer.seal,
    unseal(sealed, purpose) {
      const text = sealer.unseal(sealed, purpose);
      if (text !== undefined) return text;
      throw new EddyError(
        "EDDY_SEALED",
        `The secret "${purpose}" was stored by another device or has been changed. Set it again.`,
      );
    },
  };
}

function readKey(layout: Layout): KeyObject | undefined {
  const pem = readIfThere(layout.deviceKey);
  if (pem === undefined) return undefined;
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new EddyError(
      "EDDY_DEVICE_KEY",
      `${layout.deviceKey} holds no key. Restore it; without it, this device is another one and its secrets are lost.`,
      { cause: error },
    );
  }
}

function makeKey(layout: Layout): KeyObject {
  const { privateKey } = generateKeyPairSync("ed25519");
  writeWhole(layout.deviceKey, privateKey.export({ type: "pkcs8", format: "pem" }));
  return privateKey;
}

export interface Publisher {
  /** sha256 (hex) of the public key in DER. */
  readonly id: string;
  readonly key: KeyObject;
}

/** Keys in `publishers/`, read anew for each use: trust may be given or taken while the agent runs. */
export function readPublishers(layout: Layout): Publisher[] {
  return keyFiles(layout).flatMap((name) => {
    const pem = readIfThere(join(layout.publishers, name));
    if (pem === undefined) return [];
    try {
      const key = createPublicKey(pem);
      const der = key.export({ type: "spki", format: "der" });
      return [{ id: createHash("sha256").update(der).digest("hex"), key }];
    } catch {
      // Not a key: it trusts nobody.
      return [];
    }
  });
}

function keyFiles(layout: Layout): string[] {
  try {
    return readdirSync(layout.publishers).filter((name) => name.endsWith(".pub"));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
