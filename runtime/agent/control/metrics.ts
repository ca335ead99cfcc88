/** Numbers for Prometheus, over HTTP, only where somebody has asked for it. */

import { rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import Type, { type Static } from "typebox";
import { EddyError } from "../../../language/problem.ts";
import type { Health, WorkflowStatus } from "../../protocol/contract.ts";
import { errorCode, type Layout, readJsonFile, writeWhole } from "../layout.ts";
import type { Problem } from "../messages.ts";

const settingsSchema = Type.Object({ port: Type.Integer(), address: Type.String() });
export type MetricsSettings = Static<typeof settingsSchema>;

export interface Metrics {
  settings(): MetricsSettings | undefined;
  /** Answered once it listens there, also after a restart of the agent; `undefined` ends it. */
  serve(settings: MetricsSettings | undefined): Promise<void>;
  close(): Promise<void>;
}

export interface MetricsOptions {
  readonly layout: Layout;
  readonly read: () => Promise<{
    readonly health: Health;
    readonly workflows: readonly WorkflowStatus[];
    /** Milliseconds. */
    readonly uptime: number;
  }>;
  readonly onProblem: (problem: Problem | undefined) => void;
}

export function openMetrics({ layout, read, onProblem }: MetricsOptions): Metrics {
  const path = join(layout.home, "metrics.json");
  let settings = readJsonFile(path, settingsSchema, () => {
    // Nobody is served then.
  });
  let server: Server | undefined;

  async function stop(): Promise<void> {
    const closing = server;
    server = undefined;
    if (!closing) return;
    const closed = new Promise((resolve) => closing.close(resolve));
    closing.closeAllConnections();
    await closed;
  }

  function listen({ port, address }: MetricsSettings): Promise<void> {
    const next = createServer((request, response) => {
      if (request.method !== "GET" || request.url?.split("?")[0] !== "/metrics") {
        response.writeHead(404).end("There is only /metrics here.\n");
        return;
      }
      read().then(
        (numbers) => response.setHeader("content-type", "text/plain; version=0.0.4").end(textOf(numbers)),
        () => response.writeHead(500).end(),
      );
    });
    return new Promise((resolve, reject) => {
      next.once("error", (error) => reject(refused(error, address, port)));
      next.listen(port, address, () => {
        server = next.unref();
        resolve();
      });
    });
  }

  // Never in the way of the agent's start.
  if (settings)
    listen(settings).catch((error: EddyError) => onProblem({ code: error.code, message: error.message }));

  return {
    settings: () => settings,
    async serve(wanted) {
      await stop();
      if (wanted) {
        await listen(wanted);
        writeWhole(path, JSON.stringify(wanted));
      } else rmSync(path, { force: true });
      settings = wanted;
      onProblem(undefined);
    },
    close: stop,
  };
}

function refused(error: Error, address: string, port: number): EddyError {
  const why = errorCode(error) === "EADDRINUSE" ? "something else listens there" : error.message;
  return new EddyError(
    "EDDY_METRICS",
    `Metrics cannot be served at ${address}:${port}: ${why}. Choose another port or address.`,
  );
}

type Labels = Readonly<Record<string, string>>;

/** The text format of Prometheus (prometheus.io/docs/instrumenting/exposition_formats). */
export function textOf({ health, workflows, uptime }: Awaited<ReturnType<MetricsOptions["read"]>>): string {
  const lines: string[] = [];
  const metric = (
    name: string,
    type: "gauge" | "counter",
    help: string,
    values: readonly (readonly [labels: Labels, value: number])[],
  ) => {
    if (values.length === 0) return;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of values) lines.push(`${name}${labelText(labels)} ${value}`);
  };
  const one = (value: number | undefined) => (value === undefined ? [] : [[{}, value] as const]);
  const each = (value: (status: WorkflowStatus) => number) =>
    workflows.map((status) => [{ workflow: status.id }, value(status)] as const);
  metric("eddy_up_seconds", "gauge", "Since the agent's start.", one(uptime / 1000));
  metric("eddy_health", "gauge", "1 for the state that the device is in.", [[{ status: health.status }, 1]]);
  metric(
    "eddy_problem",
    "gauge",
    "How many things have this problem.",
    [...Map.groupBy(health.reasons, ({ code }) => code)].map(([code, all]) => [{ code }, all.length]),
  );
  metric("eddy_memory_bytes", "gauge", "Memory of the agent's process.", one(health.memory.rss));
  metric("eddy_disk_free_bytes", "gauge", "Free on the disk of the agent's folder.", one(health.disk.free));
  metric("eddy_event_loop_lag_seconds", "gauge", "How late the agent is.", one(health.eventLoopLag / 1000));
  metric("eddy_temperature_celsius", "gauge", "Of the processor.", one(health.temperature));
  metric(
    "eddy_written_today_bytes",
    "gauge",
    "Written by the agent today (UTC).",
    one(health.written?.today),
  );
  metric("eddy_outbox_messages", "gauge", "Wait for a broker.", one(health.outbox.entries));
  metric("eddy_outbox_bytes", "gauge", "Of messages that wait for a broker.", one(health.outbox.bytes));
  metric(
    "eddy_workflow_running",
    "gauge",
    "1 where it runs.",
    each(({ state }) => (state === "running" ? 1 : 0)),
  );
  metric(
    "eddy_workflow_executions_total",
    "counter",
    "Since its start.",
    each((status) => status.executions),
  );
  metric(
    "eddy_workflow_errors_total",
    "counter",
    "Executions that failed.",
    each((status) => status.errors),
  );
  return `${lines.join("\n")}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value.replace(/[\\"\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`))}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
