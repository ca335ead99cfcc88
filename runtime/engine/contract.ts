/**
 * What compiled workflows, nodes and hosts promise each other.
 * A compiled workflow is a function `(host) => CompiledWorkflow`; all it needs of the world comes from `host`.
 *
 * Both sides may be older than the other: the engine is part of the workflow, the node types are those of its host. What
 * is added here must be able to be missing, or `engineAbi` grows.
 */
import type { Json, NodeSettings } from "../../language/model.ts";

/** The value that travels on a wire. Never changed once made: a node that wants another value makes another message. */
export interface Message<Payload = unknown> {
  readonly id: string;
  /** Milliseconds since 1970, from the host's clock. */
  readonly time: number;
  readonly topic?: string | undefined;
  readonly payload: Payload;
  /** What the trigger knows beside the payload. */
  readonly source?: Readonly<Record<string, unknown>> | undefined;
}

/** The payload of a message on an `error` port. `stack` names the YAML line. */
export interface ErrorPayload {
  readonly code: string;
  readonly message: string;
  readonly node: string;
  readonly stack?: string;
}

/** What leaves by an `error` port. */
export interface ErrorMessage extends Message<ErrorPayload> {
  /** The message that failed. */
  readonly cause: Message;
}

/**
 * A value that can be handed to a connection, a request or a process, and to nothing else: as text it is `[secret]`.
 * A template with secrets in it is one too (`secrets.ts` has `reveal` for whoever passes it on).
 */
export interface Secret {
  readonly name: string;
  /** Only code that passes the value on to the outside world calls this. */
  reveal(): string;
  toString(): string;
  toJSON(): string;
}

// ---------------------------------------------------------------- time

/** Something that is planned. */
export interface Timer {
  cancel(): void;
}

/** The only source of time in a workflow. Tests and simulations pass one that runs on virtual time. */
export interface Clock {
  /** Milliseconds since 1970; read once a tick. */
  now(): number;
  /** Monotonic milliseconds, for durations. */
  monotonic(): number;
  after(milliseconds: number, run: () => void): Timer;
}

// ---------------------------------------------------------------- host

/** Durable values of one owner (a node, or `state`). Reads are immediate; writes are durable after `Storage.flush`. */
export interface KeyValueStore {
  get(key: string): Json | undefined;
  set(key: string, value: Json): void;
  delete(key: string): void;
  entries(): Iterable<readonly [key: string, value: Json]>;
}

/** Where a workflow keeps what outlives it. */
export interface Storage {
  /** `owner` is a node id, or `state:` for declared workflow state, or `device:` for state shared on the device. */
  open(owner: string): KeyValueStore;
  /** Resolves when all that was written before is durable. */
  flush(): Promise<void>;
}

/** Something that goes on until it is told not to. */
export interface Disposable {
  dispose(): void;
}

/** A message as it came from a broker. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Tells the broker that the message is done with (QoS 1 and 2). */
  acknowledge(): void;
}

/** A connection to a broker. It is there, and takes messages, whether the broker can be reached or not. */
export interface MqttConnection {
  /**
   * `buffer`: `outbox` resolves when the message is durable on the device and sends it when the broker is there;
   * `memory` does the same without durability, bounded; `none` resolves when the broker has it, rejects when it is away.
   */
  publish(
    topic: string,
    payload: string | Uint8Array,
    options: {
      readonly qos: 0 | 1 | 2;
      readonly retain: boolean;
      readonly buffer: "outbox" | "memory" | "none";
    },
  ): Promise<void>;
  subscribe(topic: string, qos: 0 | 1 | 2, receive: (message: MqttMessage) => void): Disposable;
}

