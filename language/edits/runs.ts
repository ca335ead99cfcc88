import type { Position, SourceEntry, WorkflowNode } from "../model.ts";
import { behindBlankLines, isBlankLine, lineStart } from "../syntax/lines.ts";
import { blockOf } from "./blocks.ts";
import { keepsBlankLines } from "./slots.ts";
import { entriesOf, type Source } from "./source.ts";

/** Nodes that stand one below the other, with all that is written from the comments above the first on. */
export interface Run {
  readonly ids: ReadonlySet<string>;
  readonly start: number;
  /** The start of the line behind them. */
  readonly end: number;
  /** Behind the blank lines as well that are part of the last node's text (`|+`). */
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
  return [
    {
      ids: new Set(entries.map(({ key }) => key.value)),
      start,
      end,
      textEnd: keepsBlankLines(text, last.value) ? behindBlankLines(text, end) : end,
      isSeparated: start > 0 && isBlankLine(text, lineStart(text, start - 1)),
    },
  ];
}

/** The middle of the places that nodes have on the canvas, in whole pixels. */
export function middleOf(nodes: Iterable<WorkflowNode>): Position | undefined {
  const places = [...nodes].flatMap(({ at }) => (at === undefined ? [] : [at]));
  if (places.length === 0) return undefined;
  const middle = (values: readonly number[]) => Math.round((Math.min(...values) + Math.max(...values)) / 2);
  return { x: middle(places.map(({ x }) => x)), y: middle(places.map(({ y }) => y)) };
}
