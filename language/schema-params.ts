import type { ConnectionDescriptor, LiteralSchema, NodeDescriptor, ParamDescriptor } from "./catalog.ts";
import type { Json } from "./model.ts";

/** A part of a JSON Schema (draft-07, which editors of YAML know). */
export type JsonSchema = { readonly [key: string]: Json };

/** Any text: YAML reads some as a number, true or false. */
export const scalar: JsonSchema = { type: ["string", "number", "boolean"] };

/** Where the text counts, whatever YAML makes of it. */
const anyScalar: JsonSchema = { type: ["string", "number", "boolean", "null"] };

export const duration: JsonSchema = { type: "string", pattern: "^\\s*\\d+(\\.\\d+)?(ms|s|m|h|d)\\s*$" };

export const size: JsonSchema = {
  type: "string",
  pattern: "^\\s*\\d+(\\.\\d+)? ?(B|kB|KB|MB|GB|KiB|MiB|GiB)\\s*$",
};

const numeral = "[-+]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][-+]?\\d+)?";

/** What may be written for a param. */
export function paramSchema(descriptor: ParamDescriptor): JsonSchema {
  const { doc, example } = descriptor;
  const preset = "default" in descriptor ? descriptor.default : undefined;
  return {
    ...shapeOf(descriptor),
    ...(doc === "" ? {} : { description: doc }),
    ...(example === undefined ? {} : { examples: [example] }),
    ...(preset === undefined ? {} : { default: preset }),
  };
}

function shapeOf(descriptor: ParamDescriptor): JsonSchema {
  switch (descriptor.kind) {
    case "literal":
      return literalSchema(descriptor.schema);
    case "template":
    case "code":
    case "type":
    case "connection":
      return anyScalar;
    case "expression":
      // A map or list of expressions is one as well, and so are the words null, true and false.
      return {};
    case "record":
      return { type: "object", additionalProperties: paramSchema(descriptor.of) };
    case "list":
      return { type: "array", items: paramSchema(descriptor.of) };
    case "object":
      return closedObject(mapValues(descriptor.properties, paramSchema), requiredOf(descriptor.properties));
    case "either":
      return { anyOf: descriptor.of.map(paramSchema) };
  }
}

/** A literal is read from its text, so that `"5"` in quotes is a number, and `3.1` can be one of several names. */
export function literalSchema(schema: LiteralSchema): JsonSchema {
  switch (schema.type) {
    case "string":
      return schema.pattern === undefined ? scalar : { ...scalar, pattern: schema.pattern };
    case "number":
    case "integer": {
      const { minimum, maximum } = schema;
      return {
        type: [schema.type, "string"],
        pattern: `^\\s*${numeral}\\s*$`,
        ...(minimum === undefined ? {} : { minimum }),
        ...(maximum === undefined ? {} : { maximum }),
      };
    }
    case "boolean":
      return { enum: [true, false, "true", "false"] };
    case "duration":
      return duration;
    case "size":
      return size;
    case "cron":
      return { type: "string", pattern: "^\\s*(\\S+\\s+){4,5}\\S+\\s*$" };
    case "number-or-percent":
      return { type: ["number", "string"], pattern: `^\\s*${numeral}(\\s*%)?\\s*$` };
    case "count-or-duration":
      return { type: ["integer", "string"], minimum: 1, pattern: "^\\s*\\d+((\\.\\d+)?(ms|s|m|h|d))?\\s*$" };
    case "enum":
      return { enum: schema.values.flatMap(asYamlReads) };
    case "list":
      return { type: "array", items: literalSchema(schema.items) };
  }
}

/** `3.1` and `true` are no texts to YAML, but may be names. */
function asYamlReads(value: string): readonly Json[] {
  if (value === "true" || value === "false") return [value, value === "true"];
  return new RegExp(`^${numeral}$`).test(value) ? [value, Number(value)] : [value];
}

export function closedObject(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema {
  return {
    type: "object",
    properties,
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
  };
}

/** Without connections: one that is left out means the only one. */
export function requiredOf(
  params: NodeDescriptor["params"] | ConnectionDescriptor["params"],
): readonly string[] {
  return Object.entries(params).flatMap(([name, param]) =>
    param.required === true && param.kind !== "connection" ? [name] : [],
  );
}

export function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
