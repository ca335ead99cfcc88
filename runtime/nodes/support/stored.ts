import type { Json } from "../../../language/model.ts";
import type { Message } from "../../engine/contract.ts";
import { engineError } from "../../engine/errors.ts";

/** Deeper than anything that is meant; what contains itself has no end. */
const deepest = 100;
/** The member that marks what JSON has no word for. */
const tag = "$eddy";

/** A value as durable state keeps it, and about how many bytes that takes. */
export interface Stored {
  readonly json: Json;
  readonly size: number;
}

/**
 * A value as JSON from which `restored` makes the same one: bytes, dates, `undefined`, big and non-finite numbers
 * included. Plain data is kept as it is, without a copy. Throws `EDDY_NOT_STORABLE` for what no disk can hold.
 */
export function stored(value: unknown): Stored {
  const size = sizeOfPlain(value, 0);
  if (size !== undefined) return { json: value as Json, size };
  const json = tagged(value, 0);
  return { json, size: sizeOfPlain(json, 0, true) ?? 0 };
}

/**
 * A value that others read as it is, such as declared `state:`. Throws `EDDY_NOT_STORABLE` for what JSON has no word for.
 */
export function plainData(value: unknown): Json {
  if (sizeOfPlain(value, 0, true) !== undefined) return value as Json;
  throw notStorable("it is no plain data (texts, finite numbers, booleans, null, lists and objects of them)");
}

/** Whether two values of durable state are the same, whatever the order of their members. */
export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (isList(one) || isList(other)) {
    if (!isList(one) || !isList(other) || one.length !== other.length) return false;
    return one.every((item, at) => isSame(item, other[at]));
  }
  const names = Object.keys(one).filter((name) => one[name] !== undefined);
  const others = Object.keys(other).filter((name) => other[name] !== undefined);
  return (
    names.length === others.length &&
    names.every((name) => Object.hasOwn(other, name) && isSame(one[name], other[name]))
  );
}

/** Of what `stored` made. */
export function restored(json: Json): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (isList(json)) return json.map(restored);
  const kind = Object.hasOwn(json, tag) ? json[tag] : undefined;
  if (kind === undefined) return isTagged(json) ? untagged(json) : json;
  const { value = null } = json;
  switch (kind) {
    case "undefined":
      return undefined;
    case "number":
      return Number(value);
    case "bigint":
      return BigInt(String(value));
    case "date":
      return new Date(value === null ? Number.NaN : Number(value));
    case "bytes":
      return Uint8Array.from(atob(String(value)), (character) => character.charCodeAt(0));
    default:
      return typeof value === "object" && value !== null && !isList(value) ? untagged(value) : value;
  }
}

export function storedMessage(message: Message): Stored {
  const { id, time, topic, payload, source } = message;
  return stored({ id, time, topic, payload, source });
}

/** Undefined where it is no message, as in a store that somebody else has written into. */
export function restoredMessage(json: Json | undefined): Message | undefined {
  if (json === undefined) return undefined;
  const value = restored(json);
  if (!isObject(value)) return undefined;
  const { id, time, topic, payload, source } = value;
  if (typeof id !== "string" || typeof time !== "number") return undefined;
  const message = { id, time, topic: typeof topic === "string" ? topic : undefined, payload };
  return isObject(source) ? { ...message, source } : message;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `Array.isArray` does not see through read-only lists. */
export function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}

/** Undefined where JSON would make something else of it. A member that is undefined is as good as none. */
function sizeOfPlain(value: unknown, depth: number, allowTags = false): number | undefined {
  switch (typeof value) {
    case "string":
      return value.length + 2;
    case "boolean":
      return 5;
    case "number":
      return Number.isFinite(value) ? 8 : undefined;
    case "object":
      if (value === null) return 4;
      return depth > deepest ? undefined : sizeOfMembers(value, depth, allowTags);
    default:
      return undefined;
  }
}

function sizeOfMembers(value: object, depth: number, allowTags: boolean): number | undefined {
  let size = 2;
  if (Array.isArray(value)) {
    for (const item of value) {
      const one = sizeOfPlain(item, depth + 1, allowTags);
      if (one === undefined) return undefined;
      size += one + 1;
    }
    return size;
  }
  if (!isPlainObject(value) || (!allowTags && Object.hasOwn(value, tag))) return undefined;
  for (const key of Object.keys(value)) {
    const member: unknown = value[key];
    if (member === undefined) continue;
    const one = sizeOfPlain(member, depth + 1, allowTags);
    if (one === undefined) return undefined;
    size += key.length + one + 4;
  }
  return size;
}

function isPlainObject(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === null || prototype === Object.prototype;
  return isPlain && !("toJSON" in value);
}

function tagged(value: unknown, depth: number): Json {
  if (depth > deepest) {
    throw notStorable(`it is nested more than ${deepest} levels deep, or contains itself`);
  }
  if (value === undefined) return { [tag]: "undefined" };
  if (typeof value === "bigint") return { [tag]: "bigint", value: String(value) };
  if (typeof value === "number" && !Number.isFinite(value)) return { [tag]: "number", value: String(value) };
  if (typeof value === "function" || typeof value === "symbol")
    throw notStorable(`there is a ${typeof value} in it`);
  if (typeof value !== "object" || value === null) return value as Json;
  if (value instanceof Uint8Array) return { [tag]: "bytes", value: base64(value) };
  // No time at all is null in JSON.
  if (value instanceof Date) {
    const time = value.getTime();
    return { [tag]: "date", value: Number.isNaN(time) ? null : time };
  }
  if (Array.isArray(value)) return value.map((item) => tagged(item, depth + 1));
  if ("toJSON" in value && typeof value.toJSON === "function") return tagged(value.toJSON(), depth + 1);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const json = Object.fromEntries(entries.map(([key, member]) => [key, tagged(member, depth + 1)]));
  return Object.hasOwn(json, tag) ? { [tag]: "object", value: json } : json;
}

/** Whether there is a tag anywhere in it: most values are plain, and come back without a copy. */
function isTagged(json: Json): boolean {
  if (typeof json !== "object" || json === null) return false;
  if (isList(json)) return json.some(isTagged);
  return Object.hasOwn(json, tag) || Object.values(json).some(isTagged);
}

function untagged(json: Readonly<Record<string, Json>>): unknown {
  return Object.fromEntries(Object.entries(json).map(([key, member]) => [key, restored(member)]));
}

function notStorable(why: string): Error {
  return engineError("EDDY_NOT_STORABLE", `This cannot be kept in the device's durable state: ${why}.`);
}

/** In pieces, since a call takes only so many arguments. */
function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return btoa(text);
}
