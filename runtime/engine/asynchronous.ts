import type { OverflowPolicy } from "../../language/model.ts";
import type { AsynchronousNode, Message, Outputs, Timer } from "./contract.ts";
import type { Engine } from "./engine.ts";
import { engineError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { SpillStore } from "./spill.ts";

/** Durations in milliseconds. */
const defaults = { concurrency: 1, backoff: 1000 };

interface Waiting {
  readonly message: Message | undefined;
  /** Where the message lies on disk, when it was spilled. */
  readonly spilled?: string;
  readonly execution: Execution;
  readonly handlingError: boolean;
}

interface Operation extends Waiting {
  readonly message: Message;
  readonly controller: AbortController;
  /** What it emitted while an earlier one was still under way; given out in order. */
  readonly held: (() => void)[];
  emitted: boolean;
  over: boolean;
}

type Instance = ReturnType<AsynchronousNode<never>["create"]>;

/** An asynchronous node's boundary: a bounded queue before it, order, concurrency, timeout and retry around it. */
export class AsynchronousBoundary {
  readonly #engine: Engine;
  readonly #node: number;
  readonly #instance: Instance;
  readonly #outputs: Outputs;
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
    this.#outputs = outputs;
    const { settings } = engine.node(node);
    this.#concurrency = settings?.concurrency ?? defaults.concurrency;
    this.#ordered = settings?.ordered ?? true;
    const queue = settings?.queue ?? engine.definition.queue;
    this.#limit = queue.limit;
    this.#overflow = queue.overflow;
    this.#spill = queue.overflow === "spill" ? new SpillStore(engine, node) : undefined;
  }

  /** Takes a message within the running execution. */
  enter(message: Message): void {
    const execution = this.#engine.execution;
    execution.pending++;
    this.#take({ message, execution, handlingError: this.#engine.handlingError });
  }

  /** Messages that an earlier run of this workflow had to put on disk. */
  restore(): void {
    for (const key of this.#spill?.keys() ?? []) {
      const execution = this.#engine.open(this.#node, []);
      this.#take({ message: undefined, spilled: key, execution, handlingError: false });
    }
  }

  /** Ends what is still under way; its results are dropped. */
  abort(): void {
    for (const operation of [...this.#running]) operation.controller.abort(stopped());
  }

  #take(waiting: Waiting): void {
    if (this.#queue.length === 0 && this.#running.length < this.#concurrency) this.#start(waiting);
    else this.#enqueue(waiting);
  }

  #enqueue(waiting: Waiting): void {
    if (this.#queue.length >= this.#limit) {
      if (this.#overflow === "drop-newest") {
        this.#drop(waiting);
        return;
      }
      if (this.#overflow === "drop-oldest") {
        const oldest = this.#queue.shift();
        if (oldest) this.#drop(oldest);
      }
      if (this.#spill && waiting.message) {
        this.#queue.push({ ...waiting, message: undefined, spilled: this.#spill.put(waiting.message) });
        return;
      }
    }
    this.#queue.push(waiting);
    if (this.#overflow === "block" && this.#queue.length >= this.#limit && !this.#holdsTriggers) {
      this.#holdsTriggers = true;
      this.#engine.holdTriggers();
    }
  }

  #drop(waiting: Waiting): void {
    if (waiting.spilled !== undefined) this.#spill?.delete(waiting.spilled);
    this.#engine.dropped++;
    this.#engine.release(waiting.execution);
  }

  #next(): void {
    while (this.#queue.length > 0 && this.#running.length < this.#concurrency) {
      const waiting = this.#queue.shift();
      if (waiting) this.#start(waiting);
    }
    if (this.#holdsTriggers && this.#queue.length <= this.#limit / 2) {
      this.#holdsTriggers = false;
      this.#engine.releaseTriggers();
    }
  }

  #start(waiting: Waiting): void {
    const message = waiting.message ?? this.#spill?.get(waiting.spilled ?? "");
    if (!message) {
      this.#engine.release(waiting.execution);
      return;
    }
    const operation: Operation = {
      ...waiting,
      message,
      controller: new AbortController(),
      held: [],
      emitted: false,
      over: false,
    };
    this.#running.push(operation);
    const started = this.#engine.host.clock.monotonic();
    const done = this.#attempt(operation, 1);
    if (!done) {
      this.#finish(operation);
      return;
    }
    done.then(
      () => {
        operation.execution.recorder?.waited(
          this.#engine.node(this.#node).id,
          this.#engine.host.clock.monotonic() - started,
        );
        this.#finish(operation);
      },
      (error: unknown) => {
        this.#inContext(operation, () => this.#engine.fail(error));
        this.#finish(operation);
      },
    );
  }

  /** A promise, or nothing where it is done already. Rejects with what is to leave by the error port. */
  #attempt(operation: Operation, attempt: number): Promise<void> | undefined {
    let result: unknown;
    const call = () => {
      result = this.#instance.receive(
        operation.message,
        this.#outputsOf(operation),
        operation.controller.signal,
      );
    };
    try {
      this.#inContext(operation, call);
    } catch (error) {
      return this.#again(operation, attempt, error);
    }
    if (!(result instanceof Promise)) return undefined;
    return this.#withDeadline(operation, result).catch((error: unknown) =>
      this.#again(operation, attempt, error),
    );
  }

  async #again(operation: Operation, attempt: number, error: unknown): Promise<void> {
    const retry = this.#engine.node(this.#node).settings?.retry;
    // What has been handed on cannot be taken back, and a deadline that has passed stays passed.
    const final = operation.emitted || operation.controller.signal.aborted;
    if (!retry || attempt >= retry.attempts || final) throw error;
    const wait = (retry.backoff ?? defaults.backoff) * 2 ** (attempt - 1);
    await new Promise<void>((resolve, reject) => {
      const timer = this.#engine.host.clock.after(wait, resolve);
      operation.controller.signal.addEventListener("abort", () => {
        timer.cancel();
        reject(operation.controller.signal.reason);
      });
    });
    await this.#attempt(operation, attempt + 1);
  }

  async #withDeadline(operation: Operation, work: Promise<void>): Promise<void> {
    const { signal } = operation.controller;
    const timer = this.#deadline(operation);
    let abort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(signal.reason);
      signal.addEventListener("abort", abort, { once: true });
    });
    try {
      await Promise.race([work, aborted]);
    } finally {
      timer?.cancel();
      signal.removeEventListener("abort", abort);
      // The loser of the race may still reject, which is of no interest any more.
      work.catch(() => {});
    }
  }

  /** The node's own timeout or what is left of the execution's, whichever ends first. */
  #deadline(operation: Operation): Timer | undefined {
    const own = this.#engine.node(this.#node).settings?.timeout;
    const whole = this.#engine.definition.timeout;
    const left =
      whole === undefined
        ? undefined
        : Math.max(0, operation.execution.started + whole - this.#engine.host.clock.now());
    const limits = [own, left].filter((limit) => limit !== undefined);
    if (limits.length === 0) return undefined;
    const limit = Math.min(...limits);
    return this.#engine.host.clock.after(limit, () => {
      operation.execution.outcome = "timeout";
      this.#engine.timeouts++;
      operation.controller.abort(
        engineError(
          "EDDY_TIMEOUT",
          `It took longer than ${own !== undefined && limit === own ? own : whole} ms.`,
        ),
      );
    });
  }

  #outputsOf(operation: Operation): Outputs {
    const entries = Object.entries(this.#outputs).map(([port, emit]) => [
      port,
      (message: Message) => {
        if (operation.over || operation.controller.signal.aborted) {
          this.#engine.dropped++;
          return;
        }
        operation.emitted = true;
        const hand = () => this.#inContext(operation, () => emit(message));
        if (this.#ordered && this.#running[0] !== operation) operation.held.push(hand);
        else hand();
      },
    ]);
    return Object.fromEntries(entries) as Outputs;
  }

  #finish(operation: Operation): void {
    operation.over = true;
    if (operation.spilled !== undefined) this.#spill?.delete(operation.spilled);
    if (!this.#ordered) {
      this.#running.splice(this.#running.indexOf(operation), 1);
      this.#engine.release(operation.execution);
    }
    // In order: the first one goes, and with it those behind it that were only waiting for it.
    while (this.#ordered && this.#running[0]?.over) {
      const first = this.#running.shift();
      if (first) this.#engine.release(first.execution);
      for (const hand of this.#running[0]?.held.splice(0) ?? []) hand();
    }
    this.#next();
  }

  /** Runs something as part of the operation's execution, with this node as the one at work. */
  #inContext(operation: Operation, run: () => void): void {
    this.#engine.within(operation.execution, this.#node, operation.message, operation.handlingError, run);
  }
}

function stopped(): Error {
  return engineError("EDDY_STOPPED", "The workflow was stopped before this was done.");
}
