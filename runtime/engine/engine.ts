import { AsynchronousBoundary } from "./asynchronous.ts";
import { nodeContext, stateOwner } from "./context.ts";
import type {
  AsynchronousNode,
  CompiledWorkflow,
  Connections,
  Disposable,
  ErrorMessage,
  HoldingNode,
  Host,
  ImmediateNode,
  LogLevel,
  Message,
  Observer,
  Outputs,
  TriggerNode,
} from "./contract.ts";
import type { NodeDefinition, PortDefinition, WorkflowDefinition, WorkflowEntries } from "./definition.ts";
import { engineError, errorPayload, messageOf } from "./errors.ts";
import { Execution, type ExecutionStart, type Failures, hasFailed } from "./execution.ts";
import { freeze } from "./freeze.ts";
import { createWorkflow } from "./lifecycle.ts";
import { Recorder } from "./records.ts";
import { secretText } from "./secrets.ts";

/** Linked into every compiled workflow: `const $ = createEngine(host, {…})` is the first line of the emitted code. */
export function createEngine(host: Host, definition: WorkflowDefinition): Engine {
  return new Engine(host, definition);
}

type Receive = (message: Message) => void;

const nothing: Message = { id: "", time: 0, payload: null };
const noStart: ExecutionStart = {};

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
  execution: Execution;
  /** What failed before, where the code now running handles an error. */
  failures: Failures | undefined;
  readonly text = secretText;

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
  /** Whether triggers may start executions, and messages be injected. */
  isRunning = false;
  /** Once true, what ends is given up: it is not acknowledged. */
  isGivingUp = false;
  /** Called when the last execution under way has ended. */
  onIdle: (() => void) | undefined;
  #entries: WorkflowEntries = { inputs: [] };
  readonly #observers = new Set<Observer>();
  #recording = 0;
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
    this.execution = new Execution(0, 0, 0, noStart, undefined);
  }

  // ------------------------------------------------------------ what the emitted code makes of its nodes

  /** The input of an immediate node that is not emitted inline. */
  immediate<Params>(
    node: number,
    implementation: ImmediateNode<Params>,
    params: Params,
    outputs: Outputs,
  ): Receive {
    return implementation.create(nodeContext(this, node), params, this.#guarded(node, outputs));
  }

  /** The input of an asynchronous node: the queue before it. */
  asynchronous<Params>(
    node: number,
    implementation: AsynchronousNode<Params>,
    params: Params,
    outputs: Outputs,
  ): Receive {
    const instance = implementation.create(nodeContext(this, node), params);
    this.asynchronousNodes.push(instance);
    const boundary = new AsynchronousBoundary(this, node, instance, this.#checked(outputs));
    this.boundaries.push(boundary);
    return (message) => boundary.enter(message);
  }

  /** The inputs of a holding node. */
  holding<Params>(
    node: number,
    implementation: HoldingNode<Params>,
    params: Params,
    outputs: Outputs,
  ): (message: Message, input: string) => void {
    const begins = mapOutputs(
      this.#checked(outputs),
      (emit) => (message: Message, causes: readonly Message[]) => this.begin(node, message, emit, { causes }),
    );
    const instance = implementation.create(nodeContext(this, node), params, begins);
    this.holdings.push(instance);
    return (message, input) => instance.receive(message, input);
  }

  trigger<Params>(node: number, implementation: TriggerNode<Params>, params: Params, outputs: Outputs): void {
    const begins = mapOutputs(
      this.#checked(outputs),
      (emit) => (message: Message, acknowledge?: () => void) => {
        // What a closed trigger still emits is not acknowledged; one that cannot pause loses what comes meanwhile.
        if (this.isRunning && (this.#holders === 0 || instance.pause))
          this.begin(node, message, emit, acknowledge ? { acknowledge } : noStart);
        else this.dropped++;
      },
    );
    const instance = implementation.create(nodeContext(this, node), params, begins);
    this.triggers.push(instance);
  }

  connect<Type extends keyof Connections>(
    name: string,
    type: Type,
    params: Readonly<Record<string, unknown>>,
  ): Connections[Type] {
    return this.host.connect(name, type, params);
  }

  /** `state` as expressions see it: the value now, or the declared initial one. `scope` is the subflow, as `alarm/`. */
  state(scope = ""): Readonly<Record<string, unknown>> {
    const values = {};
    for (const [name, { initial, scope: kept }] of Object.entries(this.definition.state ?? {})) {
      if (!name.startsWith(scope) || name.includes("/", scope.length)) continue;
      const own = name.slice(scope.length);
      const { store, key } = stateOwner(this.host, name, own, kept);
      Object.defineProperty(values, own, { enumerable: true, get: () => store.get(key) ?? initial });
    }
    return values;
  }

  workflow(entries: WorkflowEntries): CompiledWorkflow {
    this.#entries = entries;
    return createWorkflow(this, entries);
  }

  // ------------------------------------------------------------ executions

  /** Starts an execution with this message and runs it as far as it goes in this tick. */
  begin(node: number, message: Message, run: Receive, start: ExecutionStart = noStart): void {
    const execution = this.open(node, start);
    this.within(execution, node, message, undefined, run);
    this.release(execution);
  }

  /** An execution with one thing still to do. Whoever opens it releases it. */
  open(node: number, start: ExecutionStart = noStart): Execution {
    this.inFlight++;
    const recorder =
      this.#recording > 0 || start.ended ? new Recorder(() => this.host.clock.monotonic()) : undefined;
    return new Execution(++this.executions, node, this.host.clock.now(), start, recorder);
  }

  /** One thing less to do for an execution; with the last one it ends. */
  release(execution: Execution): void {
    if (--execution.pending > 0) return;
    this.inFlight--;
    if (execution.outcome === "error") this.errors++;
    else if (execution.outcome === "timeout") this.timeouts++;
    const { acknowledge } = execution.start;
    if (acknowledge && !this.isGivingUp) this.#acknowledge(acknowledge);
    if (execution.recorder) this.#tell(execution, execution.recorder);
    if (this.inFlight === 0) this.onIdle?.();
  }

  /** Runs code as part of an execution, with its failures going where they belong. Afterwards all is as it was. */
  within(
    execution: Execution,
    node: number,
    message: Message,
    failures: Failures | undefined,
    run: Receive,
    value = message,
  ): void {
    const { execution: outer, at, in: incoming, failures: outerFailures } = this;
    this.execution = execution;
    this.at = node;
    this.in = message;
    this.failures = failures;
    try {
      run(value);
    } catch (error) {
      this.fail(error);
    }
    execution.recorder?.rest();
    this.execution = outer;
    this.at = at;
    this.in = incoming;
    this.failures = outerFailures;
  }

  // ------------------------------------------------------------ errors

  /** Sends what was thrown out by the `error` port of the node at work, else by `any.error`, else into the log. */
  fail(error: unknown): void {
    const { at, in: cause, execution, failures, host } = this;
    const { id } = this.node(at);
    const payload = errorPayload(error, id, host.locate?.(id, error) ?? `at ${id}`);
    this.nodeErrors[at] = (this.nodeErrors[at] ?? 0) + 1;
    if (execution.outcome === "ok") execution.outcome = "error";
    execution.recorder?.failed(payload);
    const message: ErrorMessage = {
      id: cause.id,
      time: host.clock.now(),
      topic: cause.topic,
      payload,
      source: cause.source,
      cause,
    };
    if (this.watching) this.#show(id, "error", message);
    const route = this.#route(at);
    if (route) this.within(execution, at, message, { node: at, earlier: failures }, route);
    else this.log("error", `${payload.message} (${payload.stack})`, id);
  }

  /** A failure outside of any execution (a timer, a stream): it gets one of its own. */
  failOutside(node: number, error: unknown, cause: Message | undefined): void {
    const message = cause ?? { id: this.newId(), time: this.host.clock.now(), payload: null };
    const raise = () => {
      throw error;
    };
    this.begin(node, message, raise, cause ? { causes: [cause] } : noStart);
  }

  #route(node: number): Receive | undefined {
    const { errors, anyErrors, anyError } = this.#entries;
    const own = errors?.[node];
    if (own) return hasFailed(node, this.failures) ? undefined : own;
    // What handles every error does not get its own.
    return this.failures ? undefined : (anyErrors?.[node] ?? anyError);
  }

  /** Gives each output to code that is not ours: what fails further on does not come back into it. */
  #guarded(node: number, outputs: Outputs): Outputs {
    return mapOutputs(this.#checked(outputs), (emit) => (message: Message) => {
      const { in: incoming } = this;
      try {
        emit(message);
      } catch (error) {
        this.fail(error);
      }
      this.at = node;
      this.in = incoming;
    });
  }

  #checked(outputs: Outputs): Outputs {
    if (!this.definition.debug) return outputs;
    return mapOutputs(outputs, (emit) => (message: Message) => emit(freeze(message)));
  }

  // ------------------------------------------------------------ backpressure

  holdTriggers(): void {
    if (this.#holders++ === 0) for (const trigger of this.triggers) trigger.pause?.();
  }

  releaseTriggers(): void {
    if (--this.#holders === 0) for (const trigger of this.triggers) trigger.resume?.();
  }

  // ------------------------------------------------------------ watching

  /** A node takes a message. Only called while somebody watches. */
  enter(node: number): void {
    this.execution.recorder?.enter(this.node(node).id);
  }

  /** A message comes out of a port. Only called while somebody watches. */
  emitted(port: number, message: Message): void {
    const { node, name } = this.port(port);
    const { id } = this.node(node);
    this.execution.recorder?.emitted(id, name, message);
    this.#show(id, name, message);
  }

  observe(observer: Observer): Disposable {
    const recorded = observer.execution ? 1 : 0;
    this.#observers.add(observer);
    this.#recording += recorded;
    this.watching = true;
    return {
      dispose: () => {
        if (!this.#observers.delete(observer)) return;
        this.#recording -= recorded;
        this.watching = this.#observers.size > 0;
      },
    };
  }

  /** Whoever looks on cannot disturb what it looks at. */
  #show(node: string, port: string, message: Message): void {
    for (const { value } of this.#observers) {
      try {
        value?.(node, port, message);
      } catch (error) {
        this.log("warn", `An observer failed: ${messageOf(error)}`, node);
      }
    }
  }

  #tell(execution: Execution, recorder: Recorder): void {
    const { causes = [], ended } = execution.start;
    const record = recorder.finish({
      id: `${this.#idPrefix}.${execution.number.toString(36)}`,
      trigger: this.node(execution.trigger).id,
      started: execution.started,
      outcome: execution.outcome,
      ...(causes.length > 0 ? { causes: causes.map(({ id }) => id) } : {}),
    });
    for (const observer of this.#observers) {
      try {
        observer.execution?.(record);
      } catch (error) {
        this.log("warn", `An observer failed: ${messageOf(error)}`);
      }
    }
    ended?.(record);
  }

  // ------------------------------------------------------------ small change

  node(index: number): NodeDefinition {
    const node = this.definition.nodes[index];
    if (!node) throw engineError("EDDY_UNKNOWN_NODE", `There is no node ${index} in this workflow.`);
    return node;
  }

  port(index: number): PortDefinition {
    const port = this.definition.ports[index];
    if (!port) throw engineError("EDDY_UNKNOWN_NODE", `There is no port ${index} in this workflow.`);
    return port;
  }

  newId(): string {
    return `${this.#idPrefix}-${(this.#ids++).toString(36)}`;
  }

  log(level: LogLevel, message: string, node?: string): void {
    const { host, definition } = this;
    const record = { time: host.clock.now(), level, workflow: definition.id, message };
    host.log(node === undefined ? record : { ...record, node });
  }

  #acknowledge(acknowledge: () => void): void {
    this.host.storage.flush().then(acknowledge, (error: unknown) => {
      // What is not durable is not acknowledged: its source sends it again.
      this.log("error", `State could not be written: ${messageOf(error)}`);
    });
  }
}

function mapOutputs<Emit>(outputs: Outputs, change: (emit: Receive) => Emit): Readonly<Record<string, Emit>> {
  return Object.fromEntries(Object.entries(outputs).map(([port, emit]) => [port, change(emit)]));
}
