import type { DocumentLink } from "vscode-languageserver-protocol";
import { folderOf, isElsewhere, joinPath, readTypeReference } from "../resolve-paths.ts";
import { sourceRange } from "../source-range.ts";
import { type Analysis, editorRange } from "./analysis.ts";
import { withPath } from "./uris.ts";

/** Links to the subflows and own nodes that nodes are made of, and to the modules that the script imports. */
export function documentLinks(analysis: Analysis): readonly DocumentLink[] {
  return [...typeLinks(analysis), ...importLinks(analysis)];
}

function typeLinks(analysis: Analysis): readonly DocumentLink[] {
  return [...analysis.parsed.workflow.nodes.values()].flatMap(({ type }) => {
    if (!isElsewhere(type.value)) return [];
    const reference = readTypeReference(type.value, analysis.file, "");
    if (reference.kind !== "subflow" && reference.kind !== "own") return [];
    return [{ range: editorRange(analysis, type.range), target: withPath(analysis.uri, reference.path) }];
  });
}

function importLinks(analysis: Analysis): readonly DocumentLink[] {
  const { script } = analysis.parsed.workflow;
  if (script === undefined) return [];
  const imports = script.text.matchAll(/\b(?:from|import)\s*(["'])(\.\.?\/[^"'\n]+)\1/g);
  return [...imports].flatMap((match) => {
    const written = match[2] ?? "";
    const path = joinPath(folderOf(analysis.file), written);
    if (path === undefined) return [];
    const end = match.index + match[0].length - 1;
    const range = sourceRange(script, end - written.length, end);
    return [{ range: editorRange(analysis, range), target: withPath(analysis.uri, path) }];
  });
}
