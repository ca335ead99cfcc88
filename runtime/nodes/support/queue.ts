import type { Json } from "../../../language/model.ts";
import type { KeyValueStore } from "../../engine/contract.ts";

/** Values in the order in which they came, in durable state, one queue for each key. */
export interface StoredQueues {
  /** Takes up what durable state holds, and tells which keys have something waiting. */
  load(): readonly string[];
  length(key: string): number;
  push(key: string, value: Json): void;
  /** Takes the oldest one out. */
  shift(key: string): Json | undefined;
}

/** Names in state are `queue/<number>/<key>`, so that no key can be taken for another. */
const pattern = /^queue\/(\d+)\/(.*)$/s;

export function createStoredQueues(state: KeyValueStore): StoredQueues {
  /** Where each queue begins and where it ends; one that is empty is not there. */
  const ends = new Map<string, { first: number; next: number }>();
  const nameOf = (key: string, number: number) => `queue/${number}/${key}`;
  return {
    load() {
      for (const [name] of state.entries()) {
        const [, digits, key] = pattern.exec(name) ?? [];
        if (digits === undefined || key === undefined) continue;
        const number = Number(digits);
        const { first, next } = ends.get(key) ?? { first: number, next: number + 1 };
        ends.set(key, { first: Math.min(first, number), next: Math.max(next, number + 1) });
      }
      return [...ends.keys()];
    },
    length(key) {
      const own = ends.get(key);
      return own ? own.next - own.first : 0;
    },
    push(key, value) {
      const own = ends.get(key) ?? { first: 0, next: 0 };
      state.set(nameOf(key, own.next), value);
      own.next++;
      ends.set(key, own);
    },
    shift(key) {
      const own = ends.get(key);
      if (!own) return undefined;
      const name = nameOf(key, own.first++);
      if (own.first === own.next) ends.delete(key);
      const value = state.get(name);
      state.delete(name);
      return value;
    },
  };
}
