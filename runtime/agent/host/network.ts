/** Sockets and sessions of all workflows in a worker. They outlive a change of versions, which only swaps who is behind them. */
import { EddyError } from "../../../language/problem.ts";
import type {
  Clock,
  Disposable,
  HttpConnection,
  HttpResponse,
  LogLevel,
  MqttConnection,
} from "../../engine/contract.ts";
import { createHttpListener, type HttpListener } from "./http-listener.ts";
import { addressKey, readHttpParams } from "./http-params.ts";
import { readMqttParams } from "./mqtt-params.ts";
import { createMqttPublisher, type MqttPublisher } from "./mqtt-publisher.ts";
import { createMqttSession, type MqttSession } from "./mqtt-session.ts";
import type { ConnectionParams } from "./params.ts";
import type { WorkflowStorage } from "./storage.ts";

/** What a connection needs of the workflow that opens it. */
export interface Tenant {
  readonly workflow: string;
  readonly clock: Clock;
  readonly storage: WorkflowStorage;
  readonly log: (level: LogLevel, message: string) => void;
}

export interface NetworkOptions {
  readonly random: () => number;
  /** Comes first in the client ids that brokers see; unique to the device. */
  readonly clientPrefix: string;
  /** Whether brokers keep the sessions while the workflow is away. */
  readonly keepsSessions: boolean;
  /** Hears what stands in a connection's way, and `undefined` once nothing does. */
  readonly onProblem?: (
    workflow: string,
    connection: string,
    problem: { code: string; message: string } | undefined,
  ) => void;
}

/** The sockets that workflows share. */
export interface Network {
  mqtt(tenant: Tenant, name: string, params: ConnectionParams): MqttConnection;
  http(
    tenant: Tenant,
    name: string,
    params: ConnectionParams,
  ): HttpConnection & { readonly port: Promise<number> };
  respond(requestId: string, response: HttpResponse): boolean;
  /** Between these two, a workflow may give up what it listens to and take it up again, and nothing is lost. */
  hold(workflow: string): void;
  release(workflow: string): Promise<void>;
  /** Ends the sessions of a workflow and its part in shared listeners. */
  leave(workflow: string): Promise<void>;
  close(): Promise<void>;
}

interface Session {
  readonly workflow: string;
  readonly key: string;
  readonly session: MqttSession;
  readonly publisher: MqttPublisher;
  isInUse: boolean;
}

interface Listener {
  readonly key: string;
  readonly listener: HttpListener;
  readonly tls: boolean;
  readonly workflows: Set<string>;
}

