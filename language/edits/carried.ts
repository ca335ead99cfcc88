import type { SourceEntry, SourceValue } from "../model.ts";
import { behindBlankLines, lineStart, nextLine } from "../syntax/lines.ts";
import { writeKey, writeValue } from "../syntax/write.ts";
import { isOneLine, nodeText } from "./fragment.ts";
import { endOfEntry, keepsBlankLines } from "./slots.ts";
import { entriesOf, isFlow, type Source, sectionOf } from "./source.ts";
import { connectionsOf, type ScopeName, type Uses, usesOf, usesScript } from "./uses.ts";

/** The sections of declarations that nodes take along to another file. */
export const carriedSections = ["env", "secrets", "state", "connections"] as const;
export type CarriedSection = (typeof carriedSections)[number];

/** What nodes need of the file that they are in. */
export interface Carried {
  readonly script: boolean;
  /** What the nodes, and what they take along, use by name. */
  readonly uses: Uses;
  readonly declarations: ReadonlyMap<CarriedSection, readonly SourceEntry[]>;
}

export function carriedBy(source: Source, nodes: readonly SourceEntry[], types: string): Carried {
  const { text, parsed } = source;
  const used = connectionsOf(
    source,
    nodes.map(({ key }) => key.value),
  );
  const connections = entriesOf(source, "connections").filter(({ key }) => used.has(key.value));
  const written = nodes.map((node) => text.slice(node.key.range.start, endOfEntry(node))).join("\n");
  const { script } = parsed.workflow;
  const takesScript = script !== undefined && usesScript(script.text, `${written}\n${types}`);
  const scriptEntry = takesScript ? sectionOf(source, "script") : undefined;
  const uses = usesOf(source, [...nodes, ...connections, ...(scriptEntry ? [scriptEntry] : [])]);
  const declared = (section: ScopeName & CarriedSection) =>
    entriesOf(source, section).filter(({ key }) => uses.has(section, key.value));
  return {
    script: takesScript,
    uses,
    declarations: new Map<CarriedSection, readonly SourceEntry[]>([
      ["env", declared("env")],
      ["secrets", declared("secrets")],
      ["state", declared("state")],
      ["connections", connections],
    ]),
  };
}

/** Entries of a section as lines, for a section of another file. */
export function declarationLines(source: Source, section: string, entries: readonly SourceEntry[]) {
  const value = sectionOf(source, section)?.value;
  const inBraces = value !== undefined && isFlow(source.text, value);
  return {
    lines: (column: number) =>
      entries
        .map((entry) =>
          inBraces
            ? `${" ".repeat(column)}${inFlow(source, entry)}${source.eol}`
            : nodeText(source, entry, column),
        )
        .join(""),
    flow: () => entries.map((entry) => inFlow(source, entry)).join(", "),
  };
}

function inFlow({ text, unit, eol }: Source, { key, value }: SourceEntry): string {
  const { head } = writeValue(value, { flow: true, column: 0, unit, eol });
  const written = isOneLine(text, value) ? text.slice(value.range.start, value.range.end) : head;
  return `${writeKey(key.value, { flow: true })}:${written === "" ? "" : ` ${written}`}`;
}

/** A section as it is written, without the comments above it, which are often those of the file. */
export function sectionText({ text, eol }: Source, entry: SourceEntry): string {
  const behind = nextLine(text, endOfEntry(entry));
  const end = keepsBlankLines(text, entry.value) ? behindBlankLines(text, behind) : behind;
  const lines = text.slice(lineStart(text, entry.key.range.start), end).replace(/^\uFEFF/, "");
  return lines.endsWith("\n") ? lines : lines + eol;
}

/** True where two values say the same, however they are written. */
export function isSameValue(a: SourceValue, b: SourceValue): boolean {
  return JSON.stringify(meaningOf(a)) === JSON.stringify(meaningOf(b));
}

function meaningOf(value: SourceValue): unknown {
  switch (value.kind) {
    case "scalar":
      return [value.text, value.value];
    case "list":
      return { list: value.items.map(meaningOf) };
    case "map":
      return { map: value.entries.map((entry) => [entry.key.value, meaningOf(entry.value)]) };
  }
}
