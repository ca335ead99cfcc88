import type { Json } from "../../../language/model.ts";
import type { Expression, Message, NodeContext, Timer } from "../../engine/contract.ts";
import { isRecord, keyOf } from "./messages.ts";
import { compute, type Statistic } from "./statistics.ts";

/** A duration is in milliseconds. */
type Extent = number | { readonly count: number };

export interface WindowParams {
  readonly size?: Extent;
  readonly slide?: Extent;
  readonly gap?: number;
  readonly value: Expression;
  readonly compute?: readonly Statistic[];
  readonly by?: Expression;
  readonly time?: Expression;
  readonly align: "clock" | "first";
  readonly empty: "skip" | "emit";
  readonly lateness: number;
}

type Emit = (message: Message, causes: readonly Message[]) => void;

export interface Windows {
  receive(message: Message): void;
  restore(): void;
  close(): void;
}

/** The kind of window that the params describe. Throws where they describe none. */
export function createWindows(context: NodeContext, params: WindowParams, emit: Emit): Windows {
  const { size, slide, gap } = params;
  if (gap !== undefined) return new TimeWindows(context, params, emit, sessions(gap));
  if (typeof size === "object") {
    if (typeof slide === "number")
      throw new TypeError("window: size is a number of messages, so slide must be one too.");
    return countWindows(context, params, emit, size.count, slide?.count ?? size.count);
  }
  if (size === undefined)
    throw new TypeError("window: give size (a duration or a number of messages) or gap.");
  if (typeof slide === "object") throw new TypeError("window: size is a duration, so slide must be one too.");
  return new TimeWindows(context, params, emit, spans(size, slide ?? size, params.align));
}

/** A reading as it is kept: a number, or numbers by name. */
type Reading = number | { readonly [name: string]: number };

function readValue(value: unknown): Reading {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (isRecord(value)) {
    const entries = Object.entries(value).map(([name, one]) => [name, readNumber(one)] as const);
    return Object.fromEntries(entries);
  }
  return readNumber(value);
}

function readNumber(value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError(`The value of a window has to be a number; ${JSON.stringify(value)} came.`);
}

const defaultStatistics: readonly Statistic[] = ["mean", "min", "max"];

/** `{ start, end, key?, count, … }`; with numbers by name, what is computed of each stands under its name. */
function payload(
  start: number,
  end: number,
  key: string | undefined,
  readings: readonly Reading[],
  wanted: readonly Statistic[] = defaultStatistics,
): Json {
  const of = (values: readonly number[]) =>
    Object.fromEntries(wanted.map((statistic) => [statistic, compute(statistic, values)]));
  const numbers = readings.filter((reading) => typeof reading === "number");
  const names = new Set(
    readings.flatMap((reading) => (typeof reading === "number" ? [] : Object.keys(reading))),
  );
  const named = [...names].map((name) => [
    name,
    of(readings.flatMap((reading) => (typeof reading === "number" ? [] : (reading[name] ?? [])))),
  ]);
  return {
    start,
    end,
    ...(key === undefined ? {} : { key }),
    ...(names.size > 0 ? Object.fromEntries(named) : of(numbers)),
    count: readings.length,
  };
}

// ---------------------------------------------------------------- so many messages

interface CountState {
  readonly readings: readonly Reading[];
  /** When each of them came. */
  readonly times: readonly number[];
  /** How many more are needed before the next window is told. */
  readonly left: number;
}

function countWindows(
  context: NodeContext,
  params: WindowParams,
  emit: Emit,
  size: number,
  slide: number,
): Windows {
  const { state, clock } = context;
  return {
    receive(message) {
      const key = keyOf(message, params.by);
      const time = params.time ? readNumber(params.time(message)) : clock.now();
      const { readings, times, left } = readCount(state.get(key), size);
      const all = [...readings, readValue(params.value(message))].slice(-size);
      const when = [...times, time].slice(-size);
      const full = left === 1;
      state.set(key, { readings: all, times: when, left: full ? slide : left - 1 });
      if (!full) return;
      const start = when[0] ?? time;
      const body = payload(start, time, params.by ? key : undefined, all, params.compute);
      emit({ id: context.newId(), time: clock.now(), topic: message.topic, payload: body }, [message]);
    },
    restore() {},
    close() {},
  };
}

function readCount(value: Json | undefined, size: number): CountState {
  if (!isRecord(value) || !Array.isArray(value.readings) || !Array.isArray(value.times))
    return { readings: [], times: [], left: size };
  return {
    readings: value.readings.map(readValue),
    times: value.times.map(Number),
    left: Number(value.left),
  };
}

// ---------------------------------------------------------------- stretches of time

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Which stretches a time falls into, given those that are open and when the first message came. */
type Assign = (
  time: number,
  open: readonly Stretch[],
  origin: number,
) => { readonly stretches: readonly Stretch[]; readonly merged: boolean };

function spans(size: number, slide: number, align: "clock" | "first"): Assign {
  return (time, _, origin) => {
    const zero = align === "first" ? origin : 0;
    const newest = Math.floor((time - zero) / slide) * slide + zero;
    const stretches: Stretch[] = [];
    for (let start = newest; start > time - size; start -= slide)
      stretches.unshift({ start, end: start + size });
    return { stretches, merged: false };
  };
}

/** A session reaches until `gap` after its last message; one that comes between two joins them. */
function sessions(gap: number): Assign {
  return (time, open) => {
    const touched = open.filter(({ start, end }) => time >= start - gap && time <= end);
    const start = touched.reduce((least, one) => Math.min(least, one.start), time);
    const end = touched.reduce((most, one) => Math.max(most, one.end), time + gap);
    return { stretches: [{ start, end }], merged: true };
  };
}

