import type { NodeSettings, QueueSettings, SourceEntry, WorkflowSettings } from "../model.ts";
import type { Reader } from "./reader.ts";

/** What holds where a workflow says nothing. */
export const defaultSettings: WorkflowSettings = {
  isolation: "shared",
  queue: { limit: 1_000, overflow: "block" },
  restart: "on-failure",
  placement: "edge",
  types: "lenient",
};

export const settingsKeys = [
  "timeout",
  "timezone",
  "isolation",
  "memory",
  "queue",
  "restart",
  "placement",
  "types",
] as const;

export function readSettings(reader: Reader, entry: SourceEntry | undefined): WorkflowSettings {
  if (entry === undefined) return defaultSettings;
  const fields = reader.fields(entry, settingsKeys, "a map of settings");
  const timeout = reader.duration(fields.get("timeout"));
  const timezone = readTimezone(reader, fields.get("timezone"));
  const memory = reader.size(fields.get("memory"));
  return {
    isolation:
      reader.oneOf(fields.get("isolation"), ["shared", "worker", "process"]) ?? defaultSettings.isolation,
    queue: readQueue(reader, fields.get("queue")) ?? defaultSettings.queue,
    restart:
      reader.oneOf(fields.get("restart"), ["always", "on-failure", "never"]) ?? defaultSettings.restart,
    placement: readPlacement(reader, fields.get("placement")) ?? defaultSettings.placement,
    types: reader.oneOf(fields.get("types"), ["lenient", "strict"]) ?? defaultSettings.types,
    ...(timeout === undefined ? {} : { timeout }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(memory === undefined ? {} : { memory }),
  };
}

/** The reserved keys of a node that steer how it runs. */
export function readNodeSettings(reader: Reader, fields: ReadonlyMap<string, SourceEntry>): NodeSettings {
  const placement = readPlacement(reader, fields.get("placement"));
  const timeout = reader.duration(fields.get("timeout"));
  const retry = readRetry(reader, fields.get("retry"));
  const concurrency = reader.count(fields.get("concurrency"), 1);
  const ordered = reader.boolean(fields.get("ordered"));
  const queue = readQueue(reader, fields.get("queue"));
  return {
    ...(placement === undefined ? {} : { placement }),
    ...(timeout === undefined ? {} : { timeout }),
    ...(retry === undefined ? {} : { retry }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(ordered === undefined ? {} : { ordered }),
    ...(queue === undefined ? {} : { queue }),
  };
}

function readPlacement(reader: Reader, entry: SourceEntry | undefined) {
  return reader.oneOf(entry, ["edge", "cloud", "auto"]);
}

function readQueue(reader: Reader, entry: SourceEntry | undefined): QueueSettings | undefined {
  if (entry === undefined) return undefined;
  const fields = reader.fields(
    entry,
    ["limit", "overflow"],
    "a map such as { limit: 1000, overflow: block }",
  );
  const overflow = reader.oneOf(fields.get("overflow"), ["block", "drop-oldest", "drop-newest", "spill"]);
  return {
    limit: reader.count(fields.get("limit"), 1) ?? defaultSettings.queue.limit,
    overflow: overflow ?? defaultSettings.queue.overflow,
  };
}

function readRetry(reader: Reader, entry: SourceEntry | undefined): NodeSettings["retry"] {
  if (entry === undefined) return undefined;
  const fields = reader.fields(entry, ["attempts", "backoff"], "a map such as { attempts: 3, backoff: 1s }");
  return {
    attempts: reader.count(fields.get("attempts"), 1) ?? 3,
    backoff: reader.duration(fields.get("backoff")) ?? 1_000,
  };
}

/** Names of the IANA database, as the runtime knows them. */
function readTimezone(reader: Reader, entry: SourceEntry | undefined): string | undefined {
  const timezone = reader.text(entry);
  if (entry === undefined || timezone === undefined) return undefined;
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    return timezone;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return reader.mismatch(entry, "a time zone such as Europe/Berlin or UTC");
  }
}
