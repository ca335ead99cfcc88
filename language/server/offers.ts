import type { LiteralSchema, ParamDescriptor } from "../catalog.ts";
import { ownProperty } from "../params.ts";
import { reservedParams } from "../reserved-params.ts";
import { type JsonSchema, workflowSchema } from "../schema.ts";
import type { Analysis } from "./analysis.ts";
import { listItem, type PlaceStep } from "./place-flow.ts";

/** What may stand at a place, as the node and connection types and the schema of the file say. */
export type Expected =
  | { readonly kind: "section"; readonly schema: JsonSchema }
  | { readonly kind: "node-ids" }
  | { readonly kind: "node"; readonly id: string }
  | { readonly kind: "node-type"; readonly id: string }
  | { readonly kind: "from"; readonly id: string | undefined; readonly input: string | undefined }
  | { readonly kind: "connection"; readonly name: string }
  | { readonly kind: "connection-type" }
  | { readonly kind: "mention" }
  | { readonly kind: "param"; readonly descriptors: readonly ParamDescriptor[] };

/** What a path leads to. Undefined where nothing is known of it. */
export function expectedAt(analysis: Analysis, path: readonly PlaceStep[]): Expected | undefined {
  const [section, name, key, ...rest] = path;
  if (section === "nodes") return expectedInNodes(analysis, name, key, rest);
  if (section === "connections" && typeof name === "string")
    return expectedInConnection(analysis, name, key, rest);
  if (section === "outputs" && key === "from") return { kind: "from", id: undefined, input: undefined };
  if (section === "groups" && key === "nodes") return { kind: "mention" };
  if (section === "tests" && rest.length === 2 && rest[1] === "node") return { kind: "mention" };
  const schema = schemaAt(fileSchema, path);
  return schema && { kind: "section", schema };
}

function expectedInNodes(
  { parsed, catalog }: Analysis,
  id: PlaceStep | undefined,
  key: PlaceStep | undefined,
  rest: readonly PlaceStep[],
): Expected | undefined {
  if (id === undefined) return { kind: "node-ids" };
  if (typeof id !== "string") return undefined;
  if (key === undefined) return { kind: "node", id };
  if (key === "type") return rest.length === 0 ? { kind: "node-type", id } : undefined;
  if (key === "from") {
    const input = rest.find((step) => typeof step === "string");
    return { kind: "from", id, input };
  }
  if (typeof key !== "string") return undefined;
  const type = parsed.workflow.nodes.get(id)?.type.value ?? "";
  const own = catalog.nodes.get(type)?.params ?? {};
  const descriptor = ownProperty(own, key) ?? ownProperty(reservedParams, key);
  return descriptor && expectedInParam(descriptor, rest);
}

function expectedInConnection(
  { parsed, catalog }: Analysis,
  name: string,
  key: PlaceStep | undefined,
  rest: readonly PlaceStep[],
): Expected | undefined {
  if (key === undefined) return { kind: "connection", name };
  if (key === "type") return { kind: "connection-type" };
  const type = parsed.workflow.connections.get(name)?.type.value ?? "";
  const descriptor =
    typeof key === "string" ? ownProperty(catalog.connections.get(type)?.params ?? {}, key) : undefined;
  return descriptor && expectedInParam(descriptor, rest);
}

function expectedInParam(descriptor: ParamDescriptor, rest: readonly PlaceStep[]): Expected {
  return { kind: "param", descriptors: descriptorsAt(descriptor, rest) };
}

/** What stands at a path inside a param; several where it may be one thing or another. */
function descriptorsAt(descriptor: ParamDescriptor, path: readonly PlaceStep[]): readonly ParamDescriptor[] {
  if (descriptor.kind === "either") return descriptor.of.flatMap((one) => descriptorsAt(one, path));
  const [step, ...rest] = path;
  if (step === undefined) return [descriptor];
  switch (descriptor.kind) {
    case "record":
      return step === listItem ? [] : descriptorsAt(descriptor.of, rest);
    case "list":
      return step === listItem ? descriptorsAt(descriptor.of, rest) : [];
    case "object": {
      const property = typeof step === "string" ? ownProperty(descriptor.properties, step) : undefined;
      return property === undefined ? [] : descriptorsAt(property, rest);
    }
    case "literal":
      return step === listItem && descriptor.schema.type === "list"
        ? [{ kind: "literal", doc: descriptor.doc, schema: descriptor.schema.items }]
        : [];
    case "expression":
      // The leaves of a map or list are expressions themselves.
      return [descriptor];
    case "template":
    case "code":
    case "type":
    case "connection":
      return [];
  }
}

/** The words that a literal can be. */
export function literalWords(schema: LiteralSchema): readonly string[] {
  switch (schema.type) {
    case "enum":
      return schema.values;
    case "boolean":
      return ["true", "false"];
    case "string":
      return schema.examples ?? [];
    default:
      return [];
  }
}

/** The sections of a workflow file that need no catalog. */
const fileSchema = workflowSchema({ nodes: new Map(), connections: new Map() });

function schemaAt(schema: JsonSchema, path: readonly PlaceStep[]): JsonSchema | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  for (const alternative of alternatives(schema)) {
    const next = step === listItem ? memberOf(alternative, "items") : propertyOf(alternative, step);
    const found = next && schemaAt(next, rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The schema itself and those of its `anyOf`. */
export function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const { anyOf } = schema;
  return [schema, ...(Array.isArray(anyOf) ? anyOf.filter(isSchema) : [])];
}

function propertyOf(schema: JsonSchema, key: string): JsonSchema | undefined {
  const properties = memberOf(schema, "properties");
  return (properties && memberOf(properties, key)) ?? memberOf(schema, "additionalProperties");
}

export function memberOf(schema: JsonSchema, key: string): JsonSchema | undefined {
  const member: unknown = ownProperty(schema, key);
  return isSchema(member) ? member : undefined;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
