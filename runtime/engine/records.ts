import type { ErrorPayload, ExecutionRecord, Message, NodeRecord } from "./contract.ts";

/** Outputs kept of one node in one record; what comes after is only run. */
const mostOutputs = 100;

interface Entry {
  ms: number;
  readonly output: { readonly port: string; readonly message: Message }[];
  error?: ErrorPayload;
}

/** Follows one execution for whoever listens: which nodes, how long each, what came out. */
export class Recorder {
  readonly #entries = new Map<string, Entry>();
  readonly #monotonic: () => number;
  readonly #begun: number;
  /** Whose time it is now, and since when. */
  #running: Entry | undefined;
  #since: number;

  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
    this.#begun = monotonic();
    this.#since = this.#begun;
  }

  enter(node: string): void {
    this.#turnTo(this.#entry(node));
  }

  emitted(node: string, port: string, message: Message): void {
    const entry = this.#entry(node);
    this.#turnTo(entry);
    if (entry.output.length < mostOutputs) entry.output.push({ port, message });
  }

  failed(error: ErrorPayload): void {
    this.#entry(error.node).error = error;
  }

  /** The synchronous part is over: what passes until the next event is nobody's time. */
  rest(): void {
    this.#turnTo(undefined);
  }

  /** Time that an asynchronous node spent waiting, milliseconds. */
  waited(node: string, ms: number): void {
    this.#entry(node).ms += ms;
  }

  finish(execution: Omit<ExecutionRecord, "ms" | "nodes">): ExecutionRecord {
    this.rest();
    const nodes = [...this.#entries].map(
      ([id, { ms, output, error }]): NodeRecord => ({
        id,
        ms,
        ...(output.length > 0 ? { output } : {}),
        ...(error ? { error } : {}),
      }),
    );
    return { ...execution, ms: this.#monotonic() - this.#begun, nodes };
  }

  #turnTo(entry: Entry | undefined): void {
    const now = this.#monotonic();
    if (this.#running) this.#running.ms += now - this.#since;
    this.#running = entry;
    this.#since = now;
  }

  #entry(node: string): Entry {
    let entry = this.#entries.get(node);
    if (!entry) {
      entry = { ms: 0, output: [] };
      this.#entries.set(node, entry);
    }
    return entry;
  }
}
