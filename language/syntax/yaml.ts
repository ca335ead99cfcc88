import type { CST, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { Composer, isAlias, isMap, isPair, isScalar, Lexer, Parser } from "yaml";
import type {
  Located,
  Range,
  ScalarStyle,
  SourceEntry,
  SourceMap,
  SourceScalar,
  SourceValue,
} from "../model.ts";
import type { QuickFix } from "../problem.ts";
import { lineEnd } from "./lines.ts";
import type { SyntaxCode, SyntaxProblem } from "./problem.ts";
import { blockIndent, blockLines, blockRuns, flowScalarRuns } from "./runs.ts";
import { describeError, maximumDepth } from "./yaml-errors.ts";

/** What a stretch of text says. Offsets are relative to its start. */
export interface BlockSyntax {
  /** Undefined where it is empty, or where its structure cannot be read. */
  readonly value: SourceValue | undefined;
  readonly problems: readonly SyntaxProblem[];
}

/** Reads YAML by itself: a whole file, or the lines of one entry of a block map. Never throws. */
export function readYaml(text: string): BlockSyntax {
  const tokens = tokenize(text);
  if ("problem" in tokens) return { value: undefined, problems: [tokens.problem] };
  const composer = new Composer({
    keepSourceTokens: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const documents = [...composer.compose(tokens.tokens, true, text.length)];
  const document = documents[0];
  const error = documents.flatMap(({ errors }) => errors).sort((a, b) => a.pos[0] - b.pos[0])[0];
  if (document === undefined || error !== undefined) {
    return { value: undefined, problems: error === undefined ? [] : [describeError(error, text)] };
  }
  const second = documents[1];
  if (second !== undefined) {
    const start = second.range[0];
    const message = "A file holds one workflow: remove what follows the line with --- (or ...).";
    const range = { start, end: Math.min(start + 3, text.length) };
    return {
      value: undefined,
      problems: [{ code: "EDDY_YAML_DOCUMENTS", message, range, fatal: true }],
    };
  }
  const reader = new TreeReader(text);
  const node = document.contents as ParsedNode | null;
  const value = node === null ? undefined : reader.read(node, []);
  return { value: isNothing(value) ? undefined : value, problems: reader.problems };
}

type Tokens = { readonly tokens: readonly CST.Token[] } | { readonly problem: SyntaxProblem };

/** Runs the parser lexeme by lexeme, so that it stops before the nesting gets too deep for the ones that recurse. */
function tokenize(text: string): Tokens {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > maximumDepth) {
      const message = `Maps and lists may be nested ${maximumDepth} deep.`;
      const range = { start: Math.max(0, parser.offset - lexeme.length), end: parser.offset };
      return { problem: { code: "EDDY_YAML_TOO_DEEP", message, range, fatal: true } };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens };
}

/** Reads composed YAML into values that know how they were written. */
class TreeReader {
  readonly problems: SyntaxProblem[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  read(node: ParsedNode, properties: readonly CST.SourceToken[]): SourceValue {
    const marks = properties.filter(({ type }) => type === "tag" || type === "anchor");
    if (isAlias(node)) return this.#alias(node.range, marks);
    const value = isScalar(node)
      ? this.#scalar(node)
      : isMap(node)
        ? this.#map(node)
        : this.#list(node as YAMLSeq.Parsed);
    return marks.length === 0 ? value : this.#marked(value, marks);
  }

  #alias([start, end]: readonly [number, number, number], marks: readonly CST.SourceToken[]): SourceScalar {
    const range = { start: marks[0]?.offset ?? start, end };
    const name = shown(this.#text.slice(start, end));
    const value = this.#asWritten(range);
    this.#report(
      "EDDY_YAML_ALIAS",
      { start, end },
      `YAML takes "${name}" for a reference to another value: write the value out, or the expression as a block (|-).`,
      { fixes: [inQuotes(value)] },
    );
    return value;
  }

  /** A value with a tag or an anchor is taken as it is written, so that nothing is lost or replaced. */
  #marked(value: SourceValue, marks: readonly CST.SourceToken[]): SourceValue {
    const [mark] = marks;
    if (mark === undefined) return value;
    const range = { start: mark.offset, end: Math.max(value.range.end, endOf(marks)) };
    const oneLine = !this.#text.slice(range.start, range.end).includes("\n");
    const written = value.kind === "scalar" && oneLine ? this.#asWritten(range) : undefined;
    // Of `!a && b` the second is told only where it is left when the first is gone.
    const what = mark.type === "tag" ? "a tag" : "the name of a value";
    const message = `YAML takes "${shown(mark.source)}" for ${what}: write the expression as a block (|-) or in quotes.`;
    this.#report(
      mark.type === "tag" ? "EDDY_YAML_TAG" : "EDDY_YAML_ANCHOR",
      { start: mark.offset, end: mark.offset + mark.source.length },
      message,
      written === undefined ? {} : { fixes: [inQuotes(written)] },
    );
    return written ?? value;
  }

  #asWritten(range: Range): SourceScalar {
    const text = this.#text.slice(range.start, range.end).trimEnd();
    const end = range.start + text.length;
    const runs = [{ textStart: 0, sourceStart: range.start, length: text.length }];
    return { kind: "scalar", text, style: "plain", value: text, range: { start: range.start, end }, runs };
  }

  #scalar(node: Scalar.Parsed): SourceScalar {
    const style = scalarStyle(node);
    const text = node.source ?? "";
    if (style === "literal" || style === "folded") return this.#blockScalar(node, style, text);
    const [start, end] = node.range;
    if (style === "plain" && text !== "") this.#checkComment(start, end);
    const runs = flowScalarRuns(this.#text, start, end, style, text);
    return { kind: "scalar", text, style, value: scalarValue(node.value, text), range: { start, end }, runs };
  }

  /** `Room #4`: hardly anybody writes a comment without a space behind its `#`. */
  #checkComment(start: number, end: number): void {
    const [whole, space = "", comment = ""] =
      /^([ \t]+)(#[^\s#].*)/.exec(this.#text.slice(end, lineEnd(this.#text, end))) ?? [];
    if (whole === undefined) return;
    const hash = end + space.length;
    const value = `${this.#text.slice(start, end)}${start === end ? "" : space}${comment}`.trimEnd();
    const isComment = {
      title: "Make it a comment",
      edits: [{ range: { start: hash + 1, end: hash + 1 }, newText: " " }],
    };
    const isValue = {
      title: "Put the whole line in quotes",
      edits: [
        {
          range: { start: start === end ? hash : start, end: hash + comment.trimEnd().length },
          newText: quoted(value),
        },
      ],
    };
    this.#report(
      "EDDY_YAML_COMMENT",
      { start: hash, end: hash + comment.trimEnd().length },
      `YAML takes "${shown(comment.trimEnd())}" for a comment: write the value in quotes or as a block (|-), or put a space behind the #.`,
      { fixes: value.includes("\n") ? [isComment] : [isValue, isComment] },
    );
  }

  #blockScalar(node: Scalar.Parsed, style: "literal" | "folded", text: string): SourceScalar {
    const [start, end] = node.range;
    const parentIndent = (node.srcToken as CST.BlockScalar | undefined)?.indent ?? 0;
    const lines = blockLines(this.#text, start, end);
    const indent = blockIndent(this.#text, start, lines, parentIndent);
    // Blank lines behind a block scalar belong to it only where it keeps them (`|+`).
    const keeps = /^[|>][1-9]?\+/.test(this.#text.slice(start, start + 3));
    const last = lines.findLast(
      (line) => keeps || !isBlank(this.#text, line) || line.end - line.start > indent,
    );
    const range = { start, end: last?.end ?? lineEnd(this.#text, start) };
    return {
      kind: "scalar",
      text,
      style,
      value: text,
      range,
      runs: blockRuns(this.#text, lines, indent, text),
    };
  }

  #map(node: YAMLMap.Parsed): SourceMap {
    const entries: SourceEntry[] = [];
    const seen = new Set<string>();
    for (const pair of node.items) {
      const entry = this.#entry(pair, node);
      if (entry === undefined) continue;
      if (seen.has(entry.key.value)) {
        this.#report(
          "EDDY_YAML_DUPLICATE_KEY",
          entry.key.range,
          `"${shown(entry.key.value)}" is written twice here: remove one of them.`,
          { fatal: true },
        );
        continue;
      }
      seen.add(entry.key.value);
      entries.push(entry);
    }
    return { kind: "map", entries, range: this.#collectionRange(node, entries) };
  }

  /** A block collection ends with its last value, not with the comments and blank lines behind it. */
  #collectionRange(node: YAMLMap.Parsed, entries: readonly SourceEntry[]): Range {
    const [start, end] = node.range;
    const last = entries.at(-1);
    return {
      start,
      end: node.flow || last === undefined ? end : Math.max(last.value.range.end, last.key.range.end),
    };
  }

  #entry(pair: Pair<ParsedNode, ParsedNode | null>, map: YAMLMap.Parsed): SourceEntry | undefined {
    const item = (pair as Pair & { srcToken?: CST.CollectionItem }).srcToken;
    const key = this.#key(pair.key, item?.start ?? []);
    if (key === undefined) return undefined;
    const colon = item?.sep?.find(({ type }) => type === "map-value-ind");
    if (pair.value === null || colon === undefined) {
      if (map.flow) this.#reportShorthand(key);
      return { key, value: emptyScalar(key.range.end) };
    }
    if (isScalar(pair.value) && isEmptyNode(pair.value) && !hasMark(item?.sep)) {
      this.#checkComment(colon.offset + 1, colon.offset + 1);
      return { key, value: emptyScalar(colon.offset + 1) };
    }
    return { key, value: this.read(pair.value, item?.sep ?? []) };
  }

  #reportShorthand(key: Located<string>): void {
    const message = `YAML reads "${shown(key.value)}" as a key without value: write "key: value", or the whole expression as a block (|-).`;
    this.#report("EDDY_YAML_SHORTHAND", key.range, message);
  }

  #key(node: ParsedNode, start: readonly CST.SourceToken[]): Located<string> | undefined {
    const range = { start: node.range[0], end: Math.max(node.range[1], node.range[0] + 1) };
    const explicit = start.find(({ type }) => type === "explicit-key-ind");
    if (!isScalar(node) || explicit !== undefined) {
      const message = "A key has to be a single word or a text in quotes, followed by a colon.";
      this.#report(
        "EDDY_YAML_KEY",
        explicit ? { start: explicit.offset, end: explicit.offset + 1 } : range,
        message,
        { fatal: true },
      );
      return undefined;
    }
    if (hasMark(start))
      this.#marked(
        this.#scalar(node),
        start.filter(({ type }) => type === "tag" || type === "anchor"),
      );
    const value = node.source ?? "";
    this.#checkKey(value, node, range);
    return { value, range: { start: node.range[0], end: node.range[1] } };
  }

  #checkKey(key: string, node: Scalar.Parsed, range: Range): void {
    if (key === "<<" && scalarStyle(node) === "plain") {
      this.#report(
        "EDDY_YAML_MERGE_KEY",
        range,
        "Workflow files have no merge keys (<<): write the values out.",
      );
    } else if (key === "__proto__" || key === "constructor" || key === "prototype") {
      this.#report("EDDY_YAML_FORBIDDEN_KEY", range, `"${key}" is not allowed as a key: choose another one.`);
    } else if (typeof node.value !== "string") {
      const message = `YAML reads the key "${shown(key)}" as ${node.value === null ? "nothing" : `a ${typeof node.value}`}: write it in quotes.`;
      const fixes = [
        {
          title: `Write "${shown(key)}" in quotes`,
          edits: [{ range: { start: range.start, end: node.range[1] }, newText: JSON.stringify(key) }],
        },
      ];
      this.#report("EDDY_YAML_KEY", range, message, { fixes });
    }
  }

  #list(node: YAMLSeq.Parsed): SourceValue {
    const tokens = node.srcToken !== undefined && "items" in node.srcToken ? node.srcToken.items : [];
    const items = node.items.map((item, index) => {
      if (isPair(item)) return emptyScalar(node.range[0]);
      const child = item as ParsedNode;
      const token = tokens[index];
      if (node.flow && isMap(child) && token?.sep !== undefined) this.#reportPair(child);
      if (isScalar(child) && isEmptyNode(child) && !hasMark(token?.start))
        return emptyScalar(afterDash(token) ?? child.range[0]);
      return this.read(child, token?.start ?? []);
    });
    const [start, end] = node.range;
    return { kind: "list", items, range: { start, end: node.flow ? end : (items.at(-1)?.range.end ?? end) } };
  }

  #reportPair({ range }: YAMLMap.Parsed): void {
    const written = shown(this.#text.slice(range[0], range[1]));
    const message = `YAML reads "${written}" as a map inside the list: write the expression as a block (|-) or in quotes.`;
    this.#report("EDDY_YAML_SHORTHAND", { start: range[0], end: range[1] }, message);
  }

  #report(
    code: SyntaxCode,
    range: Range,
    message: string,
    more: { fatal?: boolean; fixes?: SyntaxProblem["fixes"] } = {},
  ): void {
    const problem = { code, range, message, fatal: more.fatal ?? false };
    this.problems.push(more.fixes === undefined ? problem : { ...problem, fixes: more.fixes });
  }
}

