import { chmod, copyFile, mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { ensureServers } from "../../scripts/lib/tools.mjs";
import { listens, type RunningProgram, runProgram, startProgram } from "./processes.ts";
import { freePort, temporaryFolder } from "./resources.ts";

export interface SshServer extends AsyncDisposable {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly user: string;
  /** Private key of a user who may log in (Ed25519, OpenSSH format, no passphrase). */
  readonly keyPath: string;
  /** A private key that the server does not know. */
  readonly strangerKeyPath: string;
  /** The user's key once more, under the passphrase `correct horse`. */
  readonly lockedKeyPath: string;
  /** A `known_hosts` line for the host key in use. */
  knownHosts(): Promise<string>;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  fingerprint(): Promise<string>;
  /** Gives the server another host key, as a reinstalled (or impersonated) machine has. */
  replaceHostKey(): Promise<void>;
  /** Drops every connection and starts anew on the same port. */
  restart(): Promise<void>;
  /** Ends the server, and with it its connections, until `restart`. */
  stop(): Promise<void>;
  /** What the server logged. */
  log(): string;
  /** Home directory of every session (`$HOME`, where commands and SFTP start), a folder of its own. */
  readonly home: string;
}

export interface SshServerOptions {
  /** Further lines for `sshd_config`, such as `AllowTcpForwarding no`. */
  readonly config?: readonly string[];
  /** Environment that every session starts with, beside `HOME`. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * A real `sshd` on a free loopback port with keys of its own, for the current user.
 * Only public keys are accepted: no password, no keyboard-interactive, no environment from the client.
 */
export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  ensureServers();
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder("sshd")).path;
  const path = (name: string) => join(folder, name);
  const port = await freePort();
  const home = path("home");
  await mkdir(home);
  // sshd refuses to start without its separation folder, which an init system would have made.
  await mkdir("/run/sshd", { recursive: true, mode: 0o755 }).catch(() => undefined);
  await Promise.all([makeKey(path("host_key")), makeKey(path("user_key")), makeKey(path("stranger_key"))]);
  await copyFile(path("user_key"), path("locked_key"));
  await chmod(path("locked_key"), 0o600);
  await runProgram("ssh-keygen", ["-q", "-p", "-P", "", "-N", "correct horse", "-f", path("locked_key")]);
  await copyFile(path("user_key.pub"), path("authorized_keys"));
  await writeFile(path("session.sh"), sessionScript, { mode: 0o755 });
  await writeFile(path("sshd_config"), configuration({ folder, port, home, options }));

  let program: RunningProgram | undefined;
  let earlierLog = "";
  const stop = async () => {
    earlierLog += program?.output() ?? "";
    // Each connection is a process in a session of its own, which outlives the listener; what it started goes on.
    if (program) await endConnections(program.pid);
    await program?.stop();
    program = undefined;
  };
  const start = async () => {
    program = await startProgram("/usr/sbin/sshd", ["-D", "-e", "-f", path("sshd_config")], {
      ready: () => listens(port),
    });
  };
  // A machine that is switched off: what was installed there, such as an agent, goes on no longer.
  stack.defer(() => endProgramsOf(folder));
  stack.defer(stop);
  await start();
  const restart = async () => {
    await stop();
    await start();
  };
  const owned = stack.move();
  return {
    host: "127.0.0.1",
    port,
    user: userInfo().username,
    keyPath: path("user_key"),
    strangerKeyPath: path("stranger_key"),
    lockedKeyPath: path("locked_key"),
    home,
    async knownHosts() {
      const [type, key] = (await readFile(path("host_key.pub"), "utf8")).split(" ");
      return `[127.0.0.1]:${port} ${type} ${key}\n`;
    },
    async fingerprint() {
      const line = await runProgram("ssh-keygen", ["-l", "-E", "sha256", "-f", path("host_key.pub")]);
      return line.split(" ")[1] ?? "";
    },
    async replaceHostKey() {
      await makeKey(path("new_host_key"));
      for (const suffix of ["", ".pub"])
        await rename(path(`new_host_key${suffix}`), path(`host_key${suffix}`));
      await restart();
    },
    restart,
    stop,
    log: () => earlierLog + (program?.output() ?? ""),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Ends the `sshd` processes below this one, and none of the commands that run in their sessions. */
async function endConnections(listener: number): Promise<void> {
  const processes = await Promise.all(
    (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map((pid) => readStatus(Number(pid))),
  );
  const below = (parent: number): number[] =>
    processes.flatMap((one) =>
      one?.parent === parent && one.name.startsWith("sshd") ? [one.pid, ...below(one.pid)] : [],
    );
  for (const pid of below(listener)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has gone by itself meanwhile.
    }
  }
}

/** Ends every program that was started from a folder. */
async function endProgramsOf(folder: string): Promise<void> {
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (!command.split("\0").some((part) => part.startsWith(`${folder}/`))) continue;
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has gone by itself meanwhile.
    }
  }
}

async function readStatus(pid: number) {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(text) ?? [];
  return name === undefined || parent === undefined ? undefined : { pid, name, parent: Number(parent) };
}

function makeKey(path: string): Promise<string> {
  return runProgram("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "eddy-test", "-f", path]);
}

// sshd starts every session in the home directory of the password file, which is not the test's.
const sessionScript = `#!/bin/sh
cd "$HOME" || exit 1
[ -n "$SSH_ORIGINAL_COMMAND" ] && exec "$SHELL" -c "$SSH_ORIGINAL_COMMAND"
exec "$SHELL" -l
`;

function configuration(server: {
  readonly folder: string;
  readonly port: number;
  readonly home: string;
  readonly options: SshServerOptions;
}): string {
  const environment = Object.entries({ HOME: server.home, ...server.options.environment });
  return [
    ...(server.options.config ?? []),
    "ListenAddress 127.0.0.1",
    `Port ${server.port}`,
    `HostKey ${join(server.folder, "host_key")}`,
    `AuthorizedKeysFile ${join(server.folder, "authorized_keys")}`,
    `PidFile ${join(server.folder, "sshd.pid")}`,
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "PermitRootLogin yes",
    // The temporary folder is writable by everyone, which strict modes refuse.
    "StrictModes no",
    `ForceCommand ${join(server.folder, "session.sh")}`,
    `Subsystem sftp /usr/lib/openssh/sftp-server -d ${server.home}`,
    `SetEnv ${environment.map(([name, value]) => `${name}="${value}"`).join(" ")}`,
    "LogLevel VERBOSE",
    "",
  ].join("\n");
}
