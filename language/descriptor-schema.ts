import Type, { type TSchema } from "typebox";
import { Errors } from "typebox/value";
import { type NodeDescriptor, reservedNodeKeys } from "./catalog.ts";
import { namePattern } from "./parse/reader.ts";

/** What is wrong with a value at a path such as `/params/topic/kind` (a JSON pointer). */
export interface ShapeProblem {
  readonly path: string;
  readonly message: string;
}

export type DescriptorReading =
  | { readonly descriptor: NodeDescriptor; readonly problems: readonly [] }
  | { readonly descriptor: undefined; readonly problems: readonly ShapeProblem[] };

/** Checks that a value that was written by somebody else is a node descriptor. */
export function readDescriptor(value: unknown): DescriptorReading {
  const problems: ShapeProblem[] = [];
  return isDescriptor(value, problems)
    ? { descriptor: value, problems: [] }
    : { descriptor: undefined, problems };
}

function isDescriptor(value: unknown, problems: ShapeProblem[]): value is NodeDescriptor {
  problems.push(...shapeProblems(nodeSchema, value, ""));
  if (problems.length > 0 || !isRecord(value)) return false;
  const params = isRecord(value.params) ? value.params : {};
  for (const [name, param] of Object.entries(params)) {
    const path = `/params/${name}`;
    problems.push(...paramProblems(param, path, 0), ...reservedProblems(name, param, path));
  }
  problems.push(...portProblems(value, params));
  return problems.length === 0;
}

const text = Type.String();
const closed = { additionalProperties: false } as const;
const port = Type.Object(
  { name: Type.String({ pattern: "^[A-Za-z0-9_][A-Za-z0-9_-]*$" }), doc: text },
  closed,
);

function oneOf(...values: readonly string[]): TSchema {
  return Type.Enum([...values]);
}

const nodeSchema = Type.Object(
  {
    type: text,
    title: Type.String({ minLength: 1 }),
    category: oneOf(
      ...["trigger", "logic", "transform", "time", "state", "output", "network", "files", "subflow", "own"],
    ),
    icon: text,
    summary: text,
    doc: text,
    inputs: oneOf("none", "single", "named"),
    inputPorts: Type.Optional(Type.Array(port)),
    outputs: Type.Array(port),
    outputsFrom: Type.Optional(Type.Object({ param: text, mode: oneOf("add", "replace") }, closed)),
    chooses: Type.Optional(Type.Object({ param: text, met: Type.Optional(text), otherwise: text }, closed)),
    timing: oneOf("immediate", "asynchronous", "holding", "trigger"),
    params: Type.Record(text, Type.Unknown()),
    suits: Type.Optional(Type.Array(oneOf("text", "bytes", "number", "boolean", "list", "object"))),
    capabilities: Type.Optional(Type.Array(oneOf("network", "files", "exec", "native"))),
    native: Type.Optional(Type.Array(text)),
    deprecated: Type.Optional(text),
  },
  closed,
);

const paramBase = {
  doc: text,
  required: Type.Optional(Type.Boolean()),
  advanced: Type.Optional(Type.Boolean()),
  example: Type.Optional(text),
  deprecated: Type.Optional(text),
  instead: Type.Optional(text),
};

function param(kind: string, fields: Readonly<Record<string, TSchema>> = {}): TSchema {
  return Type.Object({ kind: Type.Literal(kind), ...paramBase, ...fields }, closed);
}

const paramSchemas: Readonly<Record<string, TSchema>> = {
  literal: param("literal", { schema: Type.Unknown(), default: Type.Optional(Type.Unknown()) }),
  template: param("template", { default: Type.Optional(text), secrets: Type.Optional(Type.Boolean()) }),
  expression: param("expression", {
    default: Type.Optional(text),
    returns: Type.Optional(text),
    scope: Type.Optional(Type.Array(text)),
    secrets: Type.Optional(Type.Boolean()),
  }),
  code: param("code"),
  type: param("type"),
  connection: param("connection", { of: text }),
  record: param("record", { of: Type.Unknown(), keys: Type.Optional(oneOf("state")) }),
  list: param("list", { of: Type.Unknown() }),
  object: param("object", { properties: Type.Record(text, Type.Unknown()) }),
  either: param("either", { of: Type.Array(Type.Unknown(), { minItems: 1 }) }),
};

function literal(type: string, fields: Readonly<Record<string, TSchema>> = {}): TSchema {
  return Type.Object({ type: Type.Literal(type), ...fields }, closed);
}

const bounds = { minimum: Type.Optional(Type.Number()), maximum: Type.Optional(Type.Number()) };

const literalSchemas: Readonly<Record<string, TSchema>> = {
  string: literal("string", {
    pattern: Type.Optional(text),
    examples: Type.Optional(Type.Array(text)),
  }),
  number: literal("number", bounds),
  integer: literal("integer", bounds),
  boolean: literal("boolean"),
  duration: literal("duration", { minimum: Type.Optional(Type.Number()) }),
  size: literal("size"),
  cron: literal("cron"),
  "number-or-percent": literal("number-or-percent"),
  "count-or-duration": literal("count-or-duration"),
  enum: literal("enum", { values: Type.Array(text, { minItems: 1 }) }),
  list: literal("list", { items: Type.Unknown() }),
};

/** Nothing that a person writes is nested more deeply. */
const deepest = 16;

