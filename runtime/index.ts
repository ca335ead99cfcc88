/**
 * Running workflows as a library: an agent in this process, or one workflow without any agent. And the contract of nodes:
 * what a `*.node.ts` imports (types alone: nothing of this module is linked into a workflow).
 *
 * ```ts
 * const agent = createAgent({ home: "./device" });
 * const client = agent.connect();
 * console.log(await client.request("workflow/list", {}));
 * ```
 *
 * Times are milliseconds, of the day since 1970; sizes are bytes. What fails as expected is an `EddyError` with a `code`.
 */
export type { Agent, AgentOptions } from "./agent/agent.ts";
export { createAgent } from "./agent/agent.ts";
export type { LocalHost, LocalHostOptions } from "./agent/host/local-host.ts";
export { createLocalHost } from "./agent/host/local-host.ts";
export type { Network, Tenant } from "./agent/host/network.ts";
export type { ConnectionParams } from "./agent/host/params.ts";
export type { Redact } from "./agent/host/secrets.ts";
export type { Outbox, OutboxEntry, WorkflowStorage } from "./agent/host/storage.ts";
export type { Step } from "./agent/layout.ts";
export type { OutboxLimits } from "./agent/store.ts";
export type { VirtualClock } from "./engine/clock.ts";
export { createVirtualClock, systemClock } from "./engine/clock.ts";
export type {
  AsynchronousNode,
  Builtins,
  Clock,
  CompiledWorkflow,
  Connections,
  Disposable,
  ErrorMessage,
  ErrorPayload,
  ExecutionRecord,
  Expression,
  HoldingNode,
  Host,
  HttpConnection,
  HttpRequest,
  HttpResponse,
  ImmediateNode,
  InjectedMessage,
  InlineTemplate,
  InlineText,
  KeyValueStore,
  LogLevel,
  LogRecord,
  Message,
  MqttConnection,
  MqttMessage,
  NodeContext,
  NodeImplementation,
  NodeRecord,
  Observer,
  Outcome,
  Outputs,
  Secret,
  Storage,
  Timer,
  TriggerNode,
  Witness,
  WorkflowCounters,
} from "./engine/contract.ts";
export type {
  Artifact,
  ArtifactFiles,
  Manifest,
  ManifestContent,
  PackedArtifact,
  Signature,
  SigningOptions,
  VerifiedArtifact,
} from "./protocol/artifact.ts";
export { packArtifact, signArtifact, unpackArtifact, verifyArtifact } from "./protocol/artifact.ts";
export type { AgentClient, StreamOf, StreamRequest } from "./protocol/client.ts";
export { createAgentClient } from "./protocol/client.ts";
export type { Transport } from "./protocol/connection.ts";
export { linkedTransports, streamTransports } from "./protocol/connection.ts";
export type * from "./protocol/contract.ts";
export type { ServedClient } from "./protocol/server.ts";
export type { RunningWorkflow, RunOptions } from "./run.ts";
export { runWorkflow } from "./run.ts";
export type { TestFailure, TestOptions, TestResult, TestSubject } from "./testing/contract.ts";
export { runTests } from "./testing/run-tests.ts";
