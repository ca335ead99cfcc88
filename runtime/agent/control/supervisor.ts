/** Keeps running what is meant to run, whatever happens to it. */
import { EddyError } from "../../../language/problem.ts";
import type { ExecutionRecord, InjectedMessage, WorkflowCounters } from "../../engine/contract.ts";
import type { Artifact, Manifest, VerifiedArtifact } from "../../protocol/artifact.ts";
import type { WorkflowStatus } from "../../protocol/contract.ts";
import type { Configuration } from "../configuration.ts";
import type { Deployments } from "../deployments.ts";
import { backoff } from "../host/backoff.ts";
import { type Layout, listFolders, type Step, writePointer } from "../layout.ts";
import { asFailure } from "../link.ts";
import type { Problem, Program, Watch } from "../messages.ts";
import type { HealthMonitor } from "./health.ts";
import type { Logs } from "./logs.ts";
import {
  currentVersion,
  type InstalledProgram,
  listVersions,
  previousVersion,
  readProgram,
  resolveVersion,
} from "./programs.ts";
import type { Stores } from "./stores.ts";
import type { WorkerEnd } from "./worker-handle.ts";
import type { RunningWorker, Workers } from "./workers.ts";

export interface SupervisorOptions {
  readonly layout: Layout;
  readonly configuration: Configuration;
  readonly deployments: Deployments;
  readonly stores: Stores;
  readonly workers: Workers;
  readonly logs: Logs;
  readonly health: HealthMonitor;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
  readonly step: Step;
  /** Milliseconds that a version has to end what is under way before another takes its place. */
  readonly drain: number;
  readonly onChange: (id: string, status: WorkflowStatus | null) => void;
}

interface Entry {
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
}

