import type { Located, Range, SourceEntry, SourceMap, SourceValue } from "../model.ts";
import { childLines, splitBlocks } from "./blocks.ts";
import { indentAt, isBlankLine, lineEnd, nextLine } from "./lines.ts";
import { type SyntaxProblem, shiftProblem, shiftRange } from "./problem.ts";
import { type BlockSyntax, inQuotes, readYaml } from "./yaml.ts";

/** The longest workflow file that is read, in UTF-16 units. 1,000 nodes take about 200,000. */
export const maximumLength = 1_000_000;

/** The text of a workflow file as values that know where and how they are written. */
export interface Syntax {
  /** Undefined where the text is empty or is no map. */
  readonly root: SourceMap | undefined;
  readonly problems: readonly SyntaxProblem[];
  /** The keys of entries that could not be read: they are empty in `root`, or part of what stands in them is missing. */
  readonly broken: readonly Located<string>[];
}

/**
 * Reads the text of a workflow file. The entries of the top level and of `nodes:` are read one by one: an error in one
 * is reported once and does not spoil the next. Never throws.
 */
export function readSyntax(text: string): Syntax {
  const unreadable = findUnreadable(text);
  if (unreadable !== undefined) return { root: undefined, problems: [unreadable], broken: [] };
  const start = text.startsWith("\uFEFF") ? 1 : 0;
  const directive = findDirective(text, start);
  if (directive !== undefined) return { root: undefined, problems: [directive], broken: [] };
  const body = bodyStart(text, start);
  const blocks = body === undefined ? undefined : splitBlocks(text, { start: body, end: text.length }, 0);
  if (blocks === undefined) return wholeDocument(text, start);
  const reader = new BlockReader(text);
  const root = reader.join(blocks, []);
  return { root, problems: reader.problems, broken: reader.broken };
}

/** A line such as `%YAML 1.1` in front of everything would change how the rest is read. */
function findDirective(text: string, start: number): SyntaxProblem | undefined {
  for (let line = start; line < text.length; line = nextLine(text, line)) {
    if (text[line] === "%") {
      const range = { start: line, end: lineEnd(text, line) };
      const message = "Workflow files have no directives: remove the line.";
      return { code: "EDDY_YAML_DIRECTIVE", message, range, fatal: true };
    }
    if (text[line] !== "#" && !isBlankLine(text, line)) return undefined;
  }
  return undefined;
}

