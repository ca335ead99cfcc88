import type { NodeDescriptor, ParamDescriptor } from "../../../language/catalog.ts";
import type { NodeView } from "../../protocol.ts";
import { type Field, field } from "./form.ts";

const none: ParamDescriptor = { kind: "literal", schema: { type: "string" }, doc: "" };

/** What every node may say of itself, whatever its type. */
export function commonFields(node: NodeView, descriptor: NodeDescriptor | undefined): readonly Field[] {
  const { label, notes, output, disabled } = node;
  const named = (name: string, doc: string): Field => field([name], name, { ...none, doc }, undefined, []);
  const fields: readonly Field[] = [
    {
      ...named("label", "The name on the canvas, in place of the id."),
      control: { kind: "text", ...(label === undefined ? {} : { text: label }) },
    },
    {
      ...named("notes", "What a reader should know about this node."),
      control: { kind: "code", language: "text", ...(notes === undefined ? {} : { text: notes }) },
    },
    {
      ...named("output", "The type of the payload that leaves by out."),
      control: { kind: "code", language: "type", ...(output === undefined ? {} : { text: output }) },
    },
    {
      ...named("disabled", "It takes no messages and sends none."),
      default: "false",
      control: { kind: "checkbox", checked: disabled, ...(disabled ? { text: "true" } : {}) },
    },
  ];
  return withoutOwn(fields, descriptor);
}

/** How a node runs: the reserved keys that hold for every type. */
export function settingFields(node: NodeView, descriptor: NodeDescriptor | undefined): readonly Field[] {
  const fields = Object.entries(settings).map(([name, param]) =>
    field([name], name, param, node.settings?.[name], []),
  );
  return withoutOwn(fields, descriptor);
}

const settings: Readonly<Record<string, ParamDescriptor>> = {
  placement: {
    kind: "literal",
    schema: { type: "enum", values: ["auto", "edge", "cloud"] },
    doc: "Where it runs in a workflow that is shared between edge and cloud.",
  },
  timeout: { kind: "literal", schema: { type: "duration" }, doc: "The longest time for one message." },
  retry: {
    kind: "object",
    doc: "What happens when it fails.",
    properties: {
      attempts: { kind: "literal", schema: { type: "integer", minimum: 1 }, doc: "How often it is tried." },
      backoff: { kind: "literal", schema: { type: "duration" }, doc: "The pause before the next attempt." },
    },
  },
  concurrency: {
    kind: "literal",
    schema: { type: "integer", minimum: 1 },
    doc: "How many messages it works on at once.",
  },
  ordered: {
    kind: "literal",
    schema: { type: "boolean" },
    doc: "Messages leave in the order in which they came.",
  },
  queue: {
    kind: "object",
    doc: "Messages that wait for it.",
    properties: {
      limit: { kind: "literal", schema: { type: "integer", minimum: 1 }, doc: "How many may wait." },
      overflow: {
        kind: "literal",
        schema: { type: "enum", values: ["block", "drop-oldest", "drop-newest", "spill"] },
        doc: "What happens to one more.",
      },
    },
  },
};

/** A type may have a param of the same name and meaning, which then stands among its params. */
function withoutOwn(fields: readonly Field[], descriptor: NodeDescriptor | undefined): readonly Field[] {
  return fields.filter(({ label }) => !Object.hasOwn(descriptor?.params ?? {}, label));
}
