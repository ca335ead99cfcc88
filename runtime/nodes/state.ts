import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode } from "../engine/contract.ts";
import { plainData } from "./support/stored.ts";

export const descriptor = {
  type: "state",
  title: "Set State",
  category: "state",
  icon: "database",
  summary: "Sets durable values that every expression can read as state.name.",
  doc: `The names are those of the workflow's \`state:\`. All expressions see the values from before; then all are set.

\`\`\`yaml
count:
  type: state
  from: parcel
  set:
    parcels: state.parcels + 1
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "The same message, after the values are set." }],
  timing: "immediate",
  params: {
    set: {
      kind: "record",
      keys: "state",
      of: { kind: "expression", doc: "The new value." },
      required: true,
      doc: "Name of a declared state value and its new value.",
      example: "{ parcels: state.parcels + 1 }",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function state_<M extends Message>(
  from: M,
  params: { set: Readonly<Record<string, (msg: M) => unknown>> },
): { out: M };`;

const state: ImmediateNode<{ readonly set: Readonly<Record<string, Expression>> }> = {
  timing: "immediate",
  create(context, { set }, outputs) {
    const entries = Object.entries(set);
    return (message) => {
      // All or none: what cannot be kept is found out before anything is set.
      const values = entries.map(([name, value]) => [name, plainData(value(message))] as const);
      for (const [name, value] of values) context.setState(name, value);
      outputs.out?.(message);
    };
  },
};

export default state;
