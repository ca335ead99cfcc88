import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { EddyError } from "../../language/problem.ts";
import { explainFileError, readIfThere } from "../files.ts";
import type { SshTarget } from "./config.ts";
import {
  fingerprint,
  type HostKeyVerdict,
  judgeHostKey,
  type KnownHost,
  keyType,
  knownHostLine,
  knownHostName,
  knownKeyTypes,
  parseKnownHosts,
} from "./known-hosts.ts";
import type { SshQuestions } from "./questions.ts";

/** What is known of the keys of one host. */
export interface HostKeys {
  /** As it stands in `known_hosts`. */
  readonly name: string;
  /** Host key algorithms to ask for first, so that a host that has several keys shows the one that is known. */
  readonly preferred: readonly string[];
  judge(key: Uint8Array): HostKeyVerdict;
  /** Writes the key down; from now on it is known. */
  trust(key: Uint8Array): Promise<void>;
  /** Why the connection ends because of this key. */
  refusal(key: Uint8Array): EddyError;
}

export async function readHostKeys(target: SshTarget): Promise<HostKeys> {
  const name = target.hostKeyAlias?.toLowerCase() ?? knownHostName(target.host, target.port);
  const files = await Promise.all(
    target.knownHostsFiles.map(async (file) => ({
      file,
      hosts: parseKnownHosts((await readIfThere(file)) ?? ""),
    })),
  );
  const hosts: KnownHost[] = files.flatMap((file) => file.hosts);
  return {
    name,
    preferred: knownKeyTypes(hosts, name).flatMap(algorithmsOf),
    judge: (key) => judgeHostKey(hosts, name, key),
    async trust(key) {
      const [file] = target.knownHostsFiles;
      const line = knownHostLine(name, key, { hashed: target.hashKnownHosts });
      if (file !== undefined) await addLine(file, line);
      hosts.push(...parseKnownHosts(line));
    },
    refusal(key) {
      const verdict = judgeHostKey(hosts, name, key);
      const places = files.flatMap(({ file, hosts: own }) => {
        const judged = judgeHostKey(own, name, key);
        return judged.kind === "changed" ? judged.lines.map((line) => `${file}:${line}`) : [];
      });
      return refusal({ name, key, verdict, places });
    },
  };
}

/** Asks whether a host that was never seen before is the right one. */
export async function isTrusted(
  keys: HostKeys,
  key: Uint8Array,
  policy: SshTarget["unknownHosts"],
  questions: SshQuestions,
): Promise<boolean> {
  if (policy === "accept") return true;
  if (policy === "refuse" || !questions.trustHost) return false;
  return questions.trustHost({ host: keys.name, keyType: keyType(key), fingerprint: fingerprint(key) });
}

function refusal(of: {
  readonly name: string;
  readonly key: Uint8Array;
  readonly verdict: HostKeyVerdict;
  readonly places: readonly string[];
}): EddyError {
  const shown = fingerprint(of.key);
  const details = { host: of.name, keyType: keyType(of.key), fingerprint: shown };
  switch (of.verdict.kind) {
    case "changed":
      return new EddyError(
        "EDDY_HOST_KEY_CHANGED",
        `${of.name} shows another host key than before (${shown}). Somebody may be listening in, or the device was set up anew. Nothing was sent. If you know that it was, delete ${of.places.join(", ") || "its line in known_hosts"} (ssh-keygen -R "${of.name}") and add the device again.`,
        { details: { ...details, places: of.places } },
      );
    case "revoked":
      return new EddyError(
        "EDDY_HOST_KEY_REVOKED",
        `${of.name} shows a host key that is marked as revoked in known_hosts (${shown}). Nothing was sent. Give the device a new host key.`,
        { details },
      );
    default:
      return new EddyError(
        "EDDY_HOST_UNKNOWN",
        `${of.name} is not known yet and was not trusted. Its host key is ${details.keyType} ${shown}. Compare it with "ssh-keygen -l -f /etc/ssh/ssh_host_${shortType(details.keyType)}_key.pub" on the device, then accept it, or connect once with ssh.`,
        { details },
      );
  }
}

function shortType(type: string): string {
  if (type.startsWith("ecdsa")) return "ecdsa";
  return type === "ssh-rsa" ? "rsa" : "ed25519";
}

/** The algorithms that a key of this type can be used with; types that the ssh library does not know are left out. */
function algorithmsOf(type: string): readonly string[] {
  switch (type) {
    case "ssh-rsa":
      return ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"];
    case "ssh-ed25519":
    case "ecdsa-sha2-nistp256":
    case "ecdsa-sha2-nistp384":
    case "ecdsa-sha2-nistp521":
      return [type];
    default:
      return [];
  }
}

async function addLine(file: string, line: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const before = await readFile(file, "utf8").catch(() => "");
    await appendFile(file, before === "" || before.endsWith("\n") ? line : `\n${line}`, { mode: 0o600 });
  } catch (error) {
    throw explainFileError(error, file);
  }
}
