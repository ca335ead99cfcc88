import type { Json } from "../../language/model.ts";
import type { Message } from "./contract.ts";
import type { Engine } from "./engine.ts";

/** Messages on disk for one node. What comes beyond is dropped and counted, since disks end too. */
const mostSpilled = 100_000;

/** Messages that a queue had no room for, on disk instead of in memory. They survive a restart. */
export interface Spill {
  size(): number;
  /** False where there is no room. */
  put(message: Message): boolean;
  /** The oldest message; it stays on disk until `done` is called with its key. */
  take(): { readonly key: string; readonly message: Message } | undefined;
  done(key: string): void;
}

export function openSpill(engine: Engine, node: number): Spill {
  const store = engine.host.storage.open(`spill:${engine.idOf(node)}`);
  /** Keys from an earlier run, with gaps where it had taken some. */
  const left = [...store.entries()].map(([key]) => Number(key)).sort((a, b) => a - b);
  let next = (left.at(-1) ?? -1) + 1;
  let first = next;
  const size = () => left.length + next - first;
  return {
    size,
    put(message) {
      if (size() >= mostSpilled) return false;
      store.set(String(next++), JSON.parse(JSON.stringify(message)) as Json);
      return true;
    },
    take() {
      while (size() > 0) {
        const key = String(left.shift() ?? first++);
        const value = store.get(key);
        // Only `put` writes here.
        if (value !== undefined) return { key, message: value as unknown as Message };
      }
      return undefined;
    },
    done: (key) => store.delete(key),
  };
}
