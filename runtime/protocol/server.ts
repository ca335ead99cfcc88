import type { TSchema } from "typebox";
import { Check, Errors } from "typebox/value";
import { createMessageConnection } from "vscode-jsonrpc/node.js";
import { EddyError } from "../../language/problem.ts";
import { type Transport, toResponseError } from "./connection.ts";
import {
  type NotificationName,
  type NotificationParams,
  type RequestHandlers,
  type RequestName,
  requests,
} from "./contract.ts";

/** The client at the other end of a connection, as an agent sees it. */
export interface Peer {
  notify<Name extends NotificationName>(name: Name, params: NotificationParams<Name>): void;
  /** True while it takes up notifications slower than they are made: samples are then left out, never queued. */
  isCongested(): boolean;
  /** Aborted when the connection has ended. */
  readonly closed: AbortSignal;
}

export interface ServeOptions {
  /** Called once for the connection. */
  readonly handlers: (peer: Peer) => RequestHandlers;
  /** Hears what went wrong that the client is told only in one sentence. */
  readonly onError?: (error: unknown) => void;
}

/** Notifications that may wait for a slow client. */
const patience = 16;

/** Milliseconds that answers which are under way have to be written before the connection is closed. */
const lastAnswers = 1_000;

/** A client that is being answered. */
export interface ServedClient {
  /** Lets what is being answered be answered, then ends the connection. */
  close(): Promise<void>;
}

/** Answers one client over `transport` until it goes. Every request is checked against the contract before it is handled. */
export function serveClient(transport: Transport, options: ServeOptions): ServedClient {
  const ended = new AbortController();
  let waiting = 0;
  /** Requests whose answer has not been written. */
  let open = 0;
  let whenAnswered = () => {};
  const answered = () => {
    open = Math.max(0, open - 1);
    if (open === 0) whenAnswered();
  };
  const connection = createMessageConnection(transport.reader, {
    onError: transport.writer.onError,
    onClose: transport.writer.onClose,
    end: () => transport.writer.end(),
    dispose: () => transport.writer.dispose(),
    write: (message) => transport.writer.write(message).finally(() => isAnswer(message) && answered()),
  });
  const peer: Peer = {
    closed: ended.signal,
    isCongested: () => waiting >= patience,
    notify(name, params) {
      if (ended.signal.aborted) return;
      waiting++;
      connection
        .sendNotification(name, params)
        // A client that is gone is told by `closed`.
        .catch(() => {})
        .finally(() => waiting--);
    },
  };
  const handlers = options.handlers(peer);
  for (const name of Object.keys(requests) as RequestName[]) {
    connection.onRequest(name, async (params: unknown) => {
      open++;
      try {
        return await handle(handlers, name, params);
      } catch (error) {
        if (!(error instanceof EddyError)) options.onError?.(error);
        throw toResponseError(error);
      }
    });
  }
  const end = () => {
    if (ended.signal.aborted) return;
    ended.abort();
    connection.dispose();
    transport.close();
  };
  connection.onClose(end);
  connection.onDispose(end);
  connection.onError(([error]) => {
    options.onError?.(error);
    end();
  });
  connection.listen();
  return {
    async close() {
      if (open > 0 && !ended.signal.aborted) {
        await new Promise<void>((resolve) => {
          const patience = setTimeout(resolve, lastAnswers);
          whenAnswered = () => {
            clearTimeout(patience);
            resolve();
          };
          ended.signal.addEventListener("abort", whenAnswered);
        });
      }
      end();
    },
  };
}

function isAnswer(message: object): boolean {
  return "result" in message || "error" in message;
}

function handle(handlers: RequestHandlers, name: RequestName, params: unknown): Promise<unknown> {
  const schema: TSchema = requests[name].params;
  const given = params ?? {};
  if (!Check(schema, given)) {
    const [first] = Errors(schema, given);
    throw new EddyError(
      "EDDY_BAD_REQUEST",
      `"${name}" came with params that do not fit: ${first?.instancePath || "/"} ${first?.message ?? ""}.`,
    );
  }
  // The schema just checked is the one that the handler's type comes from.
  const handler = handlers[name] as (params: unknown) => Promise<unknown>;
  return handler(given);
}
