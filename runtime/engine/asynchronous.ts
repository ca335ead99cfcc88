import type { NodeSettings, OverflowPolicy } from "../../language/model.ts";
import type { AsynchronousNode, Message, Outputs, Timer } from "./contract.ts";
import type { Engine } from "./engine.ts";
import { engineError } from "./errors.ts";
import type { Execution, Failures } from "./execution.ts";
import { SpillStore } from "./spill.ts";

/** Durations in milliseconds. */
const defaults = { concurrency: 1, backoff: 1000 };

interface Waiting {
  readonly message: Message;
  readonly execution: Execution;
  readonly failures: Failures | undefined;
  /** Its place on disk, where it had to be put there. */
  readonly spilled?: string;
}

interface Operation extends Waiting {
  /** The one under way; aborted when it takes too long. */
  attempt: Attempt;
  attempts: number;
  /** What it emitted while an earlier one was still under way; given out in order. */
  readonly held: (() => void)[];
  hasEmitted: boolean;
  /** Between two attempts. */
  pause: Timer | undefined;
  isOver: boolean;
}

interface Attempt {
  readonly controller: AbortController;
  deadline: Timer | undefined;
  isOver: boolean;
}

type Instance = ReturnType<AsynchronousNode<never>["create"]>;

/** An asynchronous node's boundary: a bounded queue before it; order, concurrency, timeout and retry around it. */
export class AsynchronousBoundary {
  readonly #engine: Engine;
  readonly #node: number;
  readonly #id: string;
  readonly #instance: Instance;
  readonly #outputs: readonly (readonly [port: string, emit: (message: Message) => void])[];
  readonly #settings: NodeSettings;
  readonly #concurrency: number;
  readonly #ordered: boolean;
  readonly #limit: number;
  readonly #overflow: OverflowPolicy;
  readonly #spill: SpillStore | undefined;
  readonly #queue: Waiting[] = [];
  readonly #running: Operation[] = [];
  #holdsTriggers = false;

  constructor(engine: Engine, node: number, instance: Instance, outputs: Outputs) {
    this.#engine = engine;
    this.#node = node;
    this.#instance = instance;
    this.#outputs = Object.entries(outputs);
    const { id, settings = {} } = engine.node(node);
    this.#id = id;
    this.#settings = settings;
    this.#concurrency = settings.concurrency ?? defaults.concurrency;
    this.#ordered = settings.ordered ?? true;
    const { limit, overflow } = settings.queue ?? engine.definition.queue;
    this.#limit = limit;
    this.#overflow = overflow;
    this.#spill = overflow === "spill" ? new SpillStore(engine.host.storage, id) : undefined;
  }

  /** Takes a message within the running execution. */
  enter(message: Message): void {
    const { execution, failures } = this.#engine;
    const waiting = { message, execution, failures };
    execution.pending++;
    // What came later than what lies on disk goes behind it.
    if (this.#running.length < this.#concurrency && this.#queue.length === 0 && !this.#spill?.size)
      this.#start(waiting);
    else if (this.#queue.length < this.#limit && !this.#spill?.size) this.#enqueue(waiting);
    else this.#overflowing(waiting);
  }

  /** Messages that an earlier run of this workflow had to put on disk. */
  restore(): void {
    this.#next();
  }

  /** Ends what is still under way or waits. Its results are dropped, and its sources are not told that it was done. */
  giveUp(): void {
    for (const { execution } of this.#queue.splice(0)) this.#leave(execution);
    for (const operation of this.#running.splice(0)) {
      operation.isOver = true;
      operation.pause?.cancel();
      this.#end(operation.attempt);
      operation.attempt.controller.abort(
        engineError("EDDY_STOPPED", "The workflow was stopped before this was done."),
      );
      this.#leave(operation.execution);
    }
  }

  #leave(execution: Execution): void {
    if (execution.outcome === "ok") execution.outcome = "error";
    this.#engine.release(execution);
  }

  // ------------------------------------------------------------ the queue

  #enqueue(waiting: Waiting): void {
    this.#queue.push(waiting);
    if (this.#overflow === "block" && this.#queue.length >= this.#limit && !this.#holdsTriggers) {
      this.#holdsTriggers = true;
      this.#engine.holdTriggers();
    }
  }

  #overflowing(waiting: Waiting): void {
    switch (this.#overflow) {
      case "block":
        // The triggers are held already; this is what one of their messages was multiplied to.
        this.#queue.push(waiting);
        return;
      case "drop-newest":
        this.#drop(waiting);
        return;
      case "drop-oldest": {
        const oldest = this.#queue.shift();
        if (oldest) this.#drop(oldest);
        this.#queue.push(waiting);
        return;
      }
      case "spill":
        // On disk it is safe, and its source may know; it goes on in an execution of its own.
        if (this.#spill?.put(waiting.message)) this.#engine.release(waiting.execution);
        else this.#drop(waiting);
    }
  }

  #drop({ execution }: Waiting): void {
    this.#engine.dropped++;
    this.#engine.release(execution);
  }

