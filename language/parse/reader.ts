import type { LanguageCode } from "../codes.ts";
import { parseDuration, parseSize } from "../literals.ts";
import type { Json, Located, Range, SourceEntry, SourceMap, SourceScalar, SourceValue } from "../model.ts";
import type { Problem, QuickFix } from "../problem.ts";
import { closest, shorten } from "../similar.ts";
import type { ParseCode } from "./codes.ts";

/** Reads values as the type that their place asks for, and reports what does not fit. What does not fit is left out. */
export class Reader {
  readonly problems: Problem[] = [];
  /** The node that is being read; its problems carry it. */
  node: string | undefined;
  readonly #broken: ReadonlySet<number>;

  /** `broken` are the keys of entries that are no YAML. */
  constructor(broken: readonly Located<string>[]) {
    this.#broken = new Set(broken.map(({ range }) => range.start));
  }

  /** True where part of what belongs to the key is no YAML: that is told, and nobody knows what is missing there. */
  isBroken({ range }: Located<string>): boolean {
    return this.#broken.has(range.start);
  }

  report(
    code: ParseCode | LanguageCode,
    range: Range,
    message: string,
    more: { readonly severity?: Problem["severity"]; readonly fixes?: readonly QuickFix[] } = {},
  ): void {
    this.problems.push({
      code,
      severity: more.severity ?? "error",
      message: shorten(message),
      range,
      ...(this.node === undefined ? {} : { node: this.node }),
      ...(more.fixes === undefined || more.fixes.length === 0 ? {} : { fixes: more.fixes }),
    });
  }

  /** Says that the value of an entry is of another shape. */
  mismatch({ key, value }: SourceEntry, expected: string): undefined {
    if (isEmpty(value) && this.isBroken(key)) return undefined;
    const range = isEmpty(value) ? key.range : value.range;
    const what = isEmpty(value) ? "has no value" : `cannot be ${describe(value)}`;
    this.report("EDDY_VALUE", range, `"${key.value}" ${what}: write ${expected}.`);
    return undefined;
  }

  scalar(entry: SourceEntry | undefined, expected: string): SourceScalar | undefined {
    if (entry === undefined) return undefined;
    const { value } = entry;
    return value.kind === "scalar" && !isEmpty(value) ? value : this.mismatch(entry, expected);
  }

  text(entry: SourceEntry | undefined): string | undefined {
    return this.scalar(entry, "a text")?.text;
  }

  boolean(entry: SourceEntry | undefined): boolean | undefined {
    const scalar = this.scalar(entry, "true or false");
    if (entry === undefined || scalar === undefined) return undefined;
    return typeof scalar.value === "boolean" ? scalar.value : this.mismatch(entry, "true or false");
  }

  /** A whole number of at least `minimum`. */
  count(entry: SourceEntry | undefined, minimum: number): number | undefined {
    const expected = `a whole number of ${minimum} or more`;
    const scalar = this.scalar(entry, expected);
    if (entry === undefined || scalar === undefined) return undefined;
    const { value } = scalar;
    const fits = typeof value === "number" && Number.isSafeInteger(value) && value >= minimum;
    return fits ? value : this.mismatch(entry, expected);
  }

  /** Milliseconds. */
  duration(entry: SourceEntry | undefined): number | undefined {
    const expected = "a duration such as 250ms, 5s, 10m, 1h or 1d";
    const scalar = this.scalar(entry, expected);
    if (entry === undefined || scalar === undefined) return undefined;
    return parseDuration(scalar.text) ?? this.mismatch(entry, expected);
  }

  /** Bytes. */
  size(entry: SourceEntry | undefined): number | undefined {
    const expected = "a size such as 64kB or 10MB";
    const scalar = this.scalar(entry, expected);
    if (entry === undefined || scalar === undefined) return undefined;
    return parseSize(scalar.text) ?? this.mismatch(entry, expected);
  }

