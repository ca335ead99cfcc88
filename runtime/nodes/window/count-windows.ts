import type { NodeContext } from "../../engine/contract.ts";
import { Keys } from "./keys.ts";
import { Panes } from "./panes.ts";
import { greatestDivisor, type WindowParams, type Windows } from "./params.ts";
import { type Emit, emitResult, needsValues } from "./result.ts";
import { sampleOf } from "./samples.ts";

/** Windows of so many messages, side by side or sliding over each other. Their panes are numbered by messages. */
export function countWindows(
  context: NodeContext,
  params: WindowParams,
  { size, slide }: { readonly size: number; readonly slide: number },
  emit: Emit,
): Windows {
  const { compute } = params;
  const panes = new Panes(context.state, { keepsValues: needsValues(compute) });
  const keys = new Keys(context.state);
  const step = greatestDivisor(size, slide);

  return {
    receive(message) {
      const sample = sampleOf(message, params, { now: context.clock.now(), needsValues: compute.length > 0 });
      const { key } = sample;
      const known = keys.of(sample);
      const seen = known.seen + 1;
      const isBetween = slide > size && known.seen % slide >= size;
      if (!isBetween) panes.add(Math.floor(known.seen / step) * step, sample);
      const isComplete = seen >= size && (seen - size) % slide === 0;
      const record = { ...known, seen };
      if (!isComplete) {
        keys.set(key, record);
        return;
      }
      const all = panes.of(key);
      const inside = all.filter((pane) => pane.start >= seen - size);
      for (const pane of all) if (pane.start < seen - size + slide) panes.remove(pane);
      // Side by side, nothing has to be known of what is over.
      if (slide === size) keys.delete(key);
      else keys.set(key, record);
      const [first, last] = [inside[0], inside.at(-1)];
      const { keyValue, names } = record;
      const result = { start: first?.first ?? 0, end: last?.last ?? 0, keyValue, names, panes: inside };
      emitResult(context, compute, result, emit);
    },
    restore() {
      panes.load();
      keys.load();
    },
    close() {},
  };
}
