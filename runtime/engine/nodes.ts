import type {
  HoldingNode,
  ImmediateNode,
  KeyValueStore,
  Message,
  NodeContext,
  Outputs,
  TriggerNode,
} from "./contract.ts";
import type { Engine } from "./engine.ts";
import { stateOwner } from "./state.ts";

type Receive = (message: Message) => void;

/**
 * The input of an immediate node that is not emitted inline. As every node's input it never throws: what fails in it
 * leaves by its error route, so that nothing of one node gets into the code of another.
 */
export function immediate<Params>(
  engine: Engine,
  node: number,
  implementation: ImmediateNode<Params>,
  params: Params,
  outputs: Outputs,
): Receive {
  const receive = implementation.create(nodeContext(engine, node), params, outputs);
  return (message) => {
    if (engine.watching) engine.enter(node);
    try {
      receive(message);
    } catch (error) {
      engine.failed(node, message, error);
    }
  };
}

/** The inputs of a holding node. */
export function holding<Params>(
  engine: Engine,
  node: number,
  implementation: HoldingNode<Params>,
  params: Params,
  outputs: Outputs,
): (message: Message, input?: string) => void {
  const begins = mapOutputs(
    outputs,
    (emit) => (message: Message, causes: readonly Message[]) => engine.begin(node, message, emit, { causes }),
  );
  const instance = implementation.create(nodeContext(engine, node), params, begins);
  engine.holdings.push(instance);
  return (message, input = "in") => {
    if (engine.watching) engine.enter(node);
    try {
      instance.receive(message, input);
    } catch (error) {
      engine.failed(node, message, error);
    }
  };
}

export function trigger<Params>(
  engine: Engine,
  node: number,
  implementation: TriggerNode<Params>,
  params: Params,
  outputs: Outputs,
): void {
  const begins = mapOutputs(outputs, (emit) => (message: Message, acknowledge?: () => void) => {
    if (acknowledge && engine.host.witness?.isKept(message)) {
      engine.totals.dropped++;
      acknowledge();
      return;
    }
    // What a closed trigger still emits is not acknowledged; one that cannot pause loses what comes meanwhile.
    if (engine.phase === "running" && (engine.full === 0 || instance.pause))
      engine.begin(node, message, emit, acknowledge && { acknowledge });
    else engine.totals.dropped++;
  });
  const instance = implementation.create(nodeContext(engine, node), params, begins);
  engine.triggers.push(instance);
}

export function mapOutputs<Emit>(
  outputs: Outputs,
  change: (emit: Receive) => Emit,
): Readonly<Record<string, Emit>> {
  return Object.fromEntries(Object.entries(outputs).map(([port, emit]) => [port, change(emit)]));
}

/** What a node gets beside its params. */
export function nodeContext(engine: Engine, node: number): NodeContext {
  const { host, definition } = engine;
  const id = engine.idOf(node);
  let state: KeyValueStore | undefined;
  return {
    id,
    host,
    clock: host.clock,
    get state() {
      state ??= host.storage.open(id);
      return state;
    },
    settings: definition.nodes[node]?.settings ?? {},
    inputs: definition.nodes[node]?.inputs ?? ["in"],
    // The first look at time zones takes a good part of a cold start, and few nodes ask.
    get timezone() {
      return definition.timezone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
    },
    log: (level, message) => engine.log(level, message, id),
    setState(name, value) {
      const { store, key } = stateOwner(engine, id.slice(0, id.lastIndexOf("/") + 1), name);
      store.set(key, value);
    },
    newId: engine.newId,
    fail(error, cause = { id: engine.newId(), time: host.clock.now(), payload: null }) {
      // It belongs to no execution (a timer, a stream), so that it gets one of its own.
      engine.begin(node, cause, () => {
        throw error;
      });
    },
  };
}
