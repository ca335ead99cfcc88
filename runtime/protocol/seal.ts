import { createCipheriv, createDecipheriv, hkdfSync, type KeyObject, randomBytes } from "node:crypto";

/** Keeps texts from everybody who does not have a key. */
export interface Sealer {
  /** AES-256-GCM; base64. The text is bound to `purpose`: it opens for no other. */
  seal(text: string, purpose: string): string;
  /** Undefined for what was not sealed with this key for this purpose. */
  unseal(sealed: string, purpose: string): string | undefined;
}

/** Seals under a key made from a private one. `label` keeps it apart from others that are made from the same (RFC 5869). */
export function createSealer(privateKey: KeyObject, label: string): Sealer {
  const secret = privateKey.export({ type: "pkcs8", format: "der" });
  const key = Buffer.from(hkdfSync("sha256", secret, Buffer.alloc(0), label, 32));
  return {
    seal(text, purpose) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(purpose));
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
    },
    unseal(sealed, purpose) {
      const bytes = Buffer.from(sealed, "base64");
      try {
        const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12))
          .setAAD(Buffer.from(purpose))
          .setAuthTag(bytes.subarray(12, 28));
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
      } catch {
        return undefined;
      }
    },
  };
}
