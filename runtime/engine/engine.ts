import type { Json } from "../../language/model.ts";
import { AsynchronousBoundary } from "./asynchronous.ts";
import type {
  AsynchronousNode,
  CompiledWorkflow,
  Disposable,
  ErrorMessage,
  ExecutionRecord,
  HoldingNode,
  Host,
  ImmediateNode,
  Message,
  NodeContext,
  Observer,
  Outputs,
  TriggerNode,
} from "./contract.ts";
import type { NodeDefinition, WorkflowDefinition, WorkflowEntries } from "./definition.ts";
import { engineError, errorPayload } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { createWorkflow } from "./lifecycle.ts";
import { Recorder } from "./records.ts";

/** Linked into every compiled workflow: `const $ = createEngine(host, {…})` is the first line of the emitted code. */
export function createEngine(host: Host, definition: WorkflowDefinition): Engine {
  return new Engine(host, definition);
}

type HoldingOutputs = Readonly<Record<string, (message: Message, causes: readonly Message[]) => void>>;

/** What an execution may bring with it. */
export interface ExecutionStart {
  readonly acknowledge?: (() => void) | undefined;
  readonly causes?: readonly Message[];
  readonly ended?: (record: ExecutionRecord) => void;
}

/**
 * Executions, errors and counters of one workflow. The emitted code calls from node to node by itself and comes here
 * only where an execution begins or ends, where something failed, or where somebody watches.
 */
export class Engine {
  readonly host: Host;
  readonly definition: WorkflowDefinition;
  /** Messages emitted, by output port. The emitted code counts. */
  readonly counts: Float64Array;
  /** Index of the node at work and the message that it works on: whose error it is when something is thrown. */
  at = 0;
  in: Message = nothing;
  /** True where somebody listens; the emitted code asks before it tells. */
  watching = false;
  /** The execution that the code now running belongs to. */
  execution: Execution = noExecution;
  /** Inside of an error route: a failure there is not routed again. */
  handlingError = false;
  executions = 0;
  errors = 0;
  timeouts = 0;
  dropped = 0;
  inFlight = 0;
  readonly nodeErrors: Float64Array;

  readonly triggers: ReturnType<TriggerNode<never>["create"]>[] = [];
  readonly holdings: ReturnType<HoldingNode<never>["create"]>[] = [];
  readonly asynchronousNodes: ReturnType<AsynchronousNode<never>["create"]>[] = [];
  readonly boundaries: AsynchronousBoundary[] = [];
  /** Called when the last execution under way has ended. */
  onIdle: (() => void) | undefined;
  #entries: WorkflowEntries = { inputs: [], errors: {} };
  readonly #observers = new Set<Observer>();
  #records = 0;
  #holders = 0;
  readonly #idPrefix: string;
  #ids = 0;

  constructor(host: Host, definition: WorkflowDefinition) {
    this.host = host;
    this.definition = definition;
    this.counts = new Float64Array(definition.ports.length);
    this.nodeErrors = new Float64Array(definition.nodes.length);
    // 40 random bits a start, and a running number.
    this.#idPrefix = Math.floor(host.random() * 2 ** 40).toString(36);
  }

  // ------------------------------------------------------------ what the emitted code makes of its nodes

