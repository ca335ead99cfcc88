import type {
  AsynchronousNode,
  CompiledWorkflow,
  ErrorMessage,
  HoldingNode,
  Host,
  LogLevel,
  Message,
  Observer,
  TriggerNode,
} from "./contract.ts";
import type { WorkflowDefinition, WorkflowEntries } from "./definition.ts";
import { errorPayload, messageOf } from "./errors.ts";
import { type Execution, type ExecutionStart, type Failures, hasFailed } from "./execution.ts";
import { createWorkflow } from "./lifecycle.ts";
import { createRecorder } from "./records.ts";

type Receive = (message: Message) => void;

/**
 * Executions, errors and counters of one workflow. The emitted code calls from node to node by itself and comes here
 * only where an execution begins or ends, where something failed, or where somebody watches.
 *
 * Linked into every workflow, so that size counts here: parts that not every workflow needs are functions of their own
 * (`nodes.ts`, `asynchronous.ts`, `state.ts`), which fall out where nothing calls them.
 */
export interface Engine {
  readonly host: Host;
  readonly definition: WorkflowDefinition;
  /** Messages emitted, by output port. The emitted code counts. */
  readonly counts: Float64Array;
  /** Index of the node at work and the message that it works on: whose error it is when something is thrown. */
  at: number;
  in: Message;
  /** True where somebody listens; the emitted code asks before it tells. */
  watching: boolean;
  /** The execution that the code now running belongs to. */
  underWay(): Execution;
  /** What failed before, where the code now running handles an error. */
  failures: Failures | undefined;
  readonly totals: {
    executions: number;
    errors: number;
    timeouts: number;
    dropped: number;
    inFlight: number;
  };
  /** By node. */
  readonly nodeErrors: Float64Array;
  readonly triggers: ReturnType<TriggerNode<never>["create"]>[];
  readonly holdings: ReturnType<HoldingNode<never>["create"]>[];
  readonly asynchronousNodes: ReturnType<AsynchronousNode<never>["create"]>[];
  readonly boundaries: { restore(): void; giveUp(): void }[];
  /** How many boundaries can take no more. */
  full: number;
  /** Triggers may start executions, and messages be injected, while it is running. What ends once it gives up is not acknowledged. */
  phase: "made" | "running" | "stopping" | "giving-up";
  /** Called when the last execution under way has ended. */
  onIdle: (() => void) | undefined;

  /** Starts an execution with this message and runs it as far as it goes in this tick. */
  begin(node: number, message: Message, run: Receive, start?: ExecutionStart): void;
  /** An execution with one thing still to do. Whoever opens it releases it. */
  open(node: number, message: Message, start?: ExecutionStart): Execution;
  /** One thing less to do for an execution; with the last one it ends. */
  release(execution: Execution): void;
  /** Runs code as part of an execution, with its failures going where they belong. Afterwards all is as it was. */
  within(
    execution: Execution,
    node: number,
    message: Message,
    failures: Failures | undefined,
    run: Receive,
    value?: Message,
  ): void;
  /** The same for what a node threw that was at work on this message. */
  failed(node: number, message: Message, error: unknown): void;
  /** Sends what was thrown out by the `error` port of the node at work, else by `any.error`, else into the log. */
  fail(error: unknown): void;
  /** A node takes a message. Only called while somebody watches. */
  enter(node: number): void;
  /** A message comes out of a port. Only called while somebody watches. */
  emitted(port: number, message: Message): void;
  observe(observer: Observer): { dispose(): void };
  newId(): string;
  log(level: LogLevel, message: string, node?: string): void;
  idOf(node: number): string;
  /** The running workflow, once all nodes are made. */
  workflow(entries: WorkflowEntries): CompiledWorkflow;
}

const nothing: Message = { id: "", time: 0, payload: null };
const noStart: ExecutionStart = {};

/** TypeScript takes what a variable has been given last for all that it may ever be; functions called meanwhile may change it. */
function optional<Value>(value: Value | undefined): Value | undefined {
  return value;
}

