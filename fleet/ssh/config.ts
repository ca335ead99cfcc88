import { createHash } from "node:crypto";
import { glob } from "node:fs/promises";
import { homedir, hostname, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";
import { parse } from "ssh-config";
import { EddyError } from "../../language/problem.ts";
import { readIfThere } from "../files.ts";
import { parseSshAddress, type SshAddress } from "./address.ts";

/** How one host is reached and logged in to, after the user's ssh configuration has had its say. */
export interface SshTarget {
  /** As it was asked for: an alias or a host name. */
  readonly alias: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly identityFiles: readonly string[];
  /** Only the identity files are tried, not whatever else the agent holds. */
  readonly identitiesOnly: boolean;
  /** Socket of the ssh agent (or `pageant`). */
  readonly agent: string | undefined;
  /** The first one is written to. */
  readonly knownHostsFiles: readonly string[];
  /** The name under which the host's key is kept, where it is not the host's own. */
  readonly hostKeyAlias: string | undefined;
  readonly hashKnownHosts: boolean;
  /** What to do with a host nobody has seen before. */
  readonly unknownHosts: "ask" | "accept" | "refuse";
  /** Hosts to go through, nearest first. */
  readonly jumps: readonly SshAddress[];
  /** Milliseconds. */
  readonly connectTimeout: number;
}

/** Where the configuration of `ssh` is read from. */
export interface SshConfigSource {
  /** The user's configuration files, such as `~/.ssh/config`, that wins, and `/etc/ssh/ssh_config`. */
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The user's home folder: `~` and `%d`. */
  readonly home: string;
}

/** The places where `ssh` itself looks on this computer. */
export function systemSshConfig(environment: Readonly<Record<string, string | undefined>>): SshConfigSource {
  const home = homedir();
  const system =
    process.platform === "win32"
      ? join(environment.PROGRAMDATA || "C:\\ProgramData", "ssh", "ssh_config")
      : "/etc/ssh/ssh_config";
  return { files: [join(home, ".ssh", "config"), system], environment, home };
}

const defaultIdentities = ["id_ed25519", "id_ecdsa", "id_rsa"];
const deepestInclude = 16;

/** Resolves an address with the configuration, as `ssh` would: Host and Match blocks, Include, first value wins. */
export async function resolveSshTarget(address: SshAddress, source: SshConfigSource): Promise<SshTarget> {
  const texts = await Promise.all(source.files.map((file) => configText(file, source, 0)));
  // A file starts outside of whatever block the one before it ended in.
  const settings = compute(texts.join("\nHost *\n"), address);
  const first = (name: string) => settings.get(name.toLowerCase())?.[0];
  const all = (name: string) => settings.get(name.toLowerCase()) ?? [];
  const localUser = userInfo().username;
  const user = address.user ?? first("User") ?? localUser;
  const port = address.port ?? number(first("Port"), 22);
  const host = (first("HostName") ?? address.host).replaceAll("%h", address.host).replaceAll("%%", "%");
  if (first("ProxyCommand") && first("ProxyCommand")?.toLowerCase() !== "none" && !first("ProxyJump"))
    throw new EddyError(
      "EDDY_SSH_CONFIG",
      `The ssh configuration reaches "${address.host}" by a ProxyCommand, which is not supported. Use ProxyJump.`,
    );
  const expand = (path: string) =>
    expandTokens(path, { source, user, host, port, alias: address.host, localUser });
  const identities = all("IdentityFile").filter((file) => file.toLowerCase() !== "none");
  return {
    alias: address.host,
    host,
    port,
    user,
    identityFiles: (identities.length > 0
      ? identities
      : defaultIdentities.map((name) => join(source.home, ".ssh", name))
    ).map(expand),
    identitiesOnly: isYes(first("IdentitiesOnly")),
    agent: agentSocket(first("IdentityAgent"), source, expand),
    knownHostsFiles: (all("UserKnownHostsFile").length > 0
      ? all("UserKnownHostsFile")
      : [join(source.home, ".ssh", "known_hosts"), join(source.home, ".ssh", "known_hosts2")]
    )
      .concat(
        all("GlobalKnownHostsFile").length > 0 ? all("GlobalKnownHostsFile") : ["/etc/ssh/ssh_known_hosts"],
      )
      .filter((file) => file.toLowerCase() !== "none")
      .map(expand),
    hostKeyAlias: first("HostKeyAlias"),
    hashKnownHosts: isYes(first("HashKnownHosts")),
    unknownHosts: unknownHosts(first("StrictHostKeyChecking")),
    jumps: jumpsOf(first("ProxyJump")),
    connectTimeout: number(first("ConnectTimeout"), 15) * 1000,
  };
}

type Settings = ReadonlyMap<string, readonly string[]>;

function compute(text: string, address: SshAddress): Settings {
  let found: Readonly<Record<string, unknown>>;
  try {
    // `Match exec` would run a program named in a file that only describes hosts; such blocks do not match here.
    found = parse(text).compute(
      { Host: address.host, ...(address.user === undefined ? {} : { User: address.user }) },
      { ignoreCase: true, matchExec: false },
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EddyError("EDDY_SSH_CONFIG", `The ssh configuration cannot be read: ${reason}`, {
      cause: error,
    });
  }
  return new Map(
    Object.entries(found).map(([name, value]) => [
      name.toLowerCase(),
      (Array.isArray(value) ? value : [value]).map(String),
    ]),
  );
}

/** A configuration file with what it includes put in its place; after that the block goes on that it stood in. */
async function configText(file: string, source: SshConfigSource, depth: number): Promise<string> {
  const text = (await readIfThere(file)) ?? "";
  if (depth >= deepestInclude || !/^\s*include\b/im.test(text)) return text;
  let block = "Host *";
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const patterns = /^\s*include(?:\s*=\s*|\s+)(.+)$/i.exec(line)?.[1];
    if (/^\s*(?:host|match)\b/i.test(line)) block = line;
    if (patterns === undefined) {
      lines.push(line);
      continue;
    }
    const files = await Promise.all(
      splitWords(patterns).map((pattern) => includedFiles(pattern, file, source)),
    );
    for (const included of files.flat()) lines.push(await configText(included, source, depth + 1), block);
  }
  return lines.join("\n");
}

async function includedFiles(pattern: string, from: string, source: SshConfigSource): Promise<string[]> {
  const path = pattern.startsWith("~/") ? join(source.home, pattern.slice(2)) : pattern;
  const folder = from.startsWith("/etc/") ? "/etc/ssh" : join(source.home, ".ssh");
  const absolute = isAbsolute(path) ? path : join(folder, path);
  const files: string[] = [];
  for await (const file of glob(absolute)) files.push(file);
  return files.sort();
}

function splitWords(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

function agentSocket(
  setting: string | undefined,
  { environment }: SshConfigSource,
  expand: (path: string) => string,
): string | undefined {
  if (setting?.toLowerCase() === "none") return undefined;
  if (setting !== undefined && setting !== "SSH_AUTH_SOCK") {
    return setting.startsWith("$") ? environment[setting.replace(/[${}]/g, "")] : expand(setting);
  }
  return (
    environment.SSH_AUTH_SOCK || (process.platform === "win32" ? "\\\\.\\pipe\\openssh-ssh-agent" : undefined)
  );
}

function unknownHosts(setting: string | undefined): SshTarget["unknownHosts"] {
  switch (setting?.toLowerCase()) {
    case "yes":
      return "refuse";
    case "accept-new":
    case "no":
    case "off":
      return "accept";
    default:
      return "ask";
  }
}

function jumpsOf(setting: string | undefined): readonly SshAddress[] {
  if (setting === undefined || setting.toLowerCase() === "none") return [];
  return setting.split(",").map((jump) => parseSshAddress(jump.trim()));
}

/** The tokens of ssh_config(5) that may stand in paths. */
function expandTokens(
  path: string,
  of: {
    readonly source: SshConfigSource;
    readonly user: string;
    readonly host: string;
    readonly port: number;
    readonly alias: string;
    readonly localUser: string;
  },
): string {
  const tokens = new Map([
    ["%", "%"],
    ["d", of.source.home],
    ["h", of.host],
    ["n", of.alias],
    ["p", String(of.port)],
    ["r", of.user],
    ["u", of.localUser],
    ["l", hostname()],
    ["L", hostname().split(".")[0] ?? ""],
    ["i", String(process.getuid?.() ?? "")],
    ["C", createHash("sha1").update(`${hostname()}${of.host}${of.port}${of.user}`).digest("hex")],
  ]);
  const home = path.startsWith("~/") || path.startsWith("~\\") ? join(of.source.home, path.slice(2)) : path;
  return home
    .replace(/%(.)/g, (whole, token: string) => tokens.get(token) ?? whole)
    .replace(/\$\{(\w+)\}/g, (whole, name: string) => of.source.environment[name] ?? whole);
}

function isYes(setting: string | undefined): boolean {
  return setting?.toLowerCase() === "yes";
}

function number(text: string | undefined, otherwise: number): number {
  const value = Number(text);
  return text !== undefined && Number.isInteger(value) && value > 0 ? value : otherwise;
}
