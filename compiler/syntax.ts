import type { BuildFailure, Message, TransformOptions } from "esbuild";
import { templateParts } from "../language/expression-text.ts";
import { createLineIndex } from "../language/index.ts";
import type { SourceScalar, SourceValue } from "../language/model.ts";
import { type ParamLeaf, readParam } from "../language/params.ts";
import type { Problem } from "../language/problem.ts";
import { sourceRange } from "../language/source-range.ts";
import type { Instance, Program } from "./program.ts";

/** esbuild's `transform`: the parser of the TypeScript that stands in workflows. */
export type Transform = (text: string, options: TransformOptions) => Promise<unknown>;

export interface SyntaxResult {
  /** By the instance in whose file they are. */
  readonly problems: ReadonlyMap<Instance, readonly Problem[]>;
  /** Function bodies that await. */
  readonly asynchronous: ReadonlySet<string>;
}

type SnippetKind = "expression" | "code" | "type" | "script";

interface Snippet {
  readonly kind: SnippetKind;
  readonly source: SourceScalar;
  /** Within the source's text. */
  readonly start: number;
  readonly end: number;
  readonly node?: string;
}

interface Verdict {
  readonly error?: { readonly message: string; readonly start: number; readonly end: number };
  readonly isAsync: boolean;
}

/** Verdicts that are remembered: a workflow is compiled again and again with one text changed. */
const mostRemembered = 5_000;

/** Finds what is no TypeScript in expressions, templates, code, types and scripts, each read by itself. */
export class SyntaxChecker {
  readonly #transform: Transform;
  readonly #verdicts = new Map<string, Promise<Verdict>>();

  constructor(transform: Transform) {
    this.#transform = transform;
  }

  async check({ instances }: Program): Promise<SyntaxResult> {
    const problems = new Map<Instance, readonly Problem[]>();
    const asynchronous = new Set<string>();
    await Promise.all(
      instances.map(async (instance) => {
        const found = await Promise.all(
          snippetsOf(instance).map(async (snippet) => {
            const verdict = await this.#verdict(snippet);
            if (verdict.isAsync) asynchronous.add(snippet.source.text);
            return verdict.error ? [problemOf(snippet, verdict.error)] : [];
          }),
        );
        problems.set(instance, found.flat());
      }),
    );
    return { problems, asynchronous };
  }

  #verdict({ kind, source, start, end }: Snippet): Promise<Verdict> {
    const text = source.text.slice(start, end);
    const key = `${kind}:${text}`;
    const known = this.#verdicts.get(key);
    if (known) return known;
    if (this.#verdicts.size >= mostRemembered) this.#verdicts.clear();
    const verdict = this.#judge(kind, text);
    this.#verdicts.set(key, verdict);
    // What could not be asked is asked again.
    verdict.catch(() => this.#verdicts.delete(key));
    return verdict;
  }

  async #judge(kind: SnippetKind, text: string): Promise<Verdict> {
    const error = await this.#parse(frames[kind], text);
    if (kind !== "code" || !error || !/\bawait\b/.test(text))
      return { isAsync: false, ...(error ? { error } : {}) };
    const asyncError = await this.#parse(frames.asyncCode, text);
    return { isAsync: true, ...(asyncError ? { error: asyncError } : {}) };
  }

  async #parse(frame: readonly string[], text: string): Promise<Verdict["error"]> {
    const framed = frame.join(text);
    try {
      await this.#transform(framed, { loader: "ts", logLevel: "silent", sourcemap: false });
      return undefined;
    } catch (error) {
      const message = isBuildFailure(error) ? error.errors[0] : undefined;
      if (!message) throw error;
      return placed(message, frame, framed, text);
    }
  }
}

/**
 * What is put around a snippet, twice: whatever closes the first frame before its end does not close the second. So
 * `1) + (2` is not taken for an expression, nor `}, () => {` for a function's body.
 */
const frames = {
  expression: ["()=>(\n", "\n);()=>[\n", "\n];"],
  code: ["[(msg, emit) => {\n", "\n}];function f(msg, emit) {if (1) {\n", "\n} else;}"],
  asyncCode: ["[async (msg, emit) => {\n", "\n}];async function f(msg, emit) {if (1) {\n", "\n} else;}"],
  type: ["type A = (\n", "\n);type B = [\n", "\n];"],
  script: ["", ""],
} as const satisfies Record<SnippetKind | "asyncCode", readonly string[]>;

