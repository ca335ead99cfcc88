/** A desk and its devices for tests: the built agent, a fleet with a home of its own, an ssh configuration of its own. */
import { existsSync, rmSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Fleet, openFleet } from "../../fleet/index.ts";
import type { NodeBinaries } from "../../fleet/install/node-binary.ts";
import type { SshConfigSource } from "../../fleet/ssh/config.ts";
import { buildAll } from "../../scripts/lib/targets.mjs";
import { temporaryFolder } from "../testbed/resources.ts";
import { type SshServer, type SshServerOptions, startSshServer } from "../testbed/ssh-server.ts";

let built: Promise<string> | undefined;

/** The folder of an agent that is built from the sources as they are now, once a test run. */
export function builtAgent(): Promise<string> {
  built ??= (async () => {
    const folder = await temporaryFolder("agent-build");
    process.once("exit", () => {
      // Asynchronous work is over by now.
      rmSync(folder.path, { recursive: true, force: true });
    });
    const { ok, summary } = await buildAll({
      outFolder: folder.path,
      minify: false,
      types: false,
      only: ["agent"],
    });
    if (!ok || !existsSync(join(folder.path, "agent.mjs"))) throw new Error(summary);
    return folder.path;
  })();
  return built;
}

/** The same agent, as one that says it is of another version, in a folder. */
export async function agentOfVersion(version: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of ["agent.mjs", "agent-program.mjs"]) {
    const text = await readFile(join(await builtAgent(), name), "utf8");
    await writeFile(join(folder, name), text.replace(/(agentVersion = )"[^"]+"/, `$1"${version}"`));
  }
}

export interface TestDesk extends AsyncDisposable {
  readonly fleet: Fleet;
  /** `EDDY_HOME`. */
  readonly home: string;
  /** The user's home folder, with `.ssh` in it. */
  readonly userHome: string;
  readonly sshConfig: SshConfigSource;
  /** A fleet of another program on the same desk, which may bring another agent; ended with the desk. */
  open(program?: { readonly agentDirectory: string }): Promise<Fleet>;
}

export interface DeskOptions {
  /** Devices that its ssh configuration names: alias → server. Their host keys are known. */
  readonly servers?: Readonly<Record<string, SshServer>>;
  readonly nodeBinaries?: NodeBinaries;
}

export async function openDesk({ servers = {}, nodeBinaries }: DeskOptions = {}): Promise<TestDesk> {
  const folder = await temporaryFolder("desk");
  const home = join(folder.path, "eddy");
  await mkdir(join(folder.path, ".ssh"));
  const blocks = Object.entries(servers).map(
    ([alias, server]) =>
      `Host ${alias}\n  HostName ${server.host}\n  Port ${server.port}\n  User ${server.user}\n  IdentityFile ${server.keyPath}\n`,
  );
  await writeFile(join(folder.path, ".ssh", "config"), blocks.join(""));
  const known = await Promise.all(Object.values(servers).map((server) => server.knownHosts()));
  await writeFile(join(folder.path, ".ssh", "known_hosts"), known.join(""));
  const sshConfig = { files: [join(folder.path, ".ssh", "config")], environment: {}, home: folder.path };
  const fleets: Fleet[] = [];
  const open = async ({ agentDirectory }: { readonly agentDirectory?: string } = {}) => {
    const fleet = openFleet({
      home,
      agentDirectory: agentDirectory ?? (await builtAgent()),
      sshConfig,
      ...(nodeBinaries ? { nodeBinaries } : {}),
    });
    fleets.push(fleet);
    return fleet;
  };
  return {
    fleet: await open(),
    home,
    userHome: folder.path,
    sshConfig,
    open,
    async [Symbol.asyncDispose]() {
      for (const fleet of fleets) await fleet.dispose();
      await endProcessesOf(folder.path);
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Environment of ssh sessions on a device that has a suitable Node. */
export const withNode = { PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin` };

/** A device that has a suitable Node. Nothing is left of it afterwards, whatever a test did with it. */
export async function startDevice(options: SshServerOptions = {}): Promise<SshServer> {
  const server = await startSshServer({ ...options, environment: { ...withNode, ...options.environment } });
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await endProcessesOf(server.home);
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Ends what still runs out of a folder: agents outlive whoever started them, and must not outlive a test. */
export async function endProcessesOf(folder: string): Promise<void> {
  for (const { pid } of await processesOf(folder)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself meanwhile.
    }
  }
  while ((await processesOf(folder)).length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Processes, other than servers, whose command line names a folder. */
export async function processesOf(folder: string): Promise<readonly { pid: number; command: string }[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const command = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
      return { pid: Number(pid), command };
    }),
  );
  return found.filter(({ command }) => command.includes(folder) && !/^(\S*\/)?sshd/.test(command));
}
