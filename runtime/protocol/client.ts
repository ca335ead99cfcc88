import type { TSchema } from "typebox";
import { Check, Errors } from "typebox/value";
import {
  CancellationTokenSource,
  createMessageConnection,
  ErrorCodes,
  ResponseError,
} from "vscode-jsonrpc/node.js";
import { EddyError } from "../../language/problem.ts";
import { isProblemCode, type Transport } from "./connection.ts";
import {
  type NotificationName,
  type NotificationParams,
  notifications,
  type RequestName,
  type RequestParams,
  type RequestResult,
  requests,
} from "./contract.ts";

/** What a client knows of an agent, whatever carries the messages. */
export interface AgentClient {
  /**
   * Rejects with an `EddyError`: the agent's own refusal, `EDDY_CONNECTION_LOST`, `EDDY_UNKNOWN_REQUEST` (an older
   * agent) or `EDDY_BAD_ANSWER` (what came back is not what was agreed). An aborted `signal` rejects with its reason.
   */
  request<Name extends RequestName>(
    name: Name,
    params: RequestParams<Name>,
    signal?: AbortSignal,
  ): Promise<RequestResult<Name>>;
  /** Hears every notification of a kind until disposed. */
  on<Name extends NotificationName>(
    name: Name,
    listener: (params: NotificationParams<Name>) => void,
  ): { dispose(): void };
  /**
   * Opens a stream (`tap/subscribe`, `logs/tail` …) and hears what belongs to it alone, nothing missed between the
   * answer and the first notification. Disposing cancels it on the agent.
   */
  subscribe<Name extends StreamRequest>(
    name: Name,
    params: RequestParams<Name>,
    listener: (params: NotificationParams<StreamOf<Name>>) => void,
    signal?: AbortSignal,
  ): Promise<{ readonly result: RequestResult<Name>; dispose(): void }>;
  /** Resolves once the connection is over, for whatever reason. */
  readonly closed: Promise<void>;
  close(): void;
}

const streams = {
  "tap/subscribe": "tap/values",
  "executions/subscribe": "executions/records",
  "metrics/subscribe": "metrics/update",
  "logs/tail": "logs/records",
} as const satisfies Partial<Record<RequestName, NotificationName>>;

/** The requests that open a stream of notifications. */
export type StreamRequest = keyof typeof streams;
/** The notification that such a request opens a stream of. */
export type StreamOf<Name extends StreamRequest> = (typeof streams)[Name];

/** Speaks to an agent over `transport`, which it owns from now on. */
export function createAgentClient(transport: Transport): AgentClient {
  let isOpen = true;
  const { writer } = transport;
  const connection = createMessageConnection(transport.reader, {
    onError: writer.onError,
    onClose: writer.onClose,
    end: () => writer.end(),
    dispose: () => writer.dispose(),
    // What was still to be written when the connection ended: whoever waits for an answer is told, and nobody else hears.
    write: (message) =>
      writer.write(message).catch((error: unknown) => {
        if (isOpen) throw error;
      }),
  });
  const listeners = new Map<NotificationName, Set<(params: never) => void>>();
  const closed = new Promise<void>((resolve) => {
    const end = () => {
      if (!isOpen) return;
      isOpen = false;
      // Rejects what waits for an answer.
      connection.dispose();
      transport.close();
      resolve();
    };
    connection.onClose(end);
    connection.onError(end);
    connection.onDispose(end);
  });
  connection.onNotification((method, params) => {
    const hearers = listeners.get(method as NotificationName);
    const schema = (notifications as Readonly<Record<string, TSchema | undefined>>)[method];
    if (!hearers || !schema || !Check(schema, params)) return;
    for (const hear of [...hearers]) hear(params as never);
  });
  connection.listen();

  const client: AgentClient = {
    closed,
    async request(name, params, signal) {
      signal?.throwIfAborted();
      if (!isOpen) throw connectionLost();
      const cancellation = new CancellationTokenSource();
      const aborted = abortion(signal, () => cancellation.cancel());
      try {
        const answer = connection.sendRequest<unknown>(name, params, cancellation.token);
        const result = await Promise.race([answer, aborted.promise]);
        return checkedResult(name, result);
      } catch (error) {
        signal?.throwIfAborted();
        throw fromResponseError(error, name);
      } finally {
        aborted.dispose();
        cancellation.dispose();
      }
    },
    on(name, listener) {
      const hearers = listeners.get(name) ?? new Set();
      listeners.set(name, hearers);
      // Two listeners that are the same function are still two.
      const hear = (params: never) => listener(params);
      hearers.add(hear);
      return { dispose: () => void hearers.delete(hear) };
    },
    async subscribe(name, params, listener, signal) {
      const early: { readonly subscription: string }[] = [];
      let subscription: string | undefined;
      const hearing = client.on(streams[name], (update) => {
        if (subscription === undefined) early.push(update);
        else if (update.subscription === subscription) listener(update as never);
      });
      try {
        const result = await client.request(name, params, signal);
        subscription = result.subscription;
        for (const update of early) if (update.subscription === subscription) listener(update as never);
        return { result, dispose: () => cancel(hearing, subscription) };
      } catch (error) {
        hearing.dispose();
        throw error;
      }
    },
    close: () => connection.dispose(),
  };

  function cancel(hearing: { dispose(): void }, subscription: string | undefined): void {
    hearing.dispose();
    if (subscription === undefined || !isOpen) return;
    // The connection may end before the answer comes, and then the subscription has ended too.
    client.request("subscription/cancel", { subscription }).catch(() => {});
  }

  return client;
}

function checkedResult<Name extends RequestName>(name: Name, result: unknown): RequestResult<Name> {
  const schema: TSchema = requests[name].result;
  if (Check(schema, result)) return result as RequestResult<Name>;
  const [first] = Errors(schema, result);
  throw new EddyError(
    "EDDY_BAD_ANSWER",
    `The device answered "${name}" with something else than was agreed (${first?.instancePath || "/"} ${first?.message ?? "does not fit"}). Update the agent on the device, or this program.`,
  );
}

function fromResponseError(error: unknown, name: RequestName): unknown {
  if (!(error instanceof ResponseError)) {
    // The library throws errors of its own when it is used after the connection's end.
    return error instanceof EddyError ? error : connectionLost(error);
  }
  if (error.code === ErrorCodes.PendingResponseRejected) return connectionLost();
  if (error.code === ErrorCodes.MethodNotFound) {
    return new EddyError(
      "EDDY_UNKNOWN_REQUEST",
      `The agent on the device does not know "${name}". Update the agent.`,
    );
  }
  const data: unknown = error.data;
  if (typeof data !== "object" || data === null) return new EddyError("EDDY_REMOTE", error.message);
  const code = "code" in data && isProblemCode(data.code) ? data.code : "EDDY_REMOTE";
  const details = "details" in data && isRecord(data.details) ? { details: data.details } : {};
  return new EddyError(code, error.message, details);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function connectionLost(cause?: unknown): EddyError {
  return new EddyError(
    "EDDY_CONNECTION_LOST",
    "The connection to the agent ended. Check that the device is on and reachable, then try again.",
    { cause },
  );
}

function abortion(signal: AbortSignal | undefined, onAbort: () => void) {
  let listener = () => {};
  const promise = new Promise<never>((_, reject) => {
    listener = () => {
      onAbort();
      reject(signal?.reason);
    };
  });
  signal?.addEventListener("abort", listener, { once: true });
  return { promise, dispose: () => signal?.removeEventListener("abort", listener) };
}
