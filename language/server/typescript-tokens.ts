import type TypeScript from "typescript";
import { templateParts } from "../expression-text.ts";
import type { Range, SourceScalar } from "../model.ts";
import type { TypeScriptModule } from "../own-node.ts";
import { type ParamLeaf, readParam } from "../params.ts";
import { sourceRange } from "../source-range.ts";
import type { Analysis } from "./analysis.ts";

/** How a stretch of TypeScript is coloured; names of LSP's semantic tokens. */
export type CodeTokenType =
  | "keyword"
  | "string"
  | "number"
  | "regexp"
  | "comment"
  | "operator"
  | "variable"
  | "property"
  | "function";

export interface CodeToken extends Range {
  readonly type: CodeTokenType;
}

/**
 * The words of the TypeScript in params, which no grammar finds: that a plain `msg.payload > 8` is code follows from the
 * node's type. Scripts and function bodies are left to the grammar.
 */
export function typescriptTokens(
  { parsed, catalog }: Analysis,
  typescript: TypeScriptModule,
): readonly CodeToken[] {
  return [...parsed.workflow.nodes.values()].flatMap(({ type, params }) =>
    [...params].flatMap(([name, { value }]) => {
      const descriptor = catalog.nodes.get(type.value)?.params[name];
      return descriptor
        ? readParam(descriptor, value).value.flatMap((leaf) => leafTokens(leaf, typescript))
        : [];
    }),
  );
}

function leafTokens(leaf: ParamLeaf, typescript: TypeScriptModule): readonly CodeToken[] {
  if (leaf.kind === "expression") return scan(leaf.source, 0, leaf.source.text.length, typescript);
  if (leaf.kind !== "template") return [];
  return templateParts(leaf.source.text).expressions.flatMap(({ start, end }) =>
    scan(leaf.source, start, end, typescript),
  );
}

function scan(
  source: SourceScalar,
  from: number,
  to: number,
  typescript: TypeScriptModule,
): readonly CodeToken[] {
  const { SyntaxKind, ScriptTarget, LanguageVariant } = typescript;
  const scanner = typescript.createScanner(
    ScriptTarget.ESNext,
    false,
    LanguageVariant.Standard,
    source.text,
    () => {},
    from,
    to - from,
  );
  const tokens: CodeToken[] = [];
  /** Depth of braces within each template literal that is open. */
  const templates: number[] = [];
  let before: TypeScript.SyntaxKind = SyntaxKind.Unknown;
  for (let kind = scanner.scan(); kind !== SyntaxKind.EndOfFileToken; kind = scanner.scan()) {
    if (kind === SyntaxKind.SlashToken && !endsValue(before, typescript)) kind = scanner.reScanSlashToken();
    if (kind === SyntaxKind.TemplateHead) templates.push(0);
    const open = templates.length - 1;
    if (open >= 0 && kind === SyntaxKind.OpenBraceToken) templates[open] = (templates[open] ?? 0) + 1;
    else if (open >= 0 && kind === SyntaxKind.CloseBraceToken) {
      if ((templates[open] ?? 0) > 0) templates[open] = (templates[open] ?? 0) - 1;
      else kind = scanner.reScanTemplateToken(false);
      if (kind === SyntaxKind.TemplateTail) templates.pop();
    }
    const [start, end] = [scanner.getTokenStart(), scanner.getTokenEnd()];
    const type = typeOf(kind, before, /^\s*\(/.test(source.text.slice(end, to)), typescript);
    if (type) tokens.push({ ...sourceRange(source, start, end), type });
    if (!isTrivia(kind, typescript)) before = kind;
  }
  return tokens;
}

function typeOf(
  kind: TypeScript.SyntaxKind,
  before: TypeScript.SyntaxKind,
  isCalled: boolean,
  { SyntaxKind }: TypeScriptModule,
): CodeTokenType | undefined {
  if (kind === SyntaxKind.NumericLiteral || kind === SyntaxKind.BigIntLiteral) return "number";
  if (kind === SyntaxKind.RegularExpressionLiteral) return "regexp";
  if (
    kind === SyntaxKind.StringLiteral ||
    (kind >= SyntaxKind.FirstTemplateToken && kind <= SyntaxKind.LastTemplateToken)
  )
    return "string";
  if (kind === SyntaxKind.SingleLineCommentTrivia || kind === SyntaxKind.MultiLineCommentTrivia)
    return "comment";
  const isMember = before === SyntaxKind.DotToken || before === SyntaxKind.QuestionDotToken;
  const isName =
    kind === SyntaxKind.Identifier || (kind >= SyntaxKind.FirstKeyword && kind <= SyntaxKind.LastKeyword);
  if (isName && (isMember || kind === SyntaxKind.Identifier)) {
    if (isCalled) return "function";
    return isMember ? "property" : "variable";
  }
  if (isName) return "keyword";
  return kind >= SyntaxKind.LessThanToken && kind <= SyntaxKind.LastPunctuation ? "operator" : undefined;
}

function isTrivia(kind: TypeScript.SyntaxKind, { SyntaxKind }: TypeScriptModule): boolean {
  return kind >= SyntaxKind.FirstTriviaToken && kind <= SyntaxKind.LastTriviaToken;
}

/** Behind a value a slash divides; elsewhere it begins a regular expression. */
function endsValue(kind: TypeScript.SyntaxKind, { SyntaxKind }: TypeScriptModule): boolean {
  return (
    kind === SyntaxKind.Identifier ||
    kind === SyntaxKind.CloseParenToken ||
    kind === SyntaxKind.CloseBracketToken ||
    kind === SyntaxKind.CloseBraceToken ||
    kind === SyntaxKind.TemplateTail ||
    (kind >= SyntaxKind.FirstLiteralToken && kind <= SyntaxKind.LastLiteralToken) ||
    (kind >= SyntaxKind.FirstKeyword && kind <= SyntaxKind.LastKeyword)
  );
}
