import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Disposable, MqttConnection, MqttMessage, TriggerNode } from "../engine/contract.ts";
import { fromBytes } from "./support/formats.ts";

export const descriptor = {
  type: "mqtt-in",
  title: "MQTT In",
  category: "trigger",
  icon: "radio-tower",
  summary: "Receives messages from an MQTT broker.",
  doc: `The broker is told that a message is done with when all that it caused has ended (QoS 1 and 2). \`auto\` gives data
where the payload is JSON, else text, else bytes.

\`\`\`yaml
fridge:
  type: mqtt-in
  topic: site/+/fridge
  output: Reading
\`\`\``,
  inputs: "none",
  outputs: [{ name: "out", doc: "One message each, with its topic." }],
  timing: "trigger",
  params: {
    topic: {
      kind: "literal",
      schema: { type: "string", examples: ["site/+/fridge"] },
      required: true,
      doc: "The topic, with + and # as wildcards.",
      example: "site/+/fridge",
    },
    connection: { kind: "connection", of: "mqtt", doc: "The broker." },
    qos: {
      kind: "literal",
      schema: { type: "integer", minimum: 0, maximum: 2 },
      default: 1,
      doc: "Quality of service.",
    },
    format: {
      kind: "literal",
      schema: { type: "enum", values: ["auto", "json", "text", "binary"] },
      default: "auto",
      doc: "What the payload is.",
    },
  },
  capabilities: ["network"],
} as const satisfies NodeDescriptor;

export const signature = `declare function mqttIn<F extends string = "auto", P = F extends "text" ? string : F extends "binary" ? Uint8Array : any>(
  params: { format?: F; output?: P },
): { out: Message<P> & { readonly topic: string } };`;

interface Params {
  readonly topic: string;
  readonly connection: MqttConnection;
  readonly qos: 0 | 1 | 2;
  readonly format: "auto" | "json" | "text" | "binary";
}

/** Messages of QoS 0 that wait while the workflow can take no more. */
const mostWaiting = 1_000;

const mqttIn: TriggerNode<Params> = {
  timing: "trigger",
  create(context, { topic, connection, qos, format }, outputs) {
    let subscription: Disposable | undefined;
    let paused = false;
    let dropped = 0;
    const waiting: MqttMessage[] = [];
    const receive = (message: MqttMessage) => {
      let payload: unknown;
      try {
        payload = fromBytes(message.payload, format);
      } catch (error) {
        // It will not be better the next time: it goes to the error route and is not sent again.
        context.fail(error, toMessage(message, message.payload));
        message.acknowledge();
        return;
      }
      outputs.out?.(toMessage(message, payload), () => message.acknowledge());
    };
    const toMessage = (message: MqttMessage, payload: unknown) => ({
      id: context.newId(),
      time: context.clock.now(),
      topic: message.topic,
      payload,
      source: { ...message.properties, qos: message.qos, retain: message.retain },
    });
    return {
      open() {
        subscription = connection.subscribe(topic, qos, (message) => {
          if (!paused) receive(message);
          else if (waiting.length < mostWaiting || message.qos > 0) waiting.push(message);
          // The broker holds back what it wants acknowledged; of the others, nobody expects that all arrive.
          else if (dropped++ === 0)
            context.log("warn", "Messages of QoS 0 are left out: the workflow is too busy.");
        });
      },
      close: () => subscription?.dispose(),
      pause() {
        paused = true;
        dropped = 0;
      },
      resume() {
        paused = false;
        while (!paused && waiting.length > 0) {
          const message = waiting.shift();
          if (message) receive(message);
        }
      },
    };
  },
};

export default mqttIn;
