import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Disposable, HttpConnection, HttpRequest, TriggerNode } from "../engine/contract.ts";
import { fromBytes, toText } from "./support/formats.ts";
import { withPayload } from "./support/messages.ts";

export const descriptor = {
  type: "http-in",
  title: "HTTP In",
  category: "trigger",
  icon: "globe",
  summary: "Answers HTTP requests.",
  doc: `The body becomes the payload (JSON where it is, else text). \`msg.source\` has \`params\`, \`query\` and \`headers\`.
Answer with \`http-response\`; without one the caller gets 504 after \`timeout\`.

\`\`\`yaml
order:
  type: http-in
  path: /orders/:id
  method: POST
  output: Order
\`\`\``,
  inputs: "none",
  outputs: [{ name: "out", doc: "One message for each request." }],
  timing: "trigger",
  params: {
    path: {
      kind: "literal",
      schema: { type: "string", pattern: "^/" },
      required: true,
      doc: "The path; :name takes one part of it.",
      example: "/orders/:id",
    },
    method: {
      kind: "literal",
      schema: { type: "enum", values: ["GET", "POST", "PUT", "PATCH", "DELETE"] },
      default: "GET",
      doc: "The method.",
    },
    connection: { kind: "connection", of: "http", doc: "Where to listen." },
  },
  capabilities: ["network"],
} as const satisfies NodeDescriptor;

export const signature = `declare function httpIn<P = any>(params: { output?: P }): { out: Message<P> & { readonly topic: string; readonly source: HttpSource } };`;

interface Params {
  readonly path: string;
  readonly method: string;
  readonly connection: HttpConnection;
}

/** How long a request waits for its answer, milliseconds. */
const defaultTimeout = 30_000;

const httpIn: TriggerNode<Params> = {
  timing: "trigger",
  create(context, { path, method, connection }, outputs) {
    let route: Disposable | undefined;
    let paused = false;
    const { host } = context;
    const answer = (request: HttpRequest, status: number, body: string, headers = {}) =>
      host.respond(request.id, { status, headers: { "content-type": "text/plain", ...headers }, body });
    const receive = (request: HttpRequest) => {
      if (paused) {
        answer(request, 503, "Too busy. Try again.\n", { "retry-after": "1" });
        return;
      }
      const message = {
        id: context.newId(),
        time: context.clock.now(),
        topic: request.path,
        payload: undefined,
        source: {
          request: request.id,
          method: request.method,
          params: request.params,
          query: request.query,
          headers: request.headers,
        },
      };
      let payload: unknown;
      try {
        payload = body(request);
      } catch (error) {
        answer(request, 400, "The body cannot be read as what its content-type says.\n");
        context.fail(error, message);
        return;
      }
      outputs.out?.(withPayload(message, payload));
    };
    return {
      open() {
        route = connection.route(method, path, context.settings.timeout ?? defaultTimeout, receive);
      },
      close: () => route?.dispose(),
      pause() {
        paused = true;
      },
      resume() {
        paused = false;
      },
    };
  },
};

export default httpIn;

function body({ body: bytes, headers }: HttpRequest): unknown {
  if (bytes.length === 0) return undefined;
  const type = (headers["content-type"] ?? "").toLowerCase();
  if (/[/+]json\b/.test(type)) return fromBytes(bytes, "json");
  if (/^application\/x-www-form-urlencoded\b/.test(type))
    return Object.fromEntries(new URLSearchParams(toText(bytes)));
  if (type.startsWith("text/")) return toText(bytes);
  return fromBytes(bytes, "auto");
}