interface OpenWindow extends Stretch {
  readonly readings: readonly Reading[];
  readonly topic: string | undefined;
}

interface KeyState {
  readonly origin: number;
  /** The newest time seen; with event time, it says which windows are complete. */
  readonly watermark: number;
  readonly windows: readonly OpenWindow[];
}

class TimeWindows implements Windows {
  readonly #context: NodeContext;
  readonly #params: WindowParams;
  readonly #emit: Emit;
  readonly #assign: Assign;
  readonly #timers = new Map<string, Timer>();

  constructor(context: NodeContext, params: WindowParams, emit: Emit, assign: Assign) {
    this.#context = context;
    this.#params = params;
    this.#emit = emit;
    this.#assign = assign;
  }

  receive(message: Message): void {
    const { by, time: timeOf, value, lateness } = this.#params;
    const key = keyOf(message, by);
    const time = timeOf ? readNumber(timeOf(message)) : this.#context.clock.now();
    const reading = readValue(value(message));
    const before = this.#read(key) ?? { origin: time, watermark: Number.NEGATIVE_INFINITY, windows: [] };
    const closedBefore = timeOf ? before.watermark - lateness : this.#context.clock.now();
    const { stretches, merged } = this.#assign(time, before.windows, before.origin);
    const current = stretches.filter(({ end }) => end > closedBefore);
    if (current.length === 0)
      this.#context.log("warn", `A message of ${new Date(time).toISOString()} came too late.`);
    const windows = add(before.windows, current, { merged, reading, topic: message.topic });
    this.#write(key, { origin: before.origin, watermark: Math.max(before.watermark, time), windows });
    this.#closeDue(key, [message]);
  }

  restore(): void {
    for (const [key] of this.#context.state.entries()) this.#closeDue(key, []);
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
  }

  /** Tells what is complete and waits for what will be next. */
  #closeDue(key: string, causes: readonly Message[]): void {
    const { time, lateness, empty } = this.#params;
    const state = this.#read(key);
    if (!state) return;
    const now = time ? state.watermark - lateness : this.#context.clock.now();
    const due = state.windows.filter(({ end }) => end <= now).sort((a, b) => a.end - b.end);
    const open = state.windows.filter(({ end }) => end > now);
    const next = empty === "emit" && !time && open.length === 0 ? following(due.at(-1), now) : undefined;
    const windows = next ? [...open, next] : open;
    if (due.length > 0) this.#write(key, { ...state, windows });
    for (const one of due) this.#tell(key, one, causes);
    if (!time) this.#plan(key, windows);
  }

  #plan(key: string, windows: readonly OpenWindow[]): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
    if (windows.length === 0) return;
    const { clock } = this.#context;
    const first = windows.reduce((least, { end }) => Math.min(least, end), Number.POSITIVE_INFINITY);
    this.#timers.set(
      key,
      clock.after(first - clock.now(), () => this.#closeDue(key, [])),
    );
  }

  #tell(key: string, { start, end, readings, topic }: OpenWindow, causes: readonly Message[]): void {
    const { newId, clock } = this.#context;
    const body = payload(start, end, this.#params.by ? key : undefined, readings, this.#params.compute);
    this.#emit({ id: newId(), time: clock.now(), topic, payload: body }, causes);
  }

  #read(key: string): KeyState | undefined {
    const value = this.#context.state.get(key);
    if (!isRecord(value) || !Array.isArray(value.windows)) return undefined;
    const windows = value.windows.flatMap((one: Json): OpenWindow[] =>
      isRecord(one) ? [readWindow(one)] : [],
    );
    const watermark = typeof value.watermark === "number" ? value.watermark : Number.NEGATIVE_INFINITY;
    return { origin: Number(value.origin), watermark, windows };
  }

  #write(key: string, { origin, watermark, windows }: KeyState): void {
    if (windows.length === 0 && this.#params.align === "clock" && !this.#params.time) {
      this.#context.state.delete(key);
      return;
    }
    this.#context.state.set(key, {
      origin,
      watermark: Number.isFinite(watermark) ? watermark : null,
      windows: windows.map(({ start, end, readings, topic }) => ({
        start,
        end,
        readings,
        topic: topic ?? null,
      })),
    });
  }
}

function add(
  windows: readonly OpenWindow[],
  stretches: readonly Stretch[],
  {
    merged,
    reading,
    topic,
  }: { readonly merged: boolean; readonly reading: Reading; readonly topic: string | undefined },
): readonly OpenWindow[] {
  return stretches.reduce<readonly OpenWindow[]>((all, { start, end }) => {
    const isPart = (one: Stretch) =>
      merged ? one.start >= start && one.end <= end : one.start === start && one.end === end;
    const readings = all.filter(isPart).flatMap((one) => one.readings);
    return [...all.filter((one) => !isPart(one)), { start, end, readings: [...readings, reading], topic }];
  }, windows);
}

/** The window after the last one, for a stream whose silence is told too; windows missed while stopped are left out. */
function following(last: OpenWindow | undefined, now: number): OpenWindow | undefined {
  if (!last) return undefined;
  const size = last.end - last.start;
  const steps = Math.max(1, Math.floor((now - last.end) / size) + 1);
  const start = last.start + steps * size;
  return { start, end: start + size, readings: [], topic: last.topic };
}

function readWindow(value: { readonly [key: string]: Json }): OpenWindow {
  return {
    start: Number(value.start),
    end: Number(value.end),
    readings: Array.isArray(value.readings) ? value.readings.map(readValue) : [],
    topic: typeof value.topic === "string" ? value.topic : undefined,
  };
}
