import Type from "typebox";
import { Value } from "typebox/value";
import type { CatalogView, NodeView, ToCanvas } from "../protocol.ts";

const text = Type.String();
const position = Type.Object({ x: Type.Number(), y: Type.Number() });
const wire = Type.Object({ input: text, node: text, port: text });

/** Params and descriptors come from the extension's own parser; here only what the canvas relies on is looked at. */
const node = Type.Unsafe<NodeView>(
  Type.Object({
    id: text,
    type: text,
    from: Type.Array(wire),
    params: Type.Record(text, Type.Object({ kind: text })),
    settings: Type.Optional(Type.Record(text, Type.Object({ kind: text }))),
    disabled: Type.Boolean(),
    at: Type.Optional(position),
    inputs: Type.Array(text),
    outputs: Type.Array(text),
  }),
);

const catalog = Type.Unsafe<CatalogView>(
  Type.Object({
    nodes: Type.Array(Type.Object({ type: text, category: text, params: Type.Object({}) })),
    connections: Type.Array(Type.Object({ type: text })),
  }),
);

const workflow = Type.Object({
  id: text,
  name: text,
  nodes: Type.Array(node),
  groups: Type.Array(Type.Object({ id: text, label: text, nodes: Type.Array(text) })),
  notes: Type.Array(Type.Object({ id: text, text, at: position })),
  connections: Type.Array(Type.Object({ name: text, type: text })),
});

const problem = Type.Object({
  code: text,
  severity: Type.Union([Type.Literal("error"), Type.Literal("warning"), Type.Literal("hint")]),
  message: text,
  node: Type.Optional(text),
  wires: Type.Optional(Type.Array(wire)),
  line: Type.Number(),
});

const portType = Type.Object({ payload: text, isUnknown: Type.Boolean(), isNever: Type.Boolean() });

const target = Type.Union([
  Type.Object({ kind: Type.Literal("none") }),
  Type.Object({
    kind: Type.Literal("device"),
    device: text,
    state: text,
    stale: Type.Boolean(),
    rate: Type.Number(),
    reason: Type.Optional(text),
  }),
]);

const value = Type.Object({
  node: text,
  port: text,
  text,
  size: Type.Number(),
  count: Type.Number(),
  time: Type.Number(),
});

/** By the message's type: each is looked at as what it says it is. */
const schemas = {
  snapshot: Type.Object({
    type: Type.Literal("snapshot"),
    protocol: Type.Number(),
    documentVersion: Type.Number(),
    workflow: Type.Optional(workflow),
    broken: Type.Optional(Type.Object({ message: text, line: Type.Number() })),
    readOnly: Type.Optional(text),
    problems: Type.Array(problem),
    types: Type.Record(text, Type.Record(text, portType)),
    catalog,
    target,
    live: Type.Boolean(),
    strings: Type.Record(text, text),
  }),
  values: Type.Object({ type: Type.Literal("values"), values: Type.Array(value) }),
  "edit-result": Type.Object({
    type: Type.Literal("edit-result"),
    request: Type.Number(),
    ok: Type.Boolean(),
    message: Type.Optional(text),
  }),
  answer: Type.Object({
    type: Type.Literal("answer"),
    request: Type.Number(),
    answer: Type.Optional(Type.Object({ kind: text })),
  }),
  preview: Type.Object({
    type: Type.Literal("preview"),
    request: Type.Number(),
    preview: Type.Optional(Type.Object({ kind: text })),
  }),
  reveal: Type.Object({ type: Type.Literal("reveal"), node: text }),
  command: Type.Object({ type: Type.Literal("command"), command: text }),
} as const satisfies Record<ToCanvas["type"], unknown>;

/** A message for the canvas; `failure` where it is one that this version does not understand. */
export function readMessage(data: unknown): { readonly message?: ToCanvas; readonly failure?: string } {
  const type = typeof data === "object" && data !== null && "type" in data ? data.type : undefined;
  // VS Code and its tools post messages of their own into a webview.
  if (!isKnown(type)) return {};
  if (Value.Check(Type.Unsafe<ToCanvas>(schemas[type]), data)) return { message: data };
  return { failure: `The message "${type}" has another shape than expected.` };
}

function isKnown(type: unknown): type is ToCanvas["type"] {
  return typeof type === "string" && Object.hasOwn(schemas, type);
}