/** Milliseconds between two restarts. */
const restartPauses = { first: 1_000, longest: 60_000 };
/** After so many restarts in a row, somebody has to look at it. */
const mostRestarts = 6;
/** Milliseconds after which a workflow that runs counts as healthy again. */
const healthyAfter = 60_000;
/** Milliseconds that workers have to tell their counters. */
const countersPatience = 500;
const nobody: Watch = { values: "none", executions: false };
/** What the device's disk may cure by itself. */
const passing = new Set(["EDDY_DISK_FULL", "EDDY_STORE_UNAVAILABLE"]);

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #queues = new Map<string, Promise<unknown>>();
  /** By id and version, which never change. */
  readonly #manifests = new Map<string, Manifest>();
  #slots = 0;
  #isClosing = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    for (const id of listFolders(options.layout.workflows)) {
      if (listVersions(options.layout, id).length > 0) this.#entry(id);
    }
  }

  /** Starts what ran when the agent ended. */
  async boot(): Promise<void> {
    const { layout, deployments } = this.#options;
    for (const entry of this.#entries.values()) {
      const { id } = entry;
      const deployment = deployments.get(id);
      if (currentVersion(layout, id) === undefined) continue;
      entry.since = deployment?.since ?? entry.since;
      if (deployment?.quarantine) this.#set(entry, "quarantined", deployment.quarantine);
      else if (deployment?.wanted === "stopped") this.#set(entry, "stopped");
      else await this.exclusively(id, () => this.#restart(entry));
    }
  }

  /** One change at a time for a workflow; those of others go on beside it. */
  exclusively<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#queues.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#queues.set(id, mine);
    const forget = () => {
      if (this.#queues.get(id) === mine) this.#queues.delete(id);
    };
    mine.then(forget, forget);
    return mine;
  }

  // ------------------------------------------------------------ requests

  /** Evaluates a version beside the one that runs. Throws what keeps it from being loaded. */
  async tryToLoad(artifact: VerifiedArtifact): Promise<void> {
    const { id } = artifact.manifest;
    const { configuration, workers } = this.#options;
    const slot = ++this.#slots;
    let binding: ReturnType<Configuration["bind"]> | undefined;
    try {
      binding = configuration.bind(artifact.manifest);
    } catch {
      // Its values may be set between installation and activation, which refuses without them.
    }
    try {
      await workers.forTrial().handle.link.request("load", { ...programOf(artifact, slot), binding });
    } catch (error) {
      if (!(error instanceof EddyError) || error.code !== "EDDY_WORKER_ENDED") throw error;
      throw new EddyError("EDDY_LOAD_FAILED", `Workflow "${id}" cannot be loaded: ${error.message}`);
    }
    this.#entry(id);
  }

  /** Makes a version the running one. Whatever goes wrong, the one before it runs on. */
  async activate(id: string, wanted: string | undefined): Promise<WorkflowStatus> {
    const { layout, configuration, deployments, now, step } = this.#options;
    const version = resolveVersion(layout, id, wanted);
    const entry = this.#entry(id);
    const program = readProgram(layout, id, version);
    const binding = configuration.bind(program.manifest);
    const before = entry.worker ? currentVersion(layout, id) : undefined;
    clearTimeout(entry.restart);
    entry.isChanging = true;
    entry.isSuspect = false;
    entry.attempts = 0;
    if (before === undefined) this.#set(entry, "starting");
    let isLaunched = false;
    try {
      await this.#launch(entry, program, binding);
      isLaunched = true;
      this.#point(id, version, step);
      deployments.set(id, { wanted: "running", since: now() });
      this.#set(entry, "running");
    } catch (error) {
      // The disk could not keep what happened.
      if (isLaunched) await this.#halt(entry, 0);
      await this.#goBack(entry, before, error);
      throw activationError(id, error);
    } finally {
      entry.isChanging = false;
    }
    return this.status(id);
  }

  async rollback(id: string): Promise<WorkflowStatus> {
    this.#known(id);
    const version = previousVersion(this.#options.layout, id);
    if (version === undefined || version === currentVersion(this.#options.layout, id)) {
      throw new EddyError(
        "EDDY_NOTHING_TO_ROLL_BACK",
        `There is no version of "${id}" on this device from before the current one.`,
      );
    }
    return this.activate(id, version);
  }

  async deactivate(id: string): Promise<WorkflowStatus> {
    const entry = this.#known(id);
    const { deployments, now } = this.#options;
    deployments.set(id, { wanted: "stopped", since: now() });
    await this.#halt(entry, this.#options.drain);
    this.#set(entry, "stopped");
    return this.status(id);
  }

  /** Forgets it; what it had stored too, unless that is wanted. */
  async stopForRemoval(id: string): Promise<void> {
    const entry = this.#known(id);
    this.#options.deployments.remove(id);
    await this.#halt(entry, this.#options.drain);
    this.#entries.delete(id);
    this.#options.health.report(`workflow ${id}`, undefined);
    this.#options.onChange(id, null);
  }

  async inject(id: string, node: string, message: InjectedMessage): Promise<ExecutionRecord> {
    const { worker } = this.#known(id);
    if (!worker) throw new EddyError("EDDY_NOT_RUNNING", `Workflow "${id}" does not run. Start it first.`);
    return worker.handle.link.request("inject", { id, node, message });
  }

  watch(id: string, watch: Watch): void {
    const entry = this.#known(id);
    entry.watch = watch;
    entry.worker?.handle.link.tell("watch", { id, ...watch });
  }

  async list(): Promise<WorkflowStatus[]> {
    await this.#readCounters();
    return [...this.#entries.keys()].sort().map((id) => this.#statusOf(id));
  }

  async status(id: string): Promise<WorkflowStatus> {
    this.#known(id);
    await this.#readCounters();
    return this.#statusOf(id);
  }

  // ------------------------------------------------------------ what happens by itself

  /** A workflow threw where nothing catches, and its worker has stopped it. */
  workflowFailed(id: string, problem: Problem): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.isChanging) return;
    this.#leave(entry);
    this.#restartLater(entry, problem);
  }

  workerEnded(worker: RunningWorker, { kind, problem, running }: WorkerEnd): void {
    if (this.#isClosing) return;
    this.#options.logs.agent("error", `A worker ended. ${problem.message}`);
    const entries = [...worker.workflows].flatMap((id) => this.#entries.get(id) ?? []);
    const guilty = [...this.#entries.values()].find(({ slot }) => slot === running);
    const [only] = entries;
    const culprit = guilty ?? (entries.length === 1 && running === undefined ? only : undefined);
    for (const entry of entries) {
      this.#leave(entry);
      if (entry.isChanging) continue;
      if (entry !== culprit) {
        // Nobody knows who it was: alone, whoever it was will show.
        if (running === undefined) entry.isSuspect = true;
        this.#restartNow(entry);
      } else if (kind === "blocked") {
        this.#quarantine(entry, problem);
      } else {
        entry.isSuspect = true;
        this.#restartLater(entry, problem);
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.all(
      [...this.#entries.values()].map((entry) =>
        this.exclusively(entry.id, () => this.#halt(entry, this.#options.drain)),
      ),
    );
    await this.#options.workers.close();
  }

  // ------------------------------------------------------------ steps

  async #launch(
    entry: Entry,
    installed: InstalledProgram,
    binding: ReturnType<Configuration["bind"]>,
  ): Promise<void> {
    const { id, slot } = entry;
    const { manifest } = installed;
    const { workers, stores, drain } = this.#options;
    const isolation = entry.isSuspect && manifest.isolation === "shared" ? "worker" : manifest.isolation;
    const worker = workers.place(id, {
      isolation,
      memory: manifest.memory,
      capabilities: manifest.capabilities,
    });
    const isSwap = entry.worker === worker;
    if (!isSwap) await this.#halt(entry, drain);
    worker.workflows.add(id);
    entry.worker = worker;
    const { link } = worker.handle;
    try {
      const snapshot = isSwap ? { values: [], outbox: [] } : stores.snapshot(id);
      link.tell("watch", { id, ...entry.watch });
      await link.request("start", {
        ...programOf(installed, slot),
        binding,
        snapshot,
        deadline: drain,
      });
    } catch (error) {
      // In a swap, the version before runs on in its place, unless it is said that it does not.
      const isStopped = error instanceof EddyError && error.details?.isStopped === true;
      if (!isSwap || isStopped) this.#leave(entry);
      throw error;
    }
  }

  /** After an activation that failed: what ran before runs again. */
  async #goBack(entry: Entry, before: string | undefined, cause: unknown): Promise<void> {
    const { layout, logs } = this.#options;
    if (before === undefined) {
      this.#leave(entry);
      const current = currentVersion(layout, entry.id);
      this.#set(entry, current === undefined ? "installed" : "failed", asProblem(cause));
      return;
    }
    if (!entry.worker) {
      try {
        await this.#launchVersion(entry, before);
      } catch (error) {
        logs.agent(
          "error",
          `"${entry.id}" could not go back to the version before: ${asFailure(error).message}`,
        );
        this.#restartLater(entry, asProblem(error));
        return;
      }
    }
    this.#set(entry, "running");
  }

  async #launchVersion(entry: Entry, version: string): Promise<void> {
    const program = readProgram(this.#options.layout, entry.id, version);
    await this.#launch(entry, program, this.#options.configuration.bind(program.manifest));
  }

  /** The old version is named before the new one, so that at no moment both pointers are of no use. */
  #point(id: string, version: string, step: Step): void {
    const { layout } = this.#options;
    const current = currentVersion(layout, id);
    if (current === version) return;
    const folder = layout.workflow(id);
    if (current !== undefined) writePointer(folder, "previous", current, step);
    writePointer(folder, "current", version, step);
  }

  async #halt(entry: Entry, deadline: number): Promise<void> {
    clearTimeout(entry.restart);
    const { id, worker } = entry;
    if (!worker) return;
    try {
      await worker.handle.link.request("stop", { id, deadline });
    } catch (error) {
      // It has ended already, with its worker.
      this.#options.logs.agent("warn", `"${id}" did not stop: ${asFailure(error).message}`);
    }
    this.#leave(entry);
    this.#options.stores.release(id);
    await this.#options.workers.release(worker);
  }

  #leave(entry: Entry): void {
    entry.worker?.workflows.delete(entry.id);
    entry.worker = undefined;
    entry.counters = undefined;
  }

  async #restart(entry: Entry): Promise<void> {
    if (this.#isClosing || entry.worker) return;
    const version = currentVersion(this.#options.layout, entry.id);
    if (version === undefined) return;
    this.#set(entry, "starting", entry.reason);
    entry.isChanging = true;
    try {
      await this.#launchVersion(entry, version);
      this.#set(entry, "running");
    } catch (error) {
      this.#restartLater(entry, asProblem(error));
    } finally {
      entry.isChanging = false;
    }
  }

  #restartNow(entry: Entry): void {
    void this.exclusively(entry.id, () => this.#restart(entry));
  }

  #restartLater(entry: Entry, problem: Problem): void {
    const { logs, random, now, layout, deployments } = this.#options;
    if (this.#isClosing || deployments.get(entry.id)?.wanted === "stopped") return;
    if (entry.state === "running" && now() - entry.since > healthyAfter) entry.attempts = 0;
    const version = currentVersion(layout, entry.id);
    const policy = this.#manifest(entry.id, version ?? "")?.restart ?? "on-failure";
    if (policy === "never" || problem.code === "EDDY_MISSING_VALUES" || entry.attempts >= mostRestarts) {
      logs.agent("error", `"${entry.id}" has failed. ${problem.message}`);
      this.#set(entry, "failed", problem);
      return;
    }
    const pause = backoff(entry.attempts, restartPauses, random);
    if (!passing.has(problem.code)) entry.attempts++;
    logs.agent("warn", `"${entry.id}" is started again in ${pause} ms. ${problem.message}`);
    this.#set(entry, "starting", problem);
    clearTimeout(entry.restart);
    entry.restart = setTimeout(() => this.#restartNow(entry), pause);
  }

  #quarantine(entry: Entry, problem: Problem): void {
    const { deployments, now, logs } = this.#options;
    logs.agent("error", `"${entry.id}" is taken out of service. ${problem.message}`);
    this.#set(entry, "quarantined", problem);
    try {
      deployments.set(entry.id, { wanted: "running", since: now(), quarantine: problem });
    } catch (error) {
      // A disk that cannot be written: the agent remembers it until it ends.
      logs.agent("error", asFailure(error).message);
    }
  }

  // ------------------------------------------------------------ state

  #entry(id: string): Entry {
    const known = this.#entries.get(id);
    if (known) return known;
    const entry: Entry = {
      id,
      slot: ++this.#slots,
      state: "installed",
      reason: undefined,
      since: this.#options.now(),
      worker: undefined,
      isChanging: false,
      attempts: 0,
      restart: undefined,
      isSuspect: false,
      watch: nobody,
      counters: undefined,
    };
    this.#entries.set(id, entry);
    return entry;
  }

  #known(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry) return entry;
    throw new EddyError("EDDY_UNKNOWN_WORKFLOW", `There is no workflow "${id}" on this device.`);
  }

  #set(entry: Entry, state: Entry["state"], reason?: Problem): void {
    const isNew = entry.state !== state;
    entry.state = state;
    entry.reason = state === "running" || state === "stopped" ? undefined : reason;
    if (isNew) entry.since = this.#options.now();
    const isBad = state === "failed" || state === "quarantined";
    this.#options.health.report(`workflow ${entry.id}`, isBad ? reason : undefined);
    this.#options.onChange(entry.id, this.#statusOf(entry.id));
  }

  #statusOf(id: string): WorkflowStatus {
    const { layout } = this.#options;
    const { state, reason, since, counters } = this.#known(id);
    const version = currentVersion(layout, id) ?? listVersions(layout, id).at(-1) ?? "";
    const previous = previousVersion(layout, id);
    const manifest = this.#manifest(id, version);
    return {
      id,
      name: manifest?.name ?? id,
      version,
      ...(previous === undefined || previous === version ? {} : { previous }),
      state,
      ...(reason === undefined ? {} : { reason }),
      since,
      executions: counters?.executions ?? 0,
      errors: counters?.errors ?? 0,
      rate: counters?.rate ?? 0,
      nodes: manifest?.nodes.map(({ id: node, type }) => ({ id: node, type })) ?? [],
    };
  }

  /** Undefined where its files are broken, which is told when it is started. */
  #manifest(id: string, version: string): Manifest | undefined {
    const known = this.#manifests.get(`${id}/${version}`);
    if (known) return known;
    try {
      const { manifest } = readProgram(this.#options.layout, id, version);
      this.#manifests.set(`${id}/${version}`, manifest);
      return manifest;
    } catch {
      return undefined;
    }
  }

  /** A worker that does not answer in time keeps the numbers that it told last. */
  async #readCounters(): Promise<void> {
    const asked = this.#options.workers.all().map(async ({ handle }) => {
      for (const { id, ...counters } of await handle.link.request("counters", undefined)) {
        const entry = this.#entries.get(id);
        if (entry?.worker) entry.counters = counters;
      }
    });
    const patience = new Promise<void>((resolve) => void setTimeout(resolve, countersPatience).unref());
    await Promise.race([Promise.allSettled(asked), patience]);
  }
}

function programOf(
  { manifest, code, map }: Pick<Artifact, "manifest" | "code" | "map">,
  slot: number,
): Program {
  const { id, version, file, nodes } = manifest;
  return {
    id,
    version,
    code,
    slot,
    places: { manifest: { file, nodes }, ...(map === undefined ? {} : { map }) },
  };
}

function asProblem(error: unknown): Problem {
  const { code, message } = asFailure(error);
  return { code: code ?? "EDDY_INTERNAL", message };
}

function activationError(id: string, error: unknown): EddyError {
  if (error instanceof EddyError && error.code !== "EDDY_WORKER_ENDED") return error;
  return new EddyError(
    "EDDY_START_FAILED",
    `Workflow "${id}" cannot be started: ${asFailure(error).message}`,
    {
      cause: error,
    },
  );
}
