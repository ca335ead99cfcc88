import type { Json } from "../../language/model.ts";
import type { KeyValueStore, Message, Storage } from "./contract.ts";

/** Messages on disk for one node. What comes beyond is dropped and counted, since disks end too. */
const mostSpilled = 100_000;

/** Messages that a queue had no room for, on disk instead of in memory. They survive a restart. */
export class SpillStore {
  readonly #store: KeyValueStore;
  /** Numbers of what waits, oldest first; those already taken are in `#store` until they are done. */
  #first = 0;
  #next = 0;
  /** With gaps where an earlier run had taken some and was stopped. */
  readonly #left: number[];

  constructor(storage: Storage, node: string) {
    this.#store = storage.open(`spill:${node}`);
    this.#left = [...this.#store.entries()].map(([key]) => Number(key)).sort((a, b) => a - b);
    this.#first = this.#next = (this.#left.at(-1) ?? -1) + 1;
  }

  get size(): number {
    return this.#left.length + this.#next - this.#first;
  }

  /** False where there is no room. */
  put(message: Message): boolean {
    if (this.size >= mostSpilled) return false;
    this.#store.set(String(this.#next++), JSON.parse(JSON.stringify(message)) as Json);
    return true;
  }

  /** The oldest message; it stays on disk until `done` is called with its key. */
  take(): { readonly key: string; readonly message: Message } | undefined {
    while (this.size > 0) {
      const key = String(this.#left.shift() ?? this.#first++);
      const value = this.#store.get(key);
      // Only `put` writes here.
      if (value !== undefined) return { key, message: value as unknown as Message };
    }
    return undefined;
  }

  done(key: string): void {
    this.#store.delete(key);
  }
}
