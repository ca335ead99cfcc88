import { isDeepStrictEqual } from "node:util";
import type { ExpectedMessage, Range } from "../../language/model.ts";
import type { TestFailure } from "./contract.ts";
import type { Happening } from "./recording.ts";

/** What is expected of one output of one node, and what came of it; both in order. */
export interface Comparison {
  /** As the person knows it: `warm`, `warm.cleared`, the requests of `weather`. */
  readonly subject: string;
  readonly expected: readonly ExpectedMessage[];
  readonly actual: readonly Happening[];
  /** Where a message is told that nobody expected. */
  readonly range: Range;
}

/** Failures that are told for one output; of more, just the number. */
const mostFailures = 10;
/** Pairs that are looked at to find what was left out or came too; of more, messages are compared one by one. */
const mostPairs = 250_000;

/** Everything that was expected has to come, in order, and nothing else. Pure. */
export function compare(comparison: Comparison): readonly TestFailure[] {
  const failures = aligned(comparison).map(([wanted, came]) => failureOf(comparison, wanted, came));
  if (failures.length <= mostFailures) return failures;
  const more = failures.length - mostFailures;
  return [
    ...failures.slice(0, mostFailures),
    {
      message: `${comparison.subject}: ${more} more messages are not as expected.`,
      range: comparison.range,
    },
  ];
}

type Pair = readonly [wanted: ExpectedMessage | undefined, came: Happening | undefined];

/** What does not agree, side by side. What was left out and what came too do not shift all that follows. */
function aligned({ expected, actual }: Comparison): readonly Pair[] {
  const pairs: Pair[] = [];
  const flush = (wanted: readonly ExpectedMessage[], came: readonly Happening[]) => {
    for (let at = 0; at < Math.max(wanted.length, came.length); at++) pairs.push([wanted[at], came[at]]);
  };
  if (expected.length * actual.length > mostPairs) {
    flush(expected, actual);
    return pairs.filter(([wanted, came]) => !wanted || !came || !agrees(wanted, came));
  }
  let [wantedFrom, cameFrom] = [0, 0];
  for (const [wantedAt, cameAt] of commonPairs(expected, actual)) {
    flush(expected.slice(wantedFrom, wantedAt), actual.slice(cameFrom, cameAt));
    [wantedFrom, cameFrom] = [wantedAt + 1, cameAt + 1];
  }
  flush(expected.slice(wantedFrom), actual.slice(cameFrom));
  return pairs;
}

/** The longest common subsequence. */
function commonPairs(
  expected: readonly ExpectedMessage[],
  actual: readonly Happening[],
): readonly (readonly [number, number])[] {
  const width = actual.length + 1;
  const same = expected.map((wanted) => actual.map((came) => agrees(wanted, came)));
  const lengths = new Uint32Array((expected.length + 1) * width);
  const length = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = expected.length - 1; row >= 0; row--) {
    for (let column = actual.length - 1; column >= 0; column--) {
      lengths[row * width + column] = same[row]?.[column]
        ? length(row + 1, column + 1) + 1
        : Math.max(length(row + 1, column), length(row, column + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  let [row, column] = [0, 0];
  while (row < expected.length && column < actual.length) {
    if (same[row]?.[column]) pairs.push([row++, column++]);
    else if (length(row + 1, column) >= length(row, column + 1)) row++;
    else column++;
  }
  return pairs;
}

function agrees(wanted: ExpectedMessage, came: Happening): boolean {
  return isDeepStrictEqual(shownWanted(wanted), shownActual(wanted, came));
}

/** What is written in the test, without the names. */
function shownWanted({ at, payload, message, request }: ExpectedMessage): object {
  return present({ at: at === undefined ? undefined : duration(at), payload, message, request });
}

/** The same of what came: of messages and requests the keys that are written, of an error's payload too. */
function shownActual(wanted: ExpectedMessage, { at, kind, message }: Happening): object {
  const isError = typeof kind === "object" && kind.port === "error";
  return present({
    at: wanted.at === undefined ? undefined : duration(at),
    payload:
      wanted.payload === undefined
        ? undefined
        : isError
          ? withKeysOf(wanted.payload, message.payload)
          : message.payload,
    message: wanted.message === undefined ? undefined : withKeysOf(wanted.message, message),
    request: wanted.request === undefined ? undefined : withKeysOf(wanted.request, message),
  });
}

function withKeysOf(wanted: unknown, value: unknown): unknown {
  if (!isMap(wanted) || !isMap(value)) return value;
  return Object.fromEntries(Object.keys(wanted).flatMap((key) => (key in value ? [[key, value[key]]] : [])));
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function present(entries: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

function failureOf(
  { subject, range }: Comparison,
  wanted: ExpectedMessage | undefined,
  came: Happening | undefined,
): TestFailure {
  if (!wanted) {
    const at = came ? ` at ${duration(came.at)}` : "";
    const actual = came && text(present({ at: duration(came.at), ...shownWhole(came) }));
    return {
      message: `${subject}: a message came${at} that is not expected.`,
      range,
      ...(actual === undefined ? {} : { actual }),
    };
  }
  const expected = text(shownWanted(wanted));
  if (!came)
    return { message: `${subject}: an expected message did not come.`, range: wanted.range, expected };
  return {
    message: `${subject}: a message is not as expected.`,
    range: wanted.range,
    expected,
    actual: text(shownActual(wanted, came)),
  };
}

function shownWhole({ kind, message }: Happening): Readonly<Record<string, unknown>> {
  if (kind === "request") return { request: message };
  return message.topic === undefined ? { payload: message.payload } : { message };
}

function text(value: object): string {
  if (Object.keys(value).length === 0) return "any message";
  return JSON.stringify(value, undefined, 2);
}

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** As it would be written in the file. */
export function duration(milliseconds: number): string {
  if (milliseconds === 0) return "0s";
  const unit = units.find(([, size]) => milliseconds % size === 0);
  return unit ? `${milliseconds / unit[1]}${unit[0]}` : `${milliseconds}ms`;
}
