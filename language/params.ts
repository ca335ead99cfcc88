import type { ParamDescriptor } from "./catalog.ts";
import type { LanguageCode } from "./codes.ts";
import { isEmptyCode, templateParts } from "./expression-text.ts";
import { describeLiteral, readLiteral } from "./literals.ts";
import type { Json, SourceMap, SourceScalar, SourceValue } from "./model.ts";
import type { Checked, Problem, QuickFix } from "./problem.ts";
import { closest, enumerate, shorten, suggestion } from "./similar.ts";
import { sourceRange } from "./source-range.ts";

type Of<Kind extends ParamDescriptor["kind"]> = Extract<ParamDescriptor, { kind: Kind }>;

/** One value of a param that is read as a whole: a literal with its value, or a text with the language it is in. */
export type ParamLeaf =
  | {
      readonly kind: "literal";
      readonly descriptor: Of<"literal">;
      readonly source: SourceValue;
      readonly value: Json;
    }
  | { readonly kind: "template"; readonly descriptor: Of<"template">; readonly source: SourceScalar }
  | { readonly kind: "expression"; readonly descriptor: Of<"expression">; readonly source: SourceScalar }
  | { readonly kind: "code"; readonly descriptor: Of<"code">; readonly source: SourceScalar }
  | { readonly kind: "type"; readonly descriptor: Of<"type">; readonly source: SourceScalar }
  | { readonly kind: "connection"; readonly descriptor: Of<"connection">; readonly source: SourceScalar };

/**
 * Reads a param as its descriptor says: what it is made of, in the order of the file, and what does not fit.
 * The map or list of an expression param has one leaf for each expression in it.
 */
export function readParam(descriptor: ParamDescriptor, source: SourceValue): Checked<readonly ParamLeaf[]> {
  switch (descriptor.kind) {
    case "literal":
      return literal(descriptor, source);
    case "template":
      return source.kind === "scalar" ? template(descriptor, source) : otherShape(descriptor, source);
    case "expression":
      return expression(descriptor, source);
    case "code":
    case "type":
    case "connection":
      return source.kind === "scalar" ? text(descriptor, source) : otherShape(descriptor, source);
    case "record":
      return source.kind === "map" ? record(descriptor, source) : otherShape(descriptor, source);
    case "list":
      return source.kind === "list"
        ? joined(source.items.map((item) => readParam(descriptor.of, item)))
        : otherShape(descriptor, source);
    case "object":
      return source.kind === "map" ? object(descriptor, source) : otherShape(descriptor, source);
    case "either":
      return either(descriptor, source);
  }
}

/** What a param looks like, for messages. */
export function describeParam(descriptor: ParamDescriptor): string {
  switch (descriptor.kind) {
    case "literal":
      return describeLiteral(descriptor.schema);
    case "template":
      return "text, with TypeScript in ${…}";
    case "expression":
      return "a TypeScript expression";
    case "code":
      return "TypeScript code";
    case "type":
      return "a TypeScript type";
    case "connection":
      return "the name of a connection";
    case "record":
      return `names with values, each ${describeParam(descriptor.of)}`;
    case "list":
      return `a list, each item ${describeParam(descriptor.of)}`;
    case "object":
      return `keys of these: ${enumerate(Object.keys(descriptor.properties))}`;
    case "either":
      return descriptor.of.map(describeParam).join(", or ");
  }
}

function literal(descriptor: Of<"literal">, source: SourceValue): Checked<readonly ParamLeaf[]> {
  const { value, problems } = readLiteral(descriptor.schema, source);
  return { value: value === undefined ? [] : [{ kind: "literal", descriptor, source, value }], problems };
}

function template(descriptor: Of<"template">, source: SourceScalar): Checked<readonly ParamLeaf[]> {
  const { expressions, unclosed } = templateParts(source.text);
  if (unclosed !== undefined) {
    const range = sourceRange(source, unclosed, unclosed + 2);
    const message =
      "This ${ has no closing }: add it, or write \\${ where the two characters themselves are meant.";
    return { value: [], problems: [{ code: "EDDY_TEMPLATE", severity: "error", message, range }] };
  }
  const empty = expressions.find(({ start, end }) => isEmptyCode(source.text.slice(start, end)));
  if (empty) {
    const range = sourceRange(source, empty.start - 2, empty.end + 1);
    const message = "There is no expression between ${ and }: write one, or remove the braces.";
    return { value: [], problems: [{ code: "EDDY_EXPRESSION_EMPTY", severity: "error", message, range }] };
  }
  return leaf({ kind: "template", descriptor, source });
}

