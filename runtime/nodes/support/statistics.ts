/** What can be computed over the values of a window. */
export const statistics = [
  "count",
  "sum",
  "mean",
  "min",
  "max",
  "first",
  "last",
  "range",
  "stddev",
  "median",
  "p5",
  "p25",
  "p50",
  "p75",
  "p90",
  "p95",
  "p99",
] as const;
export type Statistic = (typeof statistics)[number];

/** One of them over values in the order in which they came; null where there is none. */
export function compute(statistic: Statistic, values: readonly number[]): number | null {
  if (statistic === "count") return values.length;
  if (values.length === 0) return null;
  switch (statistic) {
    case "sum":
      return sum(values);
    case "mean":
      return sum(values) / values.length;
    case "min":
      return values.reduce((least, value) => Math.min(least, value));
    case "max":
      return values.reduce((most, value) => Math.max(most, value));
    case "first":
      return values[0] ?? null;
    case "last":
      return values.at(-1) ?? null;
    case "range":
      return (compute("max", values) ?? 0) - (compute("min", values) ?? 0);
    case "stddev":
      return standardDeviation(values);
    case "median":
      return percentile(values, 50);
    default:
      return percentile(values, Number(statistic.slice(1)));
  }
}

/** Neumaier's compensated summation: a long window of small values beside a large one stays exact. */
function sum(values: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** Of a sample: divided by n − 1; 0 for a single value. Two passes, so that nothing cancels out. */
function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = sum(values) / values.length;
  return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
}

/** Exact, with linear interpolation between the closest ranks (Hyndman and Fan, type 7). */
function percentile(values: readonly number[], percent: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = (percent / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? below;
  return below + (above - below) * (at - Math.floor(at));
}
