import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** A line of `known_hosts` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  readonly marker: "revoked" | "cert-authority" | undefined;
  /** The first field as written: patterns with commas, or one hashed name. */
  readonly hosts: string;
  /** Such as `ssh-ed25519`. */
  readonly type: string;
  /** base64 */
  readonly key: string;
  /** 1-based. */
  readonly line: number;
}

export type HostKeyVerdict =
  | { readonly kind: "known" }
  | { readonly kind: "unknown" }
  /** `lines` hold other keys for this host. */
  | { readonly kind: "changed"; readonly lines: readonly number[] }
  | { readonly kind: "revoked"; readonly line: number };

/** Lines that are not to be understood are left out, as `ssh` does. */
export function parseKnownHosts(text: string): readonly KnownHost[] {
  return text.split(/\r?\n/).flatMap((line, index): KnownHost[] => {
    const fields = line.trim().split(/[ \t]+/);
    if (fields[0] === "" || fields[0]?.startsWith("#")) return [];
    const marker = fields[0]?.startsWith("@") ? fields.shift()?.slice(1) : undefined;
    const [hosts, type, key] = fields;
    if (!hosts || !type || !key || !/^[A-Za-z0-9+/]+=*$/.test(key)) return [];
    if (marker !== undefined && marker !== "revoked" && marker !== "cert-authority") return [];
    return [{ marker, hosts, type, key, line: index + 1 }];
  });
}

/** How `known_hosts` names a host: `[host]:port` where the port is not 22. Host names have no case. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/**
 * What these lines say about the key that a host shows. A revoked key is refused whatever else they say; a host that is
 * known by keys of other types only counts as changed, since its known types are asked for first (`knownKeyTypes`).
 */
export function judgeHostKey(hosts: readonly KnownHost[], name: string, key: Uint8Array): HostKeyVerdict {
  const shown = Buffer.from(key).toString("base64");
  const isShown = (host: KnownHost) => Buffer.from(host.key, "base64").toString("base64") === shown;
  const own = hosts.filter((host) => matchesHost(host.hosts, name));
  const revoked = own.find((host) => host.marker === "revoked" && isShown(host));
  if (revoked) return { kind: "revoked", line: revoked.line };
  const plain = own.filter((host) => host.marker === undefined);
  if (plain.some(isShown)) return { kind: "known" };
  return plain.length > 0 ? { kind: "changed", lines: plain.map(({ line }) => line) } : { kind: "unknown" };
}

/** The types of the keys by which a host is known, so that the client can ask for those first. */
export function knownKeyTypes(hosts: readonly KnownHost[], name: string): readonly string[] {
  const types = hosts
    .filter((host) => host.marker === undefined && matchesHost(host.hosts, name))
    .map(({ type }) => type);
  return [...new Set(types)];
}

/** A line to be added for a host that is trusted from now on; `hashed` hides its name from who reads the file. */
export function knownHostLine(
  name: string,
  key: Uint8Array,
  { hashed = false }: { readonly hashed?: boolean } = {},
): string {
  return `${hashed ? hashHost(name, randomBytes(20)) : name} ${keyType(key)} ${Buffer.from(key).toString("base64")}\n`;
}

/** The type that stands at the start of a key in wire format (RFC 4253, section 6.6). */
export function keyType(key: Uint8Array): string {
  const bytes = Buffer.from(key);
  const length = bytes.length >= 4 ? bytes.readUInt32BE(0) : 0;
  return bytes.toString("latin1", 4, 4 + Math.min(length, 64));
}

/** As `ssh-keygen -l` prints it: SHA256 in base64 without padding. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function matchesHost(field: string, name: string): boolean {
  if (field.startsWith("|1|")) return matchesHashed(field, name);
  let matches = false;
  for (const pattern of field.toLowerCase().split(",")) {
    const negated = pattern.startsWith("!");
    if (!matchesPattern(negated ? pattern.slice(1) : pattern, name)) continue;
    if (negated) return false;
    matches = true;
  }
  return matches;
}

function matchesPattern(pattern: string, name: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === name;
  // One wildcard after another is one, so that no pattern takes exponential time.
  const source = pattern
    .replace(/\*+/g, "*")
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(name);
}

function matchesHashed(field: string, name: string): boolean {
  const [, , salt, hash] = field.split("|");
  if (!salt || !hash) return false;
  const expected = Buffer.from(hash, "base64");
  const actual = hmac(name, Buffer.from(salt, "base64"));
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function hashHost(name: string, salt: Buffer): string {
  return `|1|${salt.toString("base64")}|${hmac(name, salt).toString("base64")}`;
}

// SHA-1 is what the file format prescribes; it hides names and proves nothing.
function hmac(name: string, salt: Buffer): Buffer {
  return createHmac("sha1", salt).update(name).digest();
}
