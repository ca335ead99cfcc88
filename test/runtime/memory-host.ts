import * as childProcess from "node:child_process";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as fsPromises from "node:fs/promises";
import * as path from "node:path";
import type { Json } from "../../language/model.ts";
import { nextTime } from "../../runtime/agent/host/schedule.ts";
import { createVirtualClock, type VirtualClock } from "../../runtime/engine/clock.ts";
import type {
  Connections,
  Host,
  HttpRequest,
  HttpResponse,
  KeyValueStore,
  LogRecord,
  MqttConnection,
  MqttMessage,
  Secret,
  Storage,
} from "../../runtime/engine/contract.ts";
import { nodeType } from "../../runtime/nodes/implementations.ts";

export interface MemoryHostOptions {
  readonly clock?: VirtualClock;
  readonly env?: Host["env"];
  readonly secrets?: Readonly<Record<string, string>>;
}

export interface Published {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  /** The payload as text. */
  readonly text: string;
  readonly options: Parameters<MqttConnection["publish"]>[2];
}

export interface MemoryBroker {
  readonly published: readonly Published[];
  /** Topic filters that are subscribed to now. */
  readonly subscriptions: readonly string[];
  /** While set, publishing is rejected with it. */
  failure: Error | undefined;
  /** Hands a message to every matching subscription. The result tells, then and later, whether it was acknowledged. */
  deliver(
    topic: string,
    payload: string | Uint8Array,
    more?: Partial<Pick<MqttMessage, "qos" | "retain" | "properties">>,
  ): { readonly acknowledged: boolean };
}

export interface MemoryHttp {
  /** The routes that are open now, such as `GET /orders/:id`. */
  readonly routes: readonly string[];
  /** Resolves with the answer; with 404 where no route matches. It knows no timeout. */
  request(
    method: string,
    path: string,
    more?: {
      readonly body?: string | Uint8Array;
      readonly headers?: HttpRequest["headers"];
      readonly query?: HttpRequest["query"];
    },
  ): Promise<HttpResponse>;
}

/** A host whose time, storage, brokers and HTTP clients live in this object and do as a test tells them. */
export interface MemoryHost extends Host {
  readonly clock: VirtualClock;
  readonly logs: LogRecord[];
  readonly storage: MemoryStorage;
  /** One for every connection name; made on first use. */
  broker(connection?: string): MemoryBroker;
  readonly http: MemoryHttp;
  /** What was asked for, in order. */
  readonly connections: readonly {
    readonly name: string;
    readonly type: string;
    readonly params: Readonly<Record<string, unknown>>;
  }[];
}

export interface MemoryStorage extends Storage {
  /** Times that somebody waited for durability. */
  readonly flushes: number;
  /** While set, flushing is rejected with it. */
  failure: Error | undefined;
  /** Everything, by owner and key. */
  contents(): Readonly<Record<string, Readonly<Record<string, Json>>>>;
}

export function createMemoryHost({
  clock = createVirtualClock(),
  env = {},
  secrets = {},
}: MemoryHostOptions = {}): MemoryHost {
  const logs: LogRecord[] = [];
  const brokers = new Map<string, Broker>();
  const http = new Http();
  const connections: { name: string; type: string; params: Readonly<Record<string, unknown>> }[] = [];
  let seed = 1;
  const broker = (name = "") => {
    const known = brokers.get(name);
    if (known) return known;
    const made = new Broker();
    brokers.set(name, made);
    return made;
  };
  return {
    clock,
    logs,
    storage: createMemoryStorage(),
    env,
    secrets: Object.fromEntries(
      Object.entries(secrets).map(([name, value]) => [name, testSecret(name, value)]),
    ),
    http,
    connections,
    broker,
    random() {
      // The generator of Park and Miller: the same numbers in every run.
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    },
    log: (record) => void logs.push(record),
    connect<Type extends keyof Connections>(
      name: string,
      type: Type,
      params: Readonly<Record<string, unknown>>,
    ): Connections[Type] {
      connections.push({ name, type, params });
      const made: Connections = { mqtt: broker(name), http };
      return made[type];
    },
    respond: (requestId, response) => http.respond(requestId, response),
    nodeType,
    nextTime,
    builtin: (name) => builtins[name],
  };
}

const builtins = {
  "node:fs": fs,
  "node:fs/promises": fsPromises,
  "node:path": path,
  "node:child_process": childProcess,
  "node:crypto": crypto,
};

export function testSecret(name: string, value: string): Secret {
  return { name, reveal: () => value, toString: () => "[secret]", toJSON: () => "[secret]" };
}

