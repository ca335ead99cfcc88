import type { Json } from "../../../language/model.ts";
import type { KeyValueStore } from "../../engine/contract.ts";

/** Values in the order in which they came, durable under one prefix of a node's state. */
export class StoredQueue {
  readonly #store: KeyValueStore;
  readonly #prefix: string;
  #first = 0;
  #next = 0;

  constructor(store: KeyValueStore, prefix: string) {
    this.#store = store;
    this.#prefix = prefix;
    const numbers = [...store.entries()]
      .filter(([key]) => key.startsWith(prefix))
      .map(([key]) => Number(key.slice(prefix.length)));
    if (numbers.length === 0) return;
    this.#first = numbers.reduce((least, one) => Math.min(least, one));
    this.#next = numbers.reduce((most, one) => Math.max(most, one)) + 1;
  }

  get length(): number {
    return this.#next - this.#first;
  }

  push(value: Json): void {
    this.#store.set(`${this.#prefix}${this.#next++}`, value);
  }

  /** The oldest one, which stays where it is. */
  peek(): Json | undefined {
    return this.length > 0 ? this.#store.get(`${this.#prefix}${this.#first}`) : undefined;
  }

  shift(): Json | undefined {
    const value = this.peek();
    if (this.length > 0) this.#store.delete(`${this.#prefix}${this.#first++}`);
    return value;
  }

  toArray(): readonly Json[] {
    const values: Json[] = [];
    for (let at = this.#first; at < this.#next; at++) {
      const value = this.#store.get(`${this.#prefix}${at}`);
      if (value !== undefined) values.push(value);
    }
    return values;
  }
}

/** A queue for each key, opened when first needed. Keys are quoted in the prefix, so that none is part of another. */
export class StoredQueues {
  readonly #store: KeyValueStore;
  readonly #queues = new Map<string, StoredQueue>();

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  of(key: string): StoredQueue {
    let queue = this.#queues.get(key);
    if (!queue) {
      queue = new StoredQueue(this.#store, prefixOf(key));
      this.#queues.set(key, queue);
    }
    return queue;
  }

  /** Those that hold something after a restart. */
  keys(): readonly string[] {
    const keys = new Set<string>();
    for (const [name] of this.#store.entries()) {
      const match = /^queue(".*")\/\d+$/s.exec(name);
      if (match?.[1] !== undefined) keys.add(String(JSON.parse(match[1])));
    }
    return [...keys];
  }
}

function prefixOf(key: string): string {
  return `queue${JSON.stringify(key)}/`;
}
