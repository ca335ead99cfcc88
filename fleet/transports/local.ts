import { spawn } from "node:child_process";
import { open, readFile, rm, stat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { EddyError } from "../../language/problem.ts";
import { createAgentClient } from "../../runtime/protocol/client.ts";
import { largestAnswer, streamTransports } from "../../runtime/protocol/connection.ts";
import { agentSocketPath } from "../../runtime/protocol/socket.ts";
import type { DeviceShell } from "../contract.ts";
import { errorCode, withLock, writeFileAtomic } from "../files.ts";
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
 * workflows on a device do, and every program of this desk finds it by its socket.
 */
export class LocalTransport implements DeviceTransport {
  readonly #options: LocalTransportOptions;

  constructor(options: LocalTransportOptions) {
    this.#options = options;
  }

  async open({ wake, signal }: OpenOptions): Promise<OpenAgent> {
    const { agentHome } = this.#options;
    const running = await connectSocket(agentSocketPath(agentHome));
    if (running) return this.#greet(running, signal);
    if (!wake) throw new EddyError("EDDY_AGENT_STOPPED", "The agent on this computer does not run.");
    // Two programs that need it at once start one.
    return withLock(agentHome, "start", async () => {
      const meanwhile = await connectSocket(agentSocketPath(agentHome));
      return this.#greet(meanwhile ?? (await this.#start(signal)), signal);
    });
  }

  async shell(): Promise<DeviceShell> {
    throw new EddyError("EDDY_NO_SHELL", "This computer has a terminal already: the one you are in.");
  }

  close(): void {}

  /** Stops the agent where it runs, and deletes all that it kept. */
  async erase(): Promise<void> {
    const { agentHome } = this.#options;
    const running = await connectSocket(agentSocketPath(agentHome));
    if (running) {
      const { client } = await this.#greet(running, undefined);
      await client.request("agent/shutdown", {});
      await client.closed;
    }
    await rm(agentHome, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  #greet(socket: Socket, signal: AbortSignal | undefined): Promise<OpenAgent> {
    const client = createAgentClient(streamTransports(socket, socket, { largestMessage: largestAnswer }));
    return greet(client, signal);
  }

  async #start(signal: AbortSignal | undefined): Promise<Socket> {
    const { agentHome, agentDirectory, program, publisher } = this.#options;
    const script = join(agentDirectory, "agent.mjs");
    if (!(await isFile(script)))
      throw new EddyError(
        "EDDY_NO_AGENT",
        `The agent is not in ${agentDirectory}. Build it with "npm run build".`,
      );
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
        env: childEnvironment(process.env),
      });
      let ended: string | undefined;
      child.once("error", (error) => {
        ended = error.message;
      });
      child.once("exit", (code, by) => {
        ended = `it ended with ${code ?? by}`;
      });
      child.unref();
      return await whenListening(agentSocketPath(agentHome), () => ended, complaints, signal);
    } finally {
      await output.close();
    }
  }
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

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}