/** A request as it came to a server of the workflow. */
export interface HttpRequest {
  /** Names the open request for `HttpConnection.respond`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** An answer to a request. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A server that workflows share. */
export interface HttpConnection {
  /** `path` may hold `:name` segments. A route that is taken by another workflow throws `EDDY_ROUTE_TAKEN`. */
  route(method: string, path: string, timeout: number, receive: (request: HttpRequest) => void): Disposable;
}

/** What each type of connection gives to a node. */
export interface Connections {
  readonly mqtt: MqttConnection;
  readonly http: HttpConnection;
}

/** The Node built-ins that nodes use. Handed in by the host, so that the same module runs in Node, Deno and a browser. */
export interface Builtins {
  readonly "node:fs": typeof import("node:fs");
  readonly "node:fs/promises": typeof import("node:fs/promises");
  readonly "node:path": typeof import("node:path");
  readonly "node:child_process": typeof import("node:child_process");
  readonly "node:crypto": typeof import("node:crypto");
}

/** How much a line of a log matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** A line of a workflow's log. `time` is milliseconds since 1970; `node` is absent where the workflow itself speaks. */
export interface LogRecord {
  readonly time: number;
  readonly level: LogLevel;
  readonly workflow: string;
  readonly node?: string;
  readonly message: string;
}

/**
 * Whoever looks after a workflow from another thread: it is told what is about to run, since code that never ends tells
 * nothing afterwards. Called for every execution, and each time that one goes on.
 */
export interface Witness {
  /** Code is to run, from this node on, of an execution that began at `trigger` with this message. What it returns is for `leave`. */
  enter(node: number, trigger: number, message: Message): number;
  /** That code has ended; what goes on, if anything does, is code of this other execution. */
  leave(before: number, node: number, trigger: number, message: Message): void;
  /** A message that this version has ended its worker over already, and that its source sends again: it is not run. */
  isKept(message: Message): boolean;
}

/** All that a workflow gets from where it runs. */
export interface Host {
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  random(): number;
  readonly env: Readonly<Record<string, string | number | boolean>>;
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly storage: Storage;
  log(record: LogRecord): void;
  /** Opens (or shares) a declared connection. It never waits for the network and never throws because it is away. */
  connect<Type extends keyof Connections>(
    name: string,
    type: Type,
    params: Readonly<Record<string, unknown>>,
  ): Connections[Type];
  /** Answers an open HTTP request; false where it is no longer open. */
  respond(requestId: string, response: HttpResponse): boolean;
  /**
   * The implementation of a node type that every host has, so that it need not be in every workflow. Throws
   * `EDDY_NO_NODE_TYPE`.
   */
  nodeType(type: string): NodeImplementation;
  /**
   * A test's host has it, and only what is compiled for tests asks: what runs in the place of a node's implementation.
   * `type` is as it is written in the workflow.
   */
  instead?(type: string, implementation: NodeImplementation): NodeImplementation;
  /**
   * When a cron expression fires next after `from` (both milliseconds since 1970), in a time zone (IANA name); undefined
   * where it never does. It only computes: the clock does the waiting.
   */
  nextTime(cron: string, timezone: string, from: number): number | undefined;
  /** Throws `EDDY_NO_BUILTIN` where the platform has none. */
  builtin<Name extends keyof Builtins>(name: Name): Builtins[Name];
  /**
   * Where in the author's files something failed, such as `at warm (cold-chain.flow.yaml:18:11)`. The artifact's code does
   * not know: its lines change with every comment. Made by `createLocator` of the protocol.
   */
  locate?(node: string, error: unknown): string;
  /** What is told in the place of an error that the platform made, where it can be said more plainly. */
  explain?(node: string, error: unknown): unknown;
  readonly witness?: Witness;
}

// ---------------------------------------------------------------- nodes

/** One function per output port. Ports that nothing is wired to are there too and do nothing (the engine counts them). */
export type Outputs = Readonly<Record<string, (message: Message) => void>>;

/** What a node gets from the engine, once, when its workflow is made. */
export interface NodeContext {
  readonly id: string;
  readonly host: Host;
  readonly clock: Clock;
  /** Durable under the node's id; survives restarts and new versions while id and type stay the same. */
  readonly state: KeyValueStore;
  readonly settings: NodeSettings;
  /** The names of the inputs that are wired. */
  readonly inputs: readonly string[];
  /** The workflow's time zone (IANA name). */
  readonly timezone: string;
  log(level: LogLevel, message: string): void;
  /** Sets a value of the workflow's declared `state:`, wherever its scope keeps it. */
  setState(name: string, value: Json): void;
  /** A fresh id, unique on the device. */
  newId(): string;
  /** Sends an error out by the `error` port, for failures outside of a call (timers, streams). `cause` where a message failed. */
  fail(error: unknown, cause?: Message): void;
}

/** Emits before it returns. A throw leaves by `error`. */
export interface ImmediateNode<Params> {
  readonly timing: "immediate";
  create(context: NodeContext, params: Params, outputs: Outputs): (message: Message) => void;
}

/**
 * Emits later, within the same execution. The engine queues (bounded), keeps order, bounds what is in flight, times out
 * and retries as `settings` say: the implementation does one message and honours `signal`.
 * Returning nothing (not a promise) says that it is done already.
 */
export interface AsynchronousNode<Params> {
  readonly timing: "asynchronous";
  /** How many messages it takes at a time, in their order, where the workflow says nothing of it and nothing of `retry`. */
  readonly concurrency?: number;
  create(
    context: NodeContext,
    params: Params,
  ): {
    /** `outputs` belong to this one message: what comes after its timeout is dropped and counted. */
    receive(message: Message, outputs: Outputs, signal: AbortSignal): Promise<void> | void;
    /** Before triggers open. */
    open?(): Promise<void> | void;
    close?(): Promise<void> | void;
  };
}

/** Keeps messages in `context.state`; what it emits starts a new execution that names `causes`. */
export interface HoldingNode<Params> {
  readonly timing: "holding";
  create(
    context: NodeContext,
    params: Params,
    outputs: Readonly<Record<string, (message: Message, causes: readonly Message[]) => void>>,
  ): {
    receive(message: Message, input: string): void;
    /** Called once after creation and before triggers open: take up what `context.state` holds, plan timers again. */
    restore?(): void;
    close?(): void;
  };
}

/** Starts executions. `acknowledge` runs when the execution has ended, well or badly, and what it wrote is durable. */
export interface TriggerNode<Params> {
  readonly timing: "trigger";
  create(
    context: NodeContext,
    params: Params,
    outputs: Readonly<Record<string, (message: Message, acknowledge?: () => void) => void>>,
  ): {
    open(): Promise<void> | void;
    close(): Promise<void> | void;
    /** Backpressure: called when the workflow can take no more, and when it can again. */
    pause?(): void;
    resume?(): void;
  };
}

/** What a node's file exports as default: one of the four timings, the same as in its descriptor. */
export type NodeImplementation<Params = never> =
  | ImmediateNode<Params>
  | AsynchronousNode<Params>
  | HoldingNode<Params>
  | TriggerNode<Params>;

/**
 * How the compiler hands params to `create`, by kind: literal → its value (durations in ms, sizes in bytes);
 * template → `(msg) => string` (with `secrets: true`: `(msg) => string | Secret`, a Secret where one is in it);
 * expression → `(msg, …scope) => value` (scope in the descriptor's order; with `secrets: true` there may be Secrets in it);
 * code → `(msg, emit) => value | Promise` (`on-start`, `on-stop`: no arguments); connection → the opened connection;
 * type → its text; record → object, list → array, object → object; either → whichever alternative was written.
 * Keys are as they stand in the file (`params["at-start"]`). Reserved keys (`timeout`, `retry` …) are in
 * `context.settings` instead. Defaults of the descriptor are filled in by the compiler; an optional param without
 * default that is not written is absent.
 */
export type Expression<Result = unknown, Scope extends readonly unknown[] = []> = (
  message: Message,
  ...scope: Scope
) => Result;

/**
 * Text that stands for a node in the emitted code, for immediate nodes without state. Must behave as `create` does
 * (a generated test holds them together). `msg` is the incoming message.
 */
export interface InlineText {
  /** A param as an expression over `msg`, safe to put anywhere; a literal as its JavaScript text; undefined where absent. */
  param(name: string): string | undefined;
  /** The names and expressions of a record param, in written order. */
  record(name: string): readonly (readonly [name: string, expression: string])[];
  /** A statement that hands the message on by the port. A failure further on does not come back into the node. */
  emit(port: string, message: string): string;
  /** The message literal that carries `msg` on with another payload (and topic). */
  message(change: { readonly payload?: string; readonly topic?: string }): string;
  /** A local name that collides with nothing. */
  local(hint: string): string;
}

/** Statements, or undefined where these params need the full implementation. */
export type InlineTemplate = (text: InlineText) => string | undefined;

/**
 * The file in `nodes/` that implements a type for these literal params, where its own does not: for what needs a large
 * library, which is linked only into the workflows that use it, and no part of a host.
 */
export type ImplementationFile = (literal: (param: string) => Json | undefined) => string | undefined;

// ---------------------------------------------------------------- the running workflow

/** How an execution ended: with all done, with an error in it (handled or not), or because its time was over. */
export type Outcome = "ok" | "error" | "timeout";

/** What one node did in an execution, and how long it took. */
export interface NodeRecord {
  readonly id: string;
  readonly ms: number;
  /** What it emitted, by port, in order. */
  readonly output?: readonly { readonly port: string; readonly message: Message }[];
  readonly error?: ErrorPayload;
}

/** All that one trigger message caused. */
export interface ExecutionRecord {
  readonly id: string;
  readonly trigger: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  readonly ms: number;
  readonly outcome: Outcome;
  readonly nodes: readonly NodeRecord[];
  /** Ids of the messages that a holding node had kept and now let go. */
  readonly causes?: readonly string[];
}

/** Whoever listens. Nothing is recorded, timed or allocated for records where nobody does. */
export interface Observer {
  /** Every message on every wire (node and port it came from). */
  readonly value?: (node: string, port: string, message: Message) => void;
  readonly execution?: (record: ExecutionRecord) => void;
}

/** What happened since the workflow was made. Numbers of executions, messages and errors; `inFlight` of executions that have not ended. */
export interface WorkflowCounters {
  readonly executions: number;
  readonly errors: number;
  readonly timeouts: number;
  readonly dropped: number;
  readonly inFlight: number;
  readonly nodes: readonly {
    readonly id: string;
    readonly received: number;
    readonly emitted: number;
    /** The same by output port. */
    readonly ports?: Readonly<Record<string, number>>;
    readonly errors: number;
  }[];
}

/** A message that somebody puts in by hand; id and time are given to it. */
export interface InjectedMessage {
  readonly payload: unknown;
  readonly topic?: string;
  readonly source?: Readonly<Record<string, unknown>>;
}

/** A workflow that runs in this process, or is about to. */
export interface CompiledWorkflow {
  /** Takes up durable state and opens the triggers. Where that fails, what was opened is closed again. Once only. */
  start(): Promise<void>;
  /**
   * Triggers closed first, in-flight executions drained up to the deadline (milliseconds), state flushed. What is not
   * done by then is given up and not acknowledged, so that its source sends it again.
   */
  stop(deadline: number): Promise<void>;
  /**
   * A message out of a trigger or into any other node; resolves when its execution has ended. Unknown node:
   * `EDDY_UNKNOWN_NODE`; not started, or stopped: `EDDY_NOT_RUNNING`.
   */
  inject(node: string, message: InjectedMessage): Promise<ExecutionRecord>;
  /** Adds an observer until disposed. */
  observe(observer: Observer): Disposable;
  counters(): WorkflowCounters;
}

/** The body of an artifact, evaluated. */
export type WorkflowFactory = (host: Host) => CompiledWorkflow;

/** The contract version between engine (linked into artifacts) and host; the agent refuses artifacts of another one. */
export const engineAbi = 1;
