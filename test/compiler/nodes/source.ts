import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { TriggerNode } from "../../../runtime/engine/contract.ts";

/** A message for each one that the broker `source` delivers on the topic; the payload is JSON. */
export const descriptor = {
  type: "source",
  title: "Source",
  category: "trigger",
  icon: "zap",
  summary: "Messages of a test.",
  doc: "Messages that a test delivers.",
  inputs: "none",
  outputs: [{ name: "out", doc: "" }],
  timing: "trigger",
  params: {
    topic: { kind: "literal", schema: { type: "string" }, doc: "", default: "test" },
    connection: { kind: "connection", of: "mqtt", doc: "" },
  },
} as const satisfies NodeDescriptor;

interface Params {
  readonly topic: string;
  readonly connection: import("../../../runtime/engine/contract.ts").MqttConnection;
}

const source: TriggerNode<Params> = {
  timing: "trigger",
  create(context, { topic, connection }, outputs) {
    let subscription: { dispose(): void } | undefined;
    return {
      open() {
        subscription = connection.subscribe(topic, 1, (message) => {
          const payload: unknown = JSON.parse(new TextDecoder().decode(message.payload));
          const one = { id: context.newId(), time: context.clock.now(), topic: message.topic, payload };
          outputs.out?.(one, message.acknowledge);
        });
      },
      close: () => subscription?.dispose(),
      pause: () => context.log("info", "paused"),
      resume: () => context.log("info", "resumed"),
    };
  },
};

export default source;
