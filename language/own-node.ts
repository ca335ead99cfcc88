import type TypeScript from "typescript";
import type { NodeDescriptor } from "./catalog.ts";
import type { LanguageCode } from "./codes.ts";
import { readDescriptor } from "./descriptor-schema.ts";
import type { Range } from "./model.ts";
import type { Problem } from "./problem.ts";

/** The TypeScript package. Handed in, so that this library works without it. */
export type TypeScriptModule = typeof TypeScript;

/** What a `*.node.ts` says of its node, as far as it could be read. Ranges are into the file's own text. */
export interface OwnNode {
  readonly descriptor: NodeDescriptor | undefined;
  /** The text of the exported `signature`: the node's TypeScript signature. */
  readonly signature: string | undefined;
  readonly problems: readonly Problem[];
}

/** The longest own node that is read, in UTF-16 units: its descriptor and implementation, without what it imports. */
export const maximumNodeLength = 500_000;

/**
 * Reads the descriptor of an own node from the syntax tree of its file. The file is never run: everything in the
 * descriptor has to be written out. Never throws.
 */
export function readOwnNode(text: string, file: string, typescript: TypeScriptModule): OwnNode {
  if (text.length > maximumNodeLength) {
    const message = `The file has ${text.length} characters; an own node may have ${maximumNodeLength}. Move code into files that it imports.`;
    return failed([problem("EDDY_FILE_TOO_LARGE", { start: 0, end: 0 }, message)]);
  }
  try {
    return new OwnNodeReader(text, file, typescript).read();
  } catch (error) {
    // TypeScript's parser recurses, so code that is nested without end exhausts the stack.
    if (!(error instanceof RangeError)) throw error;
    const message = "The code is nested too deeply to be read.";
    return failed([problem("EDDY_OWN_NODE_DESCRIPTOR", { start: 0, end: 0 }, message)]);
  }
}

function failed(problems: readonly Problem[]): OwnNode {
  return { descriptor: undefined, signature: undefined, problems };
}

function problem(code: LanguageCode, range: Range, message: string): Problem {
  return { code, severity: "error", message, range };
}

/** A value that is written out. Wrapped, since the value itself may be anything. */
interface Literal {
  readonly value: unknown;
}

class OwnNodeReader {
  readonly #typescript: TypeScriptModule;
  readonly #source: TypeScript.SourceFile;
  readonly #text: string;
  readonly #problems: Problem[] = [];
  /** Where each part of the descriptor stands, by JSON pointer. */
  readonly #places = new Map<string, Range>();

  constructor(text: string, file: string, typescript: TypeScriptModule) {
    this.#text = text;
    this.#typescript = typescript;
    this.#source = typescript.createSourceFile(file, text, typescript.ScriptTarget.Latest, true);
  }

