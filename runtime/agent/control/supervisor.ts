/** Keeps running what is meant to run: what is asked of the workflows on the device is done here. */
import { EddyError } from "../../../language/problem.ts";
import type { ExecutionRecord, InjectedMessage } from "../../engine/contract.ts";
import type { VerifiedArtifact } from "../../protocol/artifact.ts";
import type { WorkflowStatus } from "../../protocol/contract.ts";
import type { Configuration } from "../configuration.ts";
import type { Deployments } from "../deployments.ts";
import { type Layout, type Step, writePointer } from "../layout.ts";
import { asFailure } from "../link.ts";
import type { Problem, Watch } from "../messages.ts";
import { createEntries, type Entries, type Entry } from "./entries.ts";
import type { HealthMonitor } from "./health.ts";
import { createLauncher, type Launcher } from "./launcher.ts";
import type { Logs } from "./logs.ts";
import { currentVersion, previousVersion, readProgram, resolveVersion } from "./programs.ts";
import { asProblem, createRecovery, type Recovery } from "./recovery.ts";
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

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #entries: Entries;
  readonly #launcher: Launcher;
  readonly #recovery: Recovery;
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#entries = createEntries(options);
    this.#launcher = createLauncher({ ...options, entries: this.#entries });
    this.#recovery = createRecovery({
      ...options,
      entries: this.#entries,
      launcher: this.#launcher,
      exclusively: (id, work) => this.exclusively(id, work),
    });
  }

  /** Starts what ran when the agent ended. */
  async boot(): Promise<void> {
    const { layout, deployments } = this.#options;
    for (const entry of this.#entries.all()) {
      const { id } = entry;
      const deployment = deployments.get(id);
      if (currentVersion(layout, id) === undefined) continue;
      entry.since = deployment?.since ?? entry.since;
      if (deployment?.quarantine) this.#entries.set(entry, "quarantined", deployment.quarantine);
      else if (deployment?.wanted === "stopped") this.#entries.set(entry, "stopped");
      else await this.exclusively(id, () => this.#recovery.restart(entry));
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

  /** Evaluates a version beside the one that runs. Throws what keeps it from being loaded. */
  async tryToLoad(artifact: VerifiedArtifact): Promise<void> {
    await this.#launcher.tryToLoad(artifact);
    this.#entries.ensure(artifact.manifest.id);
  }

  /** Makes a version the running one. Whatever goes wrong, the one before it runs on. */
  async activate(id: string, wanted: string | undefined): Promise<WorkflowStatus> {
    const { layout, configuration, deployments, now } = this.#options;
    const version = resolveVersion(layout, id, wanted);
    const entry = this.#entries.ensure(id);
    const program = readProgram(layout, id, version);
    const binding = configuration.bind(program.manifest);
    const before = entry.worker ? currentVersion(layout, id) : undefined;
    clearTimeout(entry.restart);
    entry.isChanging = true;
    entry.isSuspect = false;
    entry.attempts = 0;
    if (before === undefined) this.#entries.set(entry, "starting");
    let isLaunched = false;
    try {
      await this.#launcher.launch(entry, program, binding);
      isLaunched = true;
      this.#point(id, version);
      deployments.set(id, { wanted: "running", since: now() });
      this.#entries.set(entry, "running");
    } catch (error) {
      // The disk could not keep what happened.
      if (isLaunched) await this.#launcher.halt(entry, 0);
      await this.#goBack(entry, before, error);
      throw activationError(id, error);
    } finally {
      entry.isChanging = false;
    }
    return this.status(id);
  }

  async rollback(id: string): Promise<WorkflowStatus> {
    this.#entries.get(id);
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
    const entry = this.#entries.get(id);
    const { deployments, now, drain } = this.#options;
    deployments.set(id, { wanted: "stopped", since: now() });
    await this.#launcher.halt(entry, drain);
    this.#entries.set(entry, "stopped");
    return this.status(id);
  }

  /** Stops it, and forgets that it was meant to run. */
  async stopForRemoval(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    this.#options.deployments.remove(id);
    await this.#launcher.halt(entry, this.#options.drain);
    this.#entries.remove(id);
  }

  async inject(id: string, node: string, message: InjectedMessage): Promise<ExecutionRecord> {
    const { worker } = this.#entries.get(id);
    if (!worker) throw new EddyError("EDDY_NOT_RUNNING", `Workflow "${id}" does not run. Start it first.`);
    return worker.handle.link.request("inject", { id, node, message });
  }

  watch(id: string, watch: Watch): void {
    const entry = this.#entries.get(id);
    entry.watch = watch;
    entry.worker?.handle.link.tell("watch", { id, ...watch });
  }

  async list(): Promise<WorkflowStatus[]> {
    await this.#entries.readCounters();
    return [...this.#entries.all()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((entry) => this.#entries.status(entry));
  }

  async status(id: string): Promise<WorkflowStatus> {
    this.#entries.get(id);
    await this.#entries.readCounters();
    return this.#entries.status(this.#entries.get(id));
  }

  workflowFailed(id: string, problem: Problem): void {
    this.#recovery.workflowFailed(id, problem);
  }

  workerEnded(worker: RunningWorker, end: WorkerEnd): void {
    this.#recovery.workerEnded(worker, end);
  }

  async close(): Promise<void> {
    const { drain, workers } = this.#options;
    this.#recovery.end();
    await Promise.all(
      this.#entries.all().map((entry) => this.exclusively(entry.id, () => this.#launcher.halt(entry, drain))),
    );
    await workers.close();
  }

  /** After an activation that failed: what ran before runs again. */
  async #goBack(entry: Entry, before: string | undefined, cause: unknown): Promise<void> {
    const { layout, logs } = this.#options;
    if (before === undefined) {
      this.#entries.leave(entry);
      const current = currentVersion(layout, entry.id);
      this.#entries.set(entry, current === undefined ? "installed" : "failed", asProblem(cause));
      return;
    }
    if (!entry.worker) {
      try {
        await this.#launcher.launchVersion(entry, before);
      } catch (error) {
        logs.agent(
          "error",
          `"${entry.id}" could not go back to the version before: ${asFailure(error).message}`,
        );
        this.#recovery.restartLater(entry, asProblem(error));
        return;
      }
    }
    this.#entries.set(entry, "running");
  }

  /** The old version is named before the new one, so that at no moment both pointers are of no use. */
  #point(id: string, version: string): void {
    const { layout, step } = this.#options;
    const current = currentVersion(layout, id);
    if (current === version) return;
    const folder = layout.workflow(id);
    if (current !== undefined) writePointer(folder, "previous", current, step);
    writePointer(folder, "current", version, step);
  }
}

function activationError(id: string, error: unknown): EddyError {
  if (error instanceof EddyError && error.code !== "EDDY_WORKER_ENDED") return error;
  return new EddyError(
    "EDDY_START_FAILED",
    `Workflow "${id}" cannot be started: ${asFailure(error).message}`,
    { cause: error },
  );
}
