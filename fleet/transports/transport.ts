import { EddyError } from "../../language/problem.ts";
import type { AgentClient } from "../../runtime/protocol/client.ts";
import { type AgentInfo, protocolVersion } from "../../runtime/protocol/contract.ts";
import type { DeviceShell } from "../contract.ts";
import type { SshQuestions } from "../ssh/questions.ts";

export interface OpenOptions {
  readonly questions: SshQuestions;
  /** Whether an agent that does not run is started. */
  readonly wake: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenAgent {
  readonly client: AgentClient;
  readonly info: AgentInfo;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
  /** Such as `xterm-256color`. */
  readonly type: string;
}

/** One way to one device. What it opens to get there it keeps, until it is closed. */
export interface DeviceTransport {
  /** `EDDY_AGENT_STOPPED` where there is an agent that does not run and is not to be woken. */
  open(options: OpenOptions): Promise<OpenAgent>;
  shell(size: TerminalSize, options: OpenOptions): Promise<DeviceShell>;
  close(): void;
}

/** The first exchange on a new connection: who is there, and does it speak as we do. Closes `client` where not. */
export async function greet(client: AgentClient, signal: AbortSignal | undefined): Promise<OpenAgent> {
  try {
    const info = await client.request("agent/info", {}, signal);
    if (info.protocol === protocolVersion) return { client, info };
    throw new EddyError(
      "EDDY_PROTOCOL_VERSION",
      info.protocol > protocolVersion
        ? "The agent on the device is newer than this program. Update Eddy here."
        : 'The agent on the device is older than this program. Add the device again ("eddy device add") to update it.',
      { details: { protocol: info.protocol, agent: info.agent } },
    );
  } catch (error) {
    client.close();
    throw error;
  }
}
