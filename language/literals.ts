import { CronPattern } from "croner";
import type { LiteralSchema } from "./catalog.ts";
import type { LanguageCode } from "./codes.ts";
import type { Json, SourceList, SourceScalar, SourceValue } from "./model.ts";
import type { Checked, Problem, QuickFix } from "./problem.ts";
import { closest, enumerate } from "./similar.ts";

/**
 * The value of a literal as its schema understands it: durations in milliseconds, sizes in bytes, `5%` as
 * `{ percent: 5 }`. Read from the text as written, never from what YAML makes of it. Where the text does not fit,
 * `value` is undefined and `problems` says why (`EDDY_LITERAL`, or `EDDY_PARAM_KIND` for a value of another shape).
 */
export function readLiteral(schema: LiteralSchema, source: SourceValue): Checked<Json | undefined> {
  if (schema.type === "list") return readList(schema, source);
  if (source.kind !== "scalar") {
    return wrong("EDDY_PARAM_KIND", source, `This takes ${describeLiteral(schema)}, not a ${source.kind}.`);
  }
  if (isNothing(source)) {
    return wrong("EDDY_LITERAL", source, `There is no value: write ${describeLiteral(schema)}.`);
  }
  return readScalar(schema, source);
}

/** Milliseconds of `250ms`, `5s`, `1.5m`, `1h` or `1d`; undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,15}(?:\.\d{1,9})?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  const factor = durationUnits.get(unit ?? "");
  return count === undefined || factor === undefined ? undefined : safe(rounded(Number(count) * factor));
}

/** Bytes of `512B`, `64kB`, `10MB`, `1GB` (powers of 1,000) or `64KiB`, `10MiB`, `1GiB` (powers of 1,024). */
export function parseSize(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-z]+)$/.exec(text.trim()) ?? [];
  const factor = sizeUnits.get(unit ?? "");
  return count === undefined || factor === undefined ? undefined : safe(Math.round(Number(count) * factor));
}

/** What is wrong with a cron pattern of 5 or 6 fields (the first of 6 is the second), or undefined where it is right. */
export function cronProblem(text: string): string | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    return `it has ${fields.length} ${fields.length === 1 ? "field" : "fields"}; a pattern has 5 (minute hour day month weekday) or 6 (with the second in front)`;
  }
  try {
    new CronPattern(fields.join(" "), undefined, { mode: "5-or-6-parts" });
    return undefined;
  } catch (error) {
    // These are the library's own, and their message says which field it is; anything else is a fault of ours.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    return error.message.replace(/^CronPattern: /, "");
  }
}

/** A number as JSON and people write it: `5`, `-0.5`, `1e3`. No hexadecimal, no underscores, no infinities. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

/** What a literal looks like, for messages: `a duration such as 5s`. */
export function describeLiteral(schema: LiteralSchema): string {
  switch (schema.type) {
    case "string":
      return schema.examples?.[0] === undefined ? "text" : `text such as ${schema.examples[0]}`;
    case "number":
    case "integer":
      return `${schema.type === "integer" ? "a whole number" : "a number"}${bounds(schema)}`;
    case "boolean":
      return "true or false";
    case "duration":
      return "a duration such as 250ms, 5s, 10m, 1h or 1d";
    case "size":
      return "a size such as 64kB or 10MB";
    case "cron":
      return 'a cron pattern such as "*/5 * * * *"';
    case "number-or-percent":
      return "a number, or a percentage such as 5%";
    case "count-or-duration":
      return "a number of messages, or a duration such as 5s";
    case "enum":
      return schema.values.length === 1 ? `${schema.values[0]}` : `one of ${enumerate(schema.values)}`;
    case "list":
      return `a list, each item ${describeLiteral(schema.items)}`;
  }
}

