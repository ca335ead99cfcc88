import type { Machine } from "./machine.ts";

/** What a figure has to be. */
export type Bar = { readonly atLeast: number } | { readonly atMost: number };

/** One line of the table. `null` is what could not be measured, or nothing is asked of. */
export interface Result {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  readonly bar: Bar | null;
  readonly holds: boolean | null;
  /** Half of what lies between the quartiles, as a share of the value. */
  readonly spread: number | null;
  /** Why there is no value, or what else there is to know. */
  readonly note?: string;
}

export interface Report {
  readonly machine: Machine;
  readonly results: readonly Result[];
}

export interface Figure {
  readonly value: number;
  readonly spread?: number;
  readonly note?: string;
}

export function resultOf(
  { name, unit, bar }: { readonly name: string; readonly unit: string; readonly bar?: Bar },
  figure: Figure | { readonly missing: string },
): Result {
  const rest = { name, unit, bar: bar ?? null };
  if ("missing" in figure || Number.isNaN(figure.value))
    return {
      ...rest,
      value: null,
      holds: null,
      spread: null,
      note: "missing" in figure ? figure.missing : "not measured",
    };
  const { value, spread = null, note } = figure;
  const holds = bar ? ("atLeast" in bar ? value >= bar.atLeast : value <= bar.atMost) : null;
  return { ...rest, value, holds, spread, ...(note === undefined ? {} : { note }) };
}

export function showBar(bar: Bar | null): string {
  if (!bar) return "";
  return "atLeast" in bar ? `≥ ${bar.atLeast.toLocaleString("en")}` : `≤ ${bar.atMost.toLocaleString("en")}`;
}

function cells({ name, value, unit, bar, holds, spread, note = "" }: Result): readonly string[] {
  return [
    holds === null ? "" : holds ? "✔" : "✘",
    name,
    value === null ? "–" : `${rounded(value)} ${unit}`,
    showBar(bar),
    spread === null ? "" : `± ${(spread * 100).toFixed(0)} %`,
    note,
  ];
}

/** Three digits that say something. */
function rounded(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.001))));
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}

const titles = ["", "what", "value", "bar", "spread", "note"];

/** For a terminal. */
export function table(results: readonly Result[]): string {
  const rows = [titles, ...results.map(cells)];
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** For a page. */
export function markdown(results: readonly Result[]): string {
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...results.map((result) => line(cells(result)))].join(
    "\n",
  );
}
