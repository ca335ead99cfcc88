import { EddyError } from "../../language/problem.ts";
import { quote } from "../ssh/commands.ts";

/** A JavaScript runtime that is on the device already. */
export interface FoundRuntime {
  readonly path: string;
  /** Such as `24.11.1`. */
  readonly version: string;
}

/** What is to be known of a device before anything is changed on it. Sizes in bytes. */
export interface Probe {
  /** As `uname -s` says: `Linux`. */
  readonly os: string;
  /** As `uname -m` says: `x86_64`, `aarch64`, `armv7l`. */
  readonly machine: string;
  readonly libc: { readonly name: "glibc" | "musl" | "unknown"; readonly version: string };
  readonly user: { readonly name: string; readonly id: number; readonly home: string };
  /** The agent's folder, and whether it (or the place where it will be) can be written to. */
  readonly agentHome: string;
  readonly canWrite: boolean;
  readonly diskFree: number;
  readonly memoryTotal: number;
  readonly nodes: readonly FoundRuntime[];
  readonly denos: readonly FoundRuntime[];
  readonly systemd: {
    /** It is what started this machine. */
    readonly runs: boolean;
    /** `systemctl --user` answers for this login. */
    readonly user: boolean;
    /** The user's services start at boot, not at login. */
    readonly lingers: boolean;
  };
  readonly cron: boolean;
  /** `sudo` works without a password. */
  readonly sudo: boolean;
  readonly gzip: boolean;
  /** Versions of the agent that are there, and the one in use. */
  readonly agents: readonly string[];
  readonly currentAgent: string | undefined;
  /** Versions of Node that an earlier installation has brought. */
  readonly ownNodes: readonly string[];
}

/** Prints what `parseProbe` reads. Changes nothing, needs nothing but a POSIX shell. */
export function probeScript(agentHome: string | undefined): string {
  return `home=${agentHome === undefined ? '"$HOME/.eddy"' : quote(agentHome)}
case "$home" in "~/"*) home="$HOME/\${home#"~/"}" ;; esac
say() { printf '%s=%s\\n' "$1" "$2"; }
has() { command -v "$1" >/dev/null 2>&1; }
say os "$(uname -s)"
say machine "$(uname -m)"
glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null)
if [ -n "$glibc" ]; then say libc "$glibc"
elif ls /lib/ld-musl-* >/dev/null 2>&1; then say libc "musl 1"
fi
say user "$(id -un)"
say uid "$(id -u)"
say userHome "$HOME"
say agentHome "$home"
place=$home
while [ ! -e "$place" ]; do
  case "$place" in
    ?*/*) place=\${place%/*} ;;
    /*) place=/ ;;
    *) place=. ;;
  esac
done
if [ -d "$place" ] && [ -w "$place" ] && [ -x "$place" ]; then say canWrite yes; fi
say diskFreeKb "$(df -Pk "$place" 2>/dev/null | awk 'NR == 2 { print $4 }')"
say memoryKb "$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo 2>/dev/null)"
for node in $(command -v node 2>/dev/null) /usr/local/bin/node /usr/bin/node /opt/node*/bin/node "$HOME"/.nvm/versions/node/*/bin/node; do
  if [ -x "$node" ]; then say node "$("$node" --version 2>/dev/null) $node"; fi
done
for deno in $(command -v deno 2>/dev/null) "$HOME/.deno/bin/deno" /usr/local/bin/deno; do
  if [ -x "$deno" ]; then say deno "$("$deno" --version 2>/dev/null | awk 'NR == 1 { print $2 }') $deno"; fi
done
if [ -d /run/systemd/system ] && has systemctl; then
  say systemd yes
  if XDG_RUNTIME_DIR="\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}" systemctl --user show-environment >/dev/null 2>&1; then say systemdUser yes; fi
  say linger "$(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null)"
fi
if has crontab; then say cron yes; fi
if has sudo && sudo -n true >/dev/null 2>&1; then say sudo yes; fi
if has gzip; then say gzip yes; fi
for version in "$home"/agent/*/agent.mjs; do
  if [ -f "$version" ]; then say agent "$(basename "$(dirname "$version")")"; fi
done
say currentAgent "$(readlink "$home/agent/current" 2>/dev/null)"
for version in "$home"/node/*/bin/node; do
  if [ -x "$version" ] && "$version" --version >/dev/null 2>&1; then say ownNode "$(basename "$(dirname "$(dirname "$version")")")"; fi
done
say end yes
`;
}

/** Reads what the script printed; a login that prints more (a banner, a fortune) does no harm. */
export function parseProbe(output: string): Probe {
  const values = new Map<string, string[]>();
  for (const line of output.split(/\r?\n/)) {
    const [, name, value] = /^([a-zA-Z]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && value.trim() !== "")
      values.set(name, [...(values.get(name) ?? []), value.trim()]);
  }
  if (!values.has("end"))
    throw new EddyError(
      "EDDY_PROBE_FAILED",
      `The device did not answer as a POSIX shell does${output.trim() ? ` but said: ${output.trim().slice(0, 300)}` : ""}. Check that the login is allowed to run commands.`,
    );
  const first = (name: string) => values.get(name)?.[0];
  const is = (name: string) => first(name) === "yes";
  return {
    os: first("os") ?? "",
    machine: first("machine") ?? "",
    libc: libc(first("libc")),
    user: { name: first("user") ?? "", id: Number(first("uid") ?? -1), home: first("userHome") ?? "" },
    agentHome: first("agentHome") ?? "",
    canWrite: is("canWrite"),
    diskFree: kilobytes(first("diskFreeKb")),
    memoryTotal: kilobytes(first("memoryKb")),
    nodes: runtimes(values.get("node")),
    denos: runtimes(values.get("deno")),
    systemd: { runs: is("systemd"), user: is("systemdUser"), lingers: is("linger") },
    cron: is("cron"),
    sudo: is("sudo"),
    gzip: is("gzip"),
    agents: values.get("agent") ?? [],
    currentAgent: first("currentAgent"),
    ownNodes: values.get("ownNode") ?? [],
  };
}

function libc(text: string | undefined): Probe["libc"] {
  const [name, version = ""] = (text ?? "").split(" ");
  if (name === "glibc" || name === "musl") return { name, version };
  return { name: "unknown", version: "" };
}

function runtimes(lines: readonly string[] | undefined): readonly FoundRuntime[] {
  const found = new Map<string, FoundRuntime>();
  for (const line of lines ?? []) {
    const [, version, path] = /^v?(\d+\.\d+\.\d+\S*) (\/.*)$/.exec(line) ?? [];
    if (version !== undefined && path !== undefined && !found.has(path)) found.set(path, { path, version });
  }
  return [...found.values()];
}

function kilobytes(text: string | undefined): number {
  const value = Number(text);
  return Number.isFinite(value) ? value * 1024 : 0;
}
