/** What workflows have stored, handed out in pieces and taken in again: for a spare that takes a device's place. */
import { EddyError } from "../../../language/problem.ts";
import type { RequestParams, RequestResult } from "../../protocol/contract.ts";
import { deviceOwner, type StoreOperation } from "../host/storage.ts";
import { deviceStore } from "../layout.ts";
import { storeStart } from "../store.ts";
import type { Stores } from "./stores.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Workers } from "./workers.ts";

export interface DataTransferOptions {
  readonly stores: Stores;
  readonly supervisor: Supervisor;
  readonly workers: Workers;
}

export interface DataTransfer {
  /** Throws `EDDY_RUNNING`, and `EDDY_DATA_CHANGED` where it has run since the piece before. */
  read(params: RequestParams<"data/export">): Promise<RequestResult<"data/export">>;
  /** Durable when it resolves. Throws `EDDY_RUNNING`. */
  write(params: RequestParams<"data/import">): Promise<void>;
}

/** Bytes of a piece; the value that fills it may be larger. */
const pieceSize = 256 * 1024;
/** Bytes of a piece that another agent still takes in one request. */
const mostBytes = 3 * 1024 * 1024;

export function createDataTransfer({ stores, supervisor, workers }: DataTransferOptions): DataTransfer {
  async function read({ id, after }: RequestParams<"data/export">): Promise<RequestResult<"data/export">> {
    // What all workflows share has no moment of rest: each piece is as it was when it was asked for.
    const resting = id === undefined ? 0 : supervisor.restingSince(id);
    if (resting === undefined)
      throw new EddyError("EDDY_UNKNOWN_WORKFLOW", `There is no workflow "${id}" on this device.`);
    if (after !== undefined && after.resting !== resting)
      throw new EddyError("EDDY_DATA_CHANGED", `"${id}" has run meanwhile. Begin again.`);
    const { values, messages, next } = stores.page(id ?? deviceStore, after ?? storeStart, pieceSize);
    const piece = {
      values: values.map(([owner, key, value]) => ({ owner, key, value })),
      messages: messages.map(({ connection, entry: { payload, ...entry } }) => ({
        connection,
        ...entry,
        payload: Buffer.from(payload).toString("base64"),
      })),
    };
    if (JSON.stringify(piece).length > mostBytes) {
      const last = messages.at(-1)?.connection ?? values.at(-1)?.slice(0, 2).join(" ");
      throw new EddyError(
        "EDDY_VALUE_TOO_LARGE",
        `What ${id === undefined ? "all workflows share" : `"${id}" has stored`} as ${last} is too large to be moved.`,
      );
    }
    return { ...piece, ...(next ? { next: { ...next, resting } } : {}) };
  }

  function writeShared(values: RequestParams<"data/import">["values"]): void {
    const known = new Set(stores.device().map(([key]) => key));
    const missing = values.filter(({ key }) => !known.has(key));
    if (missing.length === 0) return;
    stores.commit(
      deviceStore,
      missing.map(({ key, value }) => ({ kind: "set", owner: deviceOwner, key, value })),
    );
    const changes = missing.map(({ key, value }) => [key, value] as const);
    for (const { handle } of workers.all()) handle.link.tell("device", changes);
  }

  return {
    read: (params) =>
      params.id === undefined ? read(params) : supervisor.exclusively(params.id, () => read(params)),
    async write({ id, fresh, values, messages }) {
      for (const { value } of values) checkJson(value);
      if (id === undefined) return writeShared(values);
      await supervisor.exclusively(id, async () => {
        supervisor.restingSince(id);
        if (fresh) stores.remove(id);
        const set = values.map(
          ({ owner, key, value }): StoreOperation => ({ kind: "set", owner, key, value }),
        );
        const append = messages.map(({ connection, payload, ...entry }): StoreOperation => {
          const bytes = new Uint8Array(Buffer.from(payload, "base64"));
          return { kind: "append", connection, entry: { ...entry, payload: bytes } };
        });
        stores.commit(id, [...set, ...append]);
        stores.release(id);
      });
    },
  };
}

/** A workflow that finds something else in its state does not start. */
function checkJson(value: string): void {
  try {
    JSON.parse(value);
  } catch {
    throw new EddyError("EDDY_BAD_DATA", "A value is not JSON. Nothing of this piece was taken.");
  }
}