  oneOf<T extends string>(entry: SourceEntry | undefined, values: readonly T[]): T | undefined {
    const expected = `one of ${values.join(", ")}`;
    const scalar = this.scalar(entry, expected);
    if (entry === undefined || scalar === undefined) return undefined;
    return values.find((value) => value === scalar.text) ?? this.mismatch(entry, expected);
  }

  /** The two numbers of `[x, y]`. */
  pair(entry: SourceEntry | undefined): readonly [number, number] | undefined {
    if (entry === undefined) return undefined;
    const expected = "two numbers such as [240, 0]";
    if (entry.value.kind !== "list") return this.mismatch(entry, expected);
    const [first, second, third] = entry.value.items.map(finiteNumber);
    if (
      entry.value.items.length !== 2 ||
      first === undefined ||
      second === undefined ||
      third !== undefined
    ) {
      return this.mismatch(entry, expected);
    }
    return [first, second];
  }

  /** The entries of a map; a key without value is an empty map. */
  map(entry: SourceEntry | undefined, expected: string): readonly SourceEntry[] {
    if (entry === undefined || isEmpty(entry.value)) return [];
    if (entry.value.kind === "map") return entry.value.entries;
    this.mismatch(entry, expected);
    return [];
  }

  /** The entries of a map with fixed keys, by key. Others are reported, with a guess at what was meant. */
  fields(entry: SourceEntry, keys: readonly string[], expected: string): ReadonlyMap<string, SourceEntry> {
    return this.known(this.map(entry, expected), keys, `in "${entry.key.value}"`);
  }

  known(
    entries: readonly SourceEntry[],
    keys: readonly string[],
    place: string,
  ): ReadonlyMap<string, SourceEntry> {
    const fields = new Map<string, SourceEntry>();
    for (const entry of entries) {
      if (keys.includes(entry.key.value)) fields.set(entry.key.value, entry);
      else this.unknownKey(entry.key, keys, place);
    }
    return fields;
  }

  unknownKey(key: Located<string>, keys: readonly string[], place: string): void {
    const guess = closest(key.value, keys);
    const hint = guess === undefined ? `Known here: ${keys.join(", ")}.` : `Did you mean "${guess}"?`;
    const fixes =
      guess === undefined
        ? []
        : [{ title: `Change to ${guess}`, edits: [{ range: key.range, newText: guess }] }];
    this.report("EDDY_UNKNOWN_KEY", key.range, `There is no key "${key.value}" ${place}. ${hint}`, { fixes });
  }

  /** True where the name can be used; else it is reported. */
  name({ value, range }: Located<string>, what: string): boolean {
    if (namePattern.test(value)) return true;
    this.report(
      "EDDY_NAME",
      range,
      `"${value}" cannot be the name of ${what}: use letters, digits, _ and -, with a letter first.`,
    );
    return false;
  }

  /** Plain data, as YAML 1.2 reads it. */
  json(value: SourceValue): Json {
    switch (value.kind) {
      case "scalar":
        return typeof value.value === "number" && !Number.isFinite(value.value) ? value.text : value.value;
      case "list":
        return value.items.map((item) => this.json(item));
      case "map":
        return Object.fromEntries(value.entries.map((entry) => [entry.key.value, this.json(entry.value)]));
    }
  }
}

/** What ids of nodes and names of connections, env, secrets and ports look like. */
export const namePattern = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** A key without value. An empty text in quotes is a value. */
export function isEmpty(value: SourceValue): boolean {
  return value.kind === "scalar" && value.style === "plain" && value.text === "";
}

export function entriesByKey(map: SourceMap): ReadonlyMap<string, SourceEntry> {
  return new Map(map.entries.map((entry) => [entry.key.value, entry]));
}

function describe(value: SourceValue): string {
  if (value.kind !== "scalar") return `a ${value.kind}`;
  const text = value.text.split("\n", 1)[0] ?? "";
  return `"${text.length > 40 ? `${text.slice(0, 37)}…` : text}"`;
}

function finiteNumber(value: SourceValue): number | undefined {
  return value.kind === "scalar" && typeof value.value === "number" && Number.isFinite(value.value)
    ? value.value
    : undefined;
}
