/**
 * The one contract between a client (VS Code, the `eddy` command, the hub) and an agent, whatever carries it.
 * JSON-RPC 2.0. A request is declared here once; client and agent do not type-check until both know it.
 */
import Type, { type Static, type TSchema } from "typebox";
import { brokerSettings } from "./mqtt/broker.ts";

/** The version of this contract. An agent and a client of different ones do not talk. */
export const protocolVersion = 1;

const id = Type.String({ pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$" });
const version = Type.String({ pattern: "^[0-9a-f]{16,64}$" });
const nothing = Type.Object({});

/** What a workflow is doing. `quarantined`: it failed too often, and waits for somebody to start it. */
export const workflowState = Type.Union([
  Type.Literal("installed"),
  Type.Literal("running"),
  Type.Literal("stopped"),
  Type.Literal("starting"),
  Type.Literal("failed"),
  Type.Literal("quarantined"),
]);

/** What a device tells of one of its workflows. */
export const workflowStatus = Type.Object({
  id,
  name: Type.String(),
  version: Type.String(),
  previous: Type.Optional(Type.String()),
  state: workflowState,
  /** Why it is failed or quarantined: a code and a sentence. */
  reason: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
  /** A new version that goes back by itself if it fails: until when, milliseconds since 1970. */
  probation: Type.Optional(Type.Number()),
  /** The version that did not pass its probation, and why the one before it runs again. */
  rolledBack: Type.Optional(
    Type.Object({ version: Type.String(), code: Type.String(), message: Type.String() }),
  ),
  /** Milliseconds since 1970. */
  since: Type.Number(),
  executions: Type.Number(),
  errors: Type.Number(),
  /** Executions a second, over the last ten seconds. */
  rate: Type.Number(),
  nodes: Type.Array(Type.Object({ id: Type.String(), type: Type.String() })),
  /** How many messages `kept/list` has; absent where there are none. */
  kept: Type.Optional(Type.Integer()),
});
/** What a device tells of one of its workflows: version, state and how busy it is (executions a second). */
export type WorkflowStatus = Static<typeof workflowStatus>;

/** What an agent tells of itself and its device. */
export const agentInfo = Type.Object({
  /** Made from the device's public key; stable for its life. */
  id: Type.String(),
  name: Type.String(),
  agent: Type.String(),
  protocol: Type.Number(),
  abi: Type.Number(),
  os: Type.String(),
  arch: Type.String(),
  runtime: Type.Object({
    name: Type.Union([Type.Literal("node"), Type.Literal("deno")]),
    version: Type.String(),
  }),
  /** Ed25519, PEM. */
  publicKey: Type.String(),
  /** Ids of the publisher keys it trusts. */
  publishers: Type.Array(Type.String()),
  capabilities: Type.Array(Type.String()),
  home: Type.String(),
  /** Milliseconds. */
  uptime: Type.Number(),
});
/** What an agent tells of itself and its device: who it is, what it runs on, whom it trusts. */
export type AgentInfo = Static<typeof agentInfo>;

/** How a device is. */
export const health = Type.Object({
  status: Type.Union([Type.Literal("ok"), Type.Literal("degraded"), Type.Literal("failing")]),
  reasons: Type.Array(Type.Object({ code: Type.String(), message: Type.String() })),
  /** By the device's own clock, milliseconds since 1970. */
  time: Type.Optional(Type.Number()),
  /** Bytes; `free` is what the device has left for anything. */
  memory: Type.Object({ rss: Type.Number(), heapUsed: Type.Number(), free: Type.Optional(Type.Number()) }),
  /** Bytes, and how many more files can be made. */
  disk: Type.Object({ free: Type.Number(), total: Type.Number(), inodes: Type.Optional(Type.Number()) }),
  load: Type.Array(Type.Number()),
  /** Degrees Celsius, where the device tells. */
  temperature: Type.Optional(Type.Number()),
  /** Milliseconds. */
  eventLoopLag: Type.Number(),
  outbox: Type.Object({ entries: Type.Number(), bytes: Type.Number(), oldest: Type.Optional(Type.Number()) }),
  /** Bytes that the agent has written today (UTC), and how many a day are no burden; absent where nobody tells. */
  written: Type.Optional(Type.Object({ today: Type.Number(), budget: Type.Number() })),
});
/** How a device is, and why where it is not well: bytes of memory and disk, load, milliseconds of lag. */
export type Health = Static<typeof health>;

const message = Type.Object({
  payload: Type.Unknown(),
  topic: Type.Optional(Type.String()),
  source: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});

/** A value as shown to a person: JSON text cut at 4 kB, with its full size in bytes. Secrets are redacted. */
export const liveValue = Type.Object({
  node: Type.String(),
  port: Type.String(),
  time: Type.Number(),
  topic: Type.Optional(Type.String()),
  text: Type.String(),
  size: Type.Number(),
  /** Exact number of messages on this wire since the workflow started. */
  count: Type.Number(),
});
/** A value on a wire as shown to a person: JSON text cut at 4 kB, its full size in bytes, secrets taken out. */
export type LiveValue = Static<typeof liveValue>;

const errorPayload = Type.Object({
  code: Type.String(),
  message: Type.String(),
  node: Type.String(),
  stack: Type.Optional(Type.String()),
});

/** All that one trigger message caused; `started` is milliseconds since 1970. */
export const executionRecord = Type.Object({
  id: Type.String(),
  trigger: Type.String(),
  started: Type.Number(),
  ms: Type.Number(),
  outcome: Type.Union([Type.Literal("ok"), Type.Literal("error"), Type.Literal("timeout")]),
  nodes: Type.Array(
    Type.Object({
      id: Type.String(),
      ms: Type.Number(),
      output: Type.Optional(Type.Array(Type.Object({ port: Type.String(), message: Type.Unknown() }))),
      error: Type.Optional(errorPayload),
    }),
  ),
  causes: Type.Optional(Type.Array(Type.String())),
});

/** A message that a workflow was at when its worker had to be ended. */
export const keptMessage = Type.Object({
  key: Type.String(),
  /** Milliseconds since 1970. */
  time: Type.Number(),
  version: Type.String(),
  /** The node that it came from, or went into by hand. */
  node: Type.String(),
  reason: Type.Object({ code: Type.String(), message: Type.String() }),
  /** How often it was under way when a worker ended. */
  times: Type.Integer(),
  /** As it was; bytes of a payload are in `base64` instead. Absent where it was larger than 64 kB. */
  message: Type.Optional(Type.Unknown()),
});
/** A message that a workflow was at when its worker had to be ended: to be looked at, and sent again. */
export type KeptMessage = Static<typeof keptMessage>;

/** A line of a log, of a workflow or of the agent itself. */
export const logRecord = Type.Object({
  time: Type.Number(),
  level: Type.Union([
    Type.Literal("debug"),
    Type.Literal("info"),
    Type.Literal("warn"),
    Type.Literal("error"),
  ]),
  /** Absent for the agent's own lines. */
  workflow: Type.Optional(Type.String()),
  node: Type.Optional(Type.String()),
  message: Type.String(),
});
/** A line of a log, of a workflow or of the agent itself. `time` is milliseconds since 1970. */
export type AgentLogRecord = Static<typeof logRecord>;

const environmentValue = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

/** The broker at which an agent is reachable, and whether it is there. */
export const brokerStatus = Type.Object({
  url: Type.String(),
  username: Type.Optional(Type.String()),
  connected: Type.Boolean(),
  problem: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
});
/** The broker at which an agent is reachable, and whether it is there; what stands in the way, where something does. */
export type BrokerStatus = Static<typeof brokerStatus>;

/** A key whose owner may deploy and command. */
export const trustedPublisher = Type.Object({
  /** sha256 (hex) of the public key in DER. */
  id: Type.String(),
  /** What a person called it. */
  name: Type.Optional(Type.String()),
  /** Ed25519, PEM. */
  publicKey: Type.String(),
});
/** A key whose owner may deploy to a device and command it. */
export type TrustedPublisher = Static<typeof trustedPublisher>;

const storedData = {
  /** `value` is JSON text. */
  values: Type.Array(Type.Object({ owner: Type.String(), key: Type.String(), value: Type.String() })),
  /** Of the outbox; `payload` is base64. */
  messages: Type.Array(
    Type.Object({
      connection: Type.String(),
      sequence: Type.Integer({ minimum: 0 }),
      time: Type.Number(),
      topic: Type.String(),
      payload: Type.String(),
      qos: Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)]),
      retain: Type.Boolean(),
    }),
  ),
};
const resting = Type.Number();
const dataPosition = Type.Union([
  Type.Object({ part: Type.Literal("values"), owner: Type.String(), key: Type.String(), resting }),
  Type.Object({
    part: Type.Literal("messages"),
    connection: Type.String(),
    sequence: Type.Integer(),
    resting,
  }),
]);

