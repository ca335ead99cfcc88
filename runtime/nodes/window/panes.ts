import type { Json } from "../../../language/model.ts";
import type { KeyValueStore, Message } from "../../engine/contract.ts";
import { engineError } from "../../engine/errors.ts";
import { isList, isObject } from "../support/stored.ts";
import type { Sample } from "./samples.ts";
import { merged, type Totals, totalsOf } from "./totals.ts";

/** A stretch of time or of messages, and what is known of it. Windows that overlap have panes in common. */
export interface Pane {
  readonly key: string;
  readonly start: number;
  /** The times of the earliest and the latest message in it. */
  first: number;
  last: number;
  count: number;
  topic: string | undefined;
  /** Ids of the first and the latest message, as causes of what comes of them. */
  readonly firstId: string;
  lastId: string;
  readonly totals: Map<string, Totals>;
  /** Every value, in the order in which they came: only where percentiles are asked for. */
  readonly values: Map<string, number[]>;
}

/** Of all keys of one node together. */
const most = { panes: 100_000, values: 1_000_000 };
/** Samples whose values are written together, so that a new one does not have all of them written again. */
const chunkSize = 128;

/** The panes of all keys, in memory and in durable state. */
export class Panes {
  readonly #state: KeyValueStore;
  readonly #keepsValues: boolean;
  readonly #panes = new Map<string, Map<number, Pane>>();
  #count = 0;
  #values = 0;

  constructor(state: KeyValueStore, { keepsValues }: { readonly keepsValues: boolean }) {
    this.#state = state;
    this.#keepsValues = keepsValues;
  }

  /** Takes up what durable state holds. */
  load(): void {
    for (const [name, value] of this.#state.entries()) {
      const [, start, key] = /^pane\/(-?[\d.]+)\/(.*)$/s.exec(name) ?? [];
      const pane = start !== undefined && key !== undefined ? readPane(key, Number(start), value) : undefined;
      if (!pane) continue;
      this.#loadValues(pane);
      this.#insert(pane);
    }
  }

