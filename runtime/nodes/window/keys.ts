import type { Json } from "../../../language/model.ts";
import type { KeyValueStore } from "../../engine/contract.ts";
import { engineError } from "../../engine/errors.ts";
import { isObject } from "../support/stored.ts";
import type { Sample } from "./samples.ts";

/** What is known of a key while it has windows that are not complete. */
export interface KeyRecord {
  readonly keyValue: Json | undefined;
  /** Names of values that its messages have had. */
  readonly names: readonly string[];
  /** Of windows of time: when the first message came, and when the next window ends. */
  readonly origin: number;
  readonly next: number;
  /** Of windows of messages: how many have come. */
  readonly seen: number;
}

const mostKeys = 10_000;

/** The keys of one node, in memory and in durable state. */
export class Keys {
  readonly #state: KeyValueStore;
  readonly #records = new Map<string, KeyRecord>();

  constructor(state: KeyValueStore) {
    this.#state = state;
  }

  /** Takes up what durable state holds. */
  load(): ReadonlyMap<string, KeyRecord> {
    for (const [name, value] of this.#state.entries()) {
      if (!name.startsWith("key/") || !isObject(value)) continue;
      const { keyValue, names, origin, next, seen } = value;
      this.#records.set(name.slice("key/".length), {
        // Absent where there is no `by`.
        keyValue: keyValue as Json | undefined,
        names: Array.isArray(names) ? names.map(String) : [],
        origin: Number(origin),
        next: Number(next),
        seen: Number(seen),
      });
    }
    return this.#records;
  }

  get(key: string): KeyRecord | undefined {
    return this.#records.get(key);
  }

  /** The record of a sample's key, made where there is none. Throws `EDDY_TOO_MANY_KEYS`. */
  of({ key, keyValue, at, values }: Sample): KeyRecord {
    const known = this.#records.get(key);
    if (!known && this.#records.size >= mostKeys) {
      throw engineError(
        "EDDY_TOO_MANY_KEYS",
        `This node has open windows for ${mostKeys} keys, which is the most. Give "by" fewer different values.`,
      );
    }
    const names = known?.names ?? [];
    const added = [...values.keys()].filter((name) => name !== "" && !names.includes(name));
    const record = known ?? { keyValue, names, origin: at, next: Number.POSITIVE_INFINITY, seen: 0 };
    return added.length === 0 ? record : { ...record, names: [...names, ...added].slice(-1_000) };
  }

  set(key: string, record: KeyRecord): void {
    if (this.#records.get(key) === record) return;
    this.#records.set(key, record);
    const { keyValue, names, origin, next, seen } = record;
    this.#state.set(`key/${key}`, {
      ...(keyValue === undefined ? {} : { keyValue }),
      names: [...names],
      origin,
      next,
      seen,
    });
  }

  delete(key: string): void {
    this.#records.delete(key);
    this.#state.delete(`key/${key}`);
  }
}
