import { useSyncExternalStore } from "react";
import type { WireValue } from "../protocol.ts";

/**
 * The newest value of each output port. Kept away from React Flow's nodes and edges: a value that arrives draws its own
 * chip again and nothing else.
 */
export class LiveStore {
  readonly #values = new Map<string, WireValue>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #changed = new Set<string>();
  #frame = 0;

  get(node: string, port: string): WireValue | undefined {
    return this.#values.get(key(node, port));
  }

  /** Takes values over; their chips are drawn with the next frame. */
  put(values: readonly WireValue[]): void {
    for (const value of values) {
      const id = key(value.node, value.port);
      this.#values.set(id, value);
      this.#changed.add(id);
    }
    this.#frame ||= requestAnimationFrame(() => this.#flush());
  }

  clear(): void {
    for (const id of this.#values.keys()) this.#changed.add(id);
    this.#values.clear();
    this.#flush();
  }

  subscribe(node: string, port: string, listener: () => void): () => void {
    const id = key(node, port);
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  #flush(): void {
    this.#frame = 0;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const id of changed) for (const listener of this.#listeners.get(id) ?? []) listener();
  }
}

export function useLiveValue(live: LiveStore, node: string, port: string): WireValue | undefined {
  return useSyncExternalStore(
    (listener) => live.subscribe(node, port, listener),
    () => live.get(node, port),
  );
}

/** The newest value at any of these ports. */
export function useLatestValue(
  live: LiveStore,
  sources: readonly { readonly node: string; readonly port: string }[],
): WireValue | undefined {
  return useSyncExternalStore(
    (listener) => {
      const ends = sources.map(({ node, port }) => live.subscribe(node, port, listener));
      return () => {
        for (const end of ends) end();
      };
    },
    () =>
      sources
        .flatMap(({ node, port }) => live.get(node, port) ?? [])
        .reduce<WireValue | undefined>(
          (best, one) => (best && best.time >= one.time ? best : one),
          undefined,
        ),
  );
}

function key(node: string, port: string): string {
  return `${node}\n${port}`;
}