  /** In the order of their starts. */
  of(key: string): readonly Pane[] {
    return [...(this.#panes.get(key)?.values() ?? [])].sort((one, other) => one.start - other.start);
  }

  has(key: string): boolean {
    return this.#panes.has(key);
  }

  get(key: string, start: number): Pane | undefined {
    return this.#panes.get(key)?.get(start);
  }

  /** Adds a message to the pane that begins at `start`, made where there is none. Throws `EDDY_WINDOW_FULL`. */
  add(start: number, { key, at, values, message }: Sample): Pane {
    const size = this.#keepsValues ? values.size : 0;
    const known = this.get(key, start);
    if (this.#values + size > most.values || (!known && this.#count >= most.panes)) throw full();
    const pane = known ?? this.#insert(emptyPane(key, start, message, at));
    pane.count++;
    pane.first = Math.min(pane.first, at);
    pane.last = Math.max(pane.last, at);
    pane.topic = message.topic;
    pane.lastId = message.id;
    for (const [name, value] of values) {
      const one = totalsOf(value, at);
      const totals = pane.totals.get(name);
      pane.totals.set(name, totals ? merged(totals, one) : one);
    }
    if (size > 0) this.#keepValues(pane, values);
    this.#state.set(paneName(pane), writePane(pane));
    return pane;
  }

  remove(pane: Pane): void {
    const own = this.#panes.get(pane.key);
    if (!own?.delete(pane.start)) return;
    if (own.size === 0) this.#panes.delete(pane.key);
    this.#count--;
    this.#values -= valuesIn(pane);
    this.#state.delete(paneName(pane));
    if (!this.#keepsValues) return;
    for (let chunk = 0; chunk * chunkSize < pane.count; chunk++) this.#state.delete(chunkName(pane, chunk));
  }

  /** Two panes of one key become one. */
  merge(one: Pane, other: Pane): Pane {
    this.remove(one);
    this.remove(other);
    const [first, second] = one.start <= other.start ? [one, other] : [other, one];
    const pane: Pane = {
      ...first,
      first: Math.min(one.first, other.first),
      last: Math.max(one.last, other.last),
      count: one.count + other.count,
      topic: second.topic,
      lastId: second.lastId,
      totals: mergedTotals([first, second]),
      values: mergedValues([first, second]),
    };
    this.#insert(pane);
    this.#values += valuesIn(pane);
    this.#state.set(paneName(pane), writePane(pane));
    for (let chunk = 0; this.#keepsValues && chunk * chunkSize < pane.count; chunk++)
      this.#writeChunk(pane, chunk);
    return pane;
  }

  #insert(pane: Pane): Pane {
    const own = this.#panes.get(pane.key) ?? new Map<number, Pane>();
    this.#panes.set(pane.key, own);
    own.set(pane.start, pane);
    this.#count++;
    return pane;
  }

  #keepValues(pane: Pane, values: Sample["values"]): void {
    for (const [name, value] of values) {
      const list = pane.values.get(name);
      if (list) list.push(value);
      else pane.values.set(name, [value]);
    }
    this.#values += values.size;
    this.#writeChunk(pane, Math.floor((pane.count - 1) / chunkSize));
  }

  #writeChunk(pane: Pane, chunk: number): void {
    const from = chunk * chunkSize;
    const lists = [...pane.values].map(
      ([name, values]) => [name, values.slice(from, from + chunkSize)] as const,
    );
    this.#state.set(chunkName(pane, chunk), Object.fromEntries(lists));
  }

  #loadValues(pane: Pane): void {
    for (let chunk = 0; this.#keepsValues && chunk * chunkSize < pane.count; chunk++) {
      const lists = this.#state.get(chunkName(pane, chunk));
      if (!isObject(lists)) continue;
      for (const [name, values] of Object.entries(lists)) {
        if (!isNumbers(values)) continue;
        const list = pane.values.get(name) ?? [];
        pane.values.set(name, list);
        list.push(...values);
        this.#values += values.length;
      }
    }
  }
}

export function mergedTotals(panes: readonly Pane[]): Map<string, Totals> {
  const all = new Map<string, Totals>();
  for (const { totals } of panes) {
    for (const [name, one] of totals) {
      const known = all.get(name);
      all.set(name, known ? merged(known, one) : one);
    }
  }
  return all;
}

export function mergedValues(panes: readonly Pane[]): Map<string, number[]> {
  const all = new Map<string, number[]>();
  for (const { values } of panes) {
    for (const [name, list] of values) all.set(name, (all.get(name) ?? []).concat(list));
  }
  return all;
}

function emptyPane(key: string, start: number, { id, topic }: Message, at: number): Pane {
  const ids = { firstId: id, lastId: id };
  return { key, start, first: at, last: at, count: 0, topic, ...ids, totals: new Map(), values: new Map() };
}

function valuesIn({ values }: Pane): number {
  return [...values.values()].reduce((sum, { length }) => sum + length, 0);
}

function paneName({ start, key }: Pane): string {
  return `pane/${start}/${key}`;
}

function chunkName({ start, key }: Pane, chunk: number): string {
  return `values/${start}/${chunk}/${key}`;
}

function writePane({ first, last, count, topic, firstId, lastId, totals }: Pane): Json {
  const kept = [...totals].map(([name, one]) => [name, { ...one }] as const);
  return { first, last, count, topic: topic ?? null, firstId, lastId, totals: Object.fromEntries(kept) };
}

/** Undefined where somebody else has written there. */
function readPane(key: string, start: number, json: Json): Pane | undefined {
  if (!isObject(json)) return undefined;
  const { first, last, count, topic, firstId, lastId, totals } = json;
  if (typeof first !== "number" || typeof last !== "number" || typeof count !== "number" || !isObject(totals))
    return undefined;
  const known = Object.entries(totals).flatMap(
    ([name, one]: readonly [string, unknown]): [string, Totals][] => (isTotals(one) ? [[name, one]] : []),
  );
  return {
    key,
    start,
    first,
    last,
    count,
    topic: typeof topic === "string" ? topic : undefined,
    firstId: String(firstId),
    lastId: String(lastId),
    totals: new Map(known),
    values: new Map(),
  };
}

function isTotals(value: unknown): value is Totals {
  const members = [
    "count",
    "sum",
    "lost",
    "mean",
    "squares",
    "min",
    "max",
    "first",
    "firstAt",
    "last",
    "lastAt",
  ];
  return isObject(value) && members.every((name) => typeof value[name] === "number");
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && isList(value) && value.every((one) => typeof one === "number");
}

function full(): Error {
  return engineError(
    "EDDY_WINDOW_FULL",
    `The windows of this node hold as much as they may (${most.values} values for percentiles, ${most.panes} parts). Make them shorter, or let fewer messages or keys in.`,
  );
}
