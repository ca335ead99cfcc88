import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { Expression, ImmediateNode, InlineTemplate } from "../../../runtime/engine/contract.ts";

export const descriptor = {
  type: "filter",
  title: "Filter",
  category: "logic",
  icon: "filter",
  summary: "Lets through what fits.",
  doc: "Lets through what fits, with a text that must not get into any artifact: DESCRIPTOR-DOC.",
  inputs: "single",
  outputs: [
    { name: "out", doc: "" },
    { name: "rejected", doc: "" },
  ],
  timing: "immediate",
  params: { when: { kind: "expression", doc: "", required: true } },
} as const satisfies NodeDescriptor;

export const inline: InlineTemplate = (text) =>
  `if (${text.param("when")}) ${text.emit("out", "msg")}\nelse ${text.emit("rejected", "msg")}`;

const filter: ImmediateNode<{ readonly when: Expression }> = {
  timing: "immediate",
  create:
    (_, { when }, outputs) =>
    (message) => {
      if (when(message)) outputs.out?.(message);
      else outputs.rejected?.(message);
    },
};

export default filter;
