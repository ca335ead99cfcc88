import type { Json } from "../../../language/model.ts";
import type { Expression, Message } from "../../engine/contract.ts";
import { engineError } from "../../engine/errors.ts";
import { keyOf } from "../support/keys.ts";
import { show } from "../support/show.ts";
import { isObject, stored } from "../support/stored.ts";

/** What a window needs of one message. */
export interface Sample {
  readonly key: string;
  /** What `by` gave. */
  readonly keyValue: Json | undefined;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** By name; the name of a single number is empty. */
  readonly values: ReadonlyMap<string, number>;
  readonly message: Message;
}

export interface SampleParams {
  readonly value: Expression;
  readonly by?: Expression;
  readonly time?: Expression;
}

/** A window counts names, and keeps something for each. */
const mostNames = 100;
/** Members of the payload that are not names of values. */
const ownMembers: ReadonlySet<string> = new Set(["start", "end", "key", "count"]);

/** Throws where the message has no number, no time, or no key to go by. `values` are left out where nothing is computed. */
export function sampleOf(
  message: Message,
  { value, by, time }: SampleParams,
  { now, needsValues }: { readonly now: number; readonly needsValues: boolean },
): Sample {
  const keyValue = by?.(message);
  return {
    key: keyOf(keyValue),
    keyValue: keyValue === undefined ? undefined : stored(keyValue).json,
    at: time ? timeOf(time(message)) : now,
    values: needsValues ? valuesOf(value(message)) : new Map(),
    message,
  };
}

function timeOf(value: unknown): number {
  const time =
    value instanceof Date ? value.getTime() : typeof value === "string" ? Date.parse(value) : value;
  if (typeof time === "number" && Number.isFinite(time)) return time;
  throw engineError(
    "EDDY_WINDOW_TIME",
    `The time of this message is ${show(value, 60)}: it has to be milliseconds since 1970, a Date, or text such as 2026-01-31T12:00:00Z.`,
  );
}

function valuesOf(value: unknown): ReadonlyMap<string, number> {
  if (!isObject(value)) return new Map([["", numberOf(value, "The value")]]);
  const entries = Object.entries(value);
  const taken = entries.find(([name]) => name === "" || ownMembers.has(name));
  if (taken || entries.length > mostNames) {
    const why = taken
      ? `the name "${taken[0]}" is one of the window's own`
      : `there are more than ${mostNames} names`;
    throw engineError("EDDY_WINDOW_VALUE", `These values cannot be put into a window: ${why}.`);
  }
  return new Map(entries.map(([name, one]) => [name, numberOf(one, `The value "${name}"`)]));
}

function numberOf(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw engineError(
    "EDDY_WINDOW_VALUE",
    `${what} is ${show(value, 60)}: a window takes finite numbers. Say with value: which number of the message is meant.`,
  );
}