  /** The input of an immediate node that is not emitted inline. */
  immediate<Params>(
    node: number,
    implementation: ImmediateNode<Params>,
    params: Params,
    outputs: Outputs,
  ): (message: Message) => void {
    return implementation.create(this.#context(node), params, outputs);
  }

  asynchronous<Params>(
    node: number,
    implementation: AsynchronousNode<Params>,
    params: Params,
    outputs: Outputs,
  ): (message: Message) => void {
    const instance = implementation.create(this.#context(node), params);
    this.asynchronousNodes.push(instance);
    const boundary = new AsynchronousBoundary(this, node, instance, outputs);
    this.boundaries.push(boundary);
    return (message) => boundary.enter(message);
  }

  holding<Params>(
    node: number,
    implementation: HoldingNode<Params>,
    params: Params,
    outputs: Outputs,
  ): (message: Message, input: string) => void {
    const begins = Object.entries(outputs).map(([port, emit]) => [
      port,
      (message: Message, causes: readonly Message[]) => this.begin(node, message, emit, { causes }),
    ]);
    const instance = implementation.create(
      this.#context(node),
      params,
      Object.fromEntries(begins) as HoldingOutputs,
    );
    this.holdings.push(instance);
    return (message, input) => instance.receive(message, input);
  }

  /** The entry by which a message can be made to come out of the trigger by hand. */
  trigger<Params>(node: number, implementation: TriggerNode<Params>, params: Params, outputs: Outputs): void {
    const begins = Object.entries(outputs).map(([port, emit]) => [
      port,
      (message: Message, acknowledge?: () => void) => this.begin(node, message, emit, { acknowledge }),
    ]);
    this.triggers.push(
      implementation.create(this.#context(node), params, Object.fromEntries(begins) as Outputs),
    );
  }

  /** `state` as expressions see it: the value now, or the declared initial one. */
  stateValues(): Readonly<Record<string, Json>> {
    const values = {};
    for (const [name, { initial, scope }] of Object.entries(this.definition.state)) {
      const store = this.host.storage.open(`${scope === "device" ? "device" : "state"}:`);
      Object.defineProperty(values, name, { enumerable: true, get: () => store.get(name) ?? initial });
    }
    return values;
  }

  workflow(entries: WorkflowEntries): CompiledWorkflow {
    this.#entries = entries;
    return createWorkflow(this, entries);
  }

  // ------------------------------------------------------------ executions

  /** Starts an execution with this message and runs it as far as it goes in this tick. */
  begin(node: number, message: Message, run: (message: Message) => void, start: ExecutionStart = {}): void {
    const execution = this.open(node, start.causes ?? [], start);
    this.within(execution, node, message, false, () => run(message));
    this.release(execution);
  }

  /** An execution with one thing still to do. Whoever opens it releases it. */
  open(node: number, causes: readonly Message[], { acknowledge, ended }: ExecutionStart = {}): Execution {
    this.executions++;
    this.inFlight++;
    return {
      id: this.newId(),
      trigger: node,
      started: this.host.clock.now(),
      pending: 1,
      outcome: "ok",
      acknowledge,
      causes,
      recorder: this.#records > 0 || ended ? new Recorder(() => this.host.clock.monotonic()) : undefined,
      ended,
    };
  }

  /** One thing less to do for an execution; with the last one it ends. */
  release(execution: Execution): void {
    execution.pending--;
    if (execution.pending > 0) return;
    this.inFlight--;
    if (execution.outcome === "error") this.errors++;
    if (execution.acknowledge) this.#acknowledge(execution.acknowledge);
    if (execution.recorder) this.#tell(execution, execution.recorder);
    if (this.inFlight === 0) this.onIdle?.();
  }

  /** Runs code as part of an execution; afterwards everything is as it was, whatever was thrown. */
  within(
    execution: Execution,
    node: number,
    message: Message,
    handlingError: boolean,
    run: () => void,
  ): void {
    const before = [this.execution, this.at, this.in, this.handlingError] as const;
    this.execution = execution;
    this.at = node;
    this.in = message;
    this.handlingError = handlingError;
    try {
      run();
    } catch (error) {
      this.fail(error);
    } finally {
      execution.recorder?.rest();
      [this.execution, this.at, this.in, this.handlingError] = before;
    }
  }

  // ------------------------------------------------------------ errors

  /** Sends what was thrown out by the `error` port of the node at work, else by `any.error`, else into the log. */
  fail(error: unknown): void {
    const node = this.node(this.at);
    const index = this.at;
    const cause = this.in;
    const payload = errorPayload(error, node, this.definition.file);
    this.nodeErrors[index] = (this.nodeErrors[index] ?? 0) + 1;
    if (this.execution.outcome === "ok") this.execution.outcome = "error";
    this.execution.recorder?.failed(payload);
    const message: ErrorMessage = {
      id: cause.id,
      time: this.host.clock.now(),
      topic: cause.topic,
      payload,
      source: cause.source,
      cause,
    };
    if (this.watching) this.emitted(index, "error", message);
    const route = this.handlingError ? undefined : (this.#entries.errors[index] ?? this.#entries.anyError);
    if (route) this.within(this.execution, index, message, true, () => route(message));
    else this.#logError(node, payload.message);
  }

  /** A failure outside of any execution (a timer, a stream): it gets one of its own. */
  failOutside(node: number, error: unknown, cause: Message | undefined): void {
    const message = cause ?? { id: this.newId(), time: this.host.clock.now(), payload: null };
    const execution = this.open(node, cause ? [cause] : []);
    this.within(execution, node, message, false, () => this.fail(error));
    this.release(execution);
  }

  // ------------------------------------------------------------ backpressure

  holdTriggers(): void {
    if (this.#holders++ === 0) for (const trigger of this.triggers) trigger.pause?.();
  }

  releaseTriggers(): void {
    if (--this.#holders === 0) for (const trigger of this.triggers) trigger.resume?.();
  }

  // ------------------------------------------------------------ watching

  enter(node: number): void {
    this.execution.recorder?.enter(this.node(node).id);
  }

  emitted(node: number, port: string, message: Message): void {
    const { id } = this.node(node);
    this.execution.recorder?.emitted(id, port, message);
    for (const { value } of this.#observers) value?.(id, port, message);
  }

  observe(observer: Observer): Disposable {
    this.#observers.add(observer);
    this.#watch(observer.execution ? 1 : 0);
    return {
      dispose: () => {
        if (this.#observers.delete(observer)) this.#watch(observer.execution ? -1 : 0);
      },
    };
  }

  /** Records executions that start from now on (`change` 1), or one listener fewer (-1). */
  #watch(change: number): void {
    this.#records += change;
    this.watching = this.#observers.size > 0;
  }

  #tell(execution: Execution, recorder: Recorder): void {
    const record = recorder.finish({
      id: execution.id,
      trigger: this.node(execution.trigger).id,
      started: execution.started,
      outcome: execution.outcome,
      ...(execution.causes.length > 0 ? { causes: execution.causes.map(({ id }) => id) } : {}),
    });
    for (const observer of this.#observers) observer.execution?.(record);
    execution.ended?.(record);
  }

  // ------------------------------------------------------------ small change

  node(index: number): NodeDefinition {
    const node = this.definition.nodes[index];
    if (!node) throw engineError("EDDY_UNKNOWN_NODE", `There is no node ${index} in this workflow.`);
    return node;
  }

  newId(): string {
    return `${this.#idPrefix}-${(this.#ids++).toString(36)}`;
  }

  #acknowledge(acknowledge: () => void): void {
    this.host.storage.flush().then(acknowledge, (error: unknown) => {
      // What is not durable is not acknowledged: its source sends it again.
      this.#log(
        "error",
        `State could not be written: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }

  #logError(node: NodeDefinition, message: string): void {
    const { host, definition } = this;
    const line = `${message} (${definition.file}:${node.line})`;
    host.log({
      time: host.clock.now(),
      level: "error",
      workflow: definition.id,
      node: node.id,
      message: line,
    });
  }

  #log(level: "error", message: string): void {
    this.host.log({ time: this.host.clock.now(), level, workflow: this.definition.id, message });
  }

  #context(index: number): NodeContext {
    const { host, definition } = this;
    const node = this.node(index);
    return {
      id: node.id,
      host,
      clock: host.clock,
      state: host.storage.open(node.id),
      settings: node.settings ?? {},
      timezone: definition.timezone,
      log: (level, message) =>
        host.log({ time: host.clock.now(), level, workflow: definition.id, node: node.id, message }),
      setState: (name, value) => {
        const scope = definition.state[name]?.scope === "device" ? "device" : "state";
        host.storage.open(`${scope}:`).set(name, value);
      },
      newId: () => this.newId(),
      fail: (error, cause) => this.failOutside(index, error, cause),
    };
  }
}

const nothing: Message = { id: "", time: 0, payload: null };

const noExecution: Execution = {
  id: "",
  trigger: 0,
  started: 0,
  pending: 1,
  outcome: "ok",
  acknowledge: undefined,
  causes: [],
  recorder: undefined,
  ended: undefined,
};
