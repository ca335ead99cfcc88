/** The stores of all workflows on the device, and the one that they share. */

import { EddyError } from "../../../language/problem.ts";
import type { CommitResult, OutboxEntry, StoreOperation, StoreSnapshot } from "../host/storage.ts";
import { deviceOwner } from "../host/storage.ts";
import { deviceStore, errorCode, type Layout } from "../layout.ts";
import {
  createWorkflowStore,
  type OutboxLimits,
  type OutboxTotals,
  removeStore,
  type StorePage,
  type StorePosition,
  type WorkflowStore,
} from "../store.ts";
import type { HealthMonitor } from "./health.ts";
import type { Logs } from "./logs.ts";

export interface StoresOptions {
  readonly layout: Layout;
  readonly health: HealthMonitor;
  readonly logs: Logs;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly outboxLimits: OutboxLimits | undefined;
}

export interface Stores {
  snapshot(id: string): StoreSnapshot;
  /** What the workflows share, as JSON by key. */
  device(): (readonly [key: string, value: string])[];
  commit(id: string, operations: readonly StoreOperation[]): CommitResult;
  readOutbox(id: string, connection: string, after: number, limit: number): readonly OutboxEntry[];
  page(id: string, after: StorePosition, bytes: number): StorePage;
  outboxes(): OutboxTotals[];
  /** Writes what is in the log of the file into the file, and lets go of it. */
  release(id: string): void;
  remove(id: string): void;
  close(): void;
}

export function createStores({ layout, health, logs, now, outboxLimits }: StoresOptions): Stores {
  const stores = new Map<string, WorkflowStore>();

  function storeOf(id: string): WorkflowStore {
    const known = stores.get(id);
    if (known) return known;
    const store = createWorkflowStore({
      path: layout.database(id),
      now,
      ...(outboxLimits === undefined ? {} : { limits: outboxLimits }),
      onCorrupt({ keptAs, values, messages }) {
        const message = `The file of what "${id}" had stored was broken. It was kept as ${keptAs}; ${values} values and ${messages} messages of it could be read, and the workflow goes on with them.`;
        logs.agent("error", message);
        health.report(`corrupt ${id}`, { code: "EDDY_STORE_CORRUPT", message });
      },
    });
    stores.set(id, store);
    return store;
  }

  /** Whether a store can be used is known each time it is. */
  function watched<Result>(id: string, work: (store: WorkflowStore) => Result): Result {
    try {
      const result = work(storeOf(id));
      health.report(`store ${id}`, undefined);
      return result;
    } catch (error) {
      if (error instanceof EddyError) {
        health.report(`store ${id}`, { code: error.code, message: error.message });
      }
      throw error;
    }
  }

  return {
    snapshot: (id) => watched(id, (store) => store.snapshot()),
    device: () =>
      watched(deviceStore, (store) => store.snapshot().values).map(([, key, value]) => [key, value] as const),
    commit(id, operations) {
      const shared = operations.filter(isShared);
      if (shared.length > 0) watched(deviceStore, (store) => store.commit(shared));
      const own = shared.length > 0 ? operations.filter((one) => !isShared(one)) : operations;
      return own.length > 0 ? watched(id, (store) => store.commit(own)) : { dropped: 0 };
    },
    readOutbox: (id, connection, after, limit) =>
      watched(id, (store) => store.readOutbox(connection, after, limit)),
    page: (id, after, bytes) => watched(id, (store) => store.page(after, bytes)),
    outboxes: () => [...stores.values()].map((store) => store.outbox()),
    release(id) {
      stores.get(id)?.close();
    },
    remove(id) {
      stores.get(id)?.close();
      stores.delete(id);
      health.report(`store ${id}`, undefined);
      health.report(`corrupt ${id}`, undefined);
      try {
        removeStore(layout.database(id));
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
      }
    },
    close() {
      for (const store of stores.values()) store.close();
    },
  };
}

export function isShared(operation: StoreOperation): boolean {
  return (operation.kind === "set" || operation.kind === "delete") && operation.owner === deviceOwner;
}
