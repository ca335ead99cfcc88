import type { Clock, ErrorPayload, ExecutionRecord, Message, NodeRecord } from "./contract.ts";

/** Outputs kept of one node in one record; what comes after is only run. */
const mostOutputs = 100;

/** Follows one execution for whoever listens: which nodes, how long each, what came out. */
export interface Recorder {
  enter(node: string): void;
  emitted(node: string, port: string, message: Message): void;
  failed(error: ErrorPayload): void;
  /** The synchronous part is over: what passes until the next event is nobody's time. */
  rest(): void;
  /** Time that an asynchronous node spent waiting, milliseconds. */
  waited(node: string, ms: number): void;
  finish(execution: Omit<ExecutionRecord, "ms" | "nodes">): ExecutionRecord;
}

interface Entry {
  ms: number;
  readonly output: { readonly port: string; readonly message: Message }[];
  error?: ErrorPayload;
}

export function createRecorder(clock: Clock): Recorder {
  const entries = new Map<string, Entry>();
  const begun = clock.monotonic();
  /** Whose time it is now, and since when. */
  let running: Entry | undefined;
  let since = begun;

  function turnTo(entry: Entry | undefined): void {
    const now = clock.monotonic();
    if (running) running.ms += now - since;
    running = entry;
    since = now;
  }

  function entryOf(node: string): Entry {
    let entry = entries.get(node);
    if (!entry) {
      entry = { ms: 0, output: [] };
      entries.set(node, entry);
    }
    return entry;
  }

  return {
    enter: (node) => turnTo(entryOf(node)),
    emitted(node, port, message) {
      const entry = entryOf(node);
      turnTo(entry);
      if (entry.output.length < mostOutputs) entry.output.push({ port, message });
    },
    failed(error) {
      entryOf(error.node).error = error;
    },
    rest: () => turnTo(undefined),
    waited(node, ms) {
      entryOf(node).ms += ms;
    },
    finish(execution) {
      turnTo(undefined);
      const nodes = [...entries].map(
        ([id, { ms, output, error }]): NodeRecord => ({
          id,
          ms,
          ...(output.length > 0 ? { output } : {}),
          ...(error ? { error } : {}),
        }),
      );
      return { ...execution, ms: clock.monotonic() - begun, nodes };
    },
  };
}
