import type TypeScript from "typescript";
import type { TypeScriptModule } from "../own-node.ts";
import type { NodeFile } from "./node-file.ts";
import { withoutFrozen } from "./words.ts";

/** The messages of a port as texts that stand in any file of the workflow. */
export interface PortText {
  readonly payload: string;
  readonly topic: string;
  readonly source: string;
  /** What messages have beside the usual, such as the cause of an error. */
  readonly more: string;
  readonly isAny: boolean;
  readonly isNever: boolean;
  /** It is `any` because of something that is told already. */
  readonly isBroken: boolean;
  /** It is `any` because its type is too long. */
  readonly isLong?: boolean;
}

/** What a port gives, of its payload alone. */
export type PayloadText = Pick<PortText, "payload" | "isAny" | "isNever" | "isLong">;

export const plainTopic = "string | undefined";
export const plainSource = "Readonly<Record<string, unknown>> | undefined";

/** A port with this payload and nothing known beside. */
export function plainPort(payload: string): PortText {
  return {
    payload,
    topic: plainTopic,
    source: plainSource,
    more: "",
    isAny: payload === "any" || payload === "unknown",
    isNever: payload === "never",
    isBroken: false,
  };
}

/** Of a node of which something is wrong that is told elsewhere. */
export const brokenPort: PortText = { ...plainPort("any"), isBroken: true };

/** Of every node. */
export const errorPort: PortText = {
  ...plainPort("$eddy.ErrorPayload"),
  more: `{ readonly cause: $eddy.Msg<any, string | undefined, any> }`,
};

/** Longer ones, such as what a hundred nodes have put around each other, are of no use to anybody. */
export const longestType = 8_000;

const usual: ReadonlySet<string> = new Set(["id", "time", "topic", "payload", "source"]);

/** Reads off a node's checked file what its ports give. */
export class OutputReader {
  readonly #ts: TypeScriptModule;
  readonly #checker: TypeScript.TypeChecker;
  readonly #file: TypeScript.SourceFile;

  constructor(ts: TypeScriptModule, checker: TypeScript.TypeChecker, file: TypeScript.SourceFile) {
    this.#ts = ts;
    this.#checker = checker;
    this.#file = file;
  }

