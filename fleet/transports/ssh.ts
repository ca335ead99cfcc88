import type { ClientChannel } from "ssh2";
import { EddyError } from "../../language/problem.ts";
import { createAgentClient } from "../../runtime/protocol/client.ts";
import { largestAnswer, streamTransports } from "../../runtime/protocol/connection.ts";
import type { DeviceShell } from "../contract.ts";
import type { InstallPlan } from "../install/plan.ts";
import { type AgentPlace, agentCommand, serviceScripts, wakeScript } from "../install/service.ts";
import { parseSshAddress } from "../ssh/address.ts";
import { quote, runScript } from "../ssh/commands.ts";
import { connectSsh, type SshConnection, type SshContext } from "../ssh/connection.ts";
import {
  type DeviceTransport,
  greet,
  type OpenAgent,
  type OpenOptions,
  type TerminalSize,
} from "./transport.ts";

/** An agent that is reached by a command over ssh, which joins its own input and output with the agent's socket. */
export class SshTransport implements DeviceTransport {
  readonly #url: string;
  readonly #place: AgentPlace;
  readonly #context: Omit<SshContext, "questions">;
  #connection: SshConnection | undefined;

  constructor(
    url: string,
    place: AgentPlace,
    context: Omit<SshContext, "questions">,
    connection?: SshConnection,
  ) {
    this.#url = url;
    this.#place = place;
    this.#context = context;
    if (connection) this.#keep(connection);
  }

  async open(options: OpenOptions): Promise<OpenAgent> {
    const connection = await this.connection(options);
    const { signal } = options;
    try {
      return await openAgent(connection, this.#place, signal);
    } catch (error) {
      if (!options.wake || !(error instanceof EddyError) || error.code !== "EDDY_AGENT_STOPPED") throw error;
      await runScript(connection, wakeScript(this.#place), { signal });
      return await openWhenReady(connection, this.#place, signal);
    }
  }

  async shell(size: TerminalSize, options: OpenOptions): Promise<DeviceShell> {
    const connection = await this.connection(options);
    const channel = await connection.shell({ cols: size.columns, rows: size.rows, term: size.type });
    return {
      input: channel,
      output: channel,
      resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0),
      ended: exitOf(channel).then(({ code }) => code ?? 255),
      close: () => channel.close(),
    };
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** The login, made when first needed and anew when it was lost. */
  async connection({ questions, signal }: Pick<OpenOptions, "questions" | "signal">): Promise<SshConnection> {
    if (this.#connection) return this.#connection;
    const connection = await connectSsh(parseSshAddress(this.#url), { ...this.#context, questions }, signal);
    this.#keep(connection);
    return connection;
  }

  #keep(connection: SshConnection): void {
    this.#connection = connection;
    void connection.closed.then(() => {
      if (this.#connection === connection) this.#connection = undefined;
    });
  }
}

/** The agent that was started just now; where it does not come up, its own words say why. */
export async function openInstalled(
  connection: SshConnection,
  plan: InstallPlan,
  signal: AbortSignal | undefined,
) {
  try {
    return await openWhenReady(connection, plan, signal);
  } catch (error) {
    if (!(error instanceof EddyError) || error.code !== "EDDY_AGENT_STOPPED") throw error;
    const { stdout } = await runScript(connection, serviceScripts(plan, plan.manager).complaints, { signal });
    const said = stdout.trim().split("\n").slice(-5).join("\n").slice(-1000);
    throw new EddyError(
      "EDDY_AGENT_NOT_STARTED",
      `The agent was installed on ${connection.target.host} and does not start.${said ? ` It said: ${said}` : ""}`,
      { cause: error },
    );
  }
}

/** Tries until the agent answers: after a start that takes a moment, on a small device several seconds. */
export async function openWhenReady(
  connection: SshConnection,
  place: AgentPlace,
  signal: AbortSignal | undefined,
  { patience = 30_000 }: { readonly patience?: number } = {},
): Promise<OpenAgent> {
  const deadline = performance.now() + patience;
  // A look at the socket costs a small device nothing, an attempt to join it a second.
  await runScript(connection, whenListening(place), { signal });
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    try {
      return await openAgent(connection, place, signal);
    } catch (error) {
      const isStarting = error instanceof EddyError && error.code === "EDDY_AGENT_STOPPED";
      if (!isStarting || performance.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    signal?.throwIfAborted();
  }
}

/** Waits for the agent's socket, ten seconds at most. */
function whenListening({ agentHome }: AgentPlace): string {
  return `tries=0
while [ ! -S ${quote(`${agentHome}/agent.sock`)} ] && [ "$tries" -lt 100 ]; do
  tries=$((tries + 1))
  sleep 0.1 2>/dev/null || { sleep 1; tries=$((tries + 9)); }
done
`;
}

async function openAgent(
  connection: SshConnection,
  place: AgentPlace,
  signal: AbortSignal | undefined,
): Promise<OpenAgent> {
  const channel = await connection.open(`exec ${agentCommand(place, "rpc").map(quote).join(" ")}`);
  let complaint = "";
  channel.stderr.on("data", (chunk: Buffer) => {
    if (complaint.length < 4000) complaint += chunk.toString();
  });
  const exit = exitOf(channel);
  const client = createAgentClient(streamTransports(channel, channel, { largestMessage: largestAnswer }));
  void client.closed.then(() => channel.close());
  try {
    return await greet(client, signal);
  } catch (error) {
    if (!(error instanceof EddyError) || error.code !== "EDDY_CONNECTION_LOST") throw error;
    throw explainExit((await exit).code, complaint, connection);
  }
}

/** `rpc` ends with this where nobody listens on the agent's socket. */
const agentStoppedExit = 3;

function explainExit(code: number | undefined, complaint: string, { target }: SshConnection): EddyError {
  const missing = /^.*(?:cannot find module|not found|no such file).*$/im.exec(complaint)?.[0];
  const said = missing ?? complaint.trim().split("\n").slice(-3).join(" ").slice(0, 500);
  if (code === agentStoppedExit)
    return new EddyError("EDDY_AGENT_STOPPED", `The agent on ${target.host} does not run.`);
  if (code === 126 || code === 127 || missing !== undefined)
    return new EddyError(
      "EDDY_AGENT_MISSING",
      `The agent is not installed on ${target.host} any more${said ? ` (${said})` : ""}. Add the device again.`,
    );
  return new EddyError(
    "EDDY_CONNECTION_LOST",
    `The connection to the agent on ${target.host} ended${said ? `: ${said}` : "."}`,
  );
}

function exitOf(channel: ClientChannel): Promise<{ readonly code: number | undefined }> {
  return new Promise((resolve) => {
    let code: number | undefined;
    channel.once("exit", (exit: unknown) => {
      if (typeof exit === "number") code = exit;
    });
    channel.once("close", () => resolve({ code }));
  });
}
