import type { LiteralSchema, NodeDescriptor, ParamDescriptor } from "../../../language/catalog.ts";
import type { Json, SourceValue } from "../../../language/model.ts";
import type { NodeView, WorkflowView } from "../../protocol.ts";

export type Path = readonly (string | number)[];

/** One value of a node in the inspector: what may be written, what is, and with which control. */
export interface Field {
  readonly path: Path;
  readonly label: string;
  readonly doc: string;
  readonly required: boolean;
  readonly advanced: boolean;
  readonly example?: string;
  /** What holds where nothing is written, as it would be written. */
  readonly default?: string;
  readonly control: Control;
}

export type Control =
  | { readonly kind: "select"; readonly text?: string; readonly options: readonly string[] }
  | { readonly kind: "checkbox"; readonly text?: string; readonly checked: boolean }
  | { readonly kind: "text"; readonly text?: string; readonly schema?: LiteralSchema }
  | { readonly kind: "code"; readonly text?: string; readonly language: CodeLanguage }
  | { readonly kind: "list"; readonly items: readonly Field[]; readonly next: Field }
  | {
      readonly kind: "record";
      readonly entries: readonly Field[];
      /** The field of an entry that is not there yet; its path ends in "". */
      readonly next: Field;
    }
  | { readonly kind: "object"; readonly properties: readonly Field[] }
  /** Several shapes are possible and none is written yet. */
  | { readonly kind: "choice"; readonly alternatives: readonly Field[] }
  /** Written in a way that has no form: shown as it is, changed in the text. */
  | { readonly kind: "foreign"; readonly text: string };

export type CodeLanguage = "template" | "expression" | "code" | "type" | "text";

type Connections = WorkflowView["connections"];

/** The form of a node's own params: in the order of its type, then what is written beyond it. */
export function paramFields(
  node: NodeView,
  descriptor: NodeDescriptor | undefined,
  connections: Connections,
): readonly Field[] {
  const known = Object.entries(descriptor?.params ?? {}).map(([name, param]) =>
    field([name], name, param, node.params[name] ?? node.settings?.[name], connections),
  );
  const unknown = Object.entries(node.params)
    .filter(([name]) => !descriptor || !Object.hasOwn(descriptor.params, name))
    .map(([name, value]) => field([name], name, unknownParam, value, connections));
  return [...known, ...unknown];
}

const unknownParam: ParamDescriptor = { kind: "expression", doc: "" };

/** The field for what one descriptor describes. */
export function field(
  path: Path,
  label: string,
  descriptor: ParamDescriptor,
  value: SourceValue | undefined,
  connections: Connections,
): Field {
  const preset = defaultText(descriptor);
  return {
    path,
    label,
    doc: descriptor.doc,
    required: descriptor.required === true,
    advanced: descriptor.advanced === true || descriptor.deprecated !== undefined,
    ...(descriptor.example === undefined ? {} : { example: descriptor.example }),
    ...(preset === undefined ? {} : { default: preset }),
    control: control(path, descriptor, value, connections),
  };
}

function control(
  path: Path,
  descriptor: ParamDescriptor,
  value: SourceValue | undefined,
  connections: Connections,
): Control {
  const inner = (step: string | number, of: ParamDescriptor, item: SourceValue | undefined) =>
    field([...path, step], String(step), of, item, connections);
  switch (descriptor.kind) {
    case "literal":
      if (descriptor.schema.type === "list")
        return listControl({ kind: "literal", schema: descriptor.schema.items, doc: "" }, value, inner);
      return literalControl(descriptor.schema, descriptor.default, value);
    case "connection": {
      const names = connections.filter(({ type }) => type === descriptor.of).map(({ name }) => name);
      return scalarControl(value, (text) => ({ kind: "select", ...text, options: names }));
    }
    case "template":
    case "code":
    case "type":
      return scalarControl(value, (text) => ({ kind: "code", ...text, language: descriptor.kind }));
    case "expression":
      if (value?.kind === "list") return listControl(descriptor, value, inner);
      if (value?.kind === "map") return recordControl(descriptor, value, inner);
      return scalarControl(value, (text) => ({ kind: "code", ...text, language: "expression" }));
    case "list":
      return listControl(descriptor.of, value, inner);
    case "record":
      return recordControl(descriptor.of, value, inner);
    case "object":
      return objectControl(descriptor.properties, value, inner);
    case "either":
      return eitherControl(path, descriptor.of, value, connections);
  }
}

type Inner = (step: string | number, of: ParamDescriptor, item: SourceValue | undefined) => Field;

function scalarControl(
  value: SourceValue | undefined,
  make: (text: { readonly text?: string }) => Control,
): Control {
  if (value === undefined) return make({});
  return value.kind === "scalar" ? make({ text: value.text }) : foreign(value);
}

