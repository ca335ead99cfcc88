/** What can still be read of a database file that is broken. */
import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { syncFolder } from "./layout.ts";

export interface Salvaged {
  /** Where the broken file is now. */
  readonly keptAs: string;
  readonly values: number;
  readonly messages: number;
}

const besides = ["", "-wal", "-shm"] as const;
const nextTo = (path: string) => `${path}.salvaged`;

/**
 * Puts a broken file aside and makes another one of what can be read of it. The broken one stays where it is until the
 * new one is whole: where the disk has no room for it, nothing has changed. `prepare` makes the tables.
 */
export function salvage(path: string, keptAs: string, prepare: (path: string) => DatabaseSync): Salvaged {
  const beside = nextTo(path);
  for (const suffix of besides) rmSync(beside + suffix, { force: true });
  const database = prepare(beside);
  let counts: Omit<Salvaged, "keptAs">;
  try {
    database.exec("BEGIN IMMEDIATE");
    counts = {
      values: copy(path, database, "state", ["owner", "key"]),
      messages: copy(path, database, "outbox", ["connection", "sequence"]),
    };
    database.exec("COMMIT");
  } finally {
    database.close();
  }
  // With its log, which holds what was written last.
  for (const suffix of besides) if (existsSync(path + suffix)) renameSync(path + suffix, keptAs + suffix);
  finishSalvage(path);
  return { keptAs, ...counts };
}

/** The power may have been cut after the broken file was put aside. */
export function finishSalvage(path: string): void {
  if (existsSync(path) || !existsSync(nextTo(path))) return;
  renameSync(nextTo(path), path);
  syncFolder(dirname(path));
}

/** From both ends of a table up to where it is broken. */
function copy(path: string, into: DatabaseSync, table: string, key: readonly string[]): number {
  let from: DatabaseSync;
  try {
    from = new DatabaseSync(path, { readOnly: true });
  } catch {
    return 0;
  }
  let insert: StatementSync | undefined;
  try {
    for (const direction of ["ASC", "DESC"]) {
      const order = key.map((name) => `${name} ${direction}`).join(", ");
      for (const row of rowsUntilBroken(from, `SELECT * FROM ${table} ORDER BY ${order}`)) {
        const marks = row.map(() => "?").join(", ");
        insert ??= into.prepare(`INSERT OR IGNORE INTO ${table} VALUES (${marks})`);
        insert.run(...row);
      }
    }
  } finally {
    from.close();
  }
  return Number(into.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count);
}

function* rowsUntilBroken(from: DatabaseSync, query: string): Generator<SQLInputValue[]> {
  try {
    for (const row of from.prepare(query).iterate()) yield Object.values(row);
  } catch {
    // Here it is broken; what lies behind is reached from the other end, or not at all.
  }
}
