/** One HTTP server on one address, shared by all workflows that declare it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { Clock, Disposable, HttpRequest, HttpResponse, LogLevel } from "../../engine/contract.ts";
import { backoff } from "./backoff.ts";
import { createRouteTable, type Route, type RouteMatch } from "./routes.ts";

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined;
}

export interface HttpAccess {
  /** The value of the `authorization` header that is asked for; anyone may call where it is left out. */
  readonly authorization?: string | undefined;
  /** The scheme told in `www-authenticate`. */
  readonly scheme?: "Basic" | "Bearer" | undefined;
  /** Bytes of a request's body. */
  readonly bodyLimit: number;
}

export interface HttpTarget {
  readonly timeout: number;
  readonly access: HttpAccess;
  readonly receive: (request: HttpRequest) => void;
}

export interface HttpListenerOptions {
  readonly address: HttpAddress;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: (level: LogLevel, message: string) => void;
  /** Hears why nothing is heard on the address, and `undefined` once it is. */
  readonly onProblem?: (problem: { code: string; message: string } | undefined) => void;
}

export interface HttpListener {
  route(route: Route<HttpTarget>): Disposable;
  respond(requestId: string, response: HttpResponse): boolean;
  /** While held, requests for routes that this workflow gave up wait for their return, as in a change of versions. */
  hold(workflow: string): void;
  release(workflow: string): void;
  /** Answers in place of a workflow that is gone what it has left open. */
  leave(workflow: string): void;
  /** The port in use, where 0 was asked for. */
  readonly port: Promise<number>;
  close(): Promise<void>;
}

/** Requests that may be open at a time; the next ones are told to come back. */
const mostOpen = 1_000;
const retrySeconds = "1";
/**
 * Milliseconds for which a connection may be idle: longer than clients and proxies keep one, so that it is they who end
 * it. Ended here, it would reset the request that is on its way at that moment.
 */
const idlePatience = 75_000;
/** Milliseconds until an address that is taken is tried again. */
const listenAgain = { first: 1_000, longest: 30_000 };

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

type Found = Extract<RouteMatch<HttpTarget>, { kind: "found" }>;

/** Handed to the workflow, which has not answered yet. */
interface OpenRequest {
  readonly response: ServerResponse;
  readonly workflow: string;
  readonly timer: { cancel(): void };
}

let listeners = 0;

export function createHttpListener(options: HttpListenerOptions): HttpListener {
  const { address, clock } = options;
  const table = createRouteTable<HttpTarget>();
  const parked = createRouteTable<undefined>();
  const held = new Map<string, Route<undefined>[]>();
  const waiting: (() => void)[] = [];
  const open = new Map<string, OpenRequest>();
  // Ids are told to `respond` of every listener of the process.
  const prefix = `${(++listeners).toString(36)}-`;
  let requests = 0;
  let reading = 0;
  let isClosed = false;

  const server: Server = address.tls
    ? createSecureServer({ cert: address.tls.certificate, key: address.tls.key }, onRequest)
    : createServer(onRequest);
  server.keepAliveTimeout = idlePatience;
  const port = listen();

  function onRequest(request: IncomingMessage, response: ServerResponse): void {
    response.on("error", () => {
      // The client went away; "close" takes its request off the list.
    });
    const url = URL.parse(request.url ?? "/", "http://device");
    if (!url) {
      refuse(response, 400);
      return;
    }
    const call: Call = { request, response, url };
    admit(call, ({ route }) => {
      const { access } = route.target;
      if (!isAllowed(request, access)) {
        refuse(response, 401, { "www-authenticate": access.scheme ?? "Basic" });
      } else if (open.size + reading >= mostOpen) {
        refuse(response, 503, { "retry-after": retrySeconds });
      } else {
        void read(call, access.bodyLimit);
      }
    });
  }

  /** Goes on with the route that answers a call, at once or, during a change of versions, once it is back. */
  function admit(call: Call, goOn: (match: Found) => void): void {
    const { request, response, url } = call;
    const method = request.method ?? "GET";
    const match = table.match(method, url.pathname);
    if (match.kind === "found") goOn(match);
    else if (parked.match(method, url.pathname).kind === "found" && waiting.length < mostOpen) {
      waiting.push(() => admit(call, goOn));
    } else if (match.kind === "method") refuse(response, 405, { allow: match.allowed.join(", ") });
    else refuse(response, 404);
  }

  async function read(call: Call, limit: number): Promise<void> {
    reading++;
    const body = await readBody(call.request, limit);
    reading--;
    // What is left of a body that is too large is not read: the connection ends with the answer.
    if (!body) refuse(call.response, 413, { connection: "close" });
    else if (isClosed) refuse(call.response, 503, { "retry-after": retrySeconds, connection: "close" });
    // Versions may have changed while it was read.
    else admit(call, (match) => deliver(call, body, match));
  }

  function deliver({ request, response, url }: Call, body: Uint8Array, { route, params }: Found): void {
    const id = prefix + (++requests).toString(36);
    const timer = clock.after(route.target.timeout, () => {
      if (open.delete(id)) refuse(response, 504);
    });
    open.set(id, { response, workflow: route.workflow, timer });
    response.once("close", () => {
      if (open.delete(id)) timer.cancel();
    });
    route.target.receive({
      id,
      method: request.method ?? "GET",
      path: url.pathname,
      params,
      query: queryOf(url),
      headers: headersOf(request),
      body,
    });
  }

  function refuseOpen(isMeant: (request: OpenRequest) => boolean): void {
    for (const [id, request] of open) {
      if (!isMeant(request)) continue;
      open.delete(id);
      request.timer.cancel();
      refuse(request.response, 503, { "retry-after": retrySeconds, connection: "close" });
    }
  }

  function tryAgain(): void {
    for (const again of waiting.splice(0)) again();
  }

  function listen(): Promise<number> {
    const listening = Promise.withResolvers<number>();
    let attempt = 0;
    server.on("listening", () => {
      if (attempt > 0) options.onProblem?.(undefined);
      attempt = 0;
      const bound = server.address();
      const port = typeof bound === "object" && bound ? bound.port : address.port;
      options.log("info", `Listening on ${address.tls ? "https" : "http"}://${address.host}:${port}`);
      listening.resolve(port);
    });
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (isClosed) return;
      const message = `Nothing can be heard on ${address.host}:${address.port}: ${explain(error)}. It is tried again.`;
      if (attempt === 0) options.log("error", message);
      options.onProblem?.({ code: "EDDY_ADDRESS", message });
      clock.after(backoff(attempt++, listenAgain, options.random), () => {
        if (!isClosed && !server.listening) server.listen(address.port, address.host);
      });
    });
    server.listen(address.port, address.host);
    return listening.promise;
  }

  return {
    port,
    route(route) {
      table.add(route);
      unpark(route);
      return {
        dispose() {
          table.remove(route);
          const heldRoutes = held.get(route.workflow);
          if (heldRoutes) park(route, heldRoutes);
        },
      };
    },
    respond(requestId, { status, headers, body }) {
      const request = open.get(requestId);
      if (!request) return false;
      open.delete(requestId);
      request.timer.cancel();
      send(request.response, status, headers, body);
      return true;
    },
    hold(workflow) {
      if (!held.has(workflow)) held.set(workflow, []);
    },
    release(workflow) {
      for (const route of held.get(workflow) ?? []) parked.remove(route);
      held.delete(workflow);
      tryAgain();
    },
    leave(workflow) {
      this.release(workflow);
      refuseOpen((request) => request.workflow === workflow);
    },
    async close() {
      isClosed = true;
      held.clear();
      refuseOpen(() => true);
      tryAgain();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // Whoever does not take its answer is not waited for.
        setTimeout(() => server.closeAllConnections(), 500).unref();
      });
    },
  };

  function park(route: Route<HttpTarget>, heldRoutes: Route<undefined>[]): void {
    const placeholder = { ...route, target: undefined };
    parked.add(placeholder);
    heldRoutes.push(placeholder);
  }

  function unpark({ workflow, method, path }: Route<HttpTarget>): void {
    const heldRoutes = held.get(workflow);
    const index = heldRoutes?.findIndex((route) => route.method === method && route.path === path) ?? -1;
    const [route] = index < 0 ? [] : (heldRoutes?.splice(index, 1) ?? []);
    if (!route) return;
    parked.remove(route);
    tryAgain();
  }
}

