/**
 * Reads TypeScript text just far enough to know where strings, comments, templates and names are. It needs no
 * TypeScript, never fails, and takes text that is half typed. What it says of names errs on the side of silence.
 */

/** `env.NAME`: a member of one of the names that every expression has in scope. Offsets into the text. */
export interface MemberUse {
  readonly root: string;
  readonly name: string;
  /** Of the name behind the dot (or between the quotes in `env["NAME"]`). */
  readonly start: number;
  readonly end: number;
}

export interface MemberUses {
  readonly uses: readonly MemberUse[];
  /**
   * Roots that stand somewhere without a member: handed on whole, indexed by a value, or declared anew. What is used of
   * them cannot be told without the type checker.
   */
  readonly whole: ReadonlySet<string>;
}

/** The `${…}` of a template: offsets of the expressions, and of a `${` that has no end. */
export interface TemplateParts {
  readonly expressions: readonly { readonly start: number; readonly end: number }[];
  readonly unclosed?: number;
}

/** Which members of `roots` the code uses. */
export function memberUses(code: string, roots: ReadonlySet<string>): MemberUses {
  return mentionsNone(code, roots) ? noUses : usesIn(scan(code, "code").tokens, code, roots);
}

/** Which members of `roots` the expressions of a template use. */
export function templateMemberUses(text: string, roots: ReadonlySet<string>): MemberUses {
  return mentionsNone(text, roots) || !text.includes("${")
    ? noUses
    : usesIn(scan(text, "template").tokens, text, roots);
}

export function templateParts(text: string): TemplateParts {
  if (!text.includes("${")) return noParts;
  const { holes, unclosed } = scan(text, "template");
  return unclosed === undefined ? { expressions: holes } : { expressions: holes, unclosed };
}

/** True where the code holds nothing but blanks and comments. */
export function isEmptyCode(code: string): boolean {
  return behindBlank(code, 0) >= code.length;
}

const noUses: MemberUses = { uses: [], whole: new Set() };
const noParts: TemplateParts = { expressions: [] };

/** Most expressions use none of the names, which is seen at a glance. */
function mentionsNone(text: string, roots: ReadonlySet<string>): boolean {
  for (const root of roots) if (text.includes(root)) return false;
  return true;
}

interface Token {
  readonly kind: "name" | "number" | "string" | "template" | "regex" | "mark";
  readonly start: number;
  readonly end: number;
}

interface Scan {
  readonly tokens: readonly Token[];
  /** The outermost `${…}` of a template text. */
  readonly holes: readonly { readonly start: number; readonly end: number }[];
  readonly unclosed?: number;
}

/** What a closing brace closes: a brace, or the hole of a template that goes on behind it. */
type Open = { readonly kind: "brace" } | { readonly kind: "hole"; readonly start: number };

/**
 * One pass without recursion, so that no nesting, however deep, ends it. `template`: the text is the inside of a
 * template literal, where a backtick is an ordinary character.
 */
function scan(text: string, mode: "code" | "template"): Scan {
  const tokens: Token[] = [];
  const holes: { start: number; end: number }[] = [];
  const open: Open[] = [];
  const tokenizer = new Tokenizer(text);
  const enterTemplate = (from: number, closedBy: "`" | undefined): number => {
    const { end, hole } = templateText(text, from, closedBy);
    tokens.push({ kind: "template", start: from, end });
    if (hole) open.push({ kind: "hole", start: end });
    return end;
  };
  const outer = (): boolean => mode === "template" && open.length === 0;
  let offset = mode === "template" ? enterTemplate(0, undefined) : 0;
  while (offset < text.length) {
    const token = tokenizer.next(offset, tokens.at(-1));
    if (token === undefined) break;
    offset = token.end;
    const mark = token.kind === "mark" ? text.slice(token.start, token.end) : "";
    if (mark === "`") {
      offset = enterTemplate(token.end, "`");
      continue;
    }
    if (mark === "{") open.push({ kind: "brace" });
    const closed = mark === "}" ? open.pop() : undefined;
    if (closed?.kind !== "hole") {
      tokens.push(token);
      continue;
    }
    if (outer()) holes.push({ start: closed.start, end: token.start });
    offset = enterTemplate(token.end, outer() ? undefined : "`");
  }
  const unclosed = open.find((one) => one.kind === "hole");
  const first = mode === "template" && unclosed?.kind === "hole" ? unclosed.start - 2 : undefined;
  return first === undefined ? { tokens, holes } : { tokens, holes, unclosed: first };
}

/** To the end of a template's text: behind its backtick, behind the next `${`, or to the end of all. */
function templateText(
  text: string,
  from: number,
  closedBy: "`" | undefined,
): { readonly end: number; readonly hole: boolean } {
  for (let offset = from; offset < text.length; offset++) {
    const character = text[offset];
    if (character === "\\") offset++;
    else if (character === "$" && text[offset + 1] === "{") return { end: offset + 2, hole: true };
    else if (closedBy !== undefined && character === closedBy) return { end: offset + 1, hole: false };
  }
  return { end: text.length, hole: false };
}

