import type { Message, NodeContext } from "../../engine/contract.ts";
import { engineError } from "../../engine/errors.ts";
import { createAgenda } from "../support/agenda.ts";
import { type Boundaries, clockBoundaries, fixedBoundaries } from "./boundaries.ts";
import { type KeyRecord, Keys } from "./keys.ts";
import { type Pane, Panes } from "./panes.ts";
import { greatestDivisor, progressOf, type WindowParams, type Windows } from "./params.ts";
import { type Emit, emitResult, needsValues } from "./result.ts";
import { sampleOf } from "./samples.ts";

/** A window that slides by little is made of many panes; more than so many cost more than they tell. */
const mostPanes = 1_000;
/** Empty windows told one after the other, after time has made a leap. */
const mostEmpty = 1_000;

interface EndsAndParts {
  readonly ends: Boundaries;
  readonly parts: Boundaries;
}

/** Windows of a fixed length, side by side or sliding over each other. Durations in milliseconds. */
export function timeWindows(
  context: NodeContext,
  params: WindowParams,
  { size, slide }: { readonly size: number; readonly slide: number },
  emit: Emit,
): Windows {
  const { compute, empty, align, by } = params;
  const { state, clock, timezone } = context;
  const step = greatestDivisor(size, slide);
  if (size / step > mostPanes) {
    throw engineError(
      "EDDY_WINDOW_SIZE",
      `Windows of ${size} ms that slide by ${slide} ms consist of ${size / step} parts; ${mostPanes} is the most. Let the size be a multiple of the slide.`,
    );
  }
  const panes = new Panes(state, { keepsValues: needsValues(compute) });
  const keys = new Keys(state);
  const progress = progressOf(context, params);
  const agenda = createAgenda(progress, complete, context.fail);
  const byClock = { ends: clockBoundaries(slide, timezone), parts: clockBoundaries(step, timezone) };
  const boundariesOf = ({ origin }: KeyRecord): EndsAndParts =>
    align === "clock"
      ? byClock
      : { ends: fixedBoundaries(slide, origin), parts: fixedBoundaries(step, origin) };
  /** When the window that ends then begins. */
  const startOf = ({ parts }: Pick<EndsAndParts, "parts">, end: number) => parts.back(end, size / step);

  function receive(message: Message): void {
    const now = clock.now();
    const sample = sampleOf(message, params, { now, needsValues: compute.length > 0 });
    const record = keys.of(sample);
    const { ends, parts } = boundariesOf(record);
    const reached = progress.now();
    const end = ends.after(Math.max(sample.at, reached));
    if (startOf({ parts }, end) > sample.at) {
      // With a slide longer than the size there is time that belongs to no window.
      if (sample.at >= reached) return;
      throw late(reached - sample.at);
    }
    panes.add(parts.before(sample.at), sample);
    const next = Math.min(record.next, end);
    keys.set(sample.key, next === record.next ? record : { ...record, next });
    agenda.plan(sample.key, next);
    progress.see(sample.at);
    if (params.time) agenda.check();
  }

  /** Tells every window of a key that has ended, and plans for the next one. */
  function complete(key: string): void {
    let told = 0;
    for (let record = keys.get(key); record && record.next <= progress.now(); record = keys.get(key)) {
      const { keyValue, names, next: end } = record;
      const boundaries = boundariesOf(record);
      const start = startOf(boundaries, end);
      const all = panes.of(key);
      const inside = all.filter((pane) => pane.start >= start && pane.start < end);
      const isEmpty = inside.length === 0;
      const next = nextEnd(boundaries, end, all, told);
      // What no later window needs goes first: emitting may bring the next message.
      for (const pane of all) if (pane.start < startOf(boundaries, next)) panes.remove(pane);
      if (empty === "skip" && !panes.has(key)) keys.delete(key);
      else keys.set(key, { ...record, next });
      if (isEmpty && (empty === "skip" || told++ >= mostEmpty)) continue;
      emitResult(context, compute, { start, end, keyValue, names, panes: inside }, emit);
    }
    const next = keys.get(key)?.next;
    if (next !== undefined) agenda.plan(key, next);
  }

  /** The end of the next window that is worth a look. Time may have made a leap, of years even. */
  function nextEnd({ ends, parts }: EndsAndParts, end: number, all: readonly Pane[], told: number): number {
    const next = ends.after(end);
    const [first] = all.filter((pane) => pane.start >= startOf({ parts }, next));
    if (first) return empty === "skip" ? Math.max(next, ends.after(first.start)) : next;
    return told < mostEmpty && empty === "emit" ? next : Math.max(next, ends.after(progress.now()));
  }

  return {
    receive,
    restore() {
      panes.load();
      for (const [key, record] of keys.load()) {
        // Nobody wants to know that nothing came while the workflow did not run.
        const isIdle = !panes.has(key);
        const next = isIdle
          ? boundariesOf(record).ends.after(Math.max(progress.now(), record.origin))
          : record.next;
        keys.set(key, next === record.next ? record : { ...record, next });
        agenda.plan(key, next);
      }
      if (empty !== "emit" || by || params.time || align !== "clock" || keys.get("")) return;
      const next = byClock.ends.after(clock.now());
      keys.set("", { keyValue: undefined, names: [], origin: clock.now(), next, seen: 0 });
      agenda.plan("", next);
    },
    close: () => agenda.close(),
  };
}

function late(by: number): Error {
  return engineError(
    "EDDY_WINDOW_LATE",
    `This message is ${by} ms late: every window that it belongs to has been told. Allow for it with lateness.`,
  );
}
