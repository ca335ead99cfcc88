import type { Message, NodeContext } from "../../engine/contract.ts";
import { engineError } from "../../engine/errors.ts";
import { createAgenda } from "../support/agenda.ts";
import { Keys } from "./keys.ts";
import { type Pane, Panes } from "./panes.ts";
import { progressOf, type WindowParams, type Windows } from "./params.ts";
import { type Emit, emitResult, needsValues } from "./result.ts";
import { type Sample, sampleOf } from "./samples.ts";

/**
 * Windows that end when nothing has come for `gap` milliseconds, or when they are `size` long. Messages that come out of
 * order may put two of them together.
 */
export function sessionWindows(
  context: NodeContext,
  params: WindowParams,
  { gap, size = Number.POSITIVE_INFINITY }: { readonly gap: number; readonly size: number | undefined },
  emit: Emit,
): Windows {
  const { compute } = params;
  const { state, clock } = context;
  const panes = new Panes(state, { keepsValues: needsValues(compute) });
  const keys = new Keys(state);
  const progress = progressOf(context, params);
  const agenda = createAgenda(progress, complete, context.fail);
  const endOf = ({ start, last }: Pane) => Math.min(last + gap, start + size);
  const isPartOf = (pane: Pane, { at }: Sample) => at > pane.start - gap && at < endOf(pane);

  function receive(message: Message): void {
    const sample = sampleOf(message, params, { now: clock.now(), needsValues: compute.length > 0 });
    const { key, at } = sample;
    const record = keys.of(sample);
    const open = panes.of(key).find((pane) => isPartOf(pane, sample));
    if (!open && at + gap <= progress.now()) throw late(progress.now() - at - gap);
    add(open, sample);
    keys.set(key, record);
    plan(key);
    progress.see(at);
    if (params.time) agenda.check();
  }

  function add(open: Pane | undefined, sample: Sample): void {
    let pane = panes.add(open && open.start <= sample.at ? open.start : sample.at, sample);
    // An earlier one moves its beginning.
    if (open && open !== pane) pane = panes.merge(pane, open);
    const next = panes.of(sample.key).find((other) => other.start > pane.start);
    if (next && next.start < endOf(pane)) panes.merge(pane, next);
  }

  function plan(key: string): void {
    const ends = panes.of(key).map(endOf);
    if (ends.length > 0) agenda.plan(key, Math.min(...ends));
    else keys.delete(key);
  }

  function complete(key: string): void {
    const record = keys.get(key);
    const ended = panes.of(key).filter((pane) => endOf(pane) <= progress.now());
    for (const pane of ended) panes.remove(pane);
    plan(key);
    for (const pane of ended) {
      const { start, last } = pane;
      const { keyValue, names = [] } = record ?? { keyValue: undefined };
      emitResult(context, compute, { start, end: last, keyValue, names, panes: [pane] }, emit);
    }
  }

  return {
    receive,
    restore() {
      panes.load();
      for (const key of [...keys.load().keys()]) plan(key);
    },
    close: () => agenda.close(),
  };
}

function late(by: number): Error {
  return engineError(
    "EDDY_WINDOW_LATE",
    `This message is ${by} ms late: what it belonged to has been told. Allow for it with lateness.`,
  );
}
