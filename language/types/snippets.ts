import type TypeScript from "typescript";
import type { TypeScriptModule } from "../own-node.ts";
import { type PayloadPath, payloadPaths } from "./payload-paths.ts";

export type SnippetKind = "expression" | "code" | "type" | "script";

/** A stretch of a snippet's own text. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** What a piece of an author's TypeScript looks like, read by itself. */
export interface Snippet {
  /** The first thing that is no TypeScript. */
  readonly error?: Stretch & { readonly message: string };
  /** TypeScript would run out of stack over it, so that it never gets to see it. */
  readonly isTooDeep: boolean;
  /** Of a function's body: whether it awaits, what it returns, what it gives to `emit` and for which port. */
  readonly isAsync: boolean;
  readonly returns: readonly Stretch[];
  readonly emits: readonly (Stretch & { readonly port: string | undefined })[];
  /** Of a script: every name that it declares at its top, and those of them that it exports itself. */
  readonly names: readonly string[];
  readonly exported: ReadonlySet<string>;
  /** Of an expression: the places in the payload that it may tell something of, as a condition. */
  readonly paths: readonly PayloadPath[];
}

/** Of brackets, operands and calls inside of each other. Nobody writes a tenth of it. */
const deepest = 250;

/** Snippets that are remembered; a workflow is read again and again with one text changed. */
const mostRemembered = 5_000;

const frames = {
  expression: ["(\n", "\n)"],
  code: ["(async (msg, emit) => {\n", "\n})"],
  type: ["type $ = (\n", "\n);"],
  script: ["", ""],
} as const;

/** Reads snippets, each by itself and once. */
export class SnippetReader {
  readonly #ts: TypeScriptModule;
  readonly #known = new Map<string, Snippet>();

  constructor(typescript: TypeScriptModule) {
    this.#ts = typescript;
  }

  read(kind: SnippetKind, text: string): Snippet {
    const key = `${kind}:${text}`;
    const known = this.#known.get(key);
    if (known) return known;
    if (this.#known.size >= mostRemembered) this.#known.clear();
    const snippet = this.#read(kind, text);
    this.#known.set(key, snippet);
    return snippet;
  }

  /** Whether a snippet can be part of a generated file; `isRaw` leaves in what is half typed. */
  stands(kind: SnippetKind, text: string, isRaw: boolean): boolean {
    const { error, isTooDeep } = this.read(kind, text);
    return !isTooDeep && (isRaw || !error);
  }

  #read(kind: SnippetKind, text: string): Snippet {
    const [before, behind] = frames[kind];
    const none = {
      isTooDeep: false,
      isAsync: false,
      returns: [],
      emits: [],
      names: [],
      exported: new Set<string>(),
      paths: [],
    };
    let file: TypeScript.SourceFile;
    try {
      file = this.#ts.createSourceFile(
        "snippet.ts",
        before + text + behind,
        this.#ts.ScriptTarget.ES2024,
        true,
      );
    } catch (error) {
      // TypeScript's parser recurses.
      if (!(error instanceof RangeError)) throw error;
      return { ...none, isTooDeep: true, error: tooDeep(text) };
    }
    if (this.#depthOf(file) > deepest) return { ...none, isTooDeep: true, error: tooDeep(text) };
    const found =
      parseErrors(file)[0] ?? (this.#isWhole(kind, file) ? undefined : { start: file.text.length });
    const error = found && placed(found.start - before.length, text);
    if (kind === "script") return { ...none, ...this.#namesOf(file), ...(error ? { error } : {}) };
    if (error) return { ...none, error };
    if (kind === "expression" && text.includes("payload"))
      return { ...none, paths: payloadPaths(this.#ts, file) };
    return kind === "code" ? { ...none, ...this.#flowOf(file, before.length) } : none;
  }

  /** Without recursion, as it is asked of texts that recursion does not survive. */
  #depthOf(file: TypeScript.SourceFile): number {
    let depth = 0;
    let level: TypeScript.Node[] = [file];
    for (; level.length > 0 && depth <= deepest; depth++) {
      const below: TypeScript.Node[] = [];
      for (const node of level) this.#ts.forEachChild(node, (child) => void below.push(child));
      level = below;
    }
    return depth;
  }

  /** `1) + (2` would close our bracket and open another. */
  #isWhole(kind: SnippetKind, { statements, text }: TypeScript.SourceFile): boolean {
    const ts = this.#ts;
    const [only, ...more] = statements;
    if (kind === "script") return true;
    if (!only || more.length > 0) return false;
    if (ts.isTypeAliasDeclaration(only))
      return ts.isParenthesizedTypeNode(only.type) && only.type.end === text.length - 1;
    if (!ts.isExpressionStatement(only) || !ts.isParenthesizedExpression(only.expression)) return false;
    const { expression, end } = only.expression;
    if (end !== text.length) return false;
    return kind !== "code" || (ts.isArrowFunction(expression) && expression.end === text.length - 1);
  }

  #flowOf(file: TypeScript.SourceFile, by: number): Pick<Snippet, "isAsync" | "returns" | "emits"> {
    const ts = this.#ts;
    const returns: Stretch[] = [];
    const emits: Snippet["emits"][number][] = [];
    let isAsync = false;
    const stretch = (node: TypeScript.Node): Stretch => ({
      start: node.getStart(file) - by,
      end: node.end - by,
    });
    const visit = (node: TypeScript.Node, isOwn: boolean): void => {
      if (isOwn && ts.isReturnStatement(node) && node.expression) returns.push(stretch(node.expression));
      if (isOwn && (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)))
        isAsync = true;
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "emit") {
        const [message, port] = node.arguments;
        if (message) {
          const name = port === undefined ? undefined : ts.isStringLiteralLike(port) ? port.text : "*";
          emits.push({ ...stretch(message), port: name });
        }
      }
      ts.forEachChild(node, (child) => visit(child, isOwn && !ts.isFunctionLike(node)));
    };
    const body = bodyOf(ts, file);
    if (body) visit(body, true);
    return { isAsync, returns, emits };
  }

