import { settingsKeys } from "../parse/settings.ts";
import { workflowKeys } from "../parse.ts";

/** The order of the keys of a map: those in `first`, then all others as they stand, then those in `last`. */
interface KeyOrder {
  readonly first: readonly string[];
  readonly last: readonly string[];
}

/** The path from the top of the file; the names of nodes, connections and the like are `*`. */
const orders: Readonly<Record<string, KeyOrder>> = {
  "": { first: workflowKeys, last: [] },
  settings: { first: settingsKeys, last: [] },
  "env/*": { first: ["type", "default", "description"], last: [] },
  "secrets/*": { first: ["description"], last: [] },
  "state/*": { first: ["type", "initial", "scope"], last: [] },
  "connections/*": { first: ["type"], last: [] },
  "inputs/*": { first: ["type"], last: ["description"] },
  "outputs/*": { first: ["type", "from"], last: ["description"] },
  "params/*": { first: ["type", "default", "description"], last: [] },
  "nodes/*": {
    first: ["type", "from"],
    last: [
      ...["output", "label", "notes", "disabled", "placement"],
      ...["timeout", "retry", "concurrency", "ordered", "queue", "at"],
    ],
  },
  "notes/*": { first: ["text", "at", "size"], last: [] },
  "groups/*": { first: ["label", "nodes", "color"], last: [] },
};

/** Things with a key each in the order in which their map is written; those of equal rank stay as they stand. */
export function inOrder<T>(path: readonly string[], items: readonly T[], keyOf: (item: T) => string): T[] {
  const order = orders[path.map((step, index) => (index === 1 ? "*" : step)).join("/")];
  if (order === undefined) return [...items];
  const rank = (key: string): number => {
    const first = order.first.indexOf(key);
    if (first !== -1) return first;
    const last = order.last.indexOf(key);
    return order.first.length + (last === -1 ? 0 : last + 1);
  };
  return items.toSorted((a, b) => rank(keyOf(a)) - rank(keyOf(b)));
}