function createMemoryStorage(): MemoryStorage {
  const owners = new Map<string, Map<string, Json>>();
  const storage = {
    flushes: 0,
    failure: undefined as Error | undefined,
    open(owner: string): KeyValueStore {
      const values = owners.get(owner) ?? new Map<string, Json>();
      owners.set(owner, values);
      return {
        get: (key) => values.get(key),
        // Values come back as they would from a disk.
        set: (key, value) => void values.set(key, JSON.parse(JSON.stringify(value)) as Json),
        delete: (key) => void values.delete(key),
        entries: () => [...values],
      };
    },
    async flush() {
      storage.flushes++;
      if (storage.failure) throw storage.failure;
    },
    contents: () =>
      Object.fromEntries(
        [...owners]
          .filter(([, values]) => values.size > 0)
          .map(([owner, values]) => [owner, Object.fromEntries(values)]),
      ),
  };
  return storage;
}

class Broker implements MqttConnection, MemoryBroker {
  readonly published: Published[] = [];
  failure: Error | undefined;
  readonly #receivers = new Set<{
    readonly filter: string;
    readonly receive: (message: MqttMessage) => void;
  }>();

  get subscriptions(): readonly string[] {
    return [...this.#receivers].map(({ filter }) => filter);
  }

  async publish(topic: string, payload: string | Uint8Array, options: Published["options"]): Promise<void> {
    if (this.failure) throw this.failure;
    const text = typeof payload === "string" ? payload : new TextDecoder().decode(payload);
    this.published.push({ topic, payload, text, options });
  }

  subscribe(filter: string, _qos: 0 | 1 | 2, receive: (message: MqttMessage) => void) {
    const receiver = { filter, receive };
    this.#receivers.add(receiver);
    return { dispose: () => void this.#receivers.delete(receiver) };
  }

  deliver(
    topic: string,
    payload: string | Uint8Array,
    more: Partial<Pick<MqttMessage, "qos" | "retain" | "properties">> = {},
  ) {
    const delivery = { acknowledged: false };
    const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    for (const { filter, receive } of this.#receivers) {
      if (!matches(filter, topic)) continue;
      const acknowledge = () => {
        delivery.acknowledged = true;
      };
      receive({ topic, payload: bytes, qos: 1, retain: false, ...more, acknowledge });
    }
    return delivery;
  }
}

function matches(filter: string, topic: string): boolean {
  const levels = topic.split("/");
  const wanted = filter.split("/");
  if (wanted.at(-1) === "#") return wanted.slice(0, -1).every((level, at) => fits(level, levels[at]));
  return wanted.length === levels.length && wanted.every((level, at) => fits(level, levels[at]));
}

function fits(level: string, actual: string | undefined): boolean {
  return actual !== undefined && (level === "+" || level === actual);
}

interface Route {
  readonly method: string;
  readonly path: string;
  readonly receive: (request: HttpRequest) => void;
}

class Http implements MemoryHttp {
  readonly #routes = new Set<Route>();
  readonly #open = new Map<string, (response: HttpResponse) => void>();
  #requests = 0;

  get routes(): readonly string[] {
    return [...this.#routes].map(({ method, path: pattern }) => `${method} ${pattern}`);
  }

  route(method: string, pattern: string, _timeout: number, receive: Route["receive"]) {
    const route = { method, path: pattern, receive };
    this.#routes.add(route);
    return { dispose: () => void this.#routes.delete(route) };
  }

  request(
    method: string,
    target: string,
    {
      body = "",
      headers = {},
      query = {},
    }: {
      readonly body?: string | Uint8Array;
      readonly headers?: HttpRequest["headers"];
      readonly query?: HttpRequest["query"];
    } = {},
  ): Promise<HttpResponse> {
    for (const route of this.#routes) {
      const params = route.method === method ? pathParams(route.path, target) : undefined;
      if (!params) continue;
      return new Promise((resolve) => {
        const id = `request-${++this.#requests}`;
        this.#open.set(id, resolve);
        const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
        route.receive({ id, method, path: target, params, query, headers, body: bytes });
      });
    }
    return Promise.resolve({ status: 404, headers: {}, body: "" });
  }

  respond(requestId: string, response: HttpResponse): boolean {
    const answer = this.#open.get(requestId);
    this.#open.delete(requestId);
    answer?.(response);
    return answer !== undefined;
  }
}

function pathParams(pattern: string, target: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const actual = target.split("/");
  if (wanted.length !== actual.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, segment] of wanted.entries()) {
    const value = actual[at] ?? "";
    if (segment.startsWith(":")) params[segment.slice(1)] = decodeURIComponent(value);
    else if (segment !== value) return undefined;
  }
  return params;
}