function expression(descriptor: Of<"expression">, source: SourceValue): Checked<readonly ParamLeaf[]> {
  if (source.kind === "list") return joined(source.items.map((item) => expression(descriptor, item)));
  if (source.kind === "map") return joined(source.entries.map(({ value }) => expression(descriptor, value)));
  if (!isEmptyCode(source.text)) return leaf({ kind: "expression", descriptor, source });
  return wrong("EDDY_EXPRESSION_EMPTY", source, "There is no expression: write one, or remove the key.");
}

function text(
  descriptor: Of<"code" | "type" | "connection">,
  source: SourceScalar,
): Checked<readonly ParamLeaf[]> {
  if (source.text.trim() === "") {
    return wrong("EDDY_LITERAL", source, `There is no value: write ${describeParam(descriptor)}.`);
  }
  switch (descriptor.kind) {
    case "code":
      return leaf({ kind: "code", descriptor, source });
    case "type":
      return leaf({ kind: "type", descriptor, source });
    case "connection":
      return leaf({ kind: "connection", descriptor, source });
  }
}

function record(descriptor: Of<"record">, source: SourceMap): Checked<readonly ParamLeaf[]> {
  return joined(source.entries.map(({ value }) => readParam(descriptor.of, value)));
}

function object(descriptor: Of<"object">, source: SourceMap): Checked<readonly ParamLeaf[]> {
  const known = Object.keys(descriptor.properties);
  const present = new Set(source.entries.map(({ key }) => key.value));
  const parts = source.entries.map(({ key, value }): Checked<readonly ParamLeaf[]> => {
    const property = ownProperty(descriptor.properties, key.value);
    if (property) return readParam(property, value);
    return { value: [], problems: [unknownKey(key, known, present)] };
  });
  const missing = Object.entries(descriptor.properties)
    .filter(([key, property]) => property.required === true && !present.has(key))
    .map(([key, property]): Problem => {
      const message = `"${key}" is missing here: add it, ${describeParam(property)}.`;
      return { code: "EDDY_MISSING_PARAM", severity: "error", message, range: source.range };
    });
  const { value, problems } = joined(parts);
  return { value, problems: [...problems, ...missing] };
}

/** The first alternative that fits; where none does, what is wrong with the one that comes nearest. */
function either(descriptor: Of<"either">, source: SourceValue): Checked<readonly ParamLeaf[]> {
  const [only, ...more] = descriptor.of;
  if (only === undefined) return { value: [], problems: [] };
  if (more.length === 0) return readParam(only, source);
  const attempts = descriptor.of.map((alternative) => ({
    alternative,
    read: readParam(alternative, source),
  }));
  const right = attempts.find(({ read }) => read.problems.length === 0);
  if (right) return right.read;
  const sameShape = attempts.filter(
    ({ read }) =>
      !read.problems.some(({ code, range }) => code === "EDDY_PARAM_KIND" && range === source.range),
  );
  const [nearest, ...others] = sameShape;
  if (nearest !== undefined && (others.length === 0 || source.kind !== "scalar")) return nearest.read;
  const message = `This does not fit here: write ${describeParam(descriptor)}.`;
  return wrong(nearest === undefined ? "EDDY_PARAM_KIND" : "EDDY_LITERAL", source, message);
}

/** A key that is not among those known, with the one that was probably meant. */
export function unknownKey(
  key: { readonly value: string; readonly range: { readonly start: number; readonly end: number } },
  known: readonly string[],
  present: ReadonlySet<string>,
): Problem {
  const guess = closest(
    key.value,
    known.filter((name) => !present.has(name)),
  );
  const message = shorten(`There is no key "${key.value}" here. ${suggestion(guess, known)}`);
  const problem: Problem = { code: "EDDY_UNKNOWN_KEY", severity: "error", message, range: key.range };
  if (guess === undefined) return problem;
  const fix: QuickFix = { title: `Write ${guess}`, edits: [{ range: key.range, newText: guess }] };
  return { ...problem, fixes: [fix] };
}

/** The value of a key that the object itself has: a workflow may name a key `constructor`. */
export function ownProperty<T>(object: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function otherShape(descriptor: ParamDescriptor, source: SourceValue): Checked<readonly ParamLeaf[]> {
  const shape = { scalar: "a single value", list: "a list", map: "a map" }[source.kind];
  return wrong("EDDY_PARAM_KIND", source, `This takes ${describeParam(descriptor)}, not ${shape}.`);
}

function joined(parts: readonly Checked<readonly ParamLeaf[]>[]): Checked<readonly ParamLeaf[]> {
  return {
    value: parts.flatMap(({ value }) => value),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

function leaf(one: ParamLeaf): Checked<readonly ParamLeaf[]> {
  return { value: [one], problems: [] };
}

function wrong(code: LanguageCode, source: SourceValue, message: string): Checked<readonly ParamLeaf[]> {
  return { value: [], problems: [{ code, severity: "error", message, range: source.range }] };
}
