import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode, InlineTemplate } from "../engine/contract.ts";
import { withPayload } from "./support/messages.ts";

export const descriptor = {
  type: "map",
  title: "Map",
  category: "transform",
  icon: "symbol-operator",
  summary: "Makes another payload, and another topic where wanted.",
  doc: `The message goes on with what \`payload\` says. Id, source and (unless \`topic\` is given) topic are carried on.

\`\`\`yaml
fahrenheit:
  type: map
  from: fridge
  payload: msg.payload.celsius * 1.8 + 32
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "The message with the new payload." }],
  timing: "immediate",
  params: {
    payload: {
      kind: "expression",
      default: "msg.payload",
      doc: "The new payload.",
      example: "msg.payload.celsius * 1.8 + 32",
    },
    topic: { kind: "template", doc: "The new topic.", example: "site/${msg.payload.site}" },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function map<M extends Message, P, T = M["topic"]>(
  from: M,
  params: { payload: (msg: M) => P; topic?: (msg: M) => T },
): { out: { [K in keyof M]: K extends "payload" ? P : K extends "topic" ? T : M[K] } };`;

export const inline: InlineTemplate = (text) => {
  const payload = text.param("payload");
  const topic = text.param("topic");
  const change = { ...(payload === undefined ? {} : { payload }), ...(topic === undefined ? {} : { topic }) };
  return text.emit("out", text.message(change));
};

const map: ImmediateNode<{ readonly payload: Expression; readonly topic?: Expression<string> }> = {
  timing: "immediate",
  create:
    (_, { payload, topic }, outputs) =>
    (message) => {
      // In the order of a message's members, as where the message is written out: where both throw, the topic's error leaves.
      const newTopic = topic ? topic(message) : message.topic;
      outputs.out?.(withPayload(message, payload(message), newTopic));
    },
};

export default map;
