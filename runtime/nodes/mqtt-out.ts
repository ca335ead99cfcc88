import type { NodeDescriptor } from "../../language/catalog.ts";
import type { AsynchronousNode, Expression, MqttConnection } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { toBytesOrText } from "./support/formats.ts";
import { show } from "./support/show.ts";

export const descriptor = {
  type: "mqtt-out",
  title: "MQTT Out",
  category: "output",
  icon: "broadcast",
  summary: "Sends messages to an MQTT broker.",
  doc: `\`buffer: outbox\` keeps what cannot be sent on the device's disk until the broker is there, through power cuts too;
\`memory\` keeps it in memory; \`none\` fails instead.

\`\`\`yaml
alert:
  type: mqtt-out
  from: warm
  topic: alerts/\${msg.topic}
\`\`\``,
  inputs: "single",
  outputs: [],
  timing: "asynchronous",
  params: {
    topic: {
      kind: "template",
      default: "${msg.topic}",
      doc: "The topic. Default: that of the message.",
      example: "alerts/${msg.payload.site}",
    },
    payload: {
      kind: "expression",
      default: "msg.payload",
      doc: "Text and bytes go as they are, everything else as JSON.",
    },
    connection: { kind: "connection", of: "mqtt", doc: "The broker." },
    qos: {
      kind: "literal",
      schema: { type: "integer", minimum: 0, maximum: 2 },
      default: 1,
      doc: "Quality of service.",
    },
    retain: {
      kind: "literal",
      schema: { type: "boolean" },
      default: false,
      doc: "The broker keeps it for those who come later.",
    },
    buffer: {
      kind: "literal",
      schema: { type: "enum", values: ["outbox", "memory", "none"] },
      default: "outbox",
      doc: "Where it waits while the broker is away.",
    },
  },
  capabilities: ["network"],
} as const satisfies NodeDescriptor;

export const signature = `declare function mqttOut<M extends Message>(
  from: M,
  params: { topic?: (msg: M) => string; payload?: (msg: M) => unknown },
): {};`;

interface Params {
  readonly topic: Expression<string>;
  readonly payload: Expression;
  readonly connection: MqttConnection;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly buffer: "outbox" | "memory" | "none";
}

const mqttOut: AsynchronousNode<Params> = {
  timing: "asynchronous",
  // As many as a broker is given unconfirmed: one by one, each would wait for the answer to the one before.
  concurrency: 100,
  create: (_, { topic, payload, connection, qos, retain, buffer }) => ({
    receive(message) {
      return connection.publish(topicOf(topic(message)), toBytesOrText(payload(message)), {
        qos,
        retain,
        buffer,
      });
    },
  }),
};

export default mqttOut;

/** MQTT 5, 4.7.3: what may be sent to. `undefined` is what a template makes of a message without a topic. */
function topicOf(name: string): string {
  const bytes = name.length * 3 > longestTopic ? new TextEncoder().encode(name).length : name.length;
  if (
    name !== "" &&
    name !== "undefined" &&
    !/[+#\0]/.test(name) &&
    name.isWellFormed() &&
    bytes <= longestTopic
  )
    return name;
  throw engineError(
    "EDDY_TOPIC",
    `${show(name, 100)} is no topic that can be sent to: it needs a text without +, # and NUL. Set the node's topic.`,
  );
}

/** Bytes: what its length prefix of 16 bits can tell. */
const longestTopic = 65_535;
