import { type DocumentSymbol, SymbolKind } from "vscode-languageserver-protocol";
import type { Range, SourceEntry, SourceValue } from "../model.ts";
import { type Analysis, editorRange } from "./analysis.ts";

const kinds: Readonly<Record<string, SymbolKind>> = {
  env: SymbolKind.Constant,
  secrets: SymbolKind.Key,
  state: SymbolKind.Variable,
  connections: SymbolKind.Interface,
  inputs: SymbolKind.Event,
  outputs: SymbolKind.Event,
  params: SymbolKind.Property,
  nodes: SymbolKind.Function,
};

/** The outline: the sections of the file with what they declare. */
export function documentSymbols(analysis: Analysis): readonly DocumentSymbol[] {
  const { root } = analysis.parsed.syntax;
  return (root?.entries ?? []).flatMap((section) => {
    const kind = kinds[section.key.value];
    if (section.key.value === "tests")
      return [symbol(analysis, section, SymbolKind.Namespace, tests(analysis, section))];
    if (section.key.value === "script") return [symbol(analysis, section, SymbolKind.Module, [])];
    if (kind === undefined || section.value.kind !== "map") return [];
    const children = section.value.entries.map((entry) => ({
      ...symbol(analysis, entry, kind, []),
      detail: detailOf(entry.value),
    }));
    return [symbol(analysis, section, SymbolKind.Namespace, children)];
  });
}

function tests(analysis: Analysis, { value }: SourceEntry): readonly DocumentSymbol[] {
  return (value.kind === "list" ? value.items : []).flatMap((item) => {
    const name = item.kind === "map" ? item.entries.find(({ key }) => key.value === "name") : undefined;
    if (name?.value.kind !== "scalar" || name.value.text === "") return [];
    const range = editorRange(analysis, shown(analysis, item.range));
    return [
      {
        name: name.value.text,
        kind: SymbolKind.Method,
        range,
        selectionRange: editorRange(analysis, name.key.range),
      },
    ];
  });
}

function symbol(
  analysis: Analysis,
  { key, value }: SourceEntry,
  kind: SymbolKind,
  children: readonly DocumentSymbol[],
): DocumentSymbol {
  const end = Math.max(key.range.end, value.range.end);
  return {
    name: key.value === "" ? "?" : key.value,
    kind,
    range: editorRange(analysis, shown(analysis, { start: key.range.start, end })),
    selectionRange: editorRange(analysis, key.range),
    children: [...children],
  };
}

function detailOf(value: SourceValue): string {
  if (value.kind === "scalar") return value.text.split("\n", 1)[0] ?? "";
  const type =
    value.kind === "map" ? value.entries.find(({ key }) => key.value === "type")?.value : undefined;
  return type?.kind === "scalar" ? type.text : "";
}

/** Without the line breaks at the end of a block. */
export function shown({ text }: Pick<Analysis, "text">, { start, end }: Range): Range {
  return { start, end: start + text.slice(start, end).trimEnd().length };
}
