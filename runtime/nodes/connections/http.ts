import type { ConnectionDescriptor } from "../../../language/catalog.ts";

export const connection = {
  type: "http",
  title: "HTTP server",
  doc: "Where the device listens for requests.",
  params: {
    host: {
      kind: "template",
      doc: "The address to listen on. Default: 127.0.0.1, this device alone.",
      example: "0.0.0.0",
    },
    port: {
      kind: "literal",
      schema: { type: "integer", minimum: 0, maximum: 65535 },
      doc: "The port. Default: 8080.",
    },
    certificate: {
      kind: "template",
      doc: "Turns on TLS: the path of a certificate, or PEM text.",
      advanced: true,
    },
    key: { kind: "template", doc: "Its key.", secrets: true, advanced: true },
    "body-limit": {
      kind: "literal",
      schema: { type: "size" },
      doc: "The largest body that is taken. Default: 1MB.",
      advanced: true,
    },
    username: {
      kind: "template",
      doc: "Asks for this user (basic authentication).",
      secrets: true,
      advanced: true,
    },
    password: { kind: "template", doc: "And this password.", secrets: true, advanced: true },
    token: { kind: "template", doc: "Asks for this bearer token.", secrets: true, advanced: true },
  },
  default: { host: "127.0.0.1", port: 8080 },
} as const satisfies ConnectionDescriptor;