/** The first line of the emitted code: `const $ = createEngine(host, {…})`. */
export function createEngine(host: Host, definition: WorkflowDefinition): Engine {
  // 40 random bits a start, and a running number.
  const prefix = Math.floor(host.random() * 2 ** 40).toString(36);
  const observers = new Set<Observer>();
  const { witness } = host;
  let entries: WorkflowEntries = { inputs: [] };
  let ids = 0;
  let recording = 0;
  let records = 0;

  const totals = { executions: 0, errors: 0, timeouts: 0, dropped: 0, inFlight: 0 };
  const newExecution = (node: number, message: Message, start: ExecutionStart): Execution => ({
    trigger: node,
    message,
    started: host.clock.now(),
    pending: 1,
    outcome: "ok",
    start,
    recorder: recording > 0 || start.ended ? createRecorder(host.clock) : undefined,
  });

  /** For what runs outside of every execution. */
  const outside = newExecution(0, nothing, noStart);
  /**
   * The execution under way, once somebody has asked for it. Most run through in one go and nobody does: for them there
   * is only what they would be made of.
   */
  let current = optional(outside);
  const begun = { node: 0, message: nothing, start: noStart };

  const engine: Engine = {
    host,
    definition,
    // With a buffer of its own V8 knows where a counter lies; a small array alone is moved about by the garbage collector.
    counts: new Float64Array(new ArrayBuffer(definition.ports.length * Float64Array.BYTES_PER_ELEMENT)),
    at: 0,
    in: nothing,
    watching: false,
    failures: undefined,
    totals,
    nodeErrors: new Float64Array(definition.nodes.length),
    triggers: [],
    holdings: [],
    asynchronousNodes: [],
    boundaries: [],
    full: 0,
    phase: "made",
    onIdle: undefined,

    begin(node, message, run, start) {
      totals.executions++;
      if (start || witness || recording > 0 || current !== outside) {
        beginWith(node, message, run, start ?? noStart);
        return;
      }
      // The way of most messages. Nothing young is written into what is old: the garbage collector would have to know.
      begun.node = node;
      current = optional<Execution>(undefined);
      try {
        run(message);
      } catch (error) {
        engine.failed(node, message, error);
      }
      const execution = current;
      current = outside;
      if (execution) rested(execution);
    },

    underWay() {
      if (!current) {
        totals.inFlight++;
        current = newExecution(begun.node, begun.message, begun.start);
      }
      return current;
    },

    open(node, message, start = noStart) {
      totals.inFlight++;
      totals.executions++;
      return newExecution(node, message, start);
    },

    release(execution) {
      if (--execution.pending > 0) return;
      totals.inFlight--;
      if (execution.outcome === "error") totals.errors++;
      else if (execution.outcome === "timeout") totals.timeouts++;
      const { acknowledge } = execution.start;
      if (acknowledge) acknowledged(acknowledge);
      tell(execution);
      if (totals.inFlight === 0) engine.onIdle?.();
    },

    within(execution, node, message, failures, run, value = message) {
      const outer = current;
      const { at, in: incoming, failures: outerFailures } = engine;
      current = execution;
      engine.at = node;
      engine.in = message;
      engine.failures = failures;
      const before = witness?.enter(node, execution.trigger, execution.message);
      try {
        run(value);
      } catch (error) {
        engine.fail(error);
      }
      execution.recorder?.rest();
      current = outer;
      engine.at = at;
      engine.in = incoming;
      engine.failures = outerFailures;
      if (before !== undefined) leave(before, at);
    },

    failed(node, message, error) {
      const { at, in: incoming } = engine;
      engine.at = node;
      engine.in = message;
      engine.fail(error);
      // Whose code called this one may fail as well.
      engine.at = at;
      engine.in = incoming;
    },

    fail(error) {
      const { at, in: cause, failures } = engine;
      const execution = engine.underWay();
      const id = engine.idOf(at);
      const payload = errorPayload(
        host.explain?.(id, error) ?? error,
        id,
        host.locate?.(id, error) ?? `at ${id}`,
      );
      engine.nodeErrors[at] = (engine.nodeErrors[at] ?? 0) + 1;
      if (execution.outcome === "ok") execution.outcome = "error";
      execution.recorder?.failed(payload);
      const since = host.clock.now();
      const message: ErrorMessage = {
        id: cause.id,
        time: since,
        topic: cause.topic,
        payload,
        source: cause.source,
        cause,
      };
      show(id, "error", message);
      const route = routeOf(at);
      if (route) engine.within(execution, at, message, { node: at, since, earlier: failures }, route);
      else engine.log("error", `${payload.message} (${payload.stack})`, id);
    },

    enter: (node) => current?.recorder?.enter(engine.idOf(node)),

    emitted(index, message) {
      const { node, name = "out" } = definition.ports[index] ?? {};
      if (node === undefined) return;
      const id = engine.idOf(node);
      current?.recorder?.emitted(id, name, message);
      show(id, name, message);
    },

    observe(observer) {
      const recorded = observer.execution ? 1 : 0;
      observers.add(observer);
      recording += recorded;
      engine.watching = true;
      return {
        dispose() {
          if (!observers.delete(observer)) return;
          recording -= recorded;
          engine.watching = observers.size > 0;
        },
      };
    },

    newId: () => `${prefix}-${(ids++).toString(36)}`,

    log(level, message, node) {
      const record = { time: host.clock.now(), level, workflow: definition.id, message };
      host.log(node === undefined ? record : { ...record, node });
    },

    idOf: (node) => definition.nodes[node]?.id ?? "",

    workflow(own) {
      entries = own;
      return createWorkflow(engine, own);
    },
  };

  /** With all that an execution may bring, and inside of another one. */
  function beginWith(node: number, message: Message, run: Receive, start: ExecutionStart): void {
    const outer = current;
    const outerBegun = { ...begun };
    const { failures } = engine;
    Object.assign(begun, { node, message, start });
    current = optional<Execution>(undefined);
    if (recording > 0 || start.ended) engine.underWay();
    engine.failures = undefined;
    const before = witness?.enter(node, node, message);
    try {
      run(message);
    } catch (error) {
      engine.failed(node, message, error);
    }
    const execution = current;
    current = outer;
    Object.assign(begun, outerBegun);
    engine.failures = failures;
    if (before !== undefined) leave(before, engine.at);
    if (execution) rested(execution);
    else if (start.acknowledge) acknowledged(start.acknowledge);
  }

  /** Its synchronous part is done. */
  function rested(execution: Execution): void {
    execution.recorder?.rest();
    engine.release(execution);
  }

  function leave(before: number, at: number): void {
    const { trigger, message } = engine.underWay();
    witness?.leave(before, at, trigger, message);
  }

  /** Once what the execution wrote is durable, its source may forget the message. */
  function acknowledged(acknowledge: () => void): void {
    if (engine.phase === "giving-up") return;
    host.storage.flush().then(acknowledge, (error: unknown) =>
      // What is not durable is not acknowledged: its source sends it again.
      engine.log("error", `State could not be written: ${messageOf(error)}`),
    );
  }

  function routeOf(node: number): Receive | undefined {
    const own = entries.errors?.[node];
    if (own) return hasFailed(node, engine.failures) ? undefined : own;
    // What handles every error does not get its own.
    return engine.failures ? undefined : (entries.anyErrors?.[node] ?? entries.anyError);
  }

  function show(node: string, port: string, message: Message): void {
    for (const { value } of observers) undisturbed(() => value?.(node, port, message));
  }

  function tell({ recorder, start, trigger, started, outcome }: Execution): void {
    if (!recorder) return;
    const record = recorder.finish({
      id: `${prefix}.${(records++).toString(36)}`,
      trigger: engine.idOf(trigger),
      started,
      outcome,
      ...(start.causes ? { causes: start.causes.map(({ id }) => id) } : {}),
    });
    for (const { execution } of observers) undisturbed(() => execution?.(record));
    start.ended?.(record);
  }

  /** Whoever looks on cannot disturb what it looks at. */
  function undisturbed(look: () => void): void {
    try {
      look();
    } catch (error) {
      engine.log("warn", `An observer failed: ${messageOf(error)}`);
    }
  }

  return engine;
}
