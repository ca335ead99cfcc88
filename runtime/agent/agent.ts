import { existsSync } from "node:fs";
import { hostname } from "node:os";
import type { Worker } from "node:worker_threads";
import { engineAbi } from "../engine/contract.ts";
import { type AgentClient, createAgentClient } from "../protocol/client.ts";
import { linkedTransports, type Transport } from "../protocol/connection.ts";
import { type AgentInfo, protocolVersion } from "../protocol/contract.ts";
import { type ServedClient, serveClient } from "../protocol/server.ts";
import { openBoots } from "./boots.ts";
import { openConfiguration } from "./configuration.ts";
import { createDataTransfer } from "./control/data.ts";
import { createHandlers } from "./control/handlers.ts";
import { createHealthMonitor } from "./control/health.ts";
import { createInstaller } from "./control/installer.ts";
import { createKeptMessages } from "./control/kept.ts";
import { createLive } from "./control/live.ts";
import { openLogs } from "./control/logs.ts";
import { openMetrics } from "./control/metrics.ts";
import { createStores } from "./control/stores.ts";
import { Supervisor } from "./control/supervisor.ts";
import { defaultWorkerMemory } from "./control/thread.ts";
import { openTrust } from "./control/trust.ts";
import { createWorkers } from "./control/workers.ts";
import { openDeployments } from "./deployments.ts";
import { openIdentity, readPublishers } from "./identity.ts";
import { layoutOf, prepareLayout, type Step } from "./layout.ts";
import { openLedger } from "./ledger.ts";
import { lockHome } from "./lock.ts";
import { openRemote } from "./remote/remote.ts";
import type { OutboxLimits } from "./store.ts";
import { agentVersion } from "./version.ts";

/** How an agent works. Only its folder has to be said. */
export interface AgentOptions {
  /** The folder that holds all that the agent keeps. */
  readonly home: string;
  /** Shown to people; the machine's name where left out. */
  readonly name?: string;
  /** No worker threads: least memory, and no watchdog. */
  readonly singleThreaded?: boolean;
  /** Bytes of heap for a worker whose workflow says nothing of it. */
  readonly workerMemory?: number;
  /** Milliseconds without a sign of life after which a worker is ended. */
  readonly blockedAfter?: number;
  /** Milliseconds that a workflow has to end what is under way when it is stopped. */
  readonly drain?: number;
  /** Milliseconds that a new version is on probation; 0 for none. */
  readonly probation?: number;
  /** Milliseconds after which the agent's start was a good one. */
  readonly settled?: number;
  /** What workflows may need here. */
  readonly capabilities?: readonly string[];
  readonly outboxLimits?: OutboxLimits;
  /** The module that workers run; the agent's own where left out. */
  readonly entry?: URL;
  /** A thread that runs it already, with `workerMemory`, for the workflows that share one. */
  readonly thread?: Worker | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Called before each step that changes what is installed or active; a test ends the process there. */
  readonly step?: Step;
  /** Asked for by a client. The agent does not close by itself. */
  readonly onShutdown?: () => void;
}

/** An agent in this process. It works until it is closed; disposing of it closes it. */
export interface Agent extends AsyncDisposable {
  readonly info: AgentInfo;
  /** Resolves when every workflow that ran before has been started, or has failed to. */
  readonly booted: Promise<void>;
  /** Answers a client until it goes. */
  serve(transport: Transport): ServedClient;
  /** A client in this process. */
  connect(): AgentClient;
  /** Ends what is under way, keeps what is to be kept, and lets go of the folder. */
  close(): Promise<void>;
}

/** Milliseconds. */
const defaults = { blockedAfter: 5_000, drain: 10_000, probation: 30_000, settled: 60_000 };
const allCapabilities = ["network", "files", "exec", "native"];

/**
 * The agent as a library: the same that runs on a device, in this process, without a socket.
 * Throws `EDDY_AGENT_RUNNING` where another one works on the same folder.
 */
