import type { Catalog, ConnectionDescriptor, NodeDescriptor } from "./catalog.ts";
import { formatVersion } from "./parse.ts";
import { reservedParams } from "./reserved-params.ts";
import {
  closedObject,
  duration,
  type JsonSchema,
  mapValues,
  paramSchema,
  requiredOf,
  scalar,
  size,
} from "./schema-params.ts";

export type { JsonSchema } from "./schema-params.ts";

/**
 * A JSON Schema (draft-07) of workflow files, for editors and pipelines that know no more than that. It says of each key
 * where it may stand and what it takes, for the node and connection types of `catalog`. What is right in a workflow is
 * right by the schema; wires, expressions and names are left to `checkWorkflow`.
 */
export function workflowSchema(catalog: Catalog): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Eddy workflow",
    ...closedObject(sections(), ["eddy"]),
    definitions: { ...sharedDefinitions, ...nodeDefinitions(catalog), ...connectionDefinitions(catalog) },
  };
}

const text: JsonSchema = scalar;
const placement: JsonSchema = { enum: ["edge", "cloud", "auto"] };
const primitive: JsonSchema = { type: ["string", "number", "boolean"] };
const point: JsonSchema = { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 };
const name = "^[A-Za-z][A-Za-z0-9_-]*$";
const reference: JsonSchema = {
  type: "string",
  pattern: "^\\s*[A-Za-z][A-Za-z0-9_-]*(\\.[A-Za-z0-9_][A-Za-z0-9_-]*)?\\s*$",
};
const references: JsonSchema = { anyOf: [reference, { type: "array", items: reference }] };
const queue: JsonSchema = closedObject({
  limit: { type: "integer", minimum: 1 },
  overflow: { enum: ["block", "drop-oldest", "drop-newest", "spill"] },
});

const sharedDefinitions: JsonSchema = {
  references,
  inputs: { type: "object", propertyNames: { pattern: name }, additionalProperties: ref("references") },
};

/** A JSON pointer in a URI: types may be paths, with slashes. */
function ref(definition: string): JsonSchema {
  const step = definition.replaceAll("~", "~0").replaceAll("/", "~1");
  return { $ref: `#/definitions/${encodeURIComponent(step)}` };
}

/** Names with what each of them is; a key without value is an empty map. */
function named(value: JsonSchema, description: string): JsonSchema {
  return {
    type: ["object", "null"],
    propertyNames: { pattern: name },
    additionalProperties: value,
    description,
  };
}

function described(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description };
}

function orNothing(schema: JsonSchema): JsonSchema {
  return { ...schema, type: ["object", "null"] };
}

function sections(): Readonly<Record<string, JsonSchema>> {
  return {
    eddy: { const: formatVersion, description: "The version of the file format." },
    id: described(
      text,
      "The identity of the workflow on devices; the name of the file where it is left out.",
    ),
    name: described(text, "The name that people read."),
    description: described(text, "What the workflow is for."),
    settings: settings(),
    script: described(text, "TypeScript that every expression can use: imports, types, functions."),
    ...declarations(),
    connections: named(ref("connection"), "Brokers, servers and databases that nodes talk to."),
    nodes: {
      ...named(ref("node"), "The nodes by their ids."),
      propertyNames: { pattern: name, not: { const: "any" } },
    },
    tests: {
      type: ["array", "null"],
      items: test(),
      description: "What comes in, and what has to come of it.",
    },
    notes: named(closedObject({ text, at: point, size: point }), "Notes on the canvas."),
    groups: named(
      closedObject({ label: text, nodes: { type: "array", items: text }, color: text }),
      "Frames around nodes on the canvas.",
    ),
  };
}

function declarations(): Readonly<Record<string, JsonSchema>> {
  const type = { enum: ["string", "number", "boolean"] };
  const port = closedObject({ type: text, description: text });
  const output = closedObject({ type: text, from: fromAny, description: text });
  const state = closedObject({ type: text, initial: {}, scope: { enum: ["workflow", "device"] } }, [
    "initial",
  ]);
  return {
    env: named(
      orNothing(closedObject({ type, default: primitive, description: text })),
      "Values that each device sets.",
    ),
    secrets: named(
      orNothing(closedObject({ description: text })),
      "Secrets that each device sets. Their values never stand in a file.",
    ),
    state: named(state, "Values that outlive restarts."),
    inputs: named(
      { anyOf: [text, orNothing(port)] },
      "The inputs that the workflow has as a node of another.",
    ),
    outputs: named(
      { anyOf: [text, orNothing(output)] },
      "The outputs that the workflow has as a node of another.",
    ),
    params: named(
      orNothing(
        closedObject({
          type: { enum: ["string", "number", "boolean", "duration"] },
          default: primitive,
          description: text,
        }),
      ),
      "The params that the workflow has as a node of another.",
    ),
  };
}

