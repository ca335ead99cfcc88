import type { ConnectionDescriptor } from "../../../language/catalog.ts";

export const connection = {
  type: "mqtt",
  title: "MQTT broker",
  doc: "A broker that messages are received from and sent to.",
  params: {
    url: {
      kind: "template",
      required: true,
      doc: "mqtt://host:1883, or mqtts:// for TLS; ws:// and wss:// too.",
      example: "mqtts://broker.local:8883",
    },
    username: { kind: "template", doc: "The user name.", secrets: true },
    password: {
      kind: "template",
      doc: "The password, from a secret.",
      secrets: true,
      example: "${secrets.MQTT_PASSWORD}",
    },
    "client-id": {
      kind: "template",
      doc: "The client id. Default: made of device and workflow.",
      advanced: true,
    },
    ca: {
      kind: "template",
      doc: "The certificate authority's certificate: a path, or PEM text.",
      advanced: true,
    },
    certificate: { kind: "template", doc: "The client certificate: a path, or PEM text.", advanced: true },
    key: { kind: "template", doc: "The client certificate's key.", secrets: true, advanced: true },
    insecure: {
      kind: "literal",
      schema: { type: "boolean" },
      doc: "Trusts a broker whose certificate nobody vouches for.",
      advanced: true,
    },
    keepalive: {
      kind: "literal",
      schema: { type: "duration" },
      doc: "How long the connection may be silent. Default: 1m.",
      advanced: true,
    },
    version: {
      kind: "literal",
      schema: { type: "enum", values: ["5", "3.1.1"] },
      doc: "The version of MQTT. Default: 5.",
      advanced: true,
    },
  },
  default: { url: "mqtt://127.0.0.1:1883" },
} as const satisfies ConnectionDescriptor;
