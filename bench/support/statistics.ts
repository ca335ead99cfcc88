/** The value below which this share of the values lies; 0.5 is the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Half of what lies between the quartiles, as a share of the median: how far one run is from another. */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  return middle === 0 ? 0 : (percentile(values, 0.75) - percentile(values, 0.25)) / 2 / middle;
}

/** One by one, of two series that were measured in turns. */
export function ratios(values: readonly number[], others: readonly number[]): readonly number[] {
  return values.map((value, round) => value / (others[round] ?? Number.NaN));
}

/** Each round measures every contestant once, so that what else the machine does falls on all of them alike. */
export async function interleaved<Name extends string, Value>(
  rounds: number,
  contestants: Readonly<Record<Name, (round: number) => Value | Promise<Value>>>,
): Promise<Readonly<Record<Name, readonly Value[]>>> {
  const names = Object.keys(contestants) as Name[];
  const found = Object.fromEntries(names.map((name) => [name, [] as Value[]])) as Record<Name, Value[]>;
  for (let round = 0; round < rounds; round++) {
    // Who is first has the quieter machine, or the colder one: it takes turns.
    const start = round % names.length;
    for (const name of [...names.slice(start), ...names.slice(0, start)])
      found[name].push(await contestants[name](round));
  }
  return found;
}

export async function timed<Value>(action: () => Promise<Value> | Value) {
  const started = performance.now();
  const value = await action();
  return { value, milliseconds: performance.now() - started };
}
