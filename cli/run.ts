import { injectedRecord } from "../runtime/agent/worker/watching.ts";
import { createVirtualClock, systemClock, type VirtualClock } from "../runtime/engine/clock.ts";
import type { CompiledWorkflow, ExecutionRecord } from "../runtime/engine/contract.ts";
import { type RunningWorkflow, runWorkflow } from "../runtime/run.ts";
import type { RunEvent } from "./contract.ts";
import type { Values } from "./values.ts";

export interface Injection {
  readonly node: string;
  readonly payload: unknown;
}

export interface RunRequest {
  readonly artifact: Uint8Array;
  readonly values: Values;
  /** Milliseconds. Without it until all that was injected has ended; without that until it is interrupted. */
  readonly duration: number | undefined;
  readonly injections: readonly Injection[];
  readonly time: "real" | "virtual";
  readonly tell: (event: RunEvent) => void;
  /** Resolves when more may be told. */
  readonly drained: () => Promise<void>;
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly summary: Extract<RunEvent, { event: "summary" }>;
  /** Injected executions that did not end well, or not at all. */
  readonly failed: number;
}

/** Milliseconds that executions under way have at the end of a run. */
const patience = 5_000;

/** Runs a compiled workflow in this process and tells what it does until it is over. */
export async function runHere(request: RunRequest): Promise<RunResult> {
  const virtual = request.time === "virtual" ? createVirtualClock() : undefined;
  const statistics = new Statistics();
  const told = heldBack(request.tell);
  const running = runWorkflow(request.artifact, {
    ...request.values,
    clock: virtual ?? systemClock(),
    log: ({ level, node, message }) =>
      told.tell({ event: "log", level, ...(node === undefined ? {} : { node }), message }),
  });
  running.workflow.observe({
    execution: (record) => {
      statistics.add(record);
      told.tell({ event: "execution", ...plain(record, running) });
    },
  });
  await start(running);
  told.release();
  const injected = injectAll(running.workflow, request.injections);
  try {
    const isBounded = request.duration === undefined && request.injections.length > 0;
    const over = isBounded ? injected.ended : new Promise<never>(() => {});
    if (virtual) await passVirtual(virtual, over, request);
    else await passReal(over, request);
  } finally {
    // On virtual time nothing passes any more, so there is nothing to wait for.
    await running.stop(virtual ? 0 : patience);
  }
  return { summary: statistics.summary(), failed: injected.failed() };
}

async function start(running: RunningWorkflow): Promise<void> {
  try {
    await running.start();
  } catch (error) {
    await running.host.close();
    throw error;
  }
}

/** What happens while the triggers open is told after the start. */
function heldBack(tell: RunRequest["tell"]) {
  let held: RunEvent[] | undefined = [];
  return {
    tell: (event: RunEvent) => (held ? void held.push(event) : tell(event)),
    release: () => {
      const events = held ?? [];
      held = undefined;
      tell({ event: "started" });
      for (const event of events) tell(event);
    },
  };
}

/** As it can be printed: secrets taken out, values as plain data. */
function plain(record: ExecutionRecord, { host }: RunningWorkflow) {
  const { nodes, causes, ...rest } = injectedRecord(record, host.redact);
  return {
    ...rest,
    nodes: nodes.map(({ output, ...node }) => ({
      ...node,
      ...(output === undefined ? {} : { output: output.map(({ port, message }) => ({ port, message })) }),
    })),
    ...(causes === undefined ? {} : { causes: [...causes] }),
  };
}

function injectAll(workflow: CompiledWorkflow, injections: readonly Injection[]) {
  let done = 0;
  // All at once: they reach the workflow in this order, and none waits for what another one waits for.
  const executions = injections.map(async ({ node, payload }) => {
    const { outcome } = await workflow.inject(node, { payload });
    if (outcome === "ok") done++;
  });
  const ended = Promise.all(executions).then(() => {});
  // A failure is told by whoever waits for the end; where nobody does, it counts.
  ended.catch(() => {});
  return { ended, failed: () => injections.length - done };
}

/** Until the time is up, `over` resolves, or the person has had enough. */
async function passReal(over: Promise<void>, { duration, signal }: RunRequest): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stop = () => {};
  const ended = new Promise<void>((resolve) => {
    stop = resolve;
    if (signal.aborted) resolve();
    signal.addEventListener("abort", stop, { once: true });
    // Keeps the process alive as well, where nothing else does.
    timer = setInterval(resolve, duration ?? 2 ** 31 - 1);
  });
  try {
    await Promise.race([ended, over]);
  } finally {
    clearInterval(timer);
    signal.removeEventListener("abort", stop);
  }
}

/** From timer to timer, so that an interruption and a slow reader are seen in between. */
async function passVirtual(
  clock: VirtualClock,
  over: Promise<void>,
  { duration = Infinity, signal, drained }: RunRequest,
): Promise<void> {
  const end = clock.now() + duration;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  over.then(
    () => {
      isOver = true;
    },
    (error: unknown) => {
      failure = { error };
    },
  );
  await clock.advance(0);
  while (!isOver && !failure && !signal.aborted) {
    const { next } = clock;
    if (next === undefined && end === Infinity) {
      // Nothing is planned: only the outside world can go on, in real time.
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    const until = Math.min(next ?? end, end);
    await clock.advance(Math.max(0, until - clock.now()));
    await drained();
    if (until >= end) break;
  }
  if (failure) throw failure.error;
}

/** Durations kept for the percentiles; of more, every second one is let go. */
const mostDurations = 100_000;

class Statistics {
  #executions = 0;
  #errors = 0;
  #durations: number[] = [];
  /** Every so many executions one duration is kept. */
  #stride = 1;

  add({ outcome, ms }: ExecutionRecord): void {
    if (this.#executions++ % this.#stride === 0) this.#durations.push(ms);
    if (outcome !== "ok") this.#errors++;
    if (this.#durations.length <= mostDurations) return;
    this.#durations = this.#durations.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  summary(): RunResult["summary"] {
    const sorted = this.#durations.toSorted((one, other) => one - other);
    const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
    const executions = this.#executions;
    return { event: "summary", executions, errors: this.#errors, p50: at(0.5), p99: at(0.99) };
  }
}
