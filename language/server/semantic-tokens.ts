import { SemanticTokensBuilder } from "vscode-languageserver";
import type { SemanticTokens, SemanticTokensLegend } from "vscode-languageserver-protocol";
import type { Range } from "../model.ts";
import type { TypeScriptModule } from "../own-node.ts";
import type { Analysis } from "./analysis.ts";
import { type NameKind, namesOf } from "./names.ts";
import { typescriptTokens } from "./typescript-tokens.ts";

export const semanticTokensLegend: SemanticTokensLegend = {
  tokenTypes: [
    ...["class", "variable", "property", "parameter", "event", "namespace"],
    ...["keyword", "string", "number", "regexp", "comment", "operator", "function"],
  ],
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

/** Node types, ids, ports, declared names, and the TypeScript in params. What is left is the grammar's. */
export function semanticTokens(analysis: Analysis, typescript: TypeScriptModule): SemanticTokens {
  const builder = new SemanticTokensBuilder();
  let end = -1;
  for (const token of tokensOf(analysis, typescript)) {
    const { line, character } = analysis.lines.positionAt(token.start);
    // Tokens neither overlap nor cross lines.
    if (token.start < end || analysis.lines.positionAt(token.end).line !== line) continue;
    end = token.end;
    const type = semanticTokensLegend.tokenTypes.indexOf(token.type);
    builder.push(line, character, token.end - token.start, type, token.isDeclaration ? 1 : 0);
  }
  return builder.build();
}

function tokensOf(analysis: Analysis, typescript: TypeScriptModule): readonly Token[] {
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
  const code = typescriptTokens(analysis, typescript).map((token) => ({ ...token, isDeclaration: false }));
  // Names come first: where `env.NAME` stands in an expression, it is more than a property.
  return [...names, ...types, ...code]
    .filter(({ start, end }) => end > start)
    .toSorted((one, other) => one.start - other.start);
}
