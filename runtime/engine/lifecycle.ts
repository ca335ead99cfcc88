import type {
  CompiledWorkflow,
  ExecutionRecord,
  InjectedMessage,
  Message,
  WorkflowCounters,
} from "./contract.ts";
import type { WorkflowEntries } from "./definition.ts";
import type { Engine } from "./engine.ts";
import { engineError } from "./errors.ts";

/** Starting, stopping and looking at a workflow whose nodes are all made. */
export function createWorkflow(engine: Engine, entries: WorkflowEntries): CompiledWorkflow {
  return {
    async start() {
      for (const node of engine.asynchronousNodes) await node.open?.();
      for (const boundary of engine.boundaries) boundary.restore();
      for (const holding of engine.holdings) holding.restore?.();
      // Last, so that a message finds everything in place.
      for (const trigger of engine.triggers) await trigger.open();
    },
    async stop(deadline) {
      for (const trigger of engine.triggers) await trigger.close();
      await drained(engine, deadline);
      for (const boundary of engine.boundaries) boundary.abort();
      for (const holding of engine.holdings) holding.close?.();
      for (const node of engine.asynchronousNodes) await node.close?.();
      await engine.host.storage.flush();
    },
    inject: (node, message) => inject(engine, entries, node, message),
    observe: (observer) => engine.observe(observer),
    counters: () => counters(engine),
  };
}

/** Resolves when nothing is under way any more, or at the deadline (milliseconds). */
function drained(engine: Engine, deadline: number): Promise<void> {
  if (engine.inFlight === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = engine.host.clock.after(deadline, resolve);
    engine.onIdle = () => {
      timer.cancel();
      resolve();
    };
  });
}

async function inject(
  engine: Engine,
  entries: WorkflowEntries,
  id: string,
  { payload, topic, source }: InjectedMessage,
): Promise<ExecutionRecord> {
  const index = engine.definition.nodes.findIndex((node) => node.id === id);
  const input = entries.inputs[index];
  if (!input) {
    const known = engine.definition.nodes.map((node) => node.id).join(", ");
    throw engineError(
      "EDDY_UNKNOWN_NODE",
      `There is no node "${id}" in this workflow. Its nodes are: ${known}.`,
    );
  }
  const message: Message = { id: engine.newId(), time: engine.host.clock.now(), topic, payload, source };
  // Whoever injects wants to see what every node did.
  const watching = engine.observe({ execution: () => {} });
  try {
    return await new Promise<ExecutionRecord>((ended) => {
      engine.begin(index, message, (one) => input(one, "in"), { ended });
    });
  } finally {
    watching.dispose();
  }
}

/** What a node received is what was emitted into it; only emissions are counted while messages pass. */
function counters(engine: Engine): WorkflowCounters {
  const { definition, counts, nodeErrors } = engine;
  const count = (port: number) => counts[port] ?? 0;
  return {
    executions: engine.executions,
    errors: engine.errors,
    timeouts: engine.timeouts,
    dropped: engine.dropped,
    inFlight: engine.inFlight,
    nodes: definition.nodes.map(({ id }, index) => ({
      id,
      received: (definition.fedBy[index] ?? []).reduce((sum, port) => sum + count(port), 0),
      emitted: definition.ports.reduce((sum, port, at) => (port.node === index ? sum + count(at) : sum), 0),
      ports: Object.fromEntries(
        definition.ports.flatMap((port, at) => (port.node === index ? [[port.name, count(at)]] : [])),
      ),
      errors: nodeErrors[index] ?? 0,
    })),
  };
}