function settings(): JsonSchema {
  const schema = closedObject({
    timeout: described(duration, "How long one execution may take."),
    timezone: described(text, "The time zone of schedules, such as Europe/Berlin."),
    isolation: { enum: ["shared", "worker", "process"] },
    memory: described(size, "How much memory the workflow may take."),
    queue: orNothing(queue),
    restart: { enum: ["always", "on-failure", "never"] },
    placement,
    types: { enum: ["lenient", "strict"] },
  });
  return described(orNothing(schema), "How the workflow runs.");
}

function test(): JsonSchema {
  const error = { anyOf: [text, closedObject({ code: text, message: text })] };
  const mock = {
    ...closedObject({ node: text, result: {}, error, after: duration }, ["node"]),
    oneOf: [{ required: ["result"] }, { required: ["error"] }],
  };
  const given = closedObject({ at: duration, node: text, message: {} }, ["node"]);
  const expected = closedObject(
    { at: duration, node: text, port: text, payload: {}, message: {}, request: {} },
    ["node"],
  );
  const list = (items: JsonSchema, description: string) => ({
    type: ["array", "null"],
    items,
    description,
  });
  return closedObject({
    name: described(text, "What the test shows."),
    mocks: list(mock, "What nodes get that ask the outside for something."),
    given: list(given, "The messages that come in."),
    expect: list(expected, "What has to come of nodes: all of it, in order."),
  });
}

const fromAny: JsonSchema = { anyOf: [ref("references"), ref("inputs")] };

/** `node` finds the definition of its type; of a type that the catalog does not know it takes any param. */
function nodeDefinitions({ nodes }: Catalog): Readonly<Record<string, JsonSchema>> {
  const types = [...nodes.values()].map(
    ({ type, summary }): JsonSchema => ({ const: type, description: summary }),
  );
  const type = { anyOf: [...types, { type: "string", pattern: "/" }] };
  const cases = [...nodes.values()].map((descriptor) => isOfType(descriptor.type, `node:${descriptor.type}`));
  const common = { type, from: fromAny, at: point, ...mapValues(reservedParams, paramSchema) };
  return {
    node: { type: "object", properties: common, required: ["type"], allOf: cases },
    ...definitions("node", nodes, nodeSchema),
  };
}

function nodeSchema(descriptor: NodeDescriptor): JsonSchema {
  const schema = closedObject(
    {
      type: { const: descriptor.type },
      ...(descriptor.inputs === "none" ? {} : { from: fromAny }),
      at: point,
      ...mapValues(reservedParams, paramSchema),
      ...mapValues(descriptor.params, paramSchema),
    },
    requiredOf(descriptor.params),
  );
  return { title: descriptor.title, description: descriptor.summary, ...schema };
}

function connectionDefinitions({ connections }: Catalog): Readonly<Record<string, JsonSchema>> {
  const types = [...connections.values()].map(({ type, title }): JsonSchema => ({ const: type, title }));
  const cases = [...connections.keys()].map((type) => isOfType(type, `connection:${type}`));
  return {
    connection: {
      type: "object",
      properties: { type: types.length === 0 ? text : { anyOf: types } },
      required: ["type"],
      allOf: cases,
    },
    ...definitions("connection", connections, connectionSchema),
  };
}

function connectionSchema({ type, title, doc, params }: ConnectionDescriptor): JsonSchema {
  const properties = { type: { const: type }, ...mapValues(params, paramSchema) };
  return { title, description: doc, ...closedObject(properties, requiredOf(params)) };
}

function isOfType(type: string, definition: string): JsonSchema {
  return {
    if: { properties: { type: { const: type } }, required: ["type"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: ref(definition),
  };
}

function definitions<T>(
  kind: string,
  descriptors: ReadonlyMap<string, T>,
  schemaOf: (descriptor: T) => JsonSchema,
): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    [...descriptors].map(([type, descriptor]) => [`${kind}:${type}`, schemaOf(descriptor)]),
  );
}
