import { stripVTControlCharacters, styleText } from "node:util";
import { explain, type Failure } from "./errors.ts";

type Style = Parameters<typeof styleText>[0];

/** Where a command tells its results (standard output) and how it goes on (standard error). */
export interface Output {
  readonly isJson: boolean;
  /** A result for machines; nothing without `--json`. */
  json(value: unknown): void;
  /** A line of the result for people; nothing with `--json`. */
  line(text?: string): void;
  /** A line beside the result, on standard error, for people; nothing with `--json`. */
  note(text: string): void;
  /** What is being done right now: replaces what was told before, on a terminal only. */
  progress(text: string): void;
  /** Takes the progress away. */
  clear(): void;
  style(style: Style, text: string): string;
  /** The same for what goes to standard error. */
  noteStyle(style: Style, text: string): string;
  fail(error: unknown): Failure;
  /** Resolves when a slow reader has caught up enough that more may be written. */
  drained(): Promise<void>;
}

/** Bytes that wait for a slow reader before whoever writes many lines waits, too. */
const mostWaiting = 1_000_000;

export function createOutput(
  { json: isJson }: { readonly json: boolean },
  streams: { readonly out: NodeJS.WriteStream; readonly err: NodeJS.WriteStream } = {
    out: process.stdout,
    err: process.stderr,
  },
): Output {
  const { out, err } = streams;
  let hasProgress = false;
  const output: Output = {
    isJson,
    json: (value) => {
      if (isJson) out.write(`${JSON.stringify(value)}\n`);
    },
    line: (text = "") => {
      if (isJson) return;
      output.clear();
      out.write(`${text}\n`);
    },
    note: (text) => {
      if (isJson) return;
      output.clear();
      err.write(`${text}\n`);
    },
    progress: (text) => {
      if (isJson || !err.isTTY) return;
      output.clear();
      err.write(text.slice(0, Math.max(20, (err.columns || 80) - 1)));
      hasProgress = true;
    },
    clear: () => {
      if (hasProgress) err.write("\r\u001b[2K");
      hasProgress = false;
    },
    style: (style, text) => styleText(style, text, { stream: out }),
    noteStyle: (style, text) => styleText(style, text, { stream: err }),
    fail: (error) => {
      output.clear();
      const failure = explain(error);
      if (!failure.isTold) tell(failure);
      if (process.env.EDDY_DEBUG === "1" && error instanceof Error) err.write(`${error.stack}\n`);
      return failure;
    },
    drained: async () => {
      if (out.writableLength < mostWaiting || out.destroyed) return;
      await new Promise<void>((resolve) => {
        out.once("drain", resolve);
        out.once("close", resolve);
      });
    },
  };
  return output;

  function tell({ error: { code, message } }: Failure): void {
    if (isJson) {
      err.write(`${JSON.stringify({ error: { code, message } })}\n`);
      return;
    }
    err.write(`${output.noteStyle("red", "error")}: ${message} ${output.noteStyle("dim", `(${code})`)}\n`);
  }
}

/** Rows as columns; styled cells are as wide as their text. */
export function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, width(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + " ".repeat((widths[column] ?? 0) - width(cell)),
      )
      .join("  ")
      .trimEnd(),
  );
}

function width(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

/** `812 B`, `3.9 kB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

export function formatMilliseconds(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** What a device or a workflow says, without what would steer the terminal. */
export function printable(text: string): string {
  return [...stripVTControlCharacters(text)]
    .map((character) => (/[\p{Cc}]/u.test(character) && character !== "\t" ? "�" : character))
    .join("");
}