function literalControl(
  schema: LiteralSchema,
  preset: Json | undefined,
  value: SourceValue | undefined,
): Control {
  return scalarControl(value, (text): Control => {
    if (schema.type === "enum") return { kind: "select", ...text, options: schema.values };
    const readable = text.text === undefined || text.text === "true" || text.text === "false";
    if (schema.type === "boolean" && readable)
      return { kind: "checkbox", ...text, checked: (text.text ?? String(preset ?? false)) === "true" };
    return { kind: "text", ...text, schema };
  });
}

function listControl(of: ParamDescriptor, value: SourceValue | undefined, inner: Inner): Control {
  if (value !== undefined && value.kind !== "list") return isNothing(value) ? empty() : foreign(value);
  const items = value?.items ?? [];
  return {
    kind: "list",
    items: items.map((item, index) => inner(index, of, item)),
    next: inner(items.length, of, undefined),
  };
  function empty(): Control {
    return { kind: "list", items: [], next: inner(0, of, undefined) };
  }
}

function recordControl(of: ParamDescriptor, value: SourceValue | undefined, inner: Inner): Control {
  const next = inner("", of, undefined);
  if (value !== undefined && value.kind !== "map")
    return isNothing(value) ? { kind: "record", entries: [], next } : foreign(value);
  const entries = (value?.entries ?? []).map((entry) => inner(entry.key.value, of, entry.value));
  return { kind: "record", entries, next };
}

function objectControl(
  properties: Readonly<Record<string, ParamDescriptor>>,
  value: SourceValue | undefined,
  inner: Inner,
): Control {
  if (value !== undefined && value.kind !== "map" && !isNothing(value)) return foreign(value);
  const written = new Map(
    value?.kind === "map" ? value.entries.map((entry) => [entry.key.value, entry.value]) : [],
  );
  const known = Object.entries(properties).map(([name, of]) => inner(name, of, written.get(name)));
  const unknown = [...written].filter(([name]) => !Object.hasOwn(properties, name));
  return {
    kind: "object",
    properties: [...known, ...unknown.map(([name, item]) => inner(name, unknownParam, item))],
  };
}

/** The alternative that fits the shape of what is written; scalars of every kind are one field of text. */
function eitherControl(
  path: Path,
  alternatives: readonly ParamDescriptor[],
  value: SourceValue | undefined,
  connections: Connections,
): Control {
  const byShape = Map.groupBy(alternatives, shapeOf);
  const scalars = byShape.get("scalar") ?? [];
  const [scalar] = scalars;
  const text = (written: { readonly text?: string }): Control =>
    scalars.length === 1 && scalar
      ? control(path, scalar, value, connections)
      : { kind: "code", ...written, language: languageOf(scalars) };
  if (value?.kind === "scalar" && (scalar || !isNothing(value)))
    return scalar ? text({ text: value.text }) : foreign(value);
  if (value && value.kind !== "scalar") {
    const fitting = byShape.get(value.kind)?.[0] ?? scalars.find(({ kind }) => kind === "expression");
    return fitting ? control(path, fitting, value, connections) : foreign(value);
  }
  const choices = [...byShape].flatMap(([shape, [first]]) => (first ? [{ shape, first }] : []));
  if (choices.length === 1)
    return scalar ? text({}) : control(path, choices[0]?.first ?? unknownParam, undefined, connections);
  return {
    kind: "choice",
    alternatives: choices.map(({ shape, first }) => ({
      ...field(path, shapeNames[shape], first, undefined, connections),
      ...(shape === "scalar" ? { control: text({}) } : {}),
    })),
  };
}

const shapeNames = { scalar: "one value", list: "a list", map: "names with values" } as const;

function shapeOf(descriptor: ParamDescriptor): SourceValue["kind"] {
  switch (descriptor.kind) {
    case "list":
      return "list";
    case "record":
    case "object":
      return "map";
    case "literal":
      return descriptor.schema.type === "list" ? "list" : "scalar";
    default:
      return "scalar";
  }
}

function languageOf(scalars: readonly ParamDescriptor[]): CodeLanguage {
  return scalars.some(({ kind }) => kind === "expression") ? "expression" : "template";
}

/** `key:` with nothing behind it. */
function isNothing(value: SourceValue): boolean {
  return value.kind === "scalar" && value.text === "";
}

function foreign(value: SourceValue): Control {
  return { kind: "foreign", text: sourceOutline(value) };
}

/** A value as text for the eye, whatever its shape. */
function sourceOutline(value: SourceValue, indent = ""): string {
  switch (value.kind) {
    case "scalar":
      return value.text;
    case "list":
      return value.items.map((item) => `\n${indent}- ${sourceOutline(item, `${indent}  `)}`).join("");
    case "map":
      return value.entries
        .map((entry) => `\n${indent}${entry.key.value}: ${sourceOutline(entry.value, `${indent}  `)}`)
        .join("");
  }
}

function defaultText(descriptor: ParamDescriptor): string | undefined {
  if (!("default" in descriptor) || descriptor.default === undefined) return undefined;
  return typeof descriptor.default === "string" ? descriptor.default : JSON.stringify(descriptor.default);
}
