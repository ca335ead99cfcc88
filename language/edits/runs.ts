import type { Position, SourceEntry, WorkflowNode } from "../model.ts";
import { behindBlankLines, isBlankLine, lineStart, nextLine } from "../syntax/lines.ts";
import { blockOf } from "./blocks.ts";
import { endOfEntry, keepsBlankLines } from "./slots.ts";
import { entriesOf, type Source } from "./source.ts";

/** Nodes that stand one below the other, with all that is written from the comments above the first on. */
export interface Run {
  readonly ids: ReadonlySet<string>;
  readonly start: number;
  /** The start of the line behind them. */
  readonly end: number;
  /** Blank lines behind it are part of the last node's text (`|+`). */
  readonly keepsBlankLines: boolean;
  /** Behind those as well. */
  readonly textEnd: number;
  /** Blank lines stand above it. */
  readonly isSeparated: boolean;
}

export function runsOf(source: Source, ids: ReadonlySet<string>): readonly Run[] {
  const runs: SourceEntry[][] = [];
  let isOpen = false;
  for (const entry of entriesOf(source, "nodes")) {
    const isWanted = ids.has(entry.key.value);
    if (isWanted && isOpen) runs.at(-1)?.push(entry);
    else if (isWanted) runs.push([entry]);
    isOpen = isWanted;
  }
  return runs.flatMap((entries) => runOf(source.text, entries));
}

function runOf(text: string, entries: readonly SourceEntry[]): readonly Run[] {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return [];
  const { start } = blockOf(text, first);
  const { end } = blockOf(text, last);
  const keeps = endsInBlankLines(text, last);
  return [
    {
      ids: new Set(entries.map(({ key }) => key.value)),
      start,
      end,
      keepsBlankLines: keeps,
      textEnd: keeps ? behindBlankLines(text, end) : end,
      isSeparated: start > 0 && isBlankLine(text, lineStart(text, start - 1)),
    },
  ];
}

/** True where blank lines behind the node are part of its text: it keeps them (`|+`), and no comment stands between. */
export function endsInBlankLines(text: string, entry: SourceEntry): boolean {
  return keepsBlankLines(text, entry.value) && blockOf(text, entry).end <= nextLine(text, endOfEntry(entry));
}

/** The middle of the places that nodes have on the canvas, in whole pixels. */
export function middleOf(nodes: Iterable<WorkflowNode>): Position | undefined {
  const places = [...nodes].flatMap(({ at }) => (at === undefined ? [] : [at]));
  if (places.length === 0) return undefined;
  const middle = (values: readonly number[]) => Math.round((Math.min(...values) + Math.max(...values)) / 2);
  return { x: middle(places.map(({ x }) => x)), y: middle(places.map(({ y }) => y)) };
}
