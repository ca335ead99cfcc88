import type { Json } from "../../../language/model.ts";
import type { Message, NodeContext } from "../../engine/contract.ts";
import { mergedTotals, mergedValues, type Pane } from "./panes.ts";
import { measure, percentOf } from "./totals.ts";

/** One window that is complete. */
export interface Result {
  readonly start: number;
  readonly end: number;
  readonly keyValue: Json | undefined;
  readonly panes: readonly Pane[];
  /** Values that messages of this key have had: they stand in an empty window too. */
  readonly names: readonly string[];
}

export type Emit = (message: Message, causes: readonly Message[]) => void;

/** Whether these measures need every value. */
export function needsValues(compute: readonly string[]): boolean {
  return compute.some((name) => percentOf(name) !== undefined);
}

/** Hands on what `compute` lists of a window: by name where values have names, else beside start and end. */
export function emitResult(
  context: NodeContext,
  compute: readonly string[],
  result: Result,
  emit: Emit,
): void {
  const { start, end, keyValue, panes, names } = result;
  const totals = mergedTotals(panes);
  const values = needsValues(compute) ? mergedValues(panes) : new Map<string, number[]>();
  const computed = (name: string): Record<string, Json> => {
    let sorted: Float64Array | undefined;
    const ascending = () => {
      sorted ??= Float64Array.from(values.get(name) ?? []).sort();
      return sorted;
    };
    const measures = compute.filter((one) => one !== "count" || name !== "");
    return Object.fromEntries(measures.map((one) => [one, measure(one, totals.get(name), ascending)]));
  };
  const count = panes.reduce((sum, pane) => sum + pane.count, 0);
  const named = [...new Set([...names, ...totals.keys()])].filter((name) => name !== "");
  const payload = {
    start,
    end,
    ...(keyValue === undefined ? {} : { key: keyValue }),
    count,
    ...(named.length === 0 || totals.has("") ? computed("") : {}),
    ...Object.fromEntries(named.map((name) => [name, computed(name)])),
  };
  const last = panes.at(-1);
  const message = { id: context.newId(), time: context.clock.now(), topic: last?.topic, payload };
  emit(message, causesOf(panes));
}

/** The first and the latest message of each part: a window names no more than it needs to be found by. */
function causesOf(panes: readonly Pane[]): readonly Message[] {
  const ids = new Set(panes.flatMap(({ firstId, lastId }) => [firstId, lastId]));
  return [...ids].slice(-100).map((id) => ({ id, time: 0, payload: null }));
}
