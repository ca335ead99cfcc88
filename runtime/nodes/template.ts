import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode, InlineTemplate } from "../engine/contract.ts";
import { withPayload } from "./support/messages.ts";

export const descriptor = {
  type: "template",
  title: "Template",
  category: "transform",
  icon: "symbol-string",
  summary: "Makes a text with values in it.",
  doc: `\`\${…}\` holds TypeScript expressions over \`msg\`.

\`\`\`yaml
line:
  type: template
  from: reading
  text: "\${msg.topic}: \${msg.payload.celsius} °C"
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "The message with the text as its payload." }],
  timing: "immediate",
  params: {
    text: {
      kind: "template",
      required: true,
      doc: "The text.",
      example: "${msg.topic} is at ${msg.payload} °C",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function template<M extends Message>(
  from: M,
  params: { text: (msg: M) => string },
): { out: WithPayload<M, string> };`;

export const inline: InlineTemplate = (text) => {
  const payload = text.param("text");
  return payload === undefined ? undefined : text.emit("out", text.message({ payload }));
};

const template: ImmediateNode<{ readonly text: Expression<string> }> = {
  timing: "immediate",
  create:
    (_, { text }, outputs) =>
    (message) =>
      outputs.out?.(withPayload(message, text(message))),
};

export default template;
