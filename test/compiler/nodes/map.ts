import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { Expression, ImmediateNode, InlineTemplate } from "../../../runtime/engine/contract.ts";

export const descriptor = {
  type: "map",
  title: "Map",
  category: "transform",
  icon: "symbol-field",
  summary: "Another payload.",
  doc: "Makes another payload.",
  inputs: "single",
  outputs: [{ name: "out", doc: "" }],
  timing: "immediate",
  params: {
    payload: { kind: "expression", doc: "", default: "msg.payload" },
    topic: { kind: "template", doc: "" },
  },
} as const satisfies NodeDescriptor;

export const inline: InlineTemplate = (text) => {
  const payload = text.param("payload");
  const topic = text.param("topic");
  return text.emit("out", text.message({ ...(payload ? { payload } : {}), ...(topic ? { topic } : {}) }));
};

const map: ImmediateNode<{ readonly payload: Expression; readonly topic?: Expression<string> }> = {
  timing: "immediate",
  create:
    (_, { payload, topic }, outputs) =>
    (message) =>
      outputs.out?.({
        id: message.id,
        time: message.time,
        topic: topic ? topic(message) : message.topic,
        payload: payload(message),
        source: message.source,
      }),
};

export default map;
