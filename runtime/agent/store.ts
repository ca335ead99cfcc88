/** The one place that touches SQLite: state and outbox of each workflow, written in batches. */
import { existsSync, rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { EddyError } from "../../language/problem.ts";
import type { CommitResult, OutboxEntry, StoreOperation, StoreSnapshot } from "./host/storage.ts";
import { finishSalvage, type Salvaged, salvage } from "./salvage.ts";

/** How many messages, and how many bytes of them, one workflow may keep for brokers that are away. */
export interface OutboxLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** What one workflow may keep for a broker that is away; the oldest messages make room, and that is counted and told. */
export const outboxLimits: OutboxLimits = { entries: 100_000, bytes: 64 * 1024 * 1024 };

export interface OutboxTotals {
  readonly entries: number;
  readonly bytes: number;
  /** Milliseconds since 1970, of the oldest entry. */
  readonly oldest: number | undefined;
}

export interface WorkflowStore {
  /** Throws `EDDY_STORE_UNAVAILABLE` where the disk does not let it be read. */
  snapshot(): StoreSnapshot;
  /** Durable when it returns. Throws `EDDY_DISK_FULL` or `EDDY_STORE_UNAVAILABLE`; nothing of the batch is written then. */
  commit(operations: readonly StoreOperation[]): CommitResult;
  readOutbox(connection: string, after: number, limit: number): readonly OutboxEntry[];
  /** What comes after a place, in a fixed order; it ends with the row that makes it so many bytes. */
  page(after: StorePosition, bytes: number): StorePage;
  outbox(): OutboxTotals;
  close(): void;
}

/** A place between two rows. */
export type StorePosition =
  | { readonly part: "values"; readonly owner: string; readonly key: string }
  | { readonly part: "messages"; readonly connection: string; readonly sequence: number };

/** Before the first row. */
export const storeStart: StorePosition = { part: "values", owner: "", key: "" };

export interface StorePage {
  readonly values: readonly (readonly [owner: string, key: string, value: string])[];
  readonly messages: readonly { readonly connection: string; readonly entry: OutboxEntry }[];
  /** Absent where nothing comes after it. */
  readonly next?: StorePosition;
}

export interface StoreOptions {
  readonly path: string;
  readonly limits?: OutboxLimits;
  /** Hears of a file that was broken: it was put aside, and what could be read of it carried over. */
  readonly onCorrupt: (salvaged: Salvaged) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Result codes of SQLite, the low byte (sqlite.org/rescode.html). */
const resultCode = { full: 13, corrupt: 11, notADatabase: 26 } as const;

interface Totals {
  entries: number;
  bytes: number;
  lastSequence: number;
}

interface Open {
  readonly database: DatabaseSync;
  readonly set: StatementSync;
  readonly delete: StatementSync;
  readonly append: StatementSync;
  readonly remove: StatementSync;
  readonly oldest: StatementSync;
  readonly read: StatementSync;
  readonly totals: Map<string, Totals>;
}

/** Opened when first used; opened anew after a failure. */
export function createWorkflowStore(options: StoreOptions): WorkflowStore {
  const limits = options.limits ?? outboxLimits;
  let opened: Open | undefined;

  function open(): Open {
    if (opened) return opened;
    try {
      finishSalvage(options.path);
      opened = openDatabase(options.path);
    } catch (error) {
      if (!isCorrupt(error)) throw explained(error, options.path);
      opened = salvaged();
    }
    return opened;
  }

  function salvaged(): Open {
    close();
    try {
      const keptAs = `${options.path}.unreadable-${options.now()}`;
      options.onCorrupt(salvage(options.path, keptAs, (path) => openDatabase(path).database));
      return openDatabase(options.path);
    } catch (error) {
      throw explained(error, options.path);
    }
  }

  function close(): void {
    const closing = opened;
    opened = undefined;
    try {
      closing?.database.close();
    } catch {
      // It is closed already, or cannot write its last checkpoint; the log is applied when it is opened again.
    }
  }

  /** Runs `work`; what went wrong with the file is told in our words, and the file is opened anew next time. */
  function guarded<Result>(work: (store: Open) => Result): Result {
    const store = open();
    try {
      return work(store);
    } catch (error) {
      if (error instanceof EddyError) throw error;
      if (!isCorrupt(error)) {
        close();
        throw explained(error, options.path);
      }
      opened = salvaged();
      return work(opened);
    }
  }

  function write(store: Open, operations: readonly StoreOperation[]): number {
    // Deferred, it would fail at its first write when a reader holds the file.
    store.database.exec("BEGIN IMMEDIATE");
    try {
      const changes = new Map<string, Totals>();
      for (const operation of operations) apply(store, operation, changes);
      const dropped = makeRoom(store, changes, limits);
      store.database.exec("COMMIT");
      for (const [connection, totals] of changes) store.totals.set(connection, totals);
      return dropped;
    } catch (error) {
      rollback(store.database);
      throw error;
    }
  }

  return {
    snapshot: () =>
      guarded((store) => ({
        values: store.database
          .prepare("SELECT owner, key, value FROM state")
          .all()
          .map(({ owner, key, value }) => [String(owner), String(key), String(value)] as const),
        outbox: [...store.totals].map(([connection, { entries, lastSequence }]) => ({
          connection,
          entries,
          lastSequence,
        })),
      })),
    commit(operations) {
      let fresh = false;
      const before = opened;
      const dropped = guarded((store) => {
        // `guarded` comes here a second time only with a store that began anew.
        fresh = before !== undefined && store !== before;
        return write(store, operations);
      });
      return { dropped, ...(fresh ? { isFresh: true } : {}) };
    },
    readOutbox: (connection, after, limit) =>
      guarded((store) => store.read.all(connection, after, limit).map((row) => entryOf(row))),
    page: (after, bytes) => guarded(({ database }) => readPage(database, after, bytes)),
    outbox() {
      let entries = 0;
      let bytes = 0;
      for (const totals of opened?.totals.values() ?? []) {
        entries += totals.entries;
        bytes += totals.bytes;
      }
      const row =
        entries > 0 ? opened?.database.prepare("SELECT min(time) AS oldest FROM outbox").get() : undefined;
      return { entries, bytes, oldest: typeof row?.oldest === "number" ? row.oldest : undefined };
    },
    close,
  };
}

function openDatabase(path: string): Open {
  const database = new DatabaseSync(path);
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = 1048576;
      CREATE TABLE IF NOT EXISTS state (
        owner TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (owner, key)
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS outbox (
        connection TEXT NOT NULL, sequence INTEGER NOT NULL, time INTEGER NOT NULL, topic TEXT NOT NULL,
        payload BLOB NOT NULL, qos INTEGER NOT NULL, retain INTEGER NOT NULL, PRIMARY KEY (connection, sequence)
      );
      PRAGMA user_version = 1;
    `);
    const totals = new Map<string, Totals>();
    const rows = database
      .prepare(
        "SELECT connection, count(*) AS entries, sum(length(payload)) AS bytes, max(sequence) AS last FROM outbox GROUP BY connection",
      )
      .all();
    for (const { connection, entries, bytes, last } of rows) {
      totals.set(String(connection), {
        entries: Number(entries),
        bytes: Number(bytes),
        lastSequence: Number(last),
      });
    }
    return {
      database,
      totals,
      set: database.prepare("INSERT OR REPLACE INTO state VALUES (?, ?, ?)"),
      delete: database.prepare("DELETE FROM state WHERE owner = ? AND key = ?"),
      append: database.prepare("INSERT OR REPLACE INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?)"),
      remove: database.prepare(
        "DELETE FROM outbox WHERE connection = ? AND sequence = ? RETURNING length(payload) AS bytes",
      ),
      oldest: database.prepare("SELECT sequence FROM outbox WHERE connection = ? ORDER BY sequence LIMIT 1"),
      read: database.prepare(
        "SELECT * FROM outbox WHERE connection = ? AND sequence > ? ORDER BY sequence LIMIT ?",
      ),
    };
  } catch (error) {
    try {
      database.close();
    } catch {
      // Told by the error that led here.
    }
    throw error;
  }
}

function readPage(database: DatabaseSync, after: StorePosition, bytes: number): StorePage {
  const values: (readonly [string, string, string])[] = [];
  const messages: { connection: string; entry: OutboxEntry }[] = [];
  let size = 0;
  if (after.part === "values") {
    const rows = database
      .prepare("SELECT owner, key, value FROM state WHERE (owner, key) > (?, ?) ORDER BY owner, key")
      .iterate(after.owner, after.key);
    for (const row of rows) {
      const [owner, key, value] = [String(row.owner), String(row.key), String(row.value)];
      values.push([owner, key, value]);
      size += owner.length + key.length + value.length;
      if (size >= bytes) return { values, messages, next: { part: "values", owner, key } };
    }
  }
  const from = after.part === "messages" ? after : { connection: "", sequence: -1 };
  const rows = database
    .prepare("SELECT * FROM outbox WHERE (connection, sequence) > (?, ?) ORDER BY connection, sequence")
    .iterate(from.connection, from.sequence);
  for (const row of rows) {
    const [connection, entry] = [String(row.connection), entryOf(row)];
    messages.push({ connection, entry });
    size += connection.length + entry.topic.length + entry.payload.length;
    if (size >= bytes)
      return { values, messages, next: { part: "messages", connection, sequence: entry.sequence } };
  }
  return { values, messages };
}

function apply(store: Open, operation: StoreOperation, changes: Map<string, Totals>): void {
  switch (operation.kind) {
    case "set":
      store.set.run(operation.owner, operation.key, operation.value);
      return;
    case "delete":
      store.delete.run(operation.owner, operation.key);
      return;
    case "append": {
      const { sequence, time, topic, payload, qos, retain } = operation.entry;
      const totals = changed(store, changes, operation.connection);
      store.append.run(operation.connection, sequence, time, topic, payload, qos, retain ? 1 : 0);
      totals.entries++;
      totals.bytes += payload.length;
      totals.lastSequence = Math.max(totals.lastSequence, sequence);
      return;
    }
    case "remove":
      for (const sequence of operation.sequences) removeEntry(store, operation.connection, sequence, changes);
  }
}

function changed(store: Open, changes: Map<string, Totals>, connection: string): Totals {
  const totals = changes.get(connection) ?? {
    ...(store.totals.get(connection) ?? { entries: 0, bytes: 0, lastSequence: 0 }),
  };
  changes.set(connection, totals);
  return totals;
}

function removeEntry(store: Open, connection: string, sequence: number, changes: Map<string, Totals>): void {
  const row = store.remove.get(connection, sequence);
  if (!row) return;
  const totals = changed(store, changes, connection);
  totals.entries--;
  totals.bytes -= Number(row.bytes);
}

function makeRoom(store: Open, changes: Map<string, Totals>, limits: OutboxLimits): number {
  let dropped = 0;
  for (const [connection, totals] of changes) {
    while (totals.entries > 1 && (totals.entries > limits.entries || totals.bytes > limits.bytes)) {
      const sequence = store.oldest.get(connection)?.sequence;
      if (typeof sequence !== "number") break;
      removeEntry(store, connection, sequence, changes);
      dropped++;
    }
  }
  return dropped;
}

function rollback(database: DatabaseSync): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // SQLite has rolled back by itself, which it does for a full disk.
  }
}

function entryOf(row: Record<string, unknown>): OutboxEntry {
  const qos = row.qos;
  return {
    sequence: Number(row.sequence),
    time: Number(row.time),
    topic: String(row.topic),
    payload: row.payload instanceof Uint8Array ? row.payload : new Uint8Array(),
    qos: qos === 1 || qos === 2 ? qos : 0,
    retain: row.retain === 1,
  };
}

/** Deno hands on SQLite's words, and not its number. */
const inWords: readonly (readonly [words: string, code: number])[] = [
  ["database or disk is full", resultCode.full],
  ["database disk image is malformed", resultCode.corrupt],
  ["file is not a database", resultCode.notADatabase],
];

function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("errcode" in error && typeof error.errcode === "number") return error.errcode & 0xff;
  return inWords.find(([words]) => error.message.includes(words))?.[1];
}

function isCorrupt(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === resultCode.corrupt || code === resultCode.notADatabase;
}

function explained(error: unknown, path: string): EddyError {
  if (sqliteCode(error) === resultCode.full) {
    return new EddyError(
      "EDDY_DISK_FULL",
      `The disk is full: ${path} cannot be written. Make room; it goes on by itself then.`,
      { cause: error },
    );
  }
  const said = error instanceof Error ? error.message : String(error);
  return new EddyError(
    "EDDY_STORE_UNAVAILABLE",
    `${path} cannot be used (${said}). Check the disk and its permissions; it goes on by itself then.`,
    { cause: error },
  );
}

/** Deletes a workflow's values and outbox. */
export function removeStore(path: string): void {
  for (const suffix of ["", "-wal", "-shm"]) if (existsSync(path + suffix)) rmSync(path + suffix);
}