const durationUnits = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const sizeUnits = new Map([
  ["B", 1],
  ["kB", 1e3],
  ["KB", 1e3],
  ["MB", 1e6],
  ["GB", 1e9],
  ["KiB", 1024],
  ["MiB", 1024 ** 2],
  ["GiB", 1024 ** 3],
]);

type ScalarSchema = Exclude<LiteralSchema, { type: "list" }>;

function readScalar(schema: ScalarSchema, source: SourceScalar): Checked<Json | undefined> {
  const text = source.text.trim();
  switch (schema.type) {
    case "string":
      return readText(schema, source);
    case "number":
    case "integer":
      return readNumber(schema, source, text);
    case "boolean":
      return text === "true" || text === "false" ? right(text === "true") : notBoolean(source, text);
    case "duration":
      return readDuration(schema, source, text);
    case "size": {
      const bytes = parseSize(text);
      return bytes === undefined ? misfit(schema, source) : right(bytes);
    }
    case "cron": {
      const problem = cronProblem(text);
      return problem === undefined
        ? right(text)
        : wrong("EDDY_LITERAL", source, `"${shown(text)}" is no cron pattern: ${problem}.`);
    }
    case "number-or-percent":
      return readNumberOrPercent(schema, source, text);
    case "count-or-duration":
      return readCountOrDuration(schema, source, text);
    case "enum":
      return schema.values.includes(text) ? right(text) : notInEnum(schema, source, text);
  }
}

function readList(schema: LiteralSchema & { type: "list" }, source: SourceValue): Checked<Json | undefined> {
  if (source.kind !== "list") {
    const fixes = source.kind === "scalar" && !isNothing(source) ? wrapInList(source) : [];
    return wrong("EDDY_PARAM_KIND", source, `This takes ${describeLiteral(schema)}.`, fixes);
  }
  return readItems(schema, source);
}

function readItems(schema: LiteralSchema & { type: "list" }, source: SourceList): Checked<Json | undefined> {
  const items = source.items.map((item) => readLiteral(schema.items, item));
  const problems = items.flatMap((item) => item.problems);
  if (problems.length > 0) return { value: undefined, problems };
  return right(items.flatMap(({ value }) => (value === undefined ? [] : [value])));
}

function readText(
  schema: LiteralSchema & { type: "string" },
  source: SourceScalar,
): Checked<Json | undefined> {
  if (schema.pattern === undefined || new RegExp(schema.pattern, "u").test(source.text)) {
    return right(source.text);
  }
  const example = schema.examples?.[0];
  const hint = example === undefined ? `It has to match ${schema.pattern}.` : `Write it like ${example}.`;
  return wrong("EDDY_LITERAL", source, `"${shown(source.text)}" does not fit here. ${hint}`);
}

function readNumber(
  schema: LiteralSchema & { type: "number" | "integer" },
  source: SourceScalar,
  text: string,
): Checked<Json | undefined> {
  const value = parseNumber(text);
  if (value === undefined || (schema.type === "integer" && !Number.isSafeInteger(value))) {
    return misfit(schema, source);
  }
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  return value < minimum || value > maximum ? misfit(schema, source) : right(value);
}

function readNumberOrPercent(
  schema: ScalarSchema,
  source: SourceScalar,
  text: string,
): Checked<Json | undefined> {
  const percent = text.endsWith("%") ? parseNumber(text.slice(0, -1)) : undefined;
  if (percent !== undefined) return right({ percent });
  const value = parseNumber(text);
  return value === undefined ? misfit(schema, source) : right(value);
}

function readCountOrDuration(
  schema: ScalarSchema,
  source: SourceScalar,
  text: string,
): Checked<Json | undefined> {
  const count = parseNumber(text);
  if (count !== undefined) {
    return Number.isSafeInteger(count) && count >= 1 ? right({ count }) : misfit(schema, source);
  }
  const milliseconds = parseDuration(text);
  return milliseconds !== undefined && milliseconds >= 1 ? right(milliseconds) : misfit(schema, source);
}