/** By kind, so that a message is about the kind that is meant and not about all of them. */
function paramProblems(value: unknown, path: string, depth: number): readonly ShapeProblem[] {
  if (depth > deepest) return [{ path, message: "is nested too deeply" }];
  const kind = isRecord(value) ? value.kind : undefined;
  const schema = typeof kind === "string" ? ownSchema(paramSchemas, kind) : undefined;
  if (!isRecord(value) || !schema) return [unknownChoice(path, "kind", Object.keys(paramSchemas))];
  const problems = shapeProblems(schema, value, path);
  if (problems.length > 0) return problems;
  switch (kind) {
    case "literal":
      return literalProblems(value.schema, `${path}/schema`, 0);
    case "record":
    case "list":
      return paramProblems(value.of, `${path}/of`, depth + 1);
    case "either":
      return each(value.of, `${path}/of`, (one, place) => paramProblems(one, place, depth + 1));
    case "object":
      return each(value.properties, `${path}/properties`, (one, place) =>
        paramProblems(one, place, depth + 1),
      );
    default:
      return [];
  }
}

function literalProblems(value: unknown, path: string, depth: number): readonly ShapeProblem[] {
  if (depth > deepest) return [{ path, message: "is nested too deeply" }];
  const type = isRecord(value) ? value.type : undefined;
  const schema = typeof type === "string" ? ownSchema(literalSchemas, type) : undefined;
  if (!isRecord(value) || !schema) return [unknownChoice(path, "type", Object.keys(literalSchemas))];
  const problems = shapeProblems(schema, value, path);
  if (problems.length > 0) return problems;
  if (type === "list") return literalProblems(value.items, `${path}/items`, depth + 1);
  if (type === "string" && typeof value.pattern === "string" && !isPattern(value.pattern)) {
    return [{ path: `${path}/pattern`, message: "is no regular expression" }];
  }
  return [];
}

/** Reserved keys that a param may stand for, when it means the same. */
const sharedKeys: Readonly<Record<string, (param: Readonly<Record<string, unknown>>) => boolean>> = {
  output: ({ kind }) => kind === "type",
  timeout: ({ schema }) => isRecord(schema) && schema.type === "duration",
  concurrency: ({ schema }) => isRecord(schema) && schema.type === "integer",
  ordered: ({ schema }) => isRecord(schema) && schema.type === "boolean",
  retry: ({ kind }) => kind === "object",
  queue: ({ kind }) => kind === "object",
};

function reservedProblems(name: string, value: unknown, path: string): readonly ShapeProblem[] {
  const reserved: readonly string[] = reservedNodeKeys;
  if (!namePattern.test(name)) {
    return [{ path, message: "has to be named with letters, digits, _ and -, a letter first" }];
  }
  if (!reserved.includes(name)) return [];
  const isSame = Object.hasOwn(sharedKeys, name) ? sharedKeys[name] : undefined;
  if (isSame && isRecord(value) && isSame(value)) return [];
  return [{ path, message: `cannot be called "${name}", which is a key of every node` }];
}

function portProblems(
  value: Readonly<Record<string, unknown>>,
  params: Readonly<Record<string, unknown>>,
): readonly ShapeProblem[] {
  const seen = new Set<string>();
  const ports = each(value.outputs, "/outputs", (one, path) => {
    const name = isRecord(one) && typeof one.name === "string" ? one.name : "";
    const taken = name === "error" || seen.has(name);
    seen.add(name);
    const message =
      name === "error"
        ? 'cannot be called "error": every node has this output'
        : `is there twice ("${name}")`;
    return taken ? [{ path, message }] : [];
  });
  const from = isRecord(value.outputsFrom) ? value.outputsFrom.param : undefined;
  const unknown = typeof from === "string" && !Object.hasOwn(params, from);
  const missing = { path: "/outputsFrom/param", message: `names no param: there is no "${from}"` };
  const trigger = value.inputs === "none" && value.timing !== "trigger";
  const notTrigger = value.inputs !== "none" && value.timing === "trigger";
  const timing = { path: "/timing", message: 'is "trigger" for a node without inputs, and for no other' };
  return [...ports, ...(unknown ? [missing] : []), ...(trigger || notTrigger ? [timing] : [])];
}

function shapeProblems(schema: TSchema, value: unknown, base: string): readonly ShapeProblem[] {
  const found = new Map<string, ShapeProblem>();
  for (const { keyword, instancePath, message, params } of Errors(schema, value)) {
    // Said of the key itself too, which is the better place.
    if (keyword === "additionalProperties") continue;
    const path = base + instancePath;
    const text = keyword === "boolean" ? "is not known" : describe(keyword, message, params);
    if (!found.has(path)) found.set(path, { path, message: text });
  }
  return [...found.values()];
}

function describe(keyword: string, message: string, params: object): string {
  if (keyword === "required" && "requiredProperties" in params && Array.isArray(params.requiredProperties)) {
    return `misses ${params.requiredProperties.join(", ")}`;
  }
  if (keyword === "enum" && "allowedValues" in params && Array.isArray(params.allowedValues)) {
    return `has to be one of ${params.allowedValues.join(", ")}`;
  }
  return message.replace(/^must /, "has to ");
}

function unknownChoice(path: string, key: string, known: readonly string[]): ShapeProblem {
  return { path, message: `needs a "${key}" of these: ${known.join(", ")}` };
}

function each(
  value: unknown,
  path: string,
  check: (item: unknown, path: string) => readonly ShapeProblem[],
): readonly ShapeProblem[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => check(item, `${path}/${index}`));
  return isRecord(value) ? Object.entries(value).flatMap(([key, item]) => check(item, `${path}/${key}`)) : [];
}

function ownSchema(schemas: Readonly<Record<string, TSchema>>, key: string): TSchema | undefined {
  return Object.hasOwn(schemas, key) ? schemas[key] : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, "u");
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