const metricsSettings = Type.Object({
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  address: Type.String({ maxLength: 255 }),
});

function request<Params extends TSchema, Result extends TSchema>(params: Params, result: Result) {
  return { params, result } as const;
}

/** Every request. `Params` and `Result` types below come from here. */
export const requests = {
  "agent/info": request(nothing, agentInfo),
  "agent/health": request(nothing, health),
  "agent/shutdown": request(nothing, nothing),
  /** The broker at which the agent is reachable; absent where it goes to none. */
  "broker/get": request(nothing, Type.Object({ broker: Type.Optional(brokerStatus) })),
  /** Answered once the agent is at the new broker; `null` leaves the one it is at. */
  "broker/set": request(Type.Object({ broker: Type.Union([brokerSettings, Type.Null()]) }), nothing),
  /** The keys that the device trusts. Whoever can ask is trusted already. */
  "publisher/list": request(nothing, Type.Object({ publishers: Type.Array(trustedPublisher) })),
  "publisher/trust": request(
    Type.Object({
      publicKey: Type.String({ maxLength: 4096 }),
      /** One line. */
      name: Type.Optional(Type.String({ pattern: "^[^\\x00-\\x1f\\x7f]{1,100}$" })),
    }),
    trustedPublisher,
  ),
  /** Ends what its owner has open by a broker, too. The last one stays: `EDDY_LAST_PUBLISHER`. */
  "publisher/revoke": request(Type.Object({ id: Type.String({ pattern: "^[0-9a-f]{64}$" }) }), nothing),
  /** Where numbers for Prometheus are served; absent where they are not. */
  "metrics/get": request(nothing, Type.Object({ metrics: Type.Optional(metricsSettings) })),
  /** Answered once they are served there, also after a restart; `null` ends it. */
  "metrics/serve": request(Type.Object({ metrics: Type.Union([metricsSettings, Type.Null()]) }), nothing),
  /**
   * A piece of an artifact, base64. Resumable: empty `data` at offset 0 asks how much is there already. When the last byte
   * is in, the agent verifies, unpacks and loads it beside the running version; a refusal leaves that one untouched.
   */
  "workflow/install": request(
    Type.Object({
      id,
      version,
      size: Type.Integer({ minimum: 1, maximum: 64 * 1024 * 1024 }),
      offset: Type.Integer({ minimum: 0 }),
      data: Type.String({ maxLength: 1_400_000 }),
    }),
    Type.Object({ received: Type.Integer(), installed: Type.Boolean() }),
  ),
  /** Makes an installed version the running one (`version` absent: the current one, that is, start). */
  "workflow/activate": request(Type.Object({ id, version: Type.Optional(version) }), workflowStatus),
  /** `version`: makes an installed version the current one, of which nothing runs until it is activated. */
  "workflow/deactivate": request(Type.Object({ id, version: Type.Optional(version) }), workflowStatus),
  "workflow/rollback": request(Type.Object({ id }), workflowStatus),
  "workflow/remove": request(Type.Object({ id, keepData: Type.Optional(Type.Boolean()) }), nothing),
  "workflow/list": request(nothing, Type.Object({ workflows: Type.Array(workflowStatus) })),
  "workflow/inject": request(Type.Object({ id, node: Type.String(), message }), executionRecord),
  /** Messages that a workflow was at when its worker had to be ended, oldest first. */
  "kept/list": request(Type.Object({ id }), Type.Object({ messages: Type.Array(keptMessage) })),
  /** Into its node once more; when its execution has ended, it is no longer kept. */
  "kept/send": request(Type.Object({ id, key: Type.String() }), executionRecord),
  "kept/discard": request(Type.Object({ id, key: Type.String() }), nothing),
  /**
   * What a workflow that does not run has stored, in pieces of some hundred kB: `next` of one is `after` of the following.
   * `id` absent: what all workflows on the device share. Consistent: where it has run in between, `EDDY_DATA_CHANGED`.
   */
  "data/export": request(
    Type.Object({ id: Type.Optional(id), after: Type.Optional(dataPosition) }),
    Type.Object({ ...storedData, next: Type.Optional(dataPosition) }),
  ),
  /**
   * Such a piece, before the workflow is activated; `fresh` takes away what there was. Durable once it is answered. Of what
   * all share, only what is not there yet is taken.
   */
  "data/import": request(
    Type.Object({ id: Type.Optional(id), fresh: Type.Boolean(), ...storedData }),
    nothing,
  ),
  /** `workflow` absent: for every workflow on the device. Secrets are told by name only. */
  "config/get": request(
    Type.Object({ workflow: Type.Optional(id) }),
    Type.Object({ env: Type.Record(Type.String(), environmentValue), secrets: Type.Array(Type.String()) }),
  ),
  /** `null` unsets. A running workflow takes the values at its next activation. */
  "config/set": request(
    Type.Object({
      workflow: Type.Optional(id),
      env: Type.Optional(Type.Record(Type.String(), Type.Union([environmentValue, Type.Null()]))),
      secrets: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]))),
    }),
    nothing,
  ),
  "tap/subscribe": request(
    Type.Object({ id, node: Type.Optional(Type.String()) }),
    Type.Object({ subscription: Type.String() }),
  ),
  /** Executions with every node's output, as they end; bounded as taps are. */
  "executions/subscribe": request(Type.Object({ id }), Type.Object({ subscription: Type.String() })),
  "metrics/subscribe": request(
    Type.Object({ interval: Type.Integer({ minimum: 250, maximum: 60_000 }) }),
    Type.Object({ subscription: Type.String() }),
  ),
  /** The last `lines` records, oldest first; `follow` goes on with `logs/records` notifications. */
  "logs/tail": request(
    Type.Object({
      id: Type.Optional(id),
      lines: Type.Integer({ minimum: 0, maximum: 10_000 }),
      follow: Type.Boolean(),
    }),
    Type.Object({ records: Type.Array(logRecord), subscription: Type.Optional(Type.String()) }),
  ),
  "subscription/cancel": request(Type.Object({ subscription: Type.String() }), nothing),
} as const;

