import type {
  CompiledWorkflow,
  ExecutionRecord,
  InjectedMessage,
  Message,
  WorkflowCounters,
} from "./contract.ts";
import type { WorkflowEntries } from "./definition.ts";
import type { Engine } from "./engine.ts";
import { engineError, messageOf } from "./errors.ts";

/** Starting, stopping and looking at a workflow whose nodes are all made. */
export function createWorkflow(engine: Engine, entries: WorkflowEntries): CompiledWorkflow {
  return {
    async start() {
      try {
        await open(engine);
      } catch (error) {
        await close(engine, 0);
        throw error;
      }
    },
    stop: (deadline) => close(engine, deadline),
    inject: (node, message) => inject(engine, entries, node, message),
    observe: (observer) => engine.observe(observer),
    counters: () => counters(engine),
  };
}

async function open(engine: Engine): Promise<void> {
  for (const node of engine.asynchronousNodes) await node.open?.();
  for (const holding of engine.holdings) holding.restore?.();
  engine.phase = "running";
  for (const boundary of engine.boundaries) boundary.restore();
  // Last, so that a message finds everything in place.
  for (const trigger of engine.triggers) await trigger.open();
}

/** Goes on whatever fails on the way: what can be closed is closed. */
async function close(engine: Engine, deadline: number): Promise<void> {
  const attempt = async (step: () => Promise<void> | void) => {
    try {
      await step();
    } catch (error) {
      engine.log("error", `While stopping: ${messageOf(error)}`);
    }
  };
  engine.phase = "stopping";
  for (const trigger of engine.triggers) await attempt(() => trigger.close());
  await drained(engine, deadline);
  engine.phase = "giving-up";
  for (const boundary of engine.boundaries) await attempt(() => boundary.giveUp());
  for (const holding of engine.holdings) await attempt(() => holding.close?.());
  for (const node of engine.asynchronousNodes) await attempt(() => node.close?.());
  await engine.host.storage.flush();
  // Once more: what was acknowledged just then may have written where it goes on after a restart.
  await engine.host.storage.flush();
}

/** Resolves when nothing is under way any more, or at the deadline (milliseconds). */
function drained(engine: Engine, deadline: number): Promise<void> {
  if (engine.totals.inFlight === 0 || deadline <= 0) return Promise.resolve();
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
  if (engine.phase !== "running") {
    throw engineError("EDDY_NOT_RUNNING", "The workflow is not running. Start it first.");
  }
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
  const watching = engine.observe({});
  try {
    return await new Promise<ExecutionRecord>((ended) => {
      engine.begin(index, message, input, { ended });
    });
  } finally {
    watching.dispose();
  }
}

/** What a node received is what was emitted into it; only emissions are counted while messages pass. */
function counters(engine: Engine): WorkflowCounters {
  const { definition, counts, nodeErrors, totals } = engine;
  const nodes = definition.nodes.map(({ id }, index) => ({
    id,
    received: 0,
    emitted: 0,
    errors: nodeErrors[index] ?? 0,
    ports: {} as Record<string, number>,
  }));
  for (const [at, { node, name = "out", to = [] }] of definition.ports.entries()) {
    const count = counts[at] ?? 0;
    const from = node === undefined ? undefined : nodes[node];
    if (from) {
      from.emitted += count;
      from.ports[name] = count;
    }
    for (const target of to) {
      const into = nodes[target];
      if (into) into.received += count;
    }
  }
  return { ...totals, nodes };
}
