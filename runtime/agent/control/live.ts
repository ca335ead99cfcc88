/** Who watches what, over which connection; what each gets is bounded by how fast it takes it up. */
import type { ExecutionRecord } from "../../engine/contract.ts";
import type { AgentLogRecord, Health, LiveValue, WorkflowStatus } from "../../protocol/contract.ts";
import type { Peer } from "../../protocol/server.ts";
import type { Watch } from "../messages.ts";
import type { Logs } from "./logs.ts";

export interface LiveOptions {
  readonly watch: (id: string, watch: Watch) => void;
  readonly logs: Logs;
  readonly metrics: () => Promise<{ health: Health; workflows: WorkflowStatus[] }>;
}

/** Subscriptions of all connections. Each ends with its connection. */
export interface Live {
  tap(peer: Peer, id: string, node: string | undefined): string;
  executions(peer: Peer, id: string): string;
  metrics(peer: Peer, interval: number): string;
  logs(peer: Peer, id: string | undefined): string;
  cancel(peer: Peer, subscription: string): void;
  values(id: string, values: readonly LiveValue[], dropped: number): void;
  records(id: string, records: readonly ExecutionRecord[], dropped: number): void;
  /** Tells every client. */
  changed(id: string, status: WorkflowStatus | null): void;
  connected(peer: Peer): void;
}

interface Subscription {
  readonly peer: Peer;
  readonly kind: "tap" | "executions" | "other";
  readonly workflow: string | undefined;
  readonly node: string | undefined;
  /** Samples left out since the last update. */
  dropped: number;
  readonly dispose: () => void;
}

/** Log records in one update; more than that wait for no slow client. */
const mostLogRecords = 500;
/** Milliseconds that log records wait for others to be sent with. */
const logInterval = 100;

export function createLive(options: LiveOptions): Live {
  const subscriptions = new Map<string, Subscription>();
  const peers = new Set<Peer>();
  let count = 0;

  function add(peer: Peer, subscription: Partial<Subscription>): string {
    const id = `s${++count}`;
    subscriptions.set(id, {
      peer,
      kind: "other",
      workflow: undefined,
      node: undefined,
      dropped: 0,
      dispose: () => {},
      ...subscription,
    });
    return id;
  }

  function remove(id: string): void {
    const subscription = subscriptions.get(id);
    if (!subscription) return;
    subscriptions.delete(id);
    subscription.dispose();
    if (subscription.workflow !== undefined) rewatch(subscription.workflow);
  }

  /** Tells the workflow what all of its watchers together want to see. */
  function rewatch(workflow: string): void {
    const own = [...subscriptions.values()].filter((one) => one.workflow === workflow);
    const taps = own.filter(({ kind }) => kind === "tap");
    const nodes = taps.flatMap(({ node }) => node ?? []);
    const values = taps.length === 0 ? "none" : nodes.length < taps.length ? "all" : nodes;
    try {
      options.watch(workflow, { values, executions: own.some(({ kind }) => kind === "executions") });
    } catch {
      // It was removed, and with it all that could be seen.
    }
  }

  function watching(
    peer: Peer,
    kind: "tap" | "executions",
    workflow: string,
    node: string | undefined,
  ): string {
    // Refused at once where there is no such workflow.
    options.watch(workflow, { values: "none", executions: false });
    const id = add(peer, { kind, workflow, node });
    rewatch(workflow);
    return id;
  }

  return {
    tap: (peer, id, node) => watching(peer, "tap", id, node),
    executions: (peer, id) => watching(peer, "executions", id, undefined),
    metrics(peer, interval) {
      let isBusy = false;
      const tell = async () => {
        if (isBusy || peer.isCongested()) return;
        isBusy = true;
        try {
          peer.notify("metrics/update", { subscription: id, ...(await options.metrics()) });
        } finally {
          isBusy = false;
        }
      };
      const timer = setInterval(() => void tell(), interval);
      const id = add(peer, { dispose: () => clearInterval(timer) });
      void tell();
      return id;
    },
    logs(peer, workflow) {
      let waiting: AgentLogRecord[] = [];
      let timer: NodeJS.Timeout | undefined;
      const send = () => {
        timer = undefined;
        if (peer.isCongested()) {
          waiting = waiting.slice(-mostLogRecords);
          timer = setTimeout(send, logInterval);
          return;
        }
        peer.notify("logs/records", { subscription: id, records: waiting.slice(-mostLogRecords) });
        waiting = [];
      };
      const hearing = options.logs.onRecord((record) => {
        if (workflow !== undefined && record.workflow !== workflow) return;
        waiting.push(record);
        timer ??= setTimeout(send, logInterval);
      });
      const id = add(peer, {
        dispose() {
          hearing.dispose();
          clearTimeout(timer);
        },
      });
      return id;
    },
    cancel(peer, id) {
      if (subscriptions.get(id)?.peer === peer) remove(id);
    },
    values(workflow, values, dropped) {
      for (const [id, subscription] of subscriptions) {
        if (subscription.kind !== "tap" || subscription.workflow !== workflow) continue;
        const { peer, node } = subscription;
        const own = node === undefined ? values : values.filter((value) => value.node === node);
        if (peer.isCongested()) {
          subscription.dropped += own.length + dropped;
        } else if (own.length > 0) {
          peer.notify("tap/values", {
            subscription: id,
            values: [...own],
            dropped: subscription.dropped + dropped,
          });
          subscription.dropped = 0;
        }
      }
    },
    records(workflow, records, dropped) {
      for (const [id, subscription] of subscriptions) {
        if (subscription.kind !== "executions" || subscription.workflow !== workflow) continue;
        if (subscription.peer.isCongested()) {
          subscription.dropped += records.length + dropped;
          continue;
        }
        subscription.peer.notify("executions/records", {
          subscription: id,
          records: records.map(mutable),
          dropped: subscription.dropped + dropped,
        });
        subscription.dropped = 0;
      }
    },
    changed(id, status) {
      for (const peer of peers) if (!peer.isCongested()) peer.notify("workflow/changed", { id, status });
    },
    connected(peer) {
      peers.add(peer);
      peer.closed.addEventListener("abort", () => {
        peers.delete(peer);
        for (const [id, subscription] of subscriptions) if (subscription.peer === peer) remove(id);
      });
    },
  };
}

/** The same record, in the type of the wire. */
export function mutable(record: ExecutionRecord) {
  const { causes, ...rest } = record;
  return {
    ...rest,
    nodes: record.nodes.map(({ id, ms, output, error }) => ({
      id,
      ms,
      ...(output === undefined ? {} : { output: output.map(({ port, message }) => ({ port, message })) }),
      ...(error === undefined ? {} : { error }),
    })),
    ...(causes === undefined ? {} : { causes: [...causes] }),
  };
}
