import type { Json, NodeSettings } from "../../language/model.ts";
import { asynchronous } from "../../runtime/engine/asynchronous.ts";
import type { VirtualClock } from "../../runtime/engine/clock.ts";
import type {
  CompiledWorkflow,
  ErrorMessage,
  Message,
  NodeImplementation,
  WorkflowCounters,
} from "../../runtime/engine/contract.ts";
import type { WorkflowDefinition } from "../../runtime/engine/definition.ts";
import { createEngine, type Engine } from "../../runtime/engine/engine.ts";
import { holding, immediate, trigger } from "../../runtime/engine/nodes.ts";
import { openSpill } from "../../runtime/engine/spill.ts";
import { stateValues } from "../../runtime/engine/state.ts";
import { createMemoryHost, type MemoryHost, type MemoryHostOptions } from "./memory-host.ts";

export interface HarnessOptions extends MemoryHostOptions {
  /** Output ports without `error`; `out` where nothing is said. */
  readonly ports?: readonly string[];
  readonly settings?: NodeSettings;
  /** The names of the inputs, for a node that has several. */
  readonly inputs?: readonly string[];
  readonly timezone?: string;
  readonly id?: string;
  /** Declared `state:` of the workflow. */
  readonly state?: Readonly<
    Record<string, { readonly initial: Json; readonly scope: "workflow" | "device" }>
  >;
  /** The host of another harness: its storage, time and connections go on. */
  readonly host?: MemoryHost;
}

export interface Emission {
  readonly port: string;
  readonly message: Message;
}

/** One node in a real engine, between a test that sends and a test that looks. */
export interface NodeHarness {
  readonly host: MemoryHost;
  readonly clock: VirtualClock;
  /** Everything that came out, errors included, in order. */
  readonly emissions: readonly Emission[];
  messages(port?: string): readonly Message[];
  payloads(port?: string): readonly unknown[];
  readonly errors: readonly ErrorMessage[];
  /** Values of the workflow's `state:` as expressions read them. */
  readonly state: Readonly<Record<string, unknown>>;
  counters(): WorkflowCounters;
  /** Restores and opens. Not needed where the node is neither a trigger nor holds or opens anything. */
  start(): Promise<void>;
  /** Sends a message into the node; what it emits at once is there when this returns. Returns what was sent. */
  send(message: Partial<Message>, input?: string): Message;
  /** Resolves when no execution is under way. Does not move the clock. */
  settled(): Promise<void>;
  stop(deadline?: number): Promise<void>;
  /** Stops, and starts a second instance on what the first one left in storage. */
  restart(): Promise<void>;
}

/** Puts a node into an engine of its own, on virtual time and a host in memory. */
export function createNodeHarness<Params>(
  implementation: NodeImplementation<Params>,
  params: Params,
  options: HarnessOptions = {},
): NodeHarness {
  const host = options.host ?? createMemoryHost(options);
  const emissions: Emission[] = [];
  let sent = 0;
  let instance = createInstance(implementation, params, options, host, emissions);
  const messages = (port = "out") =>
    emissions.filter((emission) => emission.port === port).map(({ message }) => message);
  const harness: NodeHarness = {
    host,
    clock: host.clock,
    emissions,
    messages,
    payloads: (port) => messages(port).map(({ payload }) => payload),
    get errors() {
      return messages("error").map((message) => message as ErrorMessage);
    },
    get state() {
      return stateValues(instance.engine);
    },
    counters: () => instance.workflow.counters(),
    start: () => instance.workflow.start(),
    send(partial, input = "in") {
      const message: Message = {
        id: `message-${++sent}`,
        time: host.clock.now(),
        payload: undefined,
        ...partial,
      };
      instance.engine.begin(0, message, (one) => instance.receive(one, input));
      return message;
    },
    settled: () =>
      new Promise((resolve) => {
        if (instance.engine.totals.inFlight === 0) resolve();
        else instance.engine.onIdle = resolve;
      }),
    async stop(deadline = 0) {
      const stopped = instance.workflow.stop(deadline);
      await host.clock.advance(deadline);
      await stopped;
    },
    async restart() {
      await harness.stop();
      instance = createInstance(implementation, params, options, host, emissions);
      await instance.workflow.start();
    },
  };
  return harness;
}

interface Instance {
  readonly engine: Engine;
  readonly workflow: CompiledWorkflow;
  readonly receive: (message: Message, input?: string) => void;
}

function createInstance<Params>(
  implementation: NodeImplementation<Params>,
  params: Params,
  options: HarnessOptions,
  host: MemoryHost,
  emissions: Emission[],
): Instance {
  const ports = options.ports ?? ["out"];
  const collect = (port: string) => (message: Message) => void emissions.push({ port, message });
  const outputs = Object.fromEntries(ports.map((port) => [port, collect(port)]));
  const engine = createEngine(host, definition(options, ports));
  const receive = connect(engine, implementation, params, outputs);
  const workflow = engine.workflow({ inputs: [receive], errors: { 0: collect("error") } });
  return { engine, workflow, receive };
}

function connect<Params>(
  engine: Engine,
  implementation: NodeImplementation<Params>,
  params: Params,
  outputs: Readonly<Record<string, (message: Message) => void>>,
): (message: Message, input?: string) => void {
  switch (implementation.timing) {
    case "immediate":
      return immediate(engine, 0, implementation, params, outputs);
    case "asynchronous":
      return asynchronous(engine, 0, implementation, params, outputs, openSpill);
    case "holding":
      return holding(engine, 0, implementation, params, outputs);
    case "trigger":
      trigger(engine, 0, implementation, params, outputs);
      return () => {
        throw new Error("A trigger has no input: let the host make it fire.");
      };
  }
}

function definition(options: HarnessOptions, ports: readonly string[]): WorkflowDefinition {
  const id = options.id ?? "node";
  return {
    id: "test",
    timezone: options.timezone ?? "UTC",
    queue: { limit: 1000, overflow: "block" },
    nodes: [
      {
        id,
        ...(options.settings ? { settings: options.settings } : {}),
        ...(options.inputs ? { inputs: options.inputs } : {}),
      },
    ],
    ports: ports.map((name) => ({ node: 0, name })),
    state: options.state ?? {},
  };
}