/** Everything written in TypeScript, of nodes that are compiled. */
function snippetsOf({ workflow, catalog }: Instance): readonly Snippet[] {
  const snippets: Snippet[] = [];
  if (workflow.script) snippets.push(whole("script", workflow.script));
  for (const { type, params } of workflow.connections.values()) {
    const descriptors = catalog.connections.get(type.value)?.params;
    snippets.push(...ofParams(descriptors, params));
  }
  for (const node of workflow.nodes.values()) {
    if (node.disabled) continue;
    const descriptors = catalog.nodes.get(node.type.value)?.params;
    const own = ofParams(descriptors, node.params);
    const output = node.output ? [whole("type", node.output)] : [];
    snippets.push(...[...own, ...output].map((snippet) => ({ ...snippet, node: node.id })));
  }
  return snippets;
}

function ofParams(
  descriptors: Readonly<Record<string, Parameters<typeof readParam>[0]>> | undefined,
  written: ReadonlyMap<string, { readonly value: SourceValue }>,
): readonly Snippet[] {
  return [...written].flatMap(([name, { value }]) => {
    const descriptor = descriptors && Object.hasOwn(descriptors, name) ? descriptors[name] : undefined;
    return descriptor ? readParam(descriptor, value).value.flatMap(ofLeaf) : [];
  });
}

function ofLeaf(leaf: ParamLeaf): readonly Snippet[] {
  switch (leaf.kind) {
    case "expression":
    case "code":
    case "type":
      return [whole(leaf.kind, leaf.source)];
    case "template":
      return templateParts(leaf.source.text).expressions.map((part) => ({
        kind: "expression",
        source: leaf.source,
        ...part,
      }));
    default:
      return [];
  }
}

function whole(kind: SnippetKind, source: SourceScalar): Snippet {
  return { kind, source, start: 0, end: source.text.length };
}

function placed(
  { text: said, location }: Message,
  frame: readonly string[],
  framed: string,
  text: string,
): NonNullable<Verdict["error"]> {
  const at = location ? offsetOf(framed, location.line, location.column) : 0;
  const first = frame[0]?.length ?? 0;
  const second = first + text.length + (frame[1]?.length ?? 0);
  const within = at >= second && frame.length > 2 ? at - second : at - first;
  if (within >= text.trimEnd().length || /end of file/.test(said)) {
    const end = text.trimEnd().length;
    return { message: atEnd(text), start: Math.max(0, end - 1), end };
  }
  const start = Math.max(0, within);
  const length = Math.max(1, location?.length ?? 1);
  return { message: sentence(said), start, end: Math.min(text.length, start + length) };
}

/** The text ended too late or too early for what is around it. Brackets in strings count too: this is about words. */
function atEnd(text: string): string {
  const count = (brackets: RegExp) => text.match(brackets)?.length ?? 0;
  return count(/[)\]}]/g) > count(/[([{]/g)
    ? "a bracket is closed that was never opened"
    : "something is missing at its end";
}

/** What the parser expected instead depends on what we put around the text, so that only what it found is told. */
function sentence(said: string): string {
  const found = /(?:but found|^Unexpected) (.+)$/.exec(said)?.[1];
  return found ? `unexpected ${found}` : `${said.charAt(0).toLowerCase()}${said.slice(1)}`;
}

/** `column` counts bytes of UTF-8. */
export function offsetOf(text: string, line: number, column: number): number {
  const index = createLineIndex(text);
  const start = index.offsetAt({ line: line - 1, character: 0 });
  const bytes = Buffer.from(text.slice(start, start + column)).subarray(0, column);
  return start + bytes.toString().length;
}

const names: Record<SnippetKind, string> = {
  expression: "a TypeScript expression",
  code: "TypeScript code",
  type: "a TypeScript type",
  script: "TypeScript",
};

function problemOf({ kind, source, start, node }: Snippet, error: NonNullable<Verdict["error"]>): Problem {
  return {
    code: "EDDY_SYNTAX",
    severity: "error",
    message: `This is not ${names[kind]}: ${error.message}.`,
    range: sourceRange(source, start + error.start, start + error.end),
    ...(node === undefined ? {} : { node }),
  };
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
