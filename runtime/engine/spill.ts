import type { Json } from "../../language/model.ts";
import type { KeyValueStore, Message } from "./contract.ts";
import type { Engine } from "./engine.ts";

/** Messages of an overfull queue, on disk instead of in memory; they survive a restart. */
export class SpillStore {
  readonly #store: KeyValueStore;
  #next = 0;

  constructor(engine: Engine, node: number) {
    this.#store = engine.host.storage.open(`spill:${engine.node(node).id}`);
    for (const key of this.keys()) this.#next = Math.max(this.#next, Number(key) + 1);
  }

  /** Oldest first. */
  keys(): readonly string[] {
    return [...this.#store.entries()].map(([key]) => key).sort((a, b) => Number(a) - Number(b));
  }

  put(message: Message): string {
    const key = String(this.#next++);
    this.#store.set(key, JSON.parse(JSON.stringify(message)) as Json);
    return key;
  }

  get(key: string): Message | undefined {
    const value = this.#store.get(key);
    // Only `put` writes here.
    return value === undefined ? undefined : (value as unknown as Message);
  }

  delete(key: string): void {
    this.#store.delete(key);
  }
}