  read(): OwnNode {
    const broken = this.#syntaxProblem();
    if (broken) return failed([broken]);
    const exported = this.#exportedValues();
    const written = exported.get("descriptor");
    if (!written) {
      const message =
        "There is no descriptor: export it as a constant (export const descriptor = { … } satisfies NodeDescriptor).";
      return failed([problem("EDDY_OWN_NODE_DESCRIPTOR", { start: 0, end: 0 }, message)]);
    }
    if (!this.#hasDefaultExport()) {
      const message = "There is no implementation: export it as default (export default …).";
      this.#problems.push(problem("EDDY_OWN_NODE_IMPLEMENTATION", { start: 0, end: 0 }, message));
    }
    const literal = this.#literal(written, "");
    const signature = this.#signature(exported.get("signature"));
    const descriptor = literal && this.#descriptor(literal.value);
    return { descriptor, signature, problems: this.#problems };
  }

  #syntaxProblem(): Problem | undefined {
    const { diagnostics = [] } = this.#typescript.transpileModule(this.#text, {
      reportDiagnostics: true,
      fileName: this.#source.fileName,
    });
    const first = diagnostics[0];
    if (!first) return undefined;
    const start = first.start ?? 0;
    const text = this.#typescript.flattenDiagnosticMessageText(first.messageText, " ");
    const range = { start, end: start + (first.length ?? 0) };
    return problem("EDDY_OWN_NODE_DESCRIPTOR", range, `The file is not TypeScript that can be read: ${text}`);
  }

  /** The initial values of the constants that the file exports. */
  #exportedValues(): ReadonlyMap<string, TypeScript.Expression> {
    const { SyntaxKind, isVariableStatement } = this.#typescript;
    const values = new Map<string, TypeScript.Expression>();
    for (const statement of this.#source.statements) {
      if (!isVariableStatement(statement)) continue;
      if (!statement.modifiers?.some(({ kind }) => kind === SyntaxKind.ExportKeyword)) continue;
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (initializer) values.set(name.getText(this.#source), initializer);
      }
    }
    return values;
  }

  #hasDefaultExport(): boolean {
    const { SyntaxKind } = this.#typescript;
    return this.#source.statements.some((statement) => {
      if (statement.kind === SyntaxKind.ExportAssignment) return true;
      if (statement.kind === SyntaxKind.ExportDeclaration) {
        return /\bdefault\b/.test(statement.getText(this.#source));
      }
      let isDefault = false;
      this.#typescript.forEachChild(statement, ({ kind }) => {
        if (kind === SyntaxKind.DefaultKeyword) isDefault = true;
      });
      return isDefault;
    });
  }

  #signature(written: TypeScript.Expression | undefined): string | undefined {
    if (!written) return undefined;
    const literal = this.#literal(written, "/signature");
    return typeof literal?.value === "string" ? literal.value : undefined;
  }

  #descriptor(value: unknown): NodeDescriptor | undefined {
    const reading = readDescriptor(value);
    for (const { path, message } of reading.problems) {
      const name = path === "" ? "The descriptor" : path.slice(1).replaceAll("/", ".");
      this.#problems.push(problem("EDDY_OWN_NODE_SHAPE", this.#placeOf(path), `${name} ${message}.`));
    }
    return reading.descriptor;
  }

  #placeOf(path: string): Range {
    const place = this.#places.get(path);
    if (place || path === "") return place ?? { start: 0, end: 0 };
    return this.#placeOf(path.slice(0, path.lastIndexOf("/")));
  }

  /** The value of an expression that is written out; undefined, and a problem, where it is not. */
  #literal(expression: TypeScript.Expression, path: string): Literal | undefined {
    const ts = this.#typescript;
    const node = this.#bare(expression);
    this.#places.set(path, this.#rangeOf(node));
    if (ts.isStringLiteralLike(node)) return { value: node.text };
    if (ts.isNumericLiteral(node)) return { value: Number(node.text) };
    if (ts.isArrayLiteralExpression(node)) return this.#list(node, path);
    if (ts.isObjectLiteralExpression(node)) return this.#object(node, path);
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken) {
      const { operand } = node;
      if (ts.isNumericLiteral(operand)) return { value: -Number(operand.text) };
    }
    if (node.kind === ts.SyntaxKind.TrueKeyword) return { value: true };
    if (node.kind === ts.SyntaxKind.FalseKeyword) return { value: false };
    return node.kind === ts.SyntaxKind.NullKeyword ? { value: null } : this.#notLiteral(node);
  }

  /** Without parentheses, `as const` and `satisfies …`, which say nothing of the value. */
  #bare(expression: TypeScript.Expression): TypeScript.Expression {
    const ts = this.#typescript;
    let node = expression;
    while (
      ts.isParenthesizedExpression(node) ||
      ts.isAsExpression(node) ||
      ts.isSatisfiesExpression(node) ||
      ts.isTypeAssertionExpression(node)
    ) {
      node = node.expression;
    }
    return node;
  }

  #list(node: TypeScript.ArrayLiteralExpression, path: string): Literal | undefined {
    const items = node.elements.map((element, index) => this.#literal(element, `${path}/${index}`));
    const values = items.flatMap((item) => (item ? [item.value] : []));
    return values.length === items.length ? { value: values } : undefined;
  }

  #object(node: TypeScript.ObjectLiteralExpression, path: string): Literal | undefined {
    const ts = this.#typescript;
    const entries: [string, unknown][] = [];
    for (const property of node.properties) {
      if (!ts.isPropertyAssignment(property)) {
        this.#notLiteral(property);
        continue;
      }
      const { name, initializer } = property;
      const isName = ts.isIdentifier(name) || ts.isStringLiteral(name);
      if (!isName || name.text === "__proto__") {
        this.#notLiteral(name);
        continue;
      }
      const literal = this.#literal(initializer, `${path}/${name.text}`);
      if (literal) entries.push([name.text, literal.value]);
    }
    return entries.length === node.properties.length ? { value: Object.fromEntries(entries) } : undefined;
  }

  #notLiteral(node: TypeScript.Node): undefined {
    const range = this.#rangeOf(node);
    const written = this.#text.slice(range.start, range.end).split("\n", 1)[0] ?? "";
    const shown = written.length > 40 ? `${written.slice(0, 37)}…` : written;
    const message = `The descriptor is read without running the file, so it has to be written out: "${shown}" is no literal.`;
    this.#problems.push(problem("EDDY_OWN_NODE_DESCRIPTOR", range, message));
    return undefined;
  }

  #rangeOf(node: TypeScript.Node): Range {
    return { start: node.getStart(this.#source), end: node.getEnd() };
  }
}