const name = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const number = /(?:\d\w*\.?\w*|\.\d\w*)(?:(?<=[eE])[-+]\d+)?/y;
const quoted = /"(?:[^"\\\r\n]+|\\[\s\S])*(?:"|$|(?=[\r\n]))|'(?:[^'\\\r\n]+|\\[\s\S])*(?:'|$|(?=[\r\n]))/y;
const mark = /\?\.(?!\d)|\.\.\.|=>|\+\+|--|[\s\S]/y;

/** Cuts the text into tokens, one at a time. */
class Tokenizer {
  readonly #text: string;
  /** No regular expression ends before this: found once, so that a line full of slashes is read once. */
  #withoutRegexUntil = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The token at `from` or behind the blanks there; undefined at the end of the text. */
  next(from: number, last: Token | undefined): Token | undefined {
    const start = behindBlank(this.#text, from);
    const first = this.#text[start];
    if (first === undefined) return undefined;
    const kind = kindOf(first);
    const end =
      kind === "regex"
        ? isOperand(last, this.#text)
          ? undefined
          : this.#regexEnd(start)
        : match(patterns[kind], this.#text, start);
    if (end !== undefined) return { kind, start, end };
    return { kind: "mark", start, end: match(mark, this.#text, start) ?? start + 1 };
  }

  #regexEnd(start: number): number | undefined {
    if (start < this.#withoutRegexUntil) return undefined;
    let inClass = false;
    let offset = start + 1;
    for (; offset < this.#text.length; offset++) {
      const character = this.#text[offset];
      if (character === "\n" || character === "\r") break;
      if (character === "\\") offset++;
      else if (character === "[") inClass = true;
      else if (character === "]") inClass = false;
      else if (character === "/" && !inClass) return match(flags, this.#text, offset + 1) ?? offset + 1;
    }
    this.#withoutRegexUntil = offset;
    return undefined;
  }
}

const flags = /[a-z]*/y;
const patterns = { name, number, string: quoted, mark };

function kindOf(first: string): "name" | "number" | "string" | "regex" | "mark" {
  if (first === '"' || first === "'") return "string";
  if (first === "/") return "regex";
  if ((first >= "0" && first <= "9") || first === ".") return "number";
  return /[A-Za-z$_]/.test(first) || first > "\u007f" ? "name" : "mark";
}

/** Behind blanks and comments. */
function behindBlank(text: string, from: number): number {
  let offset = from;
  for (;;) {
    offset = match(spaces, text, offset) ?? offset;
    const two = text.slice(offset, offset + 2);
    if (two === "//") offset = match(restOfLine, text, offset) ?? offset + 2;
    else if (two === "/*") {
      const end = text.indexOf("*/", offset + 2);
      offset = end === -1 ? text.length : end + 2;
    } else return offset;
  }
}

const spaces = /\s+/y;
const restOfLine = /[^\r\n]*/y;

/** The end of the match at `from`; undefined where there is none. */
function match(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

const operators = new Set(
  "return typeof case in of new delete void throw do else yield await instanceof".split(" "),
);

/** Behind an operand a slash divides; elsewhere it opens a regular expression. */
function isOperand(token: Token | undefined, text: string): boolean {
  if (token === undefined) return false;
  const written = text.slice(token.start, token.end);
  if (token.kind === "mark") return [")", "]", "}", "++", "--"].includes(written);
  if (token.kind === "name") return !operators.has(written);
  // A template that opens a hole is followed by an expression.
  return token.kind !== "template" || !written.endsWith("${");
}

function usesIn(tokens: readonly Token[], text: string, roots: ReadonlySet<string>): MemberUses {
  const uses: MemberUse[] = [];
  const whole = new Set<string>();
  const brackets: string[] = [];
  const written = (token: Token | undefined): string =>
    token === undefined ? "" : text.slice(token.start, token.end);
  tokens.forEach((token, index) => {
    const word = written(token);
    if (token.kind === "mark" && "([{".includes(word)) brackets.push(word);
    if (token.kind === "mark" && ")]}".includes(word)) brackets.pop();
    if (token.kind !== "name" || !roots.has(word)) return;
    const before = written(tokens[index - 1]);
    if (before === "." || before === "?." || before === "#") return;
    const member = memberBehind(tokens, index, text);
    if (member) uses.push({ root: word, ...member });
    else if (!isKey(before, written(tokens[index + 1]), brackets.at(-1))) whole.add(word);
  });
  return { uses, whole };
}

/** `{ state: 1 }` names a property, not the state. */
function isKey(before: string, behind: string, bracket: string | undefined): boolean {
  return behind === ":" && bracket === "{" && ["{", ",", ";"].includes(before);
}

/** The member in `root.name`, `root?.name`, `root["name"]` or `root?.["name"]`. */
function memberBehind(
  tokens: readonly Token[],
  root: number,
  text: string,
): Omit<MemberUse, "root"> | undefined {
  const is = (index: number, ...marks: readonly string[]): boolean => {
    const token = tokens[index];
    return token?.kind === "mark" && marks.includes(text.slice(token.start, token.end));
  };
  const first = tokens[root + 2];
  if (is(root + 1, ".", "?.") && first?.kind === "name") {
    return { name: text.slice(first.start, first.end), start: first.start, end: first.end };
  }
  const bracket = is(root + 1, "?.") ? root + 2 : root + 1;
  const key = tokens[bracket + 1];
  if (!is(bracket, "[") || key?.kind !== "string" || !is(bracket + 2, "]")) return undefined;
  const inside = { start: key.start + 1, end: key.end - 1 };
  const member = text.slice(inside.start, inside.end);
  // An escape in the quotes would have to be undone first; nobody writes one.
  return member.includes("\\") ? undefined : { name: member, ...inside };
}
