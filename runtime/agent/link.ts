/** Typed calls in both directions between the agent's control thread and a worker: a thread, a child process, or itself. */
import { EddyError } from "../../language/problem.ts";
import { isProblemCode } from "../protocol/connection.ts";

/** Carries structured clones, in order. */
export interface Channel {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** What one side answers: the params and result of each request, and the params of each event. */
export interface Side {
  readonly requests: Readonly<Record<string, { readonly params: unknown; readonly result: unknown }>>;
  readonly events: Readonly<Record<string, unknown>>;
}

/** A request whose result is `undefined` answers when it is done. */
type Answer<Result> = Promise<Result> | Result | (Result extends undefined ? Promise<void> : never);

export type RequestsOf<Own extends Side> = {
  readonly [Name in keyof Own["requests"]]: (
    params: Own["requests"][Name]["params"],
  ) => Answer<Own["requests"][Name]["result"]>;
};

export type EventsOf<Own extends Side> = {
  readonly [Name in keyof Own["events"]]: (params: Own["events"][Name]) => void;
};

export interface Link<Other extends Side> {
  request<Name extends keyof Other["requests"] & string>(
    name: Name,
    params: Other["requests"][Name]["params"],
  ): Promise<Other["requests"][Name]["result"]>;
  tell<Name extends keyof Other["events"] & string>(name: Name, params: Other["events"][Name]): void;
  /** Rejects what waits for an answer, and all that is asked from now on. */
  end(reason: EddyError): void;
}

interface Failure {
  readonly code: string | undefined;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

type Packet =
  | { readonly kind: "request"; readonly call: number; readonly name: string; readonly params: unknown }
  | { readonly kind: "result"; readonly call: number; readonly result: unknown }
  | { readonly kind: "failure"; readonly call: number; readonly failure: Failure }
  | { readonly kind: "event"; readonly name: string; readonly params: unknown };

export function createLink<Own extends Side, Other extends Side>(
  channel: Channel,
  requests: RequestsOf<Own>,
  events: EventsOf<Own>,
): Link<Other> {
  const waiting = new Map<number, { resolve(result: never): void; reject(error: unknown): void }>();
  let calls = 0;
  let ended: EddyError | undefined;

  // Both sides are this program, so that what comes is what the types say.
  channel.onMessage((message) => {
    const packet = message as Packet;
    if (ended) return;
    if (packet.kind === "event") events[packet.name]?.(packet.params as never);
    else if (packet.kind === "request") void answer(packet.call, packet.name, packet.params);
    else {
      const call = waiting.get(packet.call);
      waiting.delete(packet.call);
      if (packet.kind === "result") call?.resolve(packet.result as never);
      else call?.reject(asError(packet.failure));
    }
  });

  async function answer(call: number, name: string, params: unknown): Promise<void> {
    let packet: Packet;
    try {
      packet = { kind: "result", call, result: await requests[name]?.(params as never) };
    } catch (error) {
      packet = { kind: "failure", call, failure: asFailure(error) };
    }
    if (!ended) channel.post(packet);
  }

  return {
    request(name, params) {
      return new Promise((resolve, reject) => {
        if (ended) {
          reject(ended);
          return;
        }
        const call = ++calls;
        waiting.set(call, { resolve, reject });
        channel.post({ kind: "request", call, name, params } satisfies Packet);
      });
    },
    tell(name, params) {
      if (!ended) channel.post({ kind: "event", name, params } satisfies Packet);
    },
    end(reason) {
      ended ??= reason;
      for (const { reject } of waiting.values()) reject(reason);
      waiting.clear();
    },
  };
}

/** Errors of a workflow's own engine have codes too, but are of another class: it came with the artifact. */
export function asFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const code =
    error instanceof Error && "code" in error && isProblemCode(error.code) ? error.code : undefined;
  if (code === undefined && error instanceof Error) {
    return { code, message: `${error.name}: ${message}`, details: undefined };
  }
  return { code, message, details: error instanceof EddyError ? error.details : undefined };
}

function asError({ code, message, details }: Failure): Error {
  if (!isProblemCode(code)) return new Error(message);
  return new EddyError(code, message, details === undefined ? {} : { details });
}

/** Two ends in one thread, for an agent that has no other. */
export function inlineChannels(): readonly [Channel, Channel] {
  const listeners: [((message: unknown) => void)[], ((message: unknown) => void)[]] = [[], []];
  const end = (own: 0 | 1): Channel => ({
    post(message) {
      queueMicrotask(() => {
        for (const listener of listeners[own === 0 ? 1 : 0]) listener(message);
      });
    },
    onMessage: (listener) => void listeners[own].push(listener),
  });
  return [end(0), end(1)];
}
