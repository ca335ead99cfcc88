/** What the agent answers to each request of a client. */
import { rmSync } from "node:fs";
import { EddyError } from "../../../language/problem.ts";
import type { AgentInfo, Health, RequestHandlers } from "../../protocol/contract.ts";
import type { Peer } from "../../protocol/server.ts";
import type { Configuration } from "../configuration.ts";
import { asDiskError, type Layout } from "../layout.ts";
import type { Remote } from "../remote/remote.ts";
import type { DataTransfer } from "./data.ts";
import type { Installer } from "./installer.ts";
import { type KeptMessages, messageOf, shownMessage } from "./kept.ts";
import { type Live, mutable } from "./live.ts";
import type { Logs } from "./logs.ts";
import type { Metrics } from "./metrics.ts";
import type { Stores } from "./stores.ts";
import type { Supervisor } from "./supervisor.ts";
import type { Trust } from "./trust.ts";

export interface Services {
  readonly layout: Layout;
  readonly info: () => AgentInfo;
  readonly configuration: Configuration;
  readonly installer: Installer;
  readonly supervisor: Supervisor;
  readonly stores: Stores;
  readonly data: DataTransfer;
  readonly logs: Logs;
  readonly kept: KeptMessages;
  readonly health: () => Health;
  readonly metrics: Metrics;
  readonly live: Live;
  readonly remote: Remote;
  readonly trust: Trust;
  /** Ends the agent, which answers first. */
  readonly shutdown: () => void;
}

export function createHandlers(services: Services, peer: Peer): RequestHandlers {
  const {
    configuration,
    installer,
    supervisor,
    stores,
    data,
    logs,
    kept,
    health,
    live,
    remote,
    metrics,
    trust,
  } = services;
  live.connected(peer);
  const handlers: RequestHandlers = {
    "agent/info": async () => services.info(),
    "agent/health": async () => health(),
    "agent/shutdown": async () => {
      services.shutdown();
      return {};
    },
    "broker/get": async () => {
      const broker = remote.status();
      return broker ? { broker } : {};
    },
    "broker/set": async ({ broker }) => {
      await remote.set(broker ?? undefined);
      return {};
    },
    "publisher/list": async () => ({ publishers: trust.list() }),
    "publisher/trust": async (publisher) => trust.add(publisher),
    "publisher/revoke": async ({ id }) => {
      trust.revoke(id);
      return {};
    },
    "metrics/get": async () => {
      const settings = metrics.settings();
      return settings ? { metrics: settings } : {};
    },
    "metrics/serve": async ({ metrics: settings }) => {
      await metrics.serve(settings ?? undefined);
      return {};
    },
    "workflow/install": (piece) => supervisor.exclusively(piece.id, () => installer.receive(piece)),
    "workflow/activate": ({ id, version }) =>
      supervisor.exclusively(id, () => supervisor.activate(id, version)),
    "workflow/deactivate": ({ id, version }) =>
      supervisor.exclusively(id, () => supervisor.deactivate(id, version)),
    "workflow/rollback": ({ id }) => supervisor.exclusively(id, () => supervisor.rollback(id)),
    "workflow/remove": ({ id, keepData }) =>
      supervisor.exclusively(id, async () => {
        await supervisor.stopForRemoval(id);
        rmSync(services.layout.workflow(id), { recursive: true, force: true });
        if (!keepData) {
          configuration.forget(id);
          stores.remove(id);
          kept.forget(id);
        }
        logs.forget(id);
        return {};
      }),
    "workflow/list": async () => ({ workflows: await supervisor.list() }),
    "workflow/inject": async ({ id, node, message: { payload, topic, source } }) =>
      mutable(
        await supervisor.inject(id, node, {
          payload,
          ...(topic === undefined ? {} : { topic }),
          ...(source === undefined ? {} : { source }),
        }),
      ),
    "kept/list": async ({ id }) => {
      await supervisor.status(id);
      return { messages: kept.list(id).map(shownMessage) };
    },
    "kept/send": async ({ id, key }) => {
      const message = kept.get(id, key);
      const record = await supervisor.inject(id, message.node, messageOf(message));
      // Only now: had it ended its worker again, it would still be here.
      kept.discard(id, key);
      return mutable(record);
    },
    "kept/discard": async ({ id, key }) => {
      kept.discard(id, key);
      return {};
    },
    "data/export": (params) => data.read(params),
    "data/import": async (params) => {
      await data.write(params);
      return {};
    },
    "config/get": async ({ workflow }) => configuration.get(workflow),
    "config/set": async ({ workflow, env, secrets }) => {
      configuration.set(workflow, { env, secrets });
      return {};
    },
    "tap/subscribe": async ({ id, node }) => ({ subscription: live.tap(peer, id, node) }),
    "executions/subscribe": async ({ id }) => ({ subscription: live.executions(peer, id) }),
    "metrics/subscribe": async ({ interval }) => ({ subscription: live.metrics(peer, interval) }),
    "logs/tail": async ({ id, lines, follow }) => {
      // Both in one go, so that no record is in neither or in both.
      const records = [...logs.tail(id, lines)];
      return follow ? { records, subscription: live.logs(peer, id) } : { records };
    },
    "subscription/cancel": async ({ subscription }) => {
      live.cancel(peer, subscription);
      return {};
    },
  };
  return withDiskErrors(handlers, services.layout.home);
}

/** Whatever is written on the way, a full or broken disk is told as what it is. */
function withDiskErrors(handlers: RequestHandlers, home: string): RequestHandlers {
  const explained = Object.entries(handlers).map(([name, handle]) => [
    name,
    async (params: never) => {
      try {
        return await handle(params);
      } catch (error) {
        throw error instanceof EddyError ? error : asDiskError(error, home);
      }
    },
  ]);
  return Object.fromEntries(explained) as RequestHandlers;
}