function readDuration(
  schema: LiteralSchema & { type: "duration" },
  source: SourceScalar,
  text: string,
): Checked<Json | undefined> {
  const milliseconds = parseDuration(text);
  if (milliseconds === undefined) return notDuration(source, text);
  if (schema.minimum !== undefined && milliseconds < schema.minimum) {
    return wrong("EDDY_LITERAL", source, `${text} is too short: the least here is ${schema.minimum}ms.`);
  }
  return right(milliseconds);
}

function notDuration(source: SourceScalar, text: string): Checked<undefined> {
  if (parseNumber(text) !== undefined) {
    const fixes = ["ms", "s", "m"].map((unit) => rewrite(source, `${text}${unit}`));
    return wrong("EDDY_LITERAL", source, `A duration needs its unit: write ${text}s or ${text}ms.`, fixes);
  }
  return misfit({ type: "duration" }, source);
}

/** YAML 1.1 took these for booleans, and people still write them. */
function notBoolean(source: SourceScalar, text: string): Checked<undefined> {
  const lower = text.toLowerCase();
  const meant = ["yes", "on", "true"].includes(lower)
    ? "true"
    : ["no", "off", "false"].includes(lower)
      ? "false"
      : undefined;
  const fixes = meant === undefined ? [] : [rewrite(source, meant)];
  return wrong("EDDY_LITERAL", source, `"${shown(text)}" does not fit here: write true or false.`, fixes);
}

function notInEnum(
  schema: LiteralSchema & { type: "enum" },
  source: SourceScalar,
  text: string,
): Checked<undefined> {
  const guess = closest(text, schema.values);
  const hint = guess === undefined ? "" : ` Did you mean "${guess}"?`;
  const fixes = guess === undefined ? [] : [rewrite(source, guess)];
  const message = `"${shown(text)}" does not fit here: write ${describeLiteral(schema)}.${hint}`;
  return wrong("EDDY_LITERAL", source, message, fixes);
}

function misfit(schema: LiteralSchema, source: SourceScalar): Checked<undefined> {
  const text = shown(source.text.trim());
  return wrong("EDDY_LITERAL", source, `"${text}" does not fit here: write ${describeLiteral(schema)}.`);
}

function bounds({ minimum, maximum }: { readonly minimum?: number; readonly maximum?: number }): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of ${minimum} or more`;
  return maximum === undefined ? "" : ` of ${maximum} or less`;
}

/** A key without value: `topic:`. An empty string in quotes is a value. */
function isNothing(source: SourceScalar): boolean {
  return source.style === "plain" && (source.text === "" || source.text === "~" || source.text === "null");
}

function rewrite(source: SourceScalar, newText: string): QuickFix {
  return { title: `Write ${newText}`, edits: [{ range: source.range, newText }] };
}

function wrapInList(source: SourceScalar): readonly QuickFix[] {
  if (source.style === "literal" || source.style === "folded") return [];
  const { start, end } = source.range;
  const edits = [
    { range: { start, end: start }, newText: "[" },
    { range: { start: end, end }, newText: "]" },
  ];
  return [{ title: "Make it a list", edits }];
}

function right(value: Json): Checked<Json> {
  return { value, problems: [] };
}

function wrong(
  code: LanguageCode,
  source: SourceValue,
  message: string,
  fixes: readonly QuickFix[] = [],
): Checked<undefined> {
  const problem: Problem = { code, severity: "error", message, range: source.range };
  return { value: undefined, problems: [fixes.length === 0 ? problem : { ...problem, fixes }] };
}

/** Long or many-lined values are cut, so that a message stays one line. */
function shown(text: string): string {
  const line = text.split(/\r?\n/, 1)[0] ?? "";
  return line.length > 60 || line.length < text.length ? `${line.slice(0, 57)}…` : line;
}

/** 1.1s is 1,100 ms, not 1,100.0000000000002. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

function safe(value: number): number | undefined {
  return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
}
