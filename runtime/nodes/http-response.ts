import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode, Secret } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { reveal } from "../engine/secrets.ts";
import { contentType, toBytesOrText } from "./support/formats.ts";
import { show } from "./support/show.ts";

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
  payload:
    id: msg.source.params.id
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
          schema: { type: "integer", minimum: 200, maximum: 599 },
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
  params: { status?: number | ((msg: M) => number); payload?: (msg: M) => unknown; headers?: Readonly<Record<string, (msg: M) => string | Secret>> },
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
        throw engineError(
          "EDDY_NO_REQUEST",
          "This message does not come from an http-in node: there is nobody to answer.",
        );
      const value = payload(message);
      const own = Object.entries(headers).map(([name, text]) => headerOf(name, reveal(text(message))));
      const open = context.host.respond(request, {
        status: typeof status === "number" ? status : statusOf(status(message)),
        headers: { "content-type": contentType(value), ...Object.fromEntries(own) },
        body: value === undefined || value === null ? "" : toBytesOrText(value),
      });
      if (!open)
        throw engineError("EDDY_NO_REQUEST", "The request was answered already, or its caller has gone.");
    };
  },
};

export default httpResponse;

function statusOf(value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 200 && value <= 599) return value;
  throw engineError(
    "EDDY_HTTP_STATUS",
    `The status is ${show(value, 60)}: it has to be a number from 200 to 599.`,
  );
}

/** RFC 9110, 5.5: no line breaks, so that nobody slips headers of his own in. */
function headerOf(name: string, value: string): readonly [string, string] {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return [name.toLowerCase(), value];
  throw engineError(
    "EDDY_HTTP_HEADER",
    `The value of the header "${name}" has characters that a header cannot have.`,
  );
}
