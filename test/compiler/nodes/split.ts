import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { Expression, ImmediateNode, InlineTemplate } from "../../../runtime/engine/contract.ts";

export const descriptor = {
  type: "split",
  title: "Split",
  category: "transform",
  icon: "split-horizontal",
  summary: "A message for each item.",
  doc: "A message for each item.",
  inputs: "single",
  outputs: [{ name: "out", doc: "" }],
  timing: "immediate",
  params: { items: { kind: "expression", doc: "", default: "msg.payload" } },
} as const satisfies NodeDescriptor;

export const inline: InlineTemplate = (text) => {
  const item = text.local("item");
  return `for (const ${item} of ${text.param("items")}) {\n  ${text.emit("out", text.message({ payload: item }))}\n}`;
};

const split: ImmediateNode<{ readonly items: Expression<readonly unknown[]> }> = {
  timing: "immediate",
  create:
    (_, { items }, outputs) =>
    (message) => {
      for (const payload of items(message)) outputs.out?.({ ...message, payload });
    },
};

export default split;