export function createAgent(options: AgentOptions): Agent {
  const now = options.now ?? Date.now;
  const layout = layoutOf(options.home);
  prepareLayout(layout);
  const lock = lockHome(layout);
  try {
    return compose(options, layout, now, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

function compose(
  options: AgentOptions,
  layout: ReturnType<typeof layoutOf>,
  now: () => number,
  unlock: () => void,
): Agent {
  const identity = openIdentity(layout);
  const health = createHealthMonitor(layout.home, now);
  const logs = openLogs({
    folder: layout.logs,
    now,
    onProblem: (problem) => health.report("logs", problem),
  });
  const configuration = openConfiguration(layout, identity, (problem) =>
    health.report("configuration", problem),
  );
  const step = options.step ?? (() => {});
  const deployments = openDeployments(layout, step, (problem) => health.report("deployments", problem));
  const kept = createKeptMessages({ layout, onProblem: (problem) => health.report("kept", problem) });
  const stores = createStores({ layout, health, logs, now, outboxLimits: options.outboxLimits });
  const workers = createWorkers({
    entry: options.entry ?? defaultEntry(),
    thread: options.thread,
    singleThreaded: options.singleThreaded ?? false,
    memory: options.workerMemory ?? defaultWorkerMemory(),
    blockedAfter: options.blockedAfter ?? defaults.blockedAfter,
    clientPrefix: `eddy-${identity.id}`,
    stores,
    events: {
      log: (record) => logs.write(record),
      values: ({ id, values, dropped }) => live.values(id, values, dropped),
      executions: ({ id, records, dropped }) => live.records(id, records, dropped),
      nodes: ({ id, nodes }) => supervisor.nodesNumbered(id, nodes),
      failed: ({ id, problem }) => supervisor.workflowFailed(id, problem),
      connection: ({ id, connection, problem }) => health.report(`connection ${id} ${connection}`, problem),
    },
    onEnd: (worker, end) => supervisor.workerEnded(worker, end),
  });
  const capabilities = options.capabilities ?? allCapabilities;
  const supervisor: Supervisor = new Supervisor({
    layout,
    configuration,
    deployments,
    stores,
    workers,
    logs,
    kept,
    health,
    now,
    random: Math.random,
    step,
    drain: options.drain ?? defaults.drain,
    probation: options.probation ?? defaults.probation,
    singleThreaded: options.singleThreaded ?? false,
    onChange: (id, status) => live.changed(id, status),
  });
  const ledger = openLedger({
    layout,
    now,
    monotonic: () => performance.now(),
    onProblem: (about, problem) => health.report(about, problem),
  });
  const installer = createInstaller({
    layout,
    deployments,
    capabilities,
    now: ledger.time,
    step,
    load: (artifact) => supervisor.tryToLoad(artifact),
  });
  const live = createLive({
    watch: (id, watch) => supervisor.watch(id, watch),
    logs,
    metrics: numbers,
  });
  const started = performance.now();
  const readHealth = () => health.read(stores.outboxes(), ledger.written());
  async function numbers() {
    const workflows = await supervisor.list();
    return { health: readHealth(), workflows, uptime: performance.now() - started };
  }
  const metrics = openMetrics({
    layout,
    read: numbers,
    onProblem: (problem) => health.report("metrics", problem),
  });
  const info = (): AgentInfo => ({
    id: identity.id,
    name: options.name ?? hostname(),
    agent: agentVersion,
    protocol: protocolVersion,
    abi: engineAbi,
    os: process.platform,
    arch: process.arch,
    runtime: runtimeOf(),
    publicKey: identity.publicKey,
    publishers: readPublishers(layout).map(({ id }) => id),
    capabilities: [...capabilities],
    home: layout.home,
    uptime: performance.now() - started,
  });
  const connections = new Set<ServedClient>();
  installer.tidy();
  const boots = openBoots(layout, options.settled ?? defaults.settled);
  const booted = supervisor.boot(boots.deaths).then(() => workers.releaseAhead());

  const data = createDataTransfer({ stores, supervisor, workers });
  const agent: Agent = {
    get info() {
      return info();
    },
    booted,
    serve(transport) {
      const connection = serveClient(transport, {
        handlers(peer) {
          peer.closed.addEventListener("abort", () => connections.delete(connection));
          return createHandlers(
            {
              layout,
              info,
              configuration,
              installer,
              supervisor,
              stores,
              data,
              logs,
              kept,
              health: readHealth,
              metrics,
              live,
              remote,
              trust,
              shutdown: () => options.onShutdown?.(),
            },
            peer,
          );
        },
        onError: (error) =>
          logs.agent("error", error instanceof Error ? (error.stack ?? error.message) : String(error)),
      });
      connections.add(connection);
      return connection;
    },
    connect() {
      const [near, far] = linkedTransports();
      agent.serve(far);
      return createAgentClient(near);
    },
    async close() {
      await booted;
      await supervisor.close();
      await Promise.all([...connections].map((connection) => connection.close()));
      await Promise.all([remote.close(), metrics.close()]);
      ledger.close();
      health.close();
      stores.close();
      logs.close();
      boots.end();
      unlock();
    },
    [Symbol.asyncDispose]: () => agent.close(),
  };
  const remote = openRemote({
    layout,
    identity,
    name: info().name,
    serve: agent.serve,
    random: Math.random,
    log: (level, message) => logs.agent(level, message),
    onProblem: (problem) => health.report("broker", problem),
  });
  // After the answer has gone out: it may have to go by the very way that ends.
  const trust = openTrust(layout, () => setImmediate(() => remote.checkTrust()));
  return agent;
}

/** The agent's own module: its source, the bundle that this is part of, or the bundle beside the library. */
function defaultEntry(): URL {
  const own = new URL(import.meta.url);
  if (own.pathname.endsWith("/agent.ts")) return new URL("./main.ts", own);
  if (own.pathname.endsWith("/agent.mjs")) return own;
  for (const place of ["./agent.mjs", "../agent.mjs"]) {
    const beside = new URL(place, own);
    if (existsSync(beside)) return beside;
  }
  return own;
}

function runtimeOf(): AgentInfo["runtime"] {
  const deno = process.versions.deno;
  return deno === undefined
    ? { name: "node", version: process.versions.node }
    : { name: "deno", version: deno };
}
