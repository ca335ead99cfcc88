import { engineError } from "../../engine/errors.ts";
import { toJson } from "./formats.ts";

/** Characters. A quote that is never closed would take everything behind it for one cell. */
const longestCell = 1_000_000;

/**
 * The rows of CSV text as RFC 4180 has it: quoted cells may hold separators, quotes (doubled) and line breaks. Empty
 * lines are left out. Throws `EDDY_CSV` for a quote that is not closed.
 */
export function* csvRows(text: string, separators = ","): Generator<readonly string[]> {
  let at = text.startsWith("\uFEFF") ? 1 : 0;
  while (at < text.length) {
    const row: string[] = [];
    for (let isRow = true; isRow; ) {
      const cell = readCell(text, at, separators);
      row.push(cell.value);
      isRow = cell.end < text.length && separators.includes(text.charAt(cell.end));
      at = isRow ? cell.end + 1 : afterBreak(text, cell.end);
    }
    if (row.length > 1 || row[0] !== "") yield row;
  }
}

/** Rows as objects, by the names in the first one. What has no name is left out, what is missing is an empty text. */
export function* csvRecords(text: string, separators?: string): Generator<Readonly<Record<string, string>>> {
  let names: readonly string[] | undefined;
  for (const row of csvRows(text, separators)) {
    if (names) yield csvRecord(names, row);
    else names = row;
  }
}

export function csvRecord(
  names: readonly string[],
  row: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name, at) => [name, row[at] ?? ""]));
}

/** Puts lines together that belong to one row, since a quoted cell in it has line breaks. */
export class CsvLines {
  #lines: string[] = [];
  #length = 0;
  #isOpen = false;

  /** The whole row, or undefined where it goes on in the next line. Throws `EDDY_CSV` where it never ends. */
  add(line: string): string | undefined {
    if ((line.split('"').length - 1) % 2 === 1) this.#isOpen = !this.#isOpen;
    this.#lines.push(line);
    this.#length += line.length + 1;
    if (this.#isOpen && this.#length <= longestCell) return undefined;
    const row = this.#lines.join("\n");
    const isTooLong = this.#isOpen;
    this.restart();
    if (isTooLong) throw notClosed();
    return row;
  }

  restart(): void {
    this.#lines = [];
    this.#length = 0;
    this.#isOpen = false;
  }
}

/** A line of CSV with the break at its end. */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(csvCell).join(",")}\n`;
}

function csvCell(value: unknown): string {
  const text = value === undefined || value === null ? "" : typeof value === "string" ? value : toJson(value);
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function readCell(
  text: string,
  start: number,
  separators: string,
): { readonly value: string; readonly end: number } {
  const isEnd = (at: number) =>
    at >= text.length || separators.includes(text.charAt(at)) || isBreak(text, at);
  let at = start;
  while (text.charAt(at) === " ") at++;
  if (text.charAt(at) !== '"') {
    while (!isEnd(at)) at++;
    return { value: text.slice(start, at).trim(), end: at };
  }
  let value = "";
  for (let from = at + 1; ; from = at + 1) {
    at = text.indexOf('"', from);
    if (at < 0 || at - start > longestCell) throw notClosed();
    value += text.slice(from, at);
    at++;
    if (text.charAt(at) !== '"') break;
    value += '"';
  }
  while (!isEnd(at)) at++;
  return { value, end: at };
}

function isBreak(text: string, at: number): boolean {
  const character = text.charAt(at);
  return character === "\n" || character === "\r";
}

function afterBreak(text: string, at: number): number {
  return at + (text.startsWith("\r\n", at) ? 2 : 1);
}

function notClosed(): Error {
  return engineError(
    "EDDY_CSV",
    "A quoted cell of this CSV text is not closed. A quote inside of a cell is written twice.",
  );
}
