import { SemanticTokensBuilder } from "vscode-languageserver";
import type { SemanticTokens, SemanticTokensLegend } from "vscode-languageserver-protocol";
import type { Range } from "../model.ts";
import type { Analysis } from "./analysis.ts";
import { type NameKind, namesOf } from "./names.ts";

export const semanticTokensLegend: SemanticTokensLegend = {
  tokenTypes: ["class", "variable", "property", "parameter", "event", "namespace"],
  tokenModifiers: ["declaration"],
};

const typeOf: Readonly<Record<NameKind, (typeof semanticTokensLegend.tokenTypes)[number]>> = {
  file: "class",
  node: "variable",
  port: "event",
  input: "event",
  output: "event",
  param: "parameter",
  connection: "namespace",
  env: "property",
  secrets: "property",
  state: "property",
};

interface Token extends Range {
  readonly type: string;
  readonly isDeclaration: boolean;
}

/** Node types, ids, ports and declared names. What is left is the grammar's. */
export function semanticTokens(analysis: Analysis): SemanticTokens {
  const builder = new SemanticTokensBuilder();
  let end = -1;
  for (const token of tokensOf(analysis)) {
    const { line, character } = analysis.lines.positionAt(token.start);
    // Tokens neither overlap nor cross lines.
    if (token.start < end || analysis.lines.positionAt(token.end).line !== line) continue;
    end = token.end;
    const type = semanticTokensLegend.tokenTypes.indexOf(token.type);
    builder.push(line, character, token.end - token.start, type, token.isDeclaration ? 1 : 0);
  }
  return builder.build();
}

function tokensOf(analysis: Analysis): readonly Token[] {
  const names = namesOf(analysis).map(
    ({ name, range, isDeclaration }): Token => ({
      ...range,
      type: typeOf[name.kind],
      isDeclaration,
    }),
  );
  const types = [...analysis.parsed.workflow.nodes.values()]
    .filter(({ type }) => analysis.catalog.nodes.has(type.value))
    .map(({ type }): Token => ({ ...type.range, type: "class", isDeclaration: false }));
  return [...names, ...types]
    .filter(({ start, end }) => end > start)
    .toSorted((one, other) => one.start - other.start);
}