  #namesOf(file: TypeScript.SourceFile): Pick<Snippet, "names" | "exported"> {
    const ts = this.#ts;
    const names = new Set<string>();
    const exported = new Set<string>();
    for (const statement of file.statements) {
      const declared = declaredBy(ts, statement);
      const isExported =
        ts.canHaveModifiers(statement) &&
        ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
      for (const name of declared) {
        names.add(name);
        if (isExported) exported.add(name);
      }
    }
    names.delete("");
    return { names: [...names], exported };
  }
}

function bodyOf(ts: TypeScriptModule, file: TypeScript.SourceFile): TypeScript.Node | undefined {
  const [only] = file.statements;
  if (!only || !ts.isExpressionStatement(only) || !ts.isParenthesizedExpression(only.expression))
    return undefined;
  const { expression } = only.expression;
  return ts.isArrowFunction(expression) ? expression.body : undefined;
}

function declaredBy(ts: TypeScriptModule, statement: TypeScript.Statement): readonly string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) => boundBy(ts, name));
  if (ts.isImportDeclaration(statement)) {
    const clause = statement.importClause;
    const bindings = clause?.namedBindings;
    const named = bindings
      ? ts.isNamespaceImport(bindings)
        ? [bindings.name]
        : bindings.elements.map(({ name }) => name)
      : [];
    return [...(clause?.name ? [clause.name] : []), ...named].map(({ text }) => text);
  }
  const isDeclaration =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement) ||
    ts.isModuleDeclaration(statement);
  return isDeclaration && statement.name && ts.isIdentifier(statement.name) ? [statement.name.text] : [];
}

function boundBy(ts: TypeScriptModule, name: TypeScript.BindingName): readonly string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundBy(ts, element.name) : []));
}

/** The parser's own errors, which TypeScript gives out by way of a whole program only. */
function parseErrors(file: TypeScript.SourceFile): readonly { readonly start: number }[] {
  return hasParseErrors(file) ? file.parseDiagnostics : [];
}

function hasParseErrors(
  file: TypeScript.SourceFile,
): file is TypeScript.SourceFile & { readonly parseDiagnostics: readonly { readonly start: number }[] } {
  return "parseDiagnostics" in file && Array.isArray(file.parseDiagnostics);
}

function tooDeep(text: string): NonNullable<Snippet["error"]> {
  return { start: 0, end: text.length, message: "it is nested too deeply" };
}

/** What TypeScript expected instead depends on what we put around the text, so that only what it found is told. */
function placed(at: number, text: string): NonNullable<Snippet["error"]> {
  const end = text.trimEnd().length;
  if (at >= end) {
    const count = (brackets: RegExp) => text.match(brackets)?.length ?? 0;
    const message =
      count(/[)\]}]/g) > count(/[([{]/g)
        ? "a bracket is closed that was never opened"
        : "something is missing at its end";
    return { start: Math.max(0, end - 1), end, message };
  }
  const start = Math.max(0, at);
  const word = /^(?:[\p{ID_Continue}$]+|[^\s])/u.exec(text.slice(start))?.[0] ?? text.charAt(start);
  return { start, end: start + word.length, message: `unexpected "${word}"` };
}
