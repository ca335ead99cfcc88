import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode, InlineTemplate } from "../engine/contract.ts";

export const descriptor = {
  type: "filter",
  title: "Filter",
  category: "logic",
  icon: "filter",
  summary: "Lets messages through that meet a condition.",
  doc: `Messages for which \`when\` holds leave by \`out\`, the others by \`rejected\`. Behind it the type is narrowed.

\`\`\`yaml
warm:
  type: filter
  from: fridge
  when: msg.payload.celsius > 8
\`\`\``,
  inputs: "single",
  outputs: [
    { name: "out", doc: "Messages that meet the condition." },
    { name: "rejected", doc: "The others." },
  ],
  chooses: { param: "when", met: "out", otherwise: "rejected" },
  timing: "immediate",
  params: {
    when: {
      kind: "expression",
      returns: "boolean",
      required: true,
      doc: "The condition, over msg.",
      example: "msg.payload.celsius > 8",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function filter<M extends Message, C extends Case<string, unknown>>(
  from: M,
  params: { when: (msg: M) => C },
): { out: WithPayload<M, Extract<C, { k: "out" }>["p"]>; rejected: WithPayload<M, Extract<C, { k: "rejected" }>["p"]> };`;

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
