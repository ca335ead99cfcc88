import type { Catalog, NodeDescriptor } from "../catalog.ts";
import type { LanguageCode } from "../codes.ts";
import type { Range, SourceEntry, SourceMap, SourceValue } from "../model.ts";
import type { ParseCode } from "../parse/codes.ts";
import { type ParsedWorkflow, parseWorkflow } from "../parse.ts";
import type { Problem, TextEdit } from "../problem.ts";
import { lineStart } from "../syntax/lines.ts";
import type { EditCode } from "./codes.ts";

/** What an edit works on: the text, what it says, and how its author writes. */
export interface Source {
  readonly text: string;
  readonly parsed: ParsedWorkflow;
  readonly catalog: Catalog;
  readonly eol: string;
  /** How much deeper each level is indented. */
  readonly unit: number;
}

/** Edits of the text, or why there are none. */
export interface Edited {
  /** Empty where there are problems, and where the text says already what the edit makes it say. */
  readonly edits: readonly TextEdit[];
  readonly problems: readonly Problem[];
}

export function openSource(text: string, catalog: Catalog): Source {
  const parsed = parseWorkflow(text, "");
  const feed = text.indexOf("\n");
  return {
    text,
    parsed,
    catalog,
    eol: feed > 0 && text[feed - 1] === "\r" ? "\r\n" : "\n",
    unit: indentUnit(text, parsed),
  };
}

/** As the first nested block map of the file is indented, the nodes first. */
function indentUnit(text: string, { syntax: { root } }: ParsedWorkflow): number {
  const entries = root?.entries ?? [];
  const sections = [...entries.filter(({ key }) => key.value === "nodes"), ...entries];
  for (const { value } of sections) {
    const first = value.kind === "map" && !isFlow(text, value) ? value.entries[0] : undefined;
    if (first !== undefined) return Math.min(Math.max(columnOf(text, first.key.range.start), 1), 9);
  }
  return 2;
}

export function done(edits: readonly TextEdit[]): Edited {
  return { edits, problems: [] };
}

export function refused(
  code: EditCode | ParseCode | LanguageCode,
  message: string,
  range: Range = { start: 0, end: 0 },
): Edited {
  return { edits: [], problems: [{ code, severity: "error", message, range }] };
}

export function insertion(offset: number, newText: string): TextEdit {
  return { range: { start: offset, end: offset }, newText };
}

/** True for `{…}` and `[…]`. */
export function isFlow(text: string, value: SourceValue): boolean {
  const first = text[value.range.start];
  return value.kind !== "scalar" && (first === "{" || first === "[");
}

export function columnOf(text: string, offset: number): number {
  const start = lineStart(text, offset);
  return offset - start - (text[start] === "\uFEFF" ? 1 : 0);
}

export function entryOf(map: SourceMap | undefined, key: string): SourceEntry | undefined {
  return map?.entries.find((entry) => entry.key.value === key);
}

/** The entry of a section such as `nodes`, where the file has it. */
export function sectionOf(source: Source, key: string): SourceEntry | undefined {
  return entryOf(source.parsed.syntax.root, key);
}

/** The entries of a section that is a map. */
export function entriesOf(source: Source, key: string): readonly SourceEntry[] {
  const value = sectionOf(source, key)?.value;
  return value?.kind === "map" ? value.entries : [];
}

export function nodeEntry(source: Source, id: string): SourceEntry | undefined {
  return entriesOf(source, "nodes").find(({ key }) => key.value === id);
}

export function descriptorOf(source: Source, id: string): NodeDescriptor | undefined {
  const type = source.parsed.workflow.nodes.get(id)?.type.value;
  return type === undefined ? undefined : source.catalog.nodes.get(type);
}

export function unknownNode(id: string): Edited {
  return refused("EDDY_EDIT_NODE", `There is no node "${id}" in the file.`);
}