export function createNetwork(options: NetworkOptions): Network {
  const sessions = new Map<string, Session>();
  const listeners = new Map<string, Listener>();
  /** Workflows that are changing versions, with the listeners that the new one has asked for so far. */
  const held = new Map<string, Set<Listener>>();

  function sessionFor(tenant: Tenant, name: string, params: ConnectionParams): Session {
    const read = readMqttParams(params);
    const id = `${tenant.workflow}\0${name}`;
    const key = JSON.stringify([read.url, read.clientId, read.version, read.connect]);
    const found = sessions.get(id);
    if (found?.key === key) {
      found.isInUse = true;
      return found;
    }
    // Another broker, or other credentials: the session that a new version finds is of no use to it.
    if (found) void end(found);
    const log = (level: LogLevel, message: string) => tenant.log(level, message);
    const remembered = tenant.storage.open(`host:mqtt:${name}`);
    const session = createMqttSession({
      params: read,
      clientId: read.clientId ?? `${options.clientPrefix}-${tenant.workflow}-${name}`,
      isKept: options.keepsSessions,
      clock: tenant.clock,
      random: options.random,
      log,
      remembered: {
        load: () => asTexts(remembered.get("filters")),
        save(filters) {
          if (JSON.stringify(filters) !== JSON.stringify(remembered.get("filters") ?? [])) {
            remembered.set("filters", [...filters]);
          }
        },
      },
      onProblem: (problem) => options.onProblem?.(tenant.workflow, name, problem),
    });
    const publisher = createMqttPublisher({
      session,
      outbox: tenant.storage.outbox(name),
      clock: tenant.clock,
      log,
    });
    const created: Session = { workflow: tenant.workflow, key, session, publisher, isInUse: true };
    sessions.set(id, created);
    if (held.has(tenant.workflow)) session.hold();
    return created;
  }

  async function end(ended: Session): Promise<void> {
    for (const [id, session] of sessions) if (session === ended) sessions.delete(id);
    await ended.publisher.close();
    await ended.session.close();
  }

  function listenerFor(tenant: Tenant, name: string, params: ConnectionParams) {
    const { address, access } = readHttpParams(params);
    // Port 0 asks for one of the system's choice, which nobody else has.
    const key = address.port === 0 ? `${tenant.workflow}\0${name}` : addressKey(address);
    let found = listeners.get(key);
    if (found && found.tls !== (address.tls !== undefined)) {
      throw new EddyError(
        "EDDY_ADDRESS",
        `${key} is listened to ${found.tls ? "with" : "without"} TLS by another workflow. Use the same settings or another port.`,
      );
    }
    if (!found) {
      const listener = createHttpListener({
        address,
        clock: tenant.clock,
        random: options.random,
        log: (level, message) => tenant.log(level, message),
        onProblem: (problem) => options.onProblem?.(tenant.workflow, name, problem),
      });
      found = { key, listener, tls: address.tls !== undefined, workflows: new Set() };
      listeners.set(key, found);
    }
    if (held.has(tenant.workflow)) found.listener.hold(tenant.workflow);
    held.get(tenant.workflow)?.add(found);
    found.workflows.add(tenant.workflow);
    return { listener: found.listener, access };
  }

  async function leaveListener(found: Listener, workflow: string): Promise<void> {
    found.listener.leave(workflow);
    found.workflows.delete(workflow);
    if (found.workflows.size > 0) return;
    listeners.delete(found.key);
    await found.listener.close();
  }

  const network: Network = {
    mqtt(tenant, name, params) {
      const { session, publisher } = sessionFor(tenant, name, params);
      return {
        publish: publisher.publish,
        subscribe: (topic, qos, receive) => session.subscribe(topic, qos, receive),
      };
    },
    http(tenant, name, params) {
      const { listener, access } = listenerFor(tenant, name, params);
      return {
        port: listener.port,
        route: (method, path, timeout, receive): Disposable =>
          listener.route({
            workflow: tenant.workflow,
            method: method.toUpperCase(),
            path,
            target: { timeout, access, receive },
          }),
      };
    },
    respond(requestId, response) {
      for (const { listener } of listeners.values()) if (listener.respond(requestId, response)) return true;
      return false;
    },
    hold(workflow) {
      held.set(workflow, new Set());
      for (const one of sessions.values()) {
        if (one.workflow !== workflow) continue;
        one.isInUse = false;
        one.session.hold();
      }
      for (const { listener, workflows } of listeners.values()) {
        if (workflows.has(workflow)) listener.hold(workflow);
      }
    },
    async release(workflow) {
      const used = held.get(workflow);
      held.delete(workflow);
      const own = [...sessions.values()].filter((one) => one.workflow === workflow);
      for (const one of own) one.session.release();
      await Promise.all(own.filter((one) => !one.isInUse).map(end));
      for (const found of [...listeners.values()]) {
        if (!found.workflows.has(workflow)) continue;
        if (used?.has(found)) found.listener.release(workflow);
        else await leaveListener(found, workflow);
      }
    },
    async leave(workflow) {
      held.delete(workflow);
      const own = [...sessions.values()].filter((one) => one.workflow === workflow);
      await Promise.all(own.map(end));
      for (const found of [...listeners.values()]) {
        if (found.workflows.has(workflow)) await leaveListener(found, workflow);
      }
    },
    async close() {
      await Promise.all([...sessions.values()].map(end));
      await Promise.all([...listeners.values()].map(({ listener }) => listener.close()));
      listeners.clear();
    },
  };
  return network;
}

function asTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
