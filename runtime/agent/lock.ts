import { DatabaseSync } from "node:sqlite";
import { EddyError } from "../../language/problem.ts";
import type { Layout } from "./layout.ts";

/**
 * Sees to it that one agent works on a folder. SQLite's lock is the operating system's: it ends with the process,
 * however that ends, and no stale file has to be told from a fresh one.
 */
export function lockHome(layout: Layout): { release(): void } {
  const database = new DatabaseSync(layout.lock);
  try {
    database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw new EddyError(
      "EDDY_AGENT_RUNNING",
      `Another agent works on ${layout.home}. Stop it first, or choose another folder with --home.`,
      { cause: error },
    );
  }
  return { release: () => database.close() };
}
