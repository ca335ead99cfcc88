import type { NodeDescriptor } from "../../language/catalog.ts";
import type { AsynchronousNode, Expression, Message, Secret } from "../engine/contract.ts";
import { engineError, messageOf } from "../engine/errors.ts";
import { isSecret, reveal } from "../engine/secrets.ts";
import { contentType, toBytesOrText } from "./support/formats.ts";
import { withPayload } from "./support/messages.ts";

export const descriptor = {
  type: "http-request",
  title: "HTTP Request",
  category: "network",
  icon: "cloud",
  summary: "Calls a web service.",
  doc: `\`payload\` has \`result.body\`, \`result.status\` and \`result.headers\` in scope; left out, the body is the payload. An
answer of 400 and above leaves by \`error\` (code \`EDDY_HTTP_404\`).

\`\`\`yaml
weather:
  type: http-request
  from: hourly
  url: https://api.example/weather?site=\${msg.payload.site}
  retry: { attempts: 3, backoff: 1s }
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "The message with what came back." }],
  timing: "asynchronous",
  params: {
    url: {
      kind: "template",
      required: true,
      secrets: true,
      doc: "The address.",
      example: "https://api.example/items",
    },
    method: {
      kind: "literal",
      schema: { type: "enum", values: ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] },
      default: "GET",
      doc: "The method.",
    },
    headers: {
      kind: "record",
      of: { kind: "template", doc: "The header's value.", secrets: true },
      doc: "Headers.",
      example: '{ authorization: "Bearer ${secrets.TOKEN}" }',
    },
    body: {
      kind: "expression",
      secrets: true,
      doc: "The body: text and bytes as they are, everything else as JSON.",
    },
    payload: {
      kind: "expression",
      scope: ["result"],
      default: "result.body",
      doc: "The payload of the message that goes on.",
      example: "result.body.temperature",
    },
  },
  capabilities: ["network"],
} as const satisfies NodeDescriptor;

export const signature = `declare function httpRequest<M extends Message, B = any, P = B>(
  from: M,
  params: { url: (msg: M) => string | Secret; headers?: Readonly<Record<string, (msg: M) => string | Secret>>; body?: (msg: M) => unknown; payload?: (msg: M, result: HttpResult<B>) => P; output?: B },
): { out: WithPayload<M, P> };`;

interface Result {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Params {
  readonly url: Expression<string | Secret>;
  readonly method: string;
  readonly headers?: Readonly<Record<string, Expression<string | Secret>>>;
  readonly body?: Expression;
  readonly payload: Expression<unknown, [Result]>;
}

/** Bytes of an answer that are taken. */
const largestBody = 16 * 1024 * 1024;

/** The node over a `fetch`: the platform's, or that of a test. */
export function createHttpRequest(ask: (url: URL, request: RequestInit) => Promise<Response>) {
  const node: AsynchronousNode<Params> = {
    timing: "asynchronous",
    create: (_, params) => ({
      async receive(message, outputs, signal) {
        const url = urlOf(reveal(params.url(message)));
        const response = await ask(url, request(params, message, signal)).catch((error: unknown) => {
          throw signal.aborted ? error : unreachable(url, error);
        });
        const result = await read(response);
        if (!response.ok) throw httpError(response, result.body);
        outputs.out?.(withPayload(message, params.payload(message, result)));
      },
    }),
  };
  return node;
}

export default createHttpRequest((url, init) => fetch(url, init));

function request({ method, headers = {}, body }: Params, message: Message, signal: AbortSignal): RequestInit {
  const given = new Headers();
  for (const [name, value] of Object.entries(headers)) given.set(name, reveal(value(message)));
  const value = withoutSecrets(body?.(message));
  if (value === undefined) return { method, headers: given, signal };
  if (!given.has("content-type")) given.set("content-type", contentType(value));
  const content = toBytesOrText(value);
  return {
    method,
    headers: given,
    signal,
    body: typeof content === "string" ? content : new Uint8Array(content),
  };
}

/** The body as it is to be sent: the service is who the secrets in it are for. */
function withoutSecrets(value: unknown): unknown {
  if (isSecret(value)) return value.reveal();
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutSecrets(one)]));
}

async function read(response: Response): Promise<Result> {
  const bytes = await readBounded(response);
  const type = response.headers.get("content-type") ?? "";
  const isText = /^text\/|[/+](json|xml)\b/.test(type);
  const text = () => new TextDecoder().decode(bytes);
  const isJson = /[/+]json\b/.test(type) && bytes.length > 0;
  const body: unknown = isJson ? parsed(text()) : isText ? text() : bytes;
  return { status: response.status, headers: Object.fromEntries(response.headers), body };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw engineError("EDDY_HTTP_BODY", `The answer says that it is JSON, and is not: ${messageOf(error)}`);
  }
}

async function readBounded({ body }: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > largestBody)
      throw engineError("EDDY_HTTP_BODY", `The answer is larger than ${largestBody / 1024 / 1024} MB.`);
    parts.push(part);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function httpError({ status, statusText }: Response, body: unknown): Error {
  const detail =
    typeof body === "string"
      ? body.slice(0, 200)
      : body instanceof Uint8Array
        ? ""
        : JSON.stringify(body).slice(0, 200);
  const text = `The service answered ${status} ${statusText}${detail ? `: ${detail}` : "."}`;
  return engineError(`EDDY_HTTP_${status}`, text);
}

/** Without the address in what it throws: there may be a secret in it. */
function urlOf(text: string): URL {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return url;
  throw engineError("EDDY_HTTP_URL", "The url is no address: it has to begin with http:// or https://.");
}

function unreachable({ host }: URL, error: unknown): Error {
  // The platform tells what happened in the cause only.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return engineError("EDDY_HTTP_UNREACHABLE", `${host} could not be reached: ${messageOf(cause)}`);
}
