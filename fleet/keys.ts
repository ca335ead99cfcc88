/** The desk's key as a file that is kept elsewhere: written out under a passphrase, and read again. */
import { createCipheriv, createPrivateKey, type KeyObject, randomBytes, scryptSync } from "node:crypto";
import { EddyError } from "../language/problem.ts";
import type { DeviceStore } from "./devices.ts";
import { readIfThere, withLock } from "./files.ts";
import { keyFiles, type Publisher, readKey, writeKey } from "./publisher.ts";

/** As `openssl pkcs8` reads without being told more: 16 MB of memory for each guess, five times over. */
const scrypt = { N: 2 ** 14, r: 8, p: 5 } as const;

/** PKCS#8 in PEM: under a passphrase (PBES2 with scrypt and AES-256-CBC, RFC 7914), or plain where there is none. */
export function exportKey(key: KeyObject, passphrase: string | undefined): string {
  if (passphrase === undefined) return key.export({ type: "pkcs8", format: "pem" }).toString();
  const salt = randomBytes(16);
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", scryptSync(passphrase, salt, 32, scrypt), iv);
  const plain = key.export({ type: "pkcs8", format: "der" });
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  const kdf = sequence(oid.scrypt, sequence(octets(salt), int(scrypt.N), int(scrypt.r), int(scrypt.p)));
  const der = sequence(sequence(oid.pbes2, sequence(kdf, sequence(oid.aes256cbc, octets(iv)))), octets(body));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN ENCRYPTED PRIVATE KEY-----", ...lines, "-----END ENCRYPTED PRIVATE KEY-----", ""].join(
    "\n",
  );
}

/** Whether a passphrase is needed to read it. */
export function isLocked(pem: string): boolean {
  return pem.includes("ENCRYPTED");
}

/** Makes an exported key the desk's own. What the desk has sealed stays readable. */
export async function importKey(
  home: string,
  pem: string,
  { passphrase, force = false }: { readonly passphrase?: string; readonly force?: boolean },
  { store, reopen }: { readonly store: DeviceStore; readonly reopen: () => Promise<Publisher> },
): Promise<void> {
  const key = parseKey(pem, passphrase);
  const { folder, current, rotation } = keyFiles(home);
  const known = await readKey(current);
  if (known?.equals(key)) return;
  if (known && !force)
    throw new EddyError(
      "EDDY_KEY_EXISTS",
      `This desk has a key already, which its devices know. Export it first, then import with --force to put the other one in its place.`,
    );
  if (known && (await readIfThere(rotation)) !== undefined)
    throw new EddyError(
      "EDDY_ROTATION_UNDER_WAY",
      'A change of keys is under way. End it first ("eddy key rotate").',
    );
  const before = known && (await reopen());
  await withLock(folder, "publisher", () => writeKey(current, key));
  if (before) await reseal(store, before, await reopen());
}

/** Seals anew, under the key of now, how to get to the devices' brokers. */
export async function reseal(store: DeviceStore, from: Publisher, to: Publisher): Promise<void> {
  for (const device of await store.list()) {
    const purpose = `broker of ${device.id}`;
    const text = device.broker && from.sealer.unseal(device.broker.sealed, purpose);
    if (device.broker && text !== undefined)
      await store.save({ ...device, broker: { ...device.broker, sealed: to.sealer.seal(text, purpose) } });
  }
}

function parseKey(pem: string, passphrase: string | undefined): KeyObject {
  try {
    const key = createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch (error) {
    if (isLocked(pem))
      throw new EddyError("EDDY_BAD_PASSPHRASE", "The passphrase does not open this key. Try again.", {
        cause: error,
      });
  }
  throw new EddyError(
    "EDDY_BAD_KEY_FILE",
    'This is no private Ed25519 key in PEM. "eddy key export" writes one.',
  );
}

/** The little of DER that an encrypted key is made of. */
const oid = {
  pbes2: Buffer.from("06092a864886f70d01050d", "hex"),
  scrypt: Buffer.from("06092b06010401da47040b", "hex"),
  aes256cbc: Buffer.from("060960864801650304012a", "hex"),
} as const;

function der(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  if (length > 255) throw new RangeError("Only short values are written.");
  return Buffer.concat([Buffer.from(length < 128 ? [tag, length] : [tag, 0x81, length]), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function octets(bytes: Uint8Array): Buffer {
  return der(0x04, bytes);
}

/** Positive, below 2 ** 23. */
function int(value: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(value, 0, 3);
  let at = 0;
  while (at < 2 && bytes[at] === 0 && (bytes[at + 1] ?? 0) < 128) at++;
  return der(0x02, bytes.subarray(at));
}
