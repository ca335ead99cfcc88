import type { Location } from "vscode-languageserver-protocol";
import { type Analysis, editorRange } from "./analysis.ts";
import { isSameName, type Name, nameAt, namesOf } from "./names.ts";
import { withPath } from "./uris.ts";

/** Where the name at an offset is declared: in this file, or in the subflow or own node that declares it. */
export function declaringFile(analysis: Analysis, offset: number): Name | undefined {
  return nameAt(namesOf(analysis), offset)?.name;
}

/** The declarations of a name in a workflow. The file that a node is made of stands for its first character. */
export function definitionsIn(analysis: Analysis, name: Name): readonly Location[] {
  return namesOf(analysis)
    .filter((use) => use.isDeclaration && isSameName(use.name, name))
    .map(({ range }) => ({ uri: analysis.uri, range: editorRange(analysis, range) }));
}

/** A port that a node type fixes is declared with its node; a file, and what an own node declares, with the file. */
export function fallbackDefinition(analysis: Analysis, name: Name): readonly Location[] {
  const start = { line: 0, character: 0 };
  if (name.kind === "file") return [{ uri: withPath(analysis.uri, name.file), range: { start, end: start } }];
  const owner = name.kind === "port" && analysis.parsed.workflow.nodes.get(name.owner ?? "");
  return owner ? [{ uri: analysis.uri, range: editorRange(analysis, owner.idRange) }] : [];
}

/** Every place of a workflow where a name stands. */
export function referencesIn(
  analysis: Analysis,
  name: Name,
  options: { readonly includeDeclaration: boolean },
): readonly Location[] {
  return namesOf(analysis)
    .filter((use) => isSameName(use.name, name) && (options.includeDeclaration || !use.isDeclaration))
    .filter(({ range }) => range.end > range.start)
    .toSorted((one, other) => one.range.start - other.range.start)
    .map(({ range }) => ({ uri: analysis.uri, range: editorRange(analysis, range) }));
}