/** Where the first document begins; undefined where the file has directives, several documents or is a flow map. */
function bodyStart(text: string, start: number): number | undefined {
  const opening = /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*---[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/.exec(
    text.slice(start, start + 4_096),
  );
  const body = start + (opening?.[0].length ?? 0);
  const special = /^(?:---|\.\.\.|%|[{[]|[?:](?:\s|$))/m;
  special.lastIndex = body;
  return special.test(text.slice(body)) ? undefined : body;
}

function wholeDocument(text: string, start: number): Syntax {
  const { value, problems } = shiftBlock(readYaml(text.slice(start)), start);
  if (value === undefined || value.kind === "map") return { root: value, problems, broken: [] };
  const range = { start: value.range.start, end: value.range.end };
  const message = "A workflow file is a map of keys and values, starting with eddy: 1.";
  return {
    root: undefined,
    problems: [...problems, { code: "EDDY_YAML_SYNTAX", message, range, fatal: true }],
    broken: [],
  };
}

class BlockReader {
  readonly problems: SyntaxProblem[] = [];
  readonly broken: Located<string>[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The map that consecutive blocks make up. */
  join(blocks: readonly Range[], path: readonly string[]): SourceMap | undefined {
    const entries: SourceEntry[] = [];
    const seen = new Set<string>();
    for (const block of blocks) {
      for (const entry of this.#entries(block, path)) {
        if (seen.has(entry.key.value)) this.#duplicate(entry, path);
        else entries.push(entry);
        seen.add(entry.key.value);
      }
    }
    const first = entries[0];
    const last = entries.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const end = Math.max(last.value.range.end, last.key.range.end);
    return { kind: "map", entries, range: { start: first.key.range.start, end } };
  }

  #duplicate({ key: { value, range } }: SourceEntry, path: readonly string[]): void {
    const what = path.length === 1 && path[0] === "nodes" ? `The node "${value}"` : `"${value}"`;
    const message = `${what} is written twice: remove one of them, or give it another name.`;
    this.problems.push({ code: "EDDY_YAML_DUPLICATE_KEY", message, range, fatal: true });
  }

  #entries(block: Range, path: readonly string[]): readonly SourceEntry[] {
    const key = /^ *([^\s:#'"[\]{}]+):(?=\s|$)/.exec(
      this.#text.slice(block.start, Math.min(block.end, block.start + 1_024)),
    );
    if (path.length === 0 && key?.[1] === "nodes") {
      const children = this.#children(block, key[0], ["nodes"]);
      if (children !== undefined) return [children];
    }
    const { value, problems } = readBlock(this.#text, block);
    if (!problems.some(({ fatal }) => fatal)) {
      this.#report(problems);
      return this.#mapEntries(value, block);
    }
    if (key?.[1] === undefined) {
      this.#report(problems);
      return [];
    }
    const deeper = path.length < 3 ? this.#children(block, key[0], [...path, key[1]]) : undefined;
    if (deeper !== undefined) return [deeper];
    this.#report(problems.slice(0, 1).map((problem) => this.#told(problem, block, key[0].length)));
    const broken = entryOf(block, key[0], key[1], undefined);
    this.broken.push(broken.key);
    return [broken];
  }

  /** What is missing at the end of an entry is told where its value begins: a bracket or a quote stays open from there. */
  #told(problem: SyntaxProblem, block: Range, head: number): SyntaxProblem {
    const behind = block.start + head;
    const text = this.#text.slice(behind, block.end);
    const end = behind + text.trimEnd().length;
    if (problem.range.start < end) return { ...problem, ...this.#quotes({ start: behind, end }) };
    const start = behind + (/\S/.exec(text)?.index ?? 0);
    return { ...problem, range: { start, end: Math.min(end, lineEnd(this.#text, start)) } };
  }

  /** An expression of one line that is no YAML is a text in quotes. */
  #quotes({ start, end }: Range): Pick<SyntaxProblem, "fixes"> {
    const [, space = "", value] =
      /^( +)([^\s[{](?:.*?\S)??)(?: +#.*)?$/.exec(this.#text.slice(start, end)) ?? [];
    if (value === undefined || /^(?:"[^"]*"|'[^']*')$/.test(value)) return {};
    const range = { start: start + space.length, end: start + space.length + value.length };
    return { fixes: [inQuotes({ text: value, range })] };
  }

  #report(problems: readonly SyntaxProblem[]): void {
    for (const problem of problems) this.problems.push(problem);
  }

  #mapEntries(value: SourceValue | undefined, block: Range): readonly SourceEntry[] {
    if (value === undefined) return [];
    if (value.kind === "map") return value.entries;
    const message = "A key with a colon is expected here.";
    this.problems.push({
      code: "EDDY_YAML_SYNTAX",
      message,
      range: shownRange(this.#text, value.range, block),
      fatal: true,
    });
    return [];
  }

  /** Reads what stands under `key:` entry by entry. */
  #children(block: Range, head: string, path: readonly string[]): SourceEntry | undefined {
    const lines = childLines(this.#text, block);
    const blocks = lines && splitBlocks(this.#text, lines.range, lines.indent);
    const name = path.at(-1);
    if (blocks === undefined || name === undefined) return undefined;
    if (lines?.stray !== undefined) this.#tooDeep(lines.stray);
    const entry = entryOf(block, head, name, this.join(blocks, path));
    if (lines?.stray !== undefined) this.broken.push(entry.key);
    return entry;
  }

  #tooDeep({ start }: Range): void {
    const message =
      "This line is indented deeper than those below it: give all of them the same indentation.";
    const range = { start: start + indentAt(this.#text, start), end: lineEnd(this.#text, start) };
    this.problems.push({ code: "EDDY_YAML_INDENT", message, range, fatal: true });
  }
}

function entryOf(block: Range, head: string, name: string, value: SourceMap | undefined): SourceEntry {
  const colon = block.start + head.length - 1;
  const key = { value: name, range: { start: colon - name.length, end: colon } };
  const at = colon + 1;
  return {
    key,
    value: value ?? {
      kind: "scalar",
      text: "",
      style: "plain",
      value: null,
      range: { start: at, end: at },
      runs: [],
    },
  };
}

function shownRange(text: string, range: Range, block: Range): Range {
  const feed = text.indexOf("\n", range.start);
  return { start: range.start, end: Math.min(range.end, block.end, feed === -1 ? text.length : feed) };
}

/** What makes the whole text unreadable, found before anything else looks at it. */
function findUnreadable(text: string): SyntaxProblem | undefined {
  if (text.length > maximumLength) {
    const message = `The file has ${text.length.toLocaleString("en")} characters; a workflow may have ${maximumLength.toLocaleString("en")}. Move data out of it, or parts of it into subflows.`;
    return { code: "EDDY_YAML_TOO_LARGE", message, range: { start: 0, end: 0 }, fatal: true };
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that YAML 1.2 (5.1) excludes.
  const control = /[\0-\x08\x0B\x0C\x0E-\x1F\x7F]|\r(?!\n)/.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    const message = `The character U+${code} cannot stand in a workflow file. Remove it, or write it as an escape in double quotes.`;
    return {
      code: "EDDY_YAML_CHARACTER",
      message,
      range: { start: control.index, end: control.index + 1 },
      fatal: true,
    };
  }
  const conflict = /^(?:<{7} |>{7} |={7}\r?$)/m.exec(text);
  if (conflict !== null) {
    const message =
      "The file has an open merge conflict: keep one side and remove the lines with the markers.";
    return {
      code: "EDDY_MERGE_CONFLICT",
      message,
      range: { start: conflict.index, end: conflict.index + 7 },
      fatal: true,
    };
  }
  return undefined;
}

/** Blocks that were read lately, by their text: after an edit only the blocks it touched are parsed again. */
let recent = new Map<string, BlockSyntax>();
let older = new Map<string, BlockSyntax>();
let recentLength = 0;
const longestKept = 20_000;
const keptLength = 2_000_000;

function readBlock(text: string, block: Range): BlockSyntax {
  const source = text.slice(block.start, block.end);
  return shiftBlock(source.length > longestKept ? readYaml(source) : readKept(source), block.start);
}

function readKept(source: string): BlockSyntax {
  const known = recent.get(source);
  if (known !== undefined) return known;
  const block = older.get(source) ?? readYaml(source);
  recent.set(source, block);
  recentLength += source.length;
  if (recentLength > keptLength) {
    older = recent;
    recent = new Map();
    recentLength = 0;
  }
  return block;
}

function shiftBlock({ value, problems }: BlockSyntax, by: number): BlockSyntax {
  return {
    value: value && shiftValue(value, by),
    problems: problems.map((problem) => shiftProblem(problem, by)),
  };
}

function shiftValue(value: SourceValue, by: number): SourceValue {
  const range = shiftRange(value.range, by);
  switch (value.kind) {
    case "scalar": {
      const runs = value.runs.map((run) => ({ ...run, sourceStart: run.sourceStart + by }));
      return { kind: "scalar", text: value.text, style: value.style, value: value.value, range, runs };
    }
    case "list":
      return { kind: "list", items: value.items.map((item) => shiftValue(item, by)), range };
    case "map": {
      const entries = value.entries.map((entry) => ({
        key: { value: entry.key.value, range: shiftRange(entry.key.range, by) },
        value: shiftValue(entry.value, by),
      }));
      return { kind: "map", entries, range };
    }
  }
}
