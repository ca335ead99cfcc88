/** The workflows on the device: in what state each of them is, and what is told of it. */
import { EddyError } from "../../../language/problem.ts";
import type { WorkflowCounters } from "../../engine/contract.ts";
import type { Manifest } from "../../protocol/artifact.ts";
import type { WorkflowStatus } from "../../protocol/contract.ts";
import { type Layout, listFolders } from "../layout.ts";
import type { Problem, Watch } from "../messages.ts";
import type { HealthMonitor } from "./health.ts";
import type { KeptMessages } from "./kept.ts";
import { currentVersion, listVersions, previousVersion, readProgram } from "./programs.ts";
import type { RunningWorker, Workers } from "./workers.ts";

export interface Entry {
  readonly id: string;
  /** Stands in shared memory while its code runs. */
  readonly slot: number;
  state: WorkflowStatus["state"];
  reason: Problem | undefined;
  since: number;
  worker: RunningWorker | undefined;
  /** A change is under way, which deals with a worker that ends meanwhile. */
  isChanging: boolean;
  /** Restarts in a row. */
  attempts: number;
  restart: NodeJS.Timeout | undefined;
  /** Has brought a worker down, or may have: it gets one of its own. */
  isSuspect: boolean;
  watch: Watch;
  counters: (WorkflowCounters & { readonly rate: number }) | undefined;
  /** Until when it is on probation, milliseconds since 1970. */
  probation: number | undefined;
  rolledBack: WorkflowStatus["rolledBack"];
  /** Ids of its nodes, as the engine of the version that was started last numbers them. */
  nodes: readonly string[];
  /** The version that was started last. */
  launched: string | undefined;
}

export interface EntriesOptions {
  readonly layout: Layout;
  readonly workers: Workers;
  readonly health: HealthMonitor;
  readonly kept: KeptMessages;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onChange: (id: string, status: WorkflowStatus | null) => void;
}

export interface Entries {
  all(): readonly Entry[];
  find(id: string): Entry | undefined;
  /** Throws `EDDY_UNKNOWN_WORKFLOW`. */
  get(id: string): Entry;
  /** A new one where the workflow has none. */
  ensure(id: string): Entry;
  remove(id: string): void;
  /** A slot that no other code has. */
  newSlot(): number;
  set(entry: Entry, state: Entry["state"], reason?: Problem): void;
  /** It does not run in its worker any more. */
  leave(entry: Entry): void;
  /** Undefined where the files of the version are broken, which is told when it is started. */
  manifest(id: string, version: string): Manifest | undefined;
  status(entry: Entry): WorkflowStatus;
  /** Asks the workers. One that does not answer in time keeps the numbers that it told last. */
  readCounters(): Promise<void>;
}

/** Milliseconds that workers have to tell their counters. */
const countersPatience = 500;
const nobody: Watch = { values: "none", executions: false };

function takenBack({ id, rolledBack }: Entry): Problem | undefined {
  if (!rolledBack) return undefined;
  const { version, message } = rolledBack;
  return {
    code: "EDDY_ROLLED_BACK",
    message: `Version ${version.slice(0, 7)} of "${id}" did not pass its probation, and the one before runs again. ${message}`,
  };
}

/** Begins with the workflows that are installed. */
export function createEntries({ layout, workers, health, kept, now, onChange }: EntriesOptions): Entries {
  const entries = new Map<string, Entry>();
  /** By id and version, which never change. */
  const manifests = new Map<string, Manifest>();
  let slots = 0;

  function add(id: string): Entry {
    const entry: Entry = {
      id,
      slot: ++slots,
      state: "installed",
      reason: undefined,
      since: now(),
      worker: undefined,
      isChanging: false,
      attempts: 0,
      restart: undefined,
      isSuspect: false,
      watch: nobody,
      counters: undefined,
      probation: undefined,
      rolledBack: undefined,
      nodes: [],
      launched: undefined,
    };
    entries.set(id, entry);
    return entry;
  }

  function manifestOf(id: string, version: string): Manifest | undefined {
    const known = manifests.get(`${id}/${version}`);
    if (known) return known;
    try {
      const { manifest } = readProgram(layout, id, version);
      manifests.set(`${id}/${version}`, manifest);
      return manifest;
    } catch {
      return undefined;
    }
  }

  function statusOf({ id, state, reason, since, counters, probation, rolledBack }: Entry): WorkflowStatus {
    const version = currentVersion(layout, id) ?? listVersions(layout, id).at(-1) ?? "";
    const previous = previousVersion(layout, id);
    const manifest = manifestOf(id, version);
    const keptMessages = kept.list(id).length;
    return {
      id,
      name: manifest?.name ?? id,
      version,
      ...(previous === undefined || previous === version ? {} : { previous }),
      state,
      ...(reason === undefined ? {} : { reason }),
      ...(probation === undefined ? {} : { probation }),
      ...(rolledBack === undefined ? {} : { rolledBack }),
      since,
      executions: counters?.executions ?? 0,
      errors: counters?.errors ?? 0,
      rate: counters?.rate ?? 0,
      nodes: manifest?.nodes.map(({ id: node, type }) => ({ id: node, type })) ?? [],
      ...(keptMessages === 0 ? {} : { kept: keptMessages }),
    };
  }

  for (const id of listFolders(layout.workflows)) {
    if (listVersions(layout, id).length > 0) add(id);
  }

  return {
    all: () => [...entries.values()],
    find: (id) => entries.get(id),
    get(id) {
      const entry = entries.get(id);
      if (entry) return entry;
      throw new EddyError("EDDY_UNKNOWN_WORKFLOW", `There is no workflow "${id}" on this device.`);
    },
    ensure: (id) => entries.get(id) ?? add(id),
    remove(id) {
      entries.delete(id);
      health.report(`workflow ${id}`, undefined);
      onChange(id, null);
    },
    newSlot: () => ++slots,
    set(entry, state, reason) {
      if (entry.state !== state) entry.since = now();
      entry.state = state;
      entry.reason = state === "running" || state === "stopped" ? undefined : reason;
      const isBad = state === "failed" || state === "quarantined";
      health.report(`workflow ${entry.id}`, isBad ? reason : takenBack(entry));
      onChange(entry.id, statusOf(entry));
    },
    leave(entry) {
      entry.worker?.workflows.delete(entry.id);
      entry.worker = undefined;
      entry.counters = undefined;
    },
    manifest: manifestOf,
    status: statusOf,
    async readCounters() {
      const asked = workers.all().map(async ({ handle }) => {
        for (const { id, ...counters } of await handle.link.request("counters", undefined)) {
          const entry = entries.get(id);
          if (entry?.worker) entry.counters = counters;
        }
      });
      const patience = new Promise<void>((resolve) => void setTimeout(resolve, countersPatience).unref());
      await Promise.race([Promise.allSettled(asked), patience]);
    },
  };
}
