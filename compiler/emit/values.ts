import type { ParamDescriptor } from "../../language/catalog.ts";
import { parseDuration, parseSize } from "../../language/index.ts";
import { readLiteral } from "../../language/literals.ts";
import { MappedText, type SourceFile } from "../../language/mapped-text.ts";
import type { Json, SourceScalar, SourceValue } from "../../language/model.ts";
import { readParam } from "../../language/params.ts";
import { templateText } from "./template.ts";

/** What emitting a value needs to know of its surroundings. */
export interface ValueContext {
  readonly file: SourceFile;
  /** The tag of templates that may hold secrets. */
  secretTag(): string;
  /** The name of the constant that holds a connection; for the type where none is named. */
  connection(type: string, name: string | undefined): string;
  /** Whether a function body awaits: the syntax check has found out. */
  isAsync(code: string): boolean;
}

/**
 * What a param is in the emitted code: its value where it has one, else a function. `eager` is for what is evaluated
 * once, when a workflow is made (the params of connections): then templates and expressions are values too.
 */
export interface ValueOptions {
  readonly eager?: boolean;
}

/** An object literal with the params of a node or connection, defaults filled in. */
export function paramsObject(
  descriptors: Readonly<Record<string, ParamDescriptor>>,
  written: ReadonlyMap<string, { readonly value: SourceValue }>,
  context: ValueContext,
  options: ValueOptions = {},
): MappedText {
  const entries = Object.entries(descriptors).flatMap(([name, descriptor]) => {
    const value = paramValue(descriptor, written.get(name)?.value, context, options);
    return value ? [MappedText.of(`${propertyName(name)}: `, value)] : [];
  });
  return braces(entries);
}

/** Undefined where nothing is written and nothing holds by default. */
export function paramValue(
  descriptor: ParamDescriptor,
  source: SourceValue | undefined,
  context: ValueContext,
  options: ValueOptions = {},
): MappedText | undefined {
  if (source) return writtenValue(descriptor, source, context, options);
  switch (descriptor.kind) {
    case "literal": {
      const value = literalDefault(descriptor);
      return value === undefined ? undefined : MappedText.of(JSON.stringify(value));
    }
    case "template":
      if (descriptor.default === undefined) return undefined;
      return lazy(templateText(descriptor.default, tagOf(descriptor, context)), ["msg"], options);
    case "expression":
      if (descriptor.default === undefined) return undefined;
      return lazy(parenthesized(descriptor.default), ["msg", ...(descriptor.scope ?? [])], options);
    case "connection":
      return MappedText.of(context.connection(descriptor.of, undefined));
    default:
      return undefined;
  }
}

/** The value of a literal that is not written. Durations and sizes may stand in a descriptor as in a file. */
export function literalDefault({
  schema,
  default: value,
}: Extract<ParamDescriptor, { kind: "literal" }>): Json | undefined {
  if (typeof value !== "string") return value;
  if (schema.type === "duration") return parseDuration(value) ?? value;
  if (schema.type === "size") return parseSize(value) ?? value;
  return value;
}

function writtenValue(
  descriptor: ParamDescriptor,
  source: SourceValue,
  context: ValueContext,
  options: ValueOptions,
): MappedText | undefined {
  switch (descriptor.kind) {
    case "literal": {
      const { value } = readLiteral(descriptor.schema, source);
      return value === undefined ? undefined : MappedText.of(JSON.stringify(value));
    }
    case "template":
      if (source.kind !== "scalar") return undefined;
      return lazy(templateText(source, tagOf(descriptor, context), context.file), ["msg"], options);
    case "expression": {
      const value = expressionText(source, context.file);
      return lazy(parenthesizedObject(value, source), ["msg", ...(descriptor.scope ?? [])], options);
    }
    case "code":
      return source.kind === "scalar" ? codeFunction(source, context) : undefined;
    case "type":
      return source.kind === "scalar" ? MappedText.of(JSON.stringify(source.text.trim())) : undefined;
    case "connection":
      return source.kind === "scalar"
        ? MappedText.of(context.connection(descriptor.of, source.text.trim()))
        : undefined;
    case "record":
      if (source.kind !== "map") return undefined;
      return braces(
        source.entries.flatMap(({ key, value }) => {
          const inner = paramValue(descriptor.of, value, context, options);
          return inner ? [MappedText.of(`${propertyName(key.value)}: `, inner)] : [];
        }),
      );
    case "list":
      if (source.kind !== "list") return undefined;
      return brackets(
        source.items.flatMap((item) => paramValue(descriptor.of, item, context, options) ?? []),
      );
    case "object":
      if (source.kind !== "map") return undefined;
      return paramsObject(
        descriptor.properties,
        new Map(source.entries.map((entry) => [entry.key.value, entry])),
        context,
        options,
      );
    case "either": {
      const fitting = fittingAlternative(descriptor, source);
      return fitting && paramValue(fitting, source, context, options);
    }
  }
}

/** The alternative that the checks understood the value as. */
export function fittingAlternative(
  { of }: Extract<ParamDescriptor, { kind: "either" }>,
  source: SourceValue,
): ParamDescriptor | undefined {
  return of.find((alternative) => readParam(alternative, source).problems.length === 0);
}

/** A TypeScript expression, in parentheses; a map or list of them as an object or array. */
export function expressionText(source: SourceValue, file: SourceFile): MappedText {
  switch (source.kind) {
    case "scalar":
      return parenthesized(source, file);
    case "list":
      return brackets(source.items.map((item) => expressionText(item, file)));
    case "map":
      return braces(
        source.entries.map(({ key, value }) =>
          MappedText.of(`${propertyName(key.value)}: `, expressionText(value, file)),
        ),
      );
  }
}

function codeFunction(source: SourceScalar, { file, isAsync }: ValueContext): MappedText {
  const head = isAsync(source.text) ? "async (msg, emit) => {\n" : "(msg, emit) => {\n";
  return MappedText.of(head, MappedText.scalar(source, file), "\n}");
}

function lazy(value: MappedText, parameters: readonly string[], { eager }: ValueOptions): MappedText {
  return eager ? value : MappedText.of(`(${parameters.join(", ")}) => `, value);
}

function tagOf({ secrets }: { readonly secrets?: boolean }, { secretTag }: ValueContext): () => string {
  return secrets ? secretTag : () => "";
}

function parenthesized(source: string | SourceScalar, file?: SourceFile): MappedText {
  const text = typeof source === "string" ? source : source.text;
  // A comment at the end must not swallow the parenthesis.
  const end = text.includes("//") || text.includes("\n") ? "\n)" : ")";
  if (typeof source === "string" || !file) return MappedText.of("(", text, end);
  return MappedText.of("(", MappedText.scalar(source, file), end);
}

/** An arrow function's body that is an object needs parentheses, which a scalar has already. */
function parenthesizedObject(value: MappedText, source: SourceValue): MappedText {
  return source.kind === "map" ? MappedText.of("(", value, ")") : value;
}

export function propertyName(name: string): string {
  // `__proto__: x` in a literal sets the prototype, in brackets it is a name like any other.
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function braces(entries: readonly MappedText[]): MappedText {
  return entries.length === 0
    ? MappedText.of("{}")
    : MappedText.of("{ ", MappedText.join(entries, ", "), " }");
}

function brackets(items: readonly MappedText[]): MappedText {
  return MappedText.of("[", MappedText.join(items, ", "), "]");
}
