/** Durable values as a workflow sees them: reads from memory, writes in batches that someone else makes durable. */
import type { Json } from "../../../language/model.ts";
import type { KeyValueStore, Storage } from "../../engine/contract.ts";

/** A message that waits for its broker. */
export interface OutboxEntry {
  /** Grows by one with every message of a connection. */
  readonly sequence: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** One write. A batch of them is durable as a whole or not at all. */
export type StoreOperation =
  | { readonly kind: "set"; readonly owner: string; readonly key: string; readonly value: string }
  | { readonly kind: "delete"; readonly owner: string; readonly key: string }
  | { readonly kind: "append"; readonly connection: string; readonly entry: OutboxEntry }
  | { readonly kind: "remove"; readonly connection: string; readonly sequences: readonly number[] };

/** What was durable when the workflow was bound. */
export interface StoreSnapshot {
  /** JSON text by owner and key. */
  readonly values: readonly (readonly [owner: string, key: string, value: string])[];
  readonly outbox: readonly {
    readonly connection: string;
    readonly entries: number;
    readonly lastSequence: number;
  }[];
}

export interface CommitResult {
  /** Messages of the outbox that had to make room. */
  readonly dropped: number;
  /** The store had to begin anew and knows nothing but this batch. */
  readonly isFresh?: boolean;
}

/** Where batches become durable. */
export interface StoreBackend {
  /** Resolves when the batch is durable; rejects when it could not be written (it is offered again then). */
  commit(operations: readonly StoreOperation[]): Promise<CommitResult>;
  readOutbox(connection: string, after: number, limit: number): Promise<readonly OutboxEntry[]>;
}

/** The outbox of one connection. */
export interface Outbox {
  /** 0 where there are certainly no entries when it is opened. */
  readonly entries: number;
  /** Of all that was ever appended, up to then. */
  readonly lastSequence: number;
  /** Resolves when the entry is durable. */
  append(entry: OutboxEntry): Promise<void>;
  remove(sequence: number): void;
  /** The oldest entries after a sequence. */
  read(after: number, limit: number): Promise<readonly OutboxEntry[]>;
}

/** A `Storage` that also keeps what waits for brokers. */
export interface WorkflowStorage extends Storage {
  outbox(connection: string): Outbox;
}

export interface StorageOptions {
  readonly snapshot: StoreSnapshot;
  readonly backend: StoreBackend;
  /** Values that every workflow on the device shares (`device:`); of its own where left out. */
  readonly device?: Map<string, Json>;
  /** Milliseconds until a batch that failed is offered again. */
  readonly retryAfter?: number;
  readonly onDropped?: (count: number) => void;
}

/** The owner of values shared on the device. */
export const deviceOwner = "device:";

/** Keeps everything in memory and nothing else: for `eddy run`, tests and trials. */
export function createMemoryStorage(): WorkflowStorage {
  const outboxes = new Map<string, Map<number, OutboxEntry>>();
  return createStorage({
    snapshot: { values: [], outbox: [] },
    backend: {
      async commit(operations) {
        for (const operation of operations) {
          if (operation.kind !== "append" && operation.kind !== "remove") continue;
          const entries = outboxes.get(operation.connection) ?? new Map<number, OutboxEntry>();
          outboxes.set(operation.connection, entries);
          if (operation.kind === "append") entries.set(operation.entry.sequence, operation.entry);
          else for (const sequence of operation.sequences) entries.delete(sequence);
        }
        return { dropped: 0 };
      },
      async readOutbox(connection, after, limit) {
        const entries = [...(outboxes.get(connection)?.values() ?? [])];
        return entries.filter((entry) => entry.sequence > after).slice(0, limit);
      },
    },
  });
}

/**
 * One batch is under way at a time; what is written meanwhile makes up the next one, where a later write of a key takes
 * the place of an earlier one. So a burst costs few commits, and a store that is away costs no more memory than the
 * values themselves.
 */
export function createStorage(options: StorageOptions): WorkflowStorage {
  const values = new Map<string, Map<string, Json>>();
  if (options.device) values.set(deviceOwner, options.device);
  for (const [owner, key, text] of options.snapshot.values) valuesOf(owner).set(key, JSON.parse(text));
  /** Who opens an outbox later than the workflow, as one with another login does, finds what has come into it since. */
  const outboxes = new Map<string, { entries: number; lastSequence: number }>();
  for (const { connection, ...totals } of options.snapshot.outbox) outboxes.set(connection, totals);
  let next = new Batch();
  let underWay: Batch | undefined;

  function valuesOf(owner: string): Map<string, Json> {
    const found = values.get(owner) ?? new Map<string, Json>();
    values.set(owner, found);
    return found;
  }

  /** Sent at the end of the tick, so that all that one execution writes goes together. */
  function touched(): Batch {
    if (!underWay && !next.isScheduled) {
      next.isScheduled = true;
      setImmediate(send);
    }
    return next;
  }

  function send(): void {
    if (underWay) return;
    const batch = next;
    next = new Batch();
    // What was appended to an outbox may have been taken out of it in the same tick.
    if (batch.isEmpty) {
      batch.settle();
      return;
    }
    underWay = batch;
    options.backend.commit(batch.operations()).then(
      ({ dropped, isFresh }) => {
        underWay = undefined;
        batch.settle();
        if (dropped > 0) options.onDropped?.(dropped);
        if (isFresh) writeAll();
        if (next.isUsed) send();
      },
      () => {
        underWay = undefined;
        next = batch.followedBy(next);
        setTimeout(send, options.retryAfter ?? 1_000).unref();
      },
    );
  }

  function writeAll(): void {
    for (const [owner, own] of values) for (const [key, value] of own) next.set(owner, key, value);
  }

  const flush = (): Promise<void> => {
    if (next.isUsed) return next.durable();
    return underWay ? underWay.durable() : Promise.resolve();
  };

  return {
    flush,
    open(owner): KeyValueStore {
      const own = valuesOf(owner);
      return {
        get: (key) => own.get(key),
        set(key, value) {
          own.set(key, value);
          touched().set(owner, key, value);
        },
        delete(key) {
          if (own.delete(key)) touched().set(owner, key, undefined);
        },
        entries: () => own.entries(),
      };
    },
    outbox(connection) {
      const totals = outboxes.get(connection) ?? { entries: 0, lastSequence: 0 };
      outboxes.set(connection, totals);
      return {
        ...totals,
        append(entry) {
          totals.entries++;
          totals.lastSequence = Math.max(totals.lastSequence, entry.sequence);
          const batch = touched();
          batch.append(connection, entry);
          return batch.durable();
        },
        remove: (sequence) => touched().remove(connection, sequence),
        async read(after, limit) {
          await flush();
          return options.backend.readOutbox(connection, after, limit);
        },
      };
    },
  };
}

class Batch {
  isScheduled = false;
  private readonly writes = new Map<string, { owner: string; key: string; value: Json | undefined }>();
  private readonly appended = new Map<string, Map<number, OutboxEntry>>();
  private readonly removed = new Map<string, Set<number>>();
  private waiting: (() => void)[] = [];

