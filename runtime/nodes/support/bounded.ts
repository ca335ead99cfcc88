import type { KeyValueStore } from "../../engine/contract.ts";
import { engineError } from "../../engine/errors.ts";

/** How many values a node keeps in durable state at the most: for as many keys, or as many messages. */
export const mostKept = 10_000;

/**
 * A node's durable state with room for so many values: `by` may give any number of different keys, and a device has
 * only so much memory. Setting one more throws `EDDY_TOO_MUCH_KEPT`.
 */
export function boundedState(state: KeyValueStore, most = mostKept): KeyValueStore {
  let count: number | undefined;
  const counted = () => {
    count ??= [...state.entries()].length;
    return count;
  };
  return {
    get: (key) => state.get(key),
    entries: () => state.entries(),
    set(key, value) {
      if (state.get(key) === undefined) {
        if (counted() >= most) throw tooMuch(most);
        count = counted() + 1;
      }
      state.set(key, value);
    },
    delete(key) {
      if (state.get(key) === undefined) return;
      count = counted() - 1;
      state.delete(key);
    },
  };
}

function tooMuch(most: number): Error {
  return engineError(
    "EDDY_TOO_MUCH_KEPT",
    `This node keeps ${most} values already, which is the most. Give "by" fewer different values, or let fewer messages wait.`,
  );
}
