import type { AsynchronousNode, Message, Outputs, Timer } from "./contract.ts";
import type { Engine } from "./engine.ts";
import { engineError } from "./errors.ts";
import type { Execution, Failures } from "./execution.ts";
import { nodeContext } from "./nodes.ts";
import type { Spill } from "./spill.ts";

/** Durations in milliseconds. */
const defaults = { concurrency: 1, backoff: 1000 };

interface Waiting {
  readonly message: Message;
  readonly execution: Execution;
  readonly failures: Failures | undefined;
  /** Its place on disk, where it had to be put there. */
  readonly spilled?: string;
}

/** What goes on for an operation: the node is at work on it, or a pause until it is tried again. */
interface Attempt {
  readonly controller?: AbortController;
  /** Of the node's time, or of the pause. */
  timer?: Timer;
}

interface Operation extends Waiting {
  attempts: number;
  /** What any other one does is dropped. Data, since V8 keeps a function that is set here, and all it knows, for long. */
  current: Attempt | undefined;
  /** What it emitted while an earlier one was still under way; given out in order. */
  readonly held: (() => void)[];
  hasEmitted: boolean;
  isOver: boolean;
}

/**
 * The input of an asynchronous node: a bounded queue before it; order, concurrency, timeout and retry around it.
 * `openSpill` where its queue may overflow to disk.
 */