function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    if (Number(request.headers["content-length"] ?? 0) > limit) return resolve(undefined);
    const chunks: Buffer[] = [];
    let length = 0;
    // Not `for await`: leaving it ends the connection before the answer is out.
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limit) {
        request.pause();
        resolve(undefined);
      } else {
        chunks.push(chunk);
      }
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    // The client went away in the middle of it; "close" of the response has taken the request off the list.
    request.once("error", () => resolve(undefined));
    request.once("close", () => resolve(undefined));
  });
}

function queryOf(url: URL): Record<string, string | readonly string[]> {
  const query: Record<string, string | readonly string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const [first = "", ...others] = url.searchParams.getAll(name);
    query[name] = others.length > 0 ? [first, ...others] : first;
  }
  return query;
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    // Who may call is decided already, and the credentials belong into no message.
    if (value === undefined || name === "authorization") continue;
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return headers;
}

function isAllowed(request: IncomingMessage, { authorization }: HttpAccess): boolean {
  return authorization === undefined || isSame(request.headers.authorization, authorization);
}

/** Takes the same time wherever two texts differ. */
function isSame(given: string | undefined, expected: string): boolean {
  const actual = given ?? "";
  let difference = actual.length ^ expected.length;
  for (let index = 0; index < expected.length; index++) {
    difference |= expected.charCodeAt(index) ^ (actual.charCodeAt(index) || 0);
  }
  return difference === 0;
}

const reasons: Readonly<Record<number, string>> = {
  400: "The request's path cannot be read.",
  401: "Credentials are missing or wrong.",
  404: "No workflow answers this path.",
  405: "No workflow answers this method here.",
  413: "The body is larger than this server takes.",
  503: "The workflow cannot take the request now; try again.",
  504: "The workflow did not answer in time.",
};

function refuse(response: ServerResponse, status: number, headers: Record<string, string> = {}): void {
  const body = `${JSON.stringify({ error: reasons[status] ?? String(status) })}\n`;
  send(response, status, { "content-type": "application/json", ...headers }, body);
}

function send(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): void {
  if (response.headersSent || response.destroyed) return;
  try {
    response.writeHead(status, headers);
  } catch {
    // A status or header that HTTP does not allow came out of an expression in the workflow.
    response.writeHead(500, { "content-type": "application/json" });
    response.end(`${JSON.stringify({ error: "The workflow made a response that HTTP does not allow." })}\n`);
    return;
  }
  response.end(body);
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === "EADDRINUSE") return "another program or workflow listens there";
  if (error.code === "EACCES") return "the agent may not open this port";
  if (error.code === "EADDRNOTAVAIL") return "the device has no such address";
  return error.message;
}