  get isEmpty(): boolean {
    return this.writes.size === 0 && this.appended.size === 0 && this.removed.size === 0;
  }

  get isUsed(): boolean {
    return !this.isEmpty || this.waiting.length > 0;
  }

  durable(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  settle(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** `undefined` deletes. Values are turned into text only once the batch goes, since few of them live that long. */
  set(owner: string, key: string, value: Json | undefined): void {
    this.writes.set(`${owner}\0${key}`, { owner, key, value });
  }

  append(connection: string, entry: OutboxEntry): void {
    const entries = this.appended.get(connection) ?? new Map<number, OutboxEntry>();
    this.appended.set(connection, entries.set(entry.sequence, entry));
  }

  remove(connection: string, sequence: number): void {
    const entries = this.appended.get(connection);
    if (entries?.delete(sequence)) {
      if (entries.size === 0) this.appended.delete(connection);
      return;
    }
    const sequences = this.removed.get(connection) ?? new Set<number>();
    this.removed.set(connection, sequences.add(sequence));
  }

  operations(): StoreOperation[] {
    const operations: StoreOperation[] = [];
    for (const { owner, key, value } of this.writes.values()) {
      operations.push(
        value === undefined
          ? { kind: "delete", owner, key }
          : { kind: "set", owner, key, value: JSON.stringify(value) },
      );
    }
    for (const [connection, entries] of this.appended) {
      for (const entry of entries.values()) operations.push({ kind: "append", connection, entry });
    }
    for (const [connection, sequences] of this.removed) {
      operations.push({ kind: "remove", connection, sequences: [...sequences] });
    }
    return operations;
  }

  /** One batch of this, which failed, and of what came after it. */
  followedBy(later: Batch): Batch {
    const both = new Batch();
    both.isScheduled = true;
    for (const batch of [this, later]) {
      for (const { owner, key, value } of batch.writes.values()) both.set(owner, key, value);
      for (const [connection, entries] of batch.appended) {
        for (const entry of entries.values()) both.append(connection, entry);
      }
      for (const [connection, sequences] of batch.removed) {
        for (const sequence of sequences) both.remove(connection, sequence);
      }
      both.waiting.push(...batch.waiting.splice(0));
    }
    return both;
  }
}