export function asynchronous<Params>(
  engine: Engine,
  node: number,
  implementation: AsynchronousNode<Params>,
  params: Params,
  outputs: Outputs,
  openSpill?: (engine: Engine, node: number) => Spill,
): (message: Message) => void {
  const { definition, host, totals, within, release } = engine;
  const { clock } = host;
  const settings = definition.nodes[node]?.settings ?? {};
  const { ordered = true, retry, timeout } = settings;
  // A message that is tried again would come behind those that were let past it.
  const usual = retry ? undefined : implementation.concurrency;
  const concurrency = settings.concurrency ?? usual ?? defaults.concurrency;
  const { limit, overflow } = settings.queue ?? definition.queue;
  const instance = implementation.create(nodeContext(engine, node), params);
  const spill = openSpill?.(engine, node);
  const queue: Waiting[] = [];
  const running: Operation[] = [];
  let holdsTriggers = false;

  // ------------------------------------------------------------ the queue

  function enter(message: Message): void {
    const { failures } = engine;
    const execution = engine.underWay();
    const waiting = { message, execution, failures };
    if (engine.watching) engine.enter(node);
    execution.pending++;
    // What came later than what lies on disk goes behind it.
    if (spill?.size()) overflowing(waiting);
    else if (running.length < concurrency && queue.length === 0) start(waiting);
    else if (queue.length < limit) {
      queue.push(waiting);
      if (overflow === "block" && queue.length >= limit && !holdsTriggers) hold();
    } else overflowing(waiting);
  }

  function overflowing(waiting: Waiting): void {
    if (overflow === "drop-newest") drop(waiting);
    else if (overflow === "spill") {
      // On disk it is safe, and its source may know; it goes on in an execution of its own.
      if (spill?.put(waiting.message)) release(waiting.execution);
      else drop(waiting);
    } else {
      const oldest = overflow === "drop-oldest" && queue.shift();
      if (oldest) drop(oldest);
      // Where triggers are held, this is what one of their messages was multiplied to.
      queue.push(waiting);
    }
  }

  function drop({ execution }: Waiting): void {
    totals.dropped++;
    release(execution);
  }

  function hold(): void {
    holdsTriggers = true;
    if (engine.full++ === 0) for (const trigger of engine.triggers) trigger.pause?.();
  }

  function next(): void {
    while (running.length < concurrency && engine.phase !== "giving-up") {
      const waiting = queue.shift() ?? fromDisk();
      if (!waiting) break;
      start(waiting);
    }
    if (holdsTriggers && queue.length <= limit / 2) {
      holdsTriggers = false;
      if (--engine.full === 0) for (const trigger of engine.triggers) trigger.resume?.();
    }
  }

  function fromDisk(): Waiting | undefined {
    const taken = spill?.take();
    if (!taken) return undefined;
    const { key, message } = taken;
    const execution = engine.open(node, message, { causes: [message] });
    return { message, execution, failures: undefined, spilled: key };
  }

  // ------------------------------------------------------------ one message

  function start(waiting: Waiting): void {
    const operation: Operation = {
      ...waiting,
      attempts: 0,
      current: undefined,
      held: [],
      hasEmitted: false,
      isOver: false,
    };
    running.push(operation);
    attempt(operation);
  }

  function attempt(operation: Operation): void {
    const { execution, message, failures } = operation;
    const controller = new AbortController();
    const current: Attempt = { controller };
    const isOver = () => operation.current !== current;
    operation.attempts++;
    operation.current = current;
    const left = timeLeft(operation);
    const allowed = Math.min(timeout ?? Infinity, left);
    const tooLong = () => {
      const ms = allowed === timeout ? timeout : definition.timeout;
      return engineError("EDDY_TIMEOUT", `It took longer than ${ms} ms.`);
    };
    let result: unknown;
    let hasThrown = left <= 0;
    if (hasThrown) result = tooLong();
    else
      within(execution, node, message, failures, () => {
        try {
          const own = outputsOf(operation, isOver);
          result = instance.receive(message, own, controller.signal);
        } catch (error) {
          hasThrown = true;
          result = error;
        }
      });
    if (hasThrown) retryOrFail(operation, result);
    else if (!isPromise(result)) finish(operation);
    else {
      const settled = waiting(operation, isOver);
      const failed = (error: unknown) => settled(() => retryOrFail(operation, error));
      result.then(() => settled(() => finish(operation)), failed);
      if (allowed < Infinity) {
        current.timer = clock.after(allowed, () => {
          const error = tooLong();
          controller.abort(error);
          failed(error);
        });
      }
    }
  }

  /** What it does afterwards is dropped. */
  function end(operation: Operation, reason?: Error): void {
    const { current } = operation;
    operation.current = undefined;
    current?.timer?.cancel();
    if (reason) current?.controller?.abort(reason);
  }

  /** What happens to an attempt first is what counts; the time until then is the node's. */
  function waiting({ execution: { recorder } }: Operation, isOver: () => boolean) {
    const since = recorder && clock.monotonic();
    return (then: () => void) => {
      if (isOver()) return;
      if (since !== undefined) recorder?.waited(engine.idOf(node), clock.monotonic() - since);
      then();
    };
  }

  /** Once more where it is worth a try; else the error leaves by the error port. */
  function retryOrFail(operation: Operation, error: unknown): void {
    const { execution, message, failures, attempts } = operation;
    end(operation);
    const wait = (retry?.backoff ?? defaults.backoff) * 2 ** (attempts - 1);
    // What has been handed on cannot be taken back.
    if (retry && attempts < retry.attempts && !operation.hasEmitted && timeLeft(operation) > wait) {
      operation.current = { timer: clock.after(wait, () => attempt(operation)) };
      return;
    }
    if (isTimeout(error) && execution.outcome === "ok") execution.outcome = "timeout";
    inOrder(operation, () => within(execution, node, message, failures, () => engine.fail(error)));
    finish(operation);
  }

  function finish(operation: Operation): void {
    end(operation);
    operation.isOver = true;
    if (operation.spilled !== undefined) spill?.done(operation.spilled);
    if (!ordered) {
      running.splice(running.indexOf(operation), 1);
      release(operation.execution);
    }
    // In order: the first one goes, and with it those behind it that were only waiting for it.
    while (ordered && running[0]?.isOver) {
      const first = running.shift();
      if (first) release(first.execution);
      for (const hand of running[0]?.held.splice(0) ?? []) hand();
    }
    next();
  }

  /** Now, or when those before it are done. */
  function inOrder(operation: Operation, hand: () => void): void {
    if (ordered && running[0] !== operation) operation.held.push(hand);
    else hand();
  }

  /** Of the execution, or of handling the failure that led here; milliseconds. */
  function timeLeft({ execution, failures }: Waiting): number {
    const started = failures?.since ?? execution.started;
    return started + (definition.timeout ?? Infinity) - clock.now();
  }

  function outputsOf(operation: Operation, isOver: () => boolean): Outputs {
    const { execution, message, failures } = operation;
    const own: Record<string, (message: Message) => void> = {};
    for (const port in outputs) {
      const emit = outputs[port];
      own[port] = (value) => {
        // What comes after a timeout, or after the end.
        if (isOver() || !emit) totals.dropped++;
        else {
          operation.hasEmitted = true;
          inOrder(operation, () => within(execution, node, message, failures, emit, value));
        }
      };
    }
    return own;
  }

  engine.asynchronousNodes.push(instance);
  engine.boundaries.push({
    /** Messages that an earlier run of this workflow had to put on disk. */
    restore: next,
    /** Ends what is still under way or waits. Its results are dropped, and its sources are not told that it was done. */
    giveUp() {
      const stopped = engineError("EDDY_STOPPED", "The workflow was stopped before this was done.");
      for (const { execution } of queue.splice(0)) leave(execution);
      for (const operation of running.splice(0)) {
        end(operation, stopped);
        leave(operation.execution);
      }
    },
  });

  function leave(execution: Execution): void {
    if (execution.outcome === "ok") execution.outcome = "error";
    release(execution);
  }

  return enter;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EDDY_TIMEOUT";
}