  ports(
    names: readonly string[],
    { declared, emitted, takesOutput }: NodeFile,
  ): ReadonlyMap<string, PortText> {
    const out = this.#typeOf("$out");
    return new Map(
      names.map((name, index) => {
        const port = this.#port(out, name);
        const type = declared.get(name);
        const isSo = !takesOutput || this.#isSame(out, name, type);
        if (type !== undefined && isSo) return [name, { ...port, ...this.#payload(this.#typeOf(type)) }];
        const given = emitted.filter(
          (one) => one.port === "*" || one.port === (index === 0 ? undefined : name) || one.port === name,
        );
        if (given.length === 0) return [name, index > 0 && emitted.length > 0 ? neverPort(port) : port];
        const payloads = given.map(({ start, end }) => this.#emittedAt(start, end));
        return [name, { ...port, ...this.#joined(port, index, payloads) }];
      }),
    );
  }

  /** A port that gives what is declared gives it by the name that the author has for it. */
  #isSame(out: TypeScript.Type | undefined, port: string, type: string | undefined): boolean {
    const declared = type === undefined ? undefined : this.#typeOf(type);
    const message = out && this.#member(out, port);
    const payload = message && this.#member(message, "payload");
    if (!declared || !payload || payload.flags & this.#ts.TypeFlags.Any) return false;
    return (
      this.#checker.isTypeAssignableTo(payload, declared) &&
      this.#checker.isTypeAssignableTo(declared, payload)
    );
  }

  #typeOf(name: string): TypeScript.Type | undefined {
    const ts = this.#ts;
    for (const statement of this.#file.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      const [declaration] = statement.declarationList.declarations;
      if (declaration && ts.isIdentifier(declaration.name) && declaration.name.text === name)
        return this.#checker.getTypeAtLocation(declaration.name);
    }
    return undefined;
  }

  #port(out: TypeScript.Type | undefined, name: string): PortText {
    const property = out && this.#checker.getPropertyOfType(out, name);
    const message = property && this.#checker.getTypeOfSymbol(property);
    if (!message || message.flags & this.#ts.TypeFlags.Any) return plainPort("any");
    if (message.flags & this.#ts.TypeFlags.Never) return plainPort("never");
    const payload = this.#payload(this.#member(message, "payload"));
    const more = this.#checker
      .getPropertiesOfType(message)
      .filter((member) => !usual.has(member.name))
      .map(
        (member) =>
          `readonly ${JSON.stringify(member.name)}: ${this.#print(this.#checker.getTypeOfSymbol(member))}`,
      );
    return {
      ...payload,
      topic: this.#printed(message, "topic", plainTopic),
      source: this.#printed(message, "source", plainSource),
      more: more.length === 0 ? "" : `{ ${more.join("; ")} }`,
      isBroken: false,
    };
  }

  #member(type: TypeScript.Type, name: string): TypeScript.Type | undefined {
    const member = this.#checker.getPropertyOfType(type, name);
    return member && this.#checker.getTypeOfSymbol(member);
  }

  #printed(type: TypeScript.Type, name: string, otherwise: string): string {
    const member = this.#member(type, name);
    return member ? this.#print(member) : otherwise;
  }

  #payload(type: TypeScript.Type | undefined): PayloadText {
    const { Any, Unknown, Never } = this.#ts.TypeFlags;
    if (!type) return { payload: "any", isAny: true, isNever: false };
    const payload = this.#print(type);
    const isAny = (type.flags & (Any | Unknown)) !== 0;
    return {
      payload,
      isAny: isAny || payload === "any",
      isNever: (type.flags & Never) !== 0,
      ...(payload === "any" && !isAny ? { isLong: true } : {}),
    };
  }

  #print(type: TypeScript.Type): string {
    const { NoTruncation, UseFullyQualifiedType, WriteArrowStyleSignature, MultilineObjectLiterals } =
      this.#ts.TypeFormatFlags;
    const text = this.#checker.typeToString(
      type,
      this.#file,
      (NoTruncation | UseFullyQualifiedType | WriteArrowStyleSignature) & ~MultilineObjectLiterals,
    );
    return text.length > longestType ? "any" : withoutFrozen(text);
  }

  #emittedAt(start: number, end: number): PayloadText {
    const node = nodeAt(this.#ts, this.#file, start, end);
    const type = node && this.#checker.getTypeAtLocation(node);
    return this.#payload(type && this.#member(type, "payload"));
  }

  /** What a plain return gives, and what is emitted. */
  #joined(port: PortText, index: number, emitted: readonly PayloadText[]): PayloadText {
    return unionOf(index === 0 ? [port, ...emitted] : emitted);
  }
}

/** One payload out of several. */
export function unionOf(payloads: readonly PayloadText[]): PayloadText {
  const any = payloads.find(({ isAny }) => isAny);
  if (any)
    return { payload: any.payload, isAny: true, isNever: false, ...(any.isLong ? { isLong: true } : {}) };
  const coming = payloads.filter(({ isNever }) => !isNever);
  if (coming.length === 0) return { payload: "never", isAny: false, isNever: true };
  return { payload: unionText(coming.map(({ payload }) => payload)), isAny: false, isNever: false };
}

/** `A | B`, each once. */
export function unionText(types: readonly string[]): string {
  const unique = [...new Set(types)];
  if (unique.length === 1) return unique[0] ?? "any";
  return unique
    .map((type) => (/=>|\?|^(?:keyof|new|typeof|infer)\b/.test(type) ? `(${type})` : type))
    .join(" | ");
}

function neverPort(port: PortText): PortText {
  return { ...port, payload: "never", isAny: false, isNever: true };
}

/** The smallest node of a file with exactly this extent. */
export function nodeAt(
  ts: TypeScriptModule,
  file: TypeScript.SourceFile,
  start: number,
  end: number,
): TypeScript.Node | undefined {
  let found: TypeScript.Node | undefined;
  const visit = (node: TypeScript.Node): void => {
    if (node.pos > start || node.end < end) return;
    if (node.getStart(file) === start && node.end === end) found = node;
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
