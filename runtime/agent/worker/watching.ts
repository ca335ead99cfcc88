/** Samples of what a workflow does, for whoever watches: bounded in number, size and time, so that nobody slows it down. */
import type {
  CompiledWorkflow,
  Disposable,
  ExecutionRecord,
  Message,
  WorkflowCounters,
} from "../../engine/contract.ts";
import type { LiveValue } from "../../protocol/contract.ts";
import type { Redact } from "../host/secrets.ts";
import { plainValue, showValue } from "../host/values.ts";
import type { Watch } from "../messages.ts";

/** Milliseconds between two updates: 20 a second. */
const updateInterval = 50;
/** Bytes of one value. */
const largestValue = 4096;
/** Bytes of one value in the answer to an injection, which somebody waits for. */
const largestInjected = 64 * 1024;
/** Executions in one update. */
const mostRecords = 10;
/** Showing values may take this part of the time; where it takes more, updates come less often. */
const largestShare = 0.05;

export interface WatchingOptions {
  readonly workflow: CompiledWorkflow;
  readonly redact: Redact;
  readonly onValues: (values: readonly LiveValue[], dropped: number) => void;
  readonly onExecutions: (records: readonly ExecutionRecord[], dropped: number) => void;
}

export interface Watching {
  watch(watch: Watch): void;
  dispose(): void;
}

interface Sample {
  readonly node: string;
  readonly port: string;
  message: Message;
}

export function createWatching(options: WatchingOptions): Watching {
  const samples = new Map<string, Sample>();
  let seen = 0;
  let records: ExecutionRecord[] = [];
  let recorded = 0;
  let observer: Disposable | undefined;
  let timer: NodeJS.Timeout | undefined;

  function schedule(wait = updateInterval): void {
    timer ??= setTimeout(update, wait).unref();
  }

  function sample(node: string, port: string, message: Message): void {
    seen++;
    const key = `${node}.${port}`;
    const known = samples.get(key);
    if (known) known.message = message;
    else samples.set(key, { node, port, message });
    schedule();
  }

  function record(one: ExecutionRecord): void {
    recorded++;
    records.push(one);
    // The newest are kept, and failures before all others.
    if (records.length > mostRecords) {
      const least = records.findIndex(({ outcome }) => outcome === "ok");
      records.splice(Math.max(0, least), 1);
    }
    schedule();
  }

  function update(): void {
    timer = undefined;
    const started = performance.now();
    if (samples.size > 0) {
      const counters = options.workflow.counters();
      const values = [...samples.values()].map((one) => shown(one, counters, options.redact));
      const dropped = seen - samples.size;
      samples.clear();
      seen = 0;
      options.onValues(values, dropped);
    }
    if (records.length > 0) {
      const shownRecords = records.map((one) => plainRecord(one, options.redact, largestValue));
      const dropped = recorded - records.length;
      records = [];
      recorded = 0;
      options.onExecutions(shownRecords, dropped);
    }
    // Keeps the next update away for as long as this one was dear.
    const cost = performance.now() - started;
    if (cost > updateInterval * largestShare) schedule(cost / largestShare);
  }

  return {
    watch({ values, executions }) {
      observer?.dispose();
      observer = undefined;
      const isWanted = values === "all" ? () => true : (node: string) => values.includes(node);
      if (values === "none" && !executions) return;
      observer = options.workflow.observe({
        ...(values === "none"
          ? {}
          : {
              value: (node, port, message) => {
                if (isWanted(node)) sample(node, port, message);
              },
            }),
        ...(executions ? { execution: record } : {}),
      });
    },
    dispose() {
      observer?.dispose();
      clearTimeout(timer);
    },
  };
}

function shown({ node, port, message }: Sample, counters: WorkflowCounters, redact: Redact): LiveValue {
  const { text, size } = showValue(message.payload, redact, largestValue);
  const counted = counters.nodes.find(({ id }) => id === node);
  const count = port === "error" ? counted?.errors : (counted?.ports?.[port] ?? counted?.emitted);
  return {
    node,
    port,
    time: message.time,
    ...(message.topic === undefined ? {} : { topic: redact(message.topic) }),
    text,
    size,
    count: count ?? 0,
  };
}

/** A record that can leave the process, for the answer to an injection. */
export function injectedRecord(record: ExecutionRecord, redact: Redact): ExecutionRecord {
  return plainRecord(record, redact, largestInjected);
}

function plainRecord(record: ExecutionRecord, redact: Redact, limit: number): ExecutionRecord {
  return {
    ...record,
    nodes: record.nodes.map((node) => ({
      ...node,
      ...(node.output === undefined
        ? {}
        : {
            output: node.output.map(({ port, message }) => ({
              port,
              message: plainMessage(message, redact, limit),
            })),
          }),
      ...(node.error === undefined ? {} : { error: { ...node.error, message: redact(node.error.message) } }),
    })),
  };
}

function plainMessage(message: Message, redact: Redact, limit: number): Message {
  return {
    id: message.id,
    time: message.time,
    ...(message.topic === undefined ? {} : { topic: redact(message.topic) }),
    payload: plainValue(message.payload, redact, limit),
    ...(message.source === undefined
      ? {}
      : { source: plainValue(message.source, redact, limit) as Record<string, unknown> }),
  };
}
