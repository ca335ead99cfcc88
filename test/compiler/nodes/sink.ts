import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { AsynchronousNode, Expression, MqttConnection } from "../../../runtime/engine/contract.ts";

/** Publishes the payload as JSON. */
export const descriptor = {
  type: "sink",
  title: "Sink",
  category: "output",
  icon: "arrow-right",
  summary: "Where messages end.",
  doc: "Where messages end.",
  inputs: "single",
  outputs: [],
  timing: "asynchronous",
  capabilities: ["network"],
  params: {
    topic: { kind: "template", doc: "", default: "out" },
    payload: { kind: "expression", doc: "", default: "msg.payload" },
    connection: { kind: "connection", of: "mqtt", doc: "" },
  },
} as const satisfies NodeDescriptor;

interface Params {
  readonly topic: Expression<string>;
  readonly payload: Expression;
  readonly connection: MqttConnection;
}

const sink: AsynchronousNode<Params> = {
  timing: "asynchronous",
  create: (_, { topic, payload, connection }) => ({
    receive: (message) =>
      connection.publish(topic(message), JSON.stringify(payload(message)), {
        qos: 1,
        retain: false,
        buffer: "memory",
      }),
  }),
};

export default sink;
