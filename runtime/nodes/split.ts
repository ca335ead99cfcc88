import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode, InlineTemplate } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";

export const descriptor = {
  type: "split",
  title: "Split",
  category: "transform",
  icon: "list-flat",
  summary: "Makes one message of every item of a list.",
  doc: `Each item becomes the payload of a message of its own. \`msg.source\` gains \`index\` and \`count\`.

\`\`\`yaml
each:
  type: split
  from: report
  items: msg.payload.readings
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "One message for each item." }],
  timing: "immediate",
  suits: ["list"],
  params: {
    items: {
      kind: "expression",
      returns: "readonly unknown[]",
      default: "msg.payload",
      doc: "The list.",
      example: "msg.payload.readings",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function split<M extends Message, T>(
  from: M,
  params: { items: (msg: M) => readonly T[] },
): { out: { [K in keyof M]: K extends "payload" ? T : K extends "source" ? M[K] & { readonly index: number; readonly count: number } : M[K] } };`;

const noList = {
  code: "EDDY_SPLIT",
  message: "What items gives is no list. Say with items: which list of the message is meant.",
} as const;

export const inline: InlineTemplate = (text) => {
  const items = text.local("items");
  const index = text.local("index");
  const message = `{ id: msg.id, time: msg.time, topic: msg.topic, payload: ${items}[${index}], source: { ...msg.source, index: ${index}, count: ${items}.length } }`;
  return [
    `const ${items} = ${text.param("items")};`,
    `if (!Array.isArray(${items})) throw Object.assign(new Error(${JSON.stringify(noList.message)}), { code: "${noList.code}" });`,
    `for (let ${index} = 0; ${index} < ${items}.length; ${index}++) ${text.emit("out", message)}`,
  ].join("\n");
};

const split: ImmediateNode<{ readonly items: Expression }> = {
  timing: "immediate",
  create:
    (_, { items }, outputs) =>
    (message) => {
      const list = items(message);
      if (!Array.isArray(list)) throw engineError(noList.code, noList.message);
      for (let index = 0; index < list.length; index++) {
        const payload: unknown = list[index];
        const source = { ...message.source, index, count: list.length };
        outputs.out?.({ id: message.id, time: message.time, topic: message.topic, payload, source });
      }
    },
};

export default split;