function scalarStyle({ type }: Scalar.Parsed): ScalarStyle {
  switch (type) {
    case "QUOTE_SINGLE":
      return "single";
    case "QUOTE_DOUBLE":
      return "double";
    case "BLOCK_LITERAL":
      return "literal";
    case "BLOCK_FOLDED":
      return "folded";
    default:
      return "plain";
  }
}

function isBlank(text: string, line: { readonly start: number; readonly end: number }): boolean {
  return text.slice(line.start, line.end).trim() === "";
}

function scalarValue(value: unknown, text: string): SourceScalar["value"] {
  return value === null || typeof value === "boolean" || typeof value === "number" ? value : text;
}

function emptyScalar(at: number): SourceScalar {
  return { kind: "scalar", text: "", style: "plain", value: null, range: { start: at, end: at }, runs: [] };
}

function isEmptyNode(node: Scalar.Parsed): boolean {
  return node.range[0] === node.range[1] && scalarStyle(node) === "plain";
}

function isNothing(value: SourceValue | undefined): boolean {
  return value?.kind === "scalar" && value.style === "plain" && value.text === "";
}

function hasMark(tokens: readonly CST.SourceToken[] | undefined): boolean {
  return tokens?.some(({ type }) => type === "tag" || type === "anchor") ?? false;
}

function afterDash(token: CST.CollectionItem | undefined): number | undefined {
  const dash = token?.start.find(({ type }) => type === "seq-item-ind");
  return dash === undefined ? undefined : dash.offset + 1;
}

function endOf(tokens: readonly CST.SourceToken[]): number {
  const last = tokens.at(-1);
  return last === undefined ? 0 : last.offset + last.source.length;
}

/** The quick fix for a value that YAML takes for something else. */
export function inQuotes({ text, range }: Pick<SourceScalar, "text" | "range">): QuickFix {
  return { title: "Put the value in quotes", edits: [{ range, newText: quoted(text) }] };
}

function quoted(text: string): string {
  return /["\\]/.test(text) ? `'${text.replaceAll("'", "''")}'` : `"${text}"`;
}

function shown(text: string): string {
  const line = text.split(/\r?\n/, 1)[0] ?? "";
  return line.length > 40 || line.length < text.length ? `${line.slice(0, 37)}…` : line;
}
