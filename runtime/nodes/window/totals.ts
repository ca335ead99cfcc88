import type { Json } from "../../../language/model.ts";

/** What is known of many numbers without keeping them. Plain data, so that it can be kept as it is. */
export interface Totals {
  readonly count: number;
  readonly sum: number;
  /** What rounding has taken from the sum (Neumaier's summation): small values beside a large one still count. */
  readonly lost: number;
  readonly mean: number;
  /** The sum of squared distances from the mean. */
  readonly squares: number;
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly firstAt: number;
  readonly last: number;
  readonly lastAt: number;
}

/** `at`: when the value was measured; says which one is first and last. */
export function totalsOf(value: number, at: number): Totals {
  return {
    count: 1,
    sum: value,
    lost: 0,
    mean: value,
    squares: 0,
    min: value,
    max: value,
    first: value,
    firstAt: at,
    last: value,
    lastAt: at,
  };
}

/**
 * Both together. Means and squares are put together as Chan, Golub and LeVeque do ("Updating Formulae and a Pairwise
 * Algorithm for Computing Sample Variances", 1979), which loses no digits where the values are large and close together.
 */
export function merged(one: Totals, other: Totals): Totals {
  const count = one.count + other.count;
  const sum = one.sum + other.sum;
  const [larger, smaller] =
    Math.abs(one.sum) >= Math.abs(other.sum) ? [one.sum, other.sum] : [other.sum, one.sum];
  const distance = other.mean - one.mean;
  const isFirst = one.firstAt <= other.firstAt;
  const isLast = one.lastAt > other.lastAt;
  return {
    count,
    sum,
    lost: one.lost + other.lost + (larger - sum + smaller),
    mean: one.mean + (distance * other.count) / count,
    squares: one.squares + other.squares + (distance * distance * one.count * other.count) / count,
    min: Math.min(one.min, other.min),
    max: Math.max(one.max, other.max),
    first: isFirst ? one.first : other.first,
    firstAt: Math.min(one.firstAt, other.firstAt),
    last: isLast ? one.last : other.last,
    lastAt: Math.max(one.lastAt, other.lastAt),
  };
}

/**
 * A percentile of values in ascending order, exact, between two of them in proportion (type 7 of Hyndman and Fan, "Sample
 * Quantiles in Statistical Packages", 1996: what NumPy and the PERCENTILE.INC of spreadsheets do).
 */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** `p95` → 95, `median` → 50; undefined for what is no percentile. */
export function percentOf(measure: string): number | undefined {
  if (measure === "median") return 50;
  const [, text] = /^p(\d+(?:\.\d+)?)$/.exec(measure) ?? [];
  return text === undefined ? undefined : Number(text);
}

/** Of a sample: divided by n − 1, and 0 for a single value. */
function variance({ squares, count }: Totals): number {
  return count < 2 ? 0 : squares / (count - 1);
}

/** A measure of some values: null where there are none that it could be of. `sorted` is asked for by percentiles only. */
export function measure(name: string, totals: Totals | undefined, sorted: () => ArrayLike<number>): Json {
  if (!totals) return name === "sum" || name === "count" ? 0 : null;
  const { count, sum, lost, mean, squares, min, max, first, last } = totals;
  switch (name) {
    case "count":
      return count;
    case "sum":
      return sum + lost;
    case "mean":
      return mean;
    case "min":
      return min;
    case "max":
      return max;
    case "range":
      return max - min;
    case "first":
      return first;
    case "last":
      return last;
    case "variance":
      return variance(totals);
    case "stddev":
      return Math.sqrt(variance(totals));
    case "rms":
      return Math.sqrt(squares / count + mean * mean);
    default:
      return percentile(sorted(), percentOf(name) ?? Number.NaN);
  }
}