  #next(): void {
    while (this.#running.length < this.#concurrency && !this.#engine.isGivingUp) {
      const waiting = this.#queue.shift() ?? this.#fromDisk();
      if (!waiting) break;
      this.#start(waiting);
    }
    if (this.#holdsTriggers && this.#queue.length <= this.#limit / 2) {
      this.#holdsTriggers = false;
      this.#engine.releaseTriggers();
    }
  }

  #fromDisk(): Waiting | undefined {
    const taken = this.#spill?.take();
    if (!taken) return undefined;
    const { key, message } = taken;
    const execution = this.#engine.open(this.#node, { causes: [message] });
    return { message, execution, failures: undefined, spilled: key };
  }

  // ------------------------------------------------------------ one message

  #start(waiting: Waiting): void {
    const operation: Operation = {
      ...waiting,
      attempt: newAttempt(),
      attempts: 0,
      held: [],
      hasEmitted: false,
      pause: undefined,
      isOver: false,
    };
    this.#running.push(operation);
    this.#try(operation);
  }

  #try(operation: Operation): void {
    const attempt = operation.attempts === 0 ? operation.attempt : newAttempt();
    operation.attempt = attempt;
    operation.attempts++;
    operation.pause = undefined;
    const left = this.#timeLeft(operation);
    if (left !== undefined && left.ms <= 0) {
      this.#failed(operation, attempt, tooLong(left.of));
      return;
    }
    let result: unknown;
    let thrown: { readonly error: unknown } | undefined;
    this.#within(operation, () => {
      try {
        result = this.#instance.receive(
          operation.message,
          this.#outputsOf(operation, attempt),
          attempt.controller.signal,
        );
      } catch (error) {
        thrown = { error };
      }
    });
    if (thrown) this.#failed(operation, attempt, thrown.error);
    else if (isPromise(result)) this.#await(operation, attempt, result, left);
    else this.#finish(operation);
  }

  #await(
    operation: Operation,
    attempt: Attempt,
    result: PromiseLike<unknown>,
    left: TimeLeft | undefined,
  ): void {
    const { clock } = this.#engine.host;
    const since = operation.execution.recorder && clock.monotonic();
    const waited = () => {
      if (since !== undefined) operation.execution.recorder?.waited(this.#id, clock.monotonic() - since);
    };
    if (left) {
      attempt.deadline = clock.after(left.ms, () => {
        const error = tooLong(left.of);
        waited();
        attempt.controller.abort(error);
        this.#failed(operation, attempt, error);
      });
    }
    result.then(
      () => {
        if (attempt.isOver) return;
        waited();
        this.#finish(operation);
      },
      (error: unknown) => {
        if (attempt.isOver) return;
        waited();
        this.#failed(operation, attempt, error);
      },
    );
  }

  /** Once more where it is worth a try; else the error leaves by the error port. */
  #failed(operation: Operation, attempt: Attempt, error: unknown): void {
    this.#end(attempt);
    const { retry } = this.#settings;
    const wait = (retry?.backoff ?? defaults.backoff) * 2 ** (operation.attempts - 1);
    const left = this.#executionLeft(operation.execution) ?? Number.POSITIVE_INFINITY;
    // What has been handed on cannot be taken back.
    if (retry && operation.attempts < retry.attempts && !operation.hasEmitted && left > wait) {
      operation.pause = this.#engine.host.clock.after(wait, () => this.#try(operation));
      return;
    }
    if (isTimeout(error) && operation.execution.outcome === "ok") operation.execution.outcome = "timeout";
    this.#inOrder(operation, () => this.#within(operation, () => this.#engine.fail(error)));
    this.#finish(operation);
  }

  /** Now, or when those before it are done. */
  #inOrder(operation: Operation, hand: () => void): void {
    if (this.#ordered && this.#running[0] !== operation) operation.held.push(hand);
    else hand();
  }

  #finish(operation: Operation): void {
    this.#end(operation.attempt);
    operation.isOver = true;
    if (operation.spilled !== undefined) this.#spill?.done(operation.spilled);
    if (!this.#ordered) {
      this.#running.splice(this.#running.indexOf(operation), 1);
      this.#engine.release(operation.execution);
    }
    // In order: the first one goes, and with it those behind it that were only waiting for it.
    while (this.#ordered && this.#running[0]?.isOver) {
      const first = this.#running.shift();
      if (first) this.#engine.release(first.execution);
      for (const hand of this.#running[0]?.held.splice(0) ?? []) hand();
    }
    this.#next();
  }

  /** What comes after is dropped and counted. */
  #end(attempt: Attempt): void {
    attempt.isOver = true;
    attempt.deadline?.cancel();
  }

  /** The node's own timeout or what is left of the execution's, whichever ends first. */
  #timeLeft({ execution }: Operation): TimeLeft | undefined {
    const own = this.#settings.timeout;
    const whole = this.#executionLeft(execution);
    if (whole !== undefined && (own === undefined || whole < own)) {
      return { ms: whole, of: this.#engine.definition.timeout ?? whole };
    }
    return own === undefined ? undefined : { ms: own, of: own };
  }

  #executionLeft({ started }: Execution): number | undefined {
    const { definition, host } = this.#engine;
    return definition.timeout === undefined ? undefined : started + definition.timeout - host.clock.now();
  }

  #outputsOf(operation: Operation, attempt: Attempt): Outputs {
    const outputs: Record<string, (message: Message) => void> = {};
    for (const [port, emit] of this.#outputs) {
      outputs[port] = (message) => {
        if (attempt.isOver) {
          this.#engine.dropped++;
          return;
        }
        operation.hasEmitted = true;
        const { execution, failures } = operation;
        this.#inOrder(operation, () =>
          this.#engine.within(execution, this.#node, operation.message, failures, emit, message),
        );
      };
    }
    return outputs;
  }

  /** Runs something as part of the operation's execution, with this node as the one at work. */
  #within({ execution, message, failures }: Operation, run: () => void): void {
    this.#engine.within(execution, this.#node, message, failures, run);
  }
}

interface TimeLeft {
  readonly ms: number;
  /** The whole time that was given, milliseconds. */
  readonly of: number;
}

function newAttempt(): Attempt {
  return { controller: new AbortController(), deadline: undefined, isOver: false };
}

function tooLong(milliseconds: number): Error {
  return engineError("EDDY_TIMEOUT", `It took longer than ${milliseconds} ms.`);
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EDDY_TIMEOUT";
}
