/** What a torture run found, bar by bar. */
export interface Row {
  readonly what: string;
  /** What must hold. */
  readonly bar: string;
  readonly measured: string;
  readonly holds: boolean;
}

export function row(what: string, bar: string, measured: string | number, holds: boolean): Row {
  return { what, bar, measured: String(measured), holds };
}

/** A row for what must not happen at all. */
export function none(what: string, count: number): Row {
  return row(what, "0", count, count === 0);
}

export function asTable(rows: readonly Row[]): string {
  const head = ["", "what", "bar", "measured"];
  const lines = [
    head,
    ...rows.map(({ what, bar, measured, holds }) => [holds ? "✔" : "✘", what, bar, measured]),
  ];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** The value that so many of a hundred do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? 0;
}
