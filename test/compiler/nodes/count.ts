import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { ImmediateNode } from "../../../runtime/engine/contract.ts";

/** Immediate, without a template: keeps a count. */
export const descriptor = {
  type: "count",
  title: "Count",
  category: "state",
  icon: "symbol-number",
  summary: "Counts.",
  doc: "Counts.",
  inputs: "single",
  outputs: [{ name: "out", doc: "" }],
  timing: "immediate",
  params: {
    into: { kind: "literal", schema: { type: "string" }, doc: "" },
  },
} as const satisfies NodeDescriptor;

const count: ImmediateNode<{ readonly into?: string }> = {
  timing: "immediate",
  create:
    (context, { into }, outputs) =>
    (message) => {
      const payload = Number(context.state.get("count") ?? 0) + 1;
      context.state.set("count", payload);
      if (into !== undefined) context.setState(into, payload);
      outputs.out?.({ ...message, payload });
    },
};

export default count;
