import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode, Secret } from "../engine/contract.ts";
import { reveal } from "../engine/secrets.ts";
import { toBytesOrText } from "./support/formats.ts";

export const descriptor = {
  type: "http-response",
  title: "HTTP Response",
  category: "output",
  icon: "reply",
  summary: "Answers the request that an http-in node received.",
  doc: `Data is sent as JSON, text as text. A second answer to one request is an error.

\`\`\`yaml
answer:
  type: http-response
  from: order
  status: 201
  payload: ({ id: msg.source.params.id })
\`\`\``,
  inputs: "single",
  outputs: [],
  timing: "immediate",
  params: {
    status: {
      kind: "either",
      of: [
        {
          kind: "literal",
          schema: { type: "integer", minimum: 100, maximum: 599 },
          default: 200,
          doc: "A status code.",
        },
        { kind: "expression", returns: "number", doc: "An expression." },
      ],
      doc: "The status code, or an expression that gives it. Default: 200.",
      example: "201",
    },
    payload: { kind: "expression", default: "msg.payload", doc: "The body." },
    headers: {
      kind: "record",
      of: { kind: "template", doc: "The header's value.", secrets: true },
      doc: "Further headers.",
      example: '{ cache-control: "no-store" }',
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function httpResponse<M extends Message>(
  from: M,
  params: { status?: number | ((msg: M) => number); payload?: (msg: M) => unknown; headers?: Record<string, (msg: M) => string> },
): {};`;

interface Params {
  readonly status?: number | Expression;
  readonly payload: Expression;
  readonly headers?: Readonly<Record<string, Expression<string | Secret>>>;
}

const httpResponse: ImmediateNode<Params> = {
  timing: "immediate",
  create(context, { status = 200, payload, headers = {} }) {
    return (message) => {
      const request = message.source?.request;
      if (typeof request !== "string")
        throw new TypeError("This message does not come from an http-in node: there is nobody to answer.");
      const value = payload(message);
      const own = Object.entries(headers).map(([name, text]) => [name.toLowerCase(), reveal(text(message))]);
      const open = context.host.respond(request, {
        status: typeof status === "number" ? status : Number(status(message)),
        headers: { "content-type": contentType(value), ...Object.fromEntries(own) },
        body: value === undefined || value === null ? "" : toBytesOrText(value),
      });
      if (!open) throw new Error("The request was answered already, or its caller has gone.");
    };
  },
};

export default httpResponse;

function contentType(value: unknown): string {
  if (value instanceof Uint8Array) return "application/octet-stream";
  return typeof value === "string" ? "text/plain; charset=utf-8" : "application/json";
}
