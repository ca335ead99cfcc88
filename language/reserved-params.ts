import type { LiteralSchema, ParamDescriptor, reservedNodeKeys } from "./catalog.ts";

type Key = Exclude<(typeof reservedNodeKeys)[number], "type" | "from" | "at">;

/** The keys that every node may have beside its wires and its place, described as the params of its type are. */
export const reservedParams: Readonly<Record<Key, ParamDescriptor>> = {
  output: { kind: "type", doc: "The TypeScript type of the payload that leaves by out." },
  label: literal({ type: "string" }, "The name that the canvas shows instead of the id."),
  notes: literal({ type: "string" }, "What others should know about the node."),
  disabled: literal({ type: "boolean" }, "A disabled node is left out of what runs."),
  placement: literal({ type: "enum", values: ["edge", "cloud", "auto"] }, "Where the node runs."),
  timeout: literal({ type: "duration" }, "How long one message may take."),
  retry: {
    kind: "object",
    doc: "How often the node tries again where it fails, and how long it waits before the first time.",
    properties: {
      attempts: literal({ type: "integer", minimum: 1 }, "How often it tries in all."),
      backoff: literal({ type: "duration" }, "How long it waits before the second try; then twice as long."),
    },
  },
  concurrency: literal({ type: "integer", minimum: 1 }, "How many messages the node handles at a time."),
  ordered: literal({ type: "boolean" }, "Messages leave in the order in which they came."),
  queue: {
    kind: "object",
    doc: "How many messages may wait in front of the node, and what becomes of those beyond.",
    properties: {
      limit: literal({ type: "integer", minimum: 1 }, "How many messages may wait."),
      overflow: literal(
        { type: "enum", values: ["block", "drop-oldest", "drop-newest", "spill"] },
        "What becomes of a message that finds the queue full.",
      ),
    },
  },
};

function literal(schema: LiteralSchema, doc: string): ParamDescriptor {
  return { kind: "literal", schema, doc };
}
