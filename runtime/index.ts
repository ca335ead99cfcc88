/**
 * Running workflows as a library: an agent in this process, or one workflow without any agent.
 *
 * ```ts
 * const agent = createAgent({ home: "./device" });
 * const client = agent.connect();
 * console.log(await client.request("workflow/list", {}));
 * ```
 */
export type { Agent, AgentOptions } from "./agent/agent.ts";
export { createAgent } from "./agent/agent.ts";
export type { LocalHost, LocalHostOptions } from "./agent/host/local-host.ts";
export { createLocalHost } from "./agent/host/local-host.ts";
export type { VirtualClock } from "./engine/clock.ts";
export { createVirtualClock, systemClock } from "./engine/clock.ts";
export type {
  Clock,
  CompiledWorkflow,
  ExecutionRecord,
  Host,
  InjectedMessage,
  LogRecord,
  Message,
  Observer,
  Secret,
  WorkflowCounters,
} from "./engine/contract.ts";
export type { Manifest } from "./protocol/artifact.ts";
export { packArtifact, signArtifact, unpackArtifact, verifyArtifact } from "./protocol/artifact.ts";
export type { AgentClient } from "./protocol/client.ts";
export { createAgentClient } from "./protocol/client.ts";
export type { Transport } from "./protocol/connection.ts";
export { linkedTransports, streamTransports } from "./protocol/connection.ts";
export type * from "./protocol/contract.ts";
export type { RunningWorkflow, RunOptions } from "./run.ts";
export { runWorkflow } from "./run.ts";