/** Every notification from agent to client, by name. */
export const notifications = {
  /** At most 20 a second; `dropped` counts samples that were left out (messages never are). */
  "tap/values": Type.Object({
    subscription: Type.String(),
    values: Type.Array(liveValue),
    dropped: Type.Number(),
  }),
  "executions/records": Type.Object({
    subscription: Type.String(),
    records: Type.Array(executionRecord),
    dropped: Type.Number(),
  }),
  "metrics/update": Type.Object({
    subscription: Type.String(),
    health,
    workflows: Type.Array(workflowStatus),
  }),
  "logs/records": Type.Object({ subscription: Type.String(), records: Type.Array(logRecord) }),
  /** A workflow started, stopped, failed, was installed or removed. */
  "workflow/changed": Type.Object({ id, status: Type.Union([workflowStatus, Type.Null()]) }),
} as const;

/** The name of a request: `workflow/list`. */
export type RequestName = keyof typeof requests;
/** What a request takes. */
export type RequestParams<Name extends RequestName> = Static<(typeof requests)[Name]["params"]>;
/** What a request is answered with. */
export type RequestResult<Name extends RequestName> = Static<(typeof requests)[Name]["result"]>;
/** The name of a notification: `tap/values`. */
export type NotificationName = keyof typeof notifications;
/** What a notification tells. */
export type NotificationParams<Name extends NotificationName> = Static<(typeof notifications)[Name]>;

/** What an agent implements. */
export type RequestHandlers = {
  readonly [Name in RequestName]: (params: RequestParams<Name>) => Promise<RequestResult<Name>>;
};

/** The `data` of a JSON-RPC error: an `EddyError` on the wire. */
export const errorData = Type.Object({
  code: Type.String(),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
