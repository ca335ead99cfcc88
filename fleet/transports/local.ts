import { execFile, spawn } from "node:child_process";
import { open, readdir, readFile, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { EddyError } from "../../language/problem.ts";
import { type AgentClient, createAgentClient } from "../../runtime/protocol/client.ts";
import { largestAnswer, streamTransports } from "../../runtime/protocol/connection.ts";
import { protocolVersion } from "../../runtime/protocol/contract.ts";
import { agentSocketPath } from "../../runtime/protocol/socket.ts";
import type { DeviceShell } from "../contract.ts";
import { errorCode, readIfThere, withLock, writeFileAtomic } from "../files.ts";
import { readAgentFiles } from "../install/agent-files.ts";
import { agentEnvironment } from "../install/service.ts";
import { type DeviceTransport, greet, type OpenAgent, type OpenOptions } from "./transport.ts";

export interface LocalTransportOptions {
  /** The agent's own folder. */
  readonly agentHome: string;
  /** Holds `agent.mjs`. */
  readonly agentDirectory: string;
  /** The program that runs it: Node, or Electron, which is told to be Node. */
  readonly program: string;
  /** Whose artifacts it accepts. */
  readonly publisher: () => Promise<{ readonly id: string; readonly publicKey: string }>;
}

/** Milliseconds that a new agent may take until it answers. */
const startPatience = 20_000;

/**
 * The agent on this computer: a process of its own, started when first needed. It outlives the program that started it, as
 * workflows on a device do, and every program of this desk finds it by its socket. It runs from a copy of its files, so
 * that it also outlives an update that deletes them. A program that brings a newer agent puts it in the older one's place.
 */
export class LocalTransport implements DeviceTransport {
  readonly #options: LocalTransportOptions;

  constructor(options: LocalTransportOptions) {
    this.#options = options;
  }

  async open({ wake, signal }: OpenOptions): Promise<OpenAgent> {
    const running = await this.#running(signal);
    if (running) return running;
    if (!wake) throw new EddyError("EDDY_AGENT_STOPPED", "The agent on this computer does not run.");
    // Two programs that need it at once start one.
    return withLock(this.#options.agentHome, "start", async () => {
      const meanwhile = await this.#running(signal);
      if (meanwhile) return meanwhile;
      await this.#stop();
      return greet(speak(await this.#start(signal)), signal);
    });
  }

  async shell(): Promise<DeviceShell> {
    throw new EddyError("EDDY_NO_SHELL", "This computer has a terminal already: the one you are in.");
  }

  close(): void {}

  /** Stops the agent where it runs, and deletes all that it kept. */
  async erase(): Promise<void> {
    await this.#stop();
    await rm(this.#options.agentHome, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** The agent that runs, unless there is none or only one that has to give way to a newer one. */
  async #running(signal: AbortSignal | undefined): Promise<OpenAgent | undefined> {
    const socket = await connectSocket(agentSocketPath(this.#options.agentHome));
    if (!socket) return undefined;
    try {
      const agent = await greet(speak(socket), signal);
      if (!(await this.#isOlder(agent.info.agent))) return agent;
      agent.client.close();
      return undefined;
    } catch (error) {
      const isOlder =
        error instanceof EddyError &&
        error.code === "EDDY_PROTOCOL_VERSION" &&
        Number(error.details?.protocol) < protocolVersion;
      if (isOlder) return undefined;
      throw error;
    }
  }

  async #isOlder(running: string): Promise<boolean> {
    const { agentHome, agentDirectory, program } = this.#options;
    const { version } = await readAgentFiles(agentDirectory);
    if ((await readIfThere(join(agentHome, "agent", "started")))?.trim() === version) return false;
    const script = join(agentDirectory, "agent.mjs");
    const { stdout } = await promisify(execFile)(program, [script, "version"], {
      env: childEnvironment(process.env),
    });
    return compareVersions(running, stdout.trim()) < 0;
  }

  /** Its connections end last, when it has let go of its folder. */
  async #stop(): Promise<void> {
    const socket = await connectSocket(agentSocketPath(this.#options.agentHome));
    if (!socket) return;
    const client = speak(socket);
    await client.request("agent/shutdown", {}).catch((error: unknown) => {
      if (!(error instanceof EddyError) || error.code !== "EDDY_CONNECTION_LOST") throw error;
    });
    await client.closed;
  }

  async #start(signal: AbortSignal | undefined): Promise<Socket> {
    const { agentHome, program, publisher } = this.#options;
    const { version, script } = await this.#copyAgent();
    const { id, publicKey } = await publisher();
    await writeFileAtomic(join(agentHome, "publishers", `${id}.pub`), publicKey, { mode: 0o600 });
    const complaints = join(agentHome, "agent.err");
    const output = await open(complaints, "w", 0o600);
    try {
      const child = spawn(program, [script, "run", "--home", agentHome], {
        detached: true,
        windowsHide: true,
        stdio: ["ignore", "ignore", output.fd],
        cwd: agentHome,
        env: { ...childEnvironment(process.env), ...agentEnvironment },
      });
      let ended: string | undefined;
      child.once("error", (error) => {
        ended = error.message;
      });
      child.once("exit", (code, by) => {
        ended = `it ended with ${code ?? by}`;
      });
      child.unref();
      const socket = await whenListening(agentSocketPath(agentHome), () => ended, complaints, signal);
      await this.#keepOnly(version);
      return socket;
    } finally {
      await output.close();
    }
  }

  async #copyAgent(): Promise<{ readonly version: string; readonly script: string }> {
    const { agentHome, agentDirectory } = this.#options;
    const { version, files } = await readAgentFiles(agentDirectory);
    const folder = join(agentHome, "agent", version);
    for (const { name, bytes } of files) await writeFileAtomic(join(folder, name), bytes, { mode: 0o600 });
    return { version, script: join(folder, "agent.mjs") };
  }

  async #keepOnly(version: string): Promise<void> {
    const folder = join(this.#options.agentHome, "agent");
    await writeFileAtomic(join(folder, "started"), `${version}\n`, { mode: 0o600 });
    const others = (await readdir(folder)).filter((name) => name !== version && name !== "started");
    await Promise.all(others.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  }
}

function speak(socket: Socket): AgentClient {
  return createAgentClient(streamTransports(socket, socket, { largestMessage: largestAnswer }));
}

/** Of two versions such as `0.10.2`: negative where the first is the older one. */
function compareVersions(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

/** What is only for the program that starts the agent would confuse it, or tie it to that program. */
function childEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_CHANNEL_FD: _channel, VSCODE_IPC_HOOK: _hook, ...rest } = own;
  return { ...rest, ...(process.versions.electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: "1" }) };
}

async function whenListening(
  path: string,
  ended: () => string | undefined,
  complaints: string,
  signal: AbortSignal | undefined,
): Promise<Socket> {
  const deadline = performance.now() + startPatience;
  for (;;) {
    const socket = await connectSocket(path);
    if (socket) return socket;
    signal?.throwIfAborted();
    const reason = ended() ?? (performance.now() > deadline ? "it does not answer" : undefined);
    if (reason !== undefined) {
      const said = (await readFile(complaints, "utf8").catch(() => ""))
        .trim()
        .split("\n")
        .slice(-5)
        .join("\n");
      throw new EddyError(
        "EDDY_AGENT_NOT_STARTED",
        `The agent on this computer did not start: ${reason}.${said ? ` It said: ${said}` : ""}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Undefined where nobody listens. */
function connectSocket(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.off("error", onError);
      // From here on a failure shows as the end of the connection.
      socket.on("error", () => {});
      resolve(socket);
    });
    const onError = (error: Error) => {
      const code = errorCode(error);
      if (code === "ENOENT" || code === "ECONNREFUSED" || code === "ENOTSOCK") return resolve(undefined);
      reject(
        code === "EACCES"
          ? new EddyError("EDDY_PERMISSION", `The agent on this computer belongs to another user (${path}).`)
          : error,
      );
    };
    socket.once("error", onError);
  });
}
