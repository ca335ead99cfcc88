/** Keeps running what is meant to run: what is asked of the workflows on the device is done here. */
import { EddyError } from "../../../language/problem.ts";
import type { ExecutionRecord, InjectedMessage } from "../../engine/contract.ts";
import type { VerifiedArtifact } from "../../protocol/artifact.ts";
import type { WorkflowStatus } from "../../protocol/contract.ts";
import type { Configuration } from "../configuration.ts";
import type { Deployment, Deployments } from "../deployments.ts";
import {
  asDiskError,
  type Layout,
  removePointer,
  type Step,
  settlePointers,
  switchPointers,
  writePointer,
} from "../layout.ts";
import { asFailure } from "../link.ts";
import type { Problem, Watch } from "../messages.ts";
import { createEntries, type Entries, type Entry } from "./entries.ts";
import type { HealthMonitor } from "./health.ts";
import type { KeptMessages } from "./kept.ts";
import { createLauncher, type Launcher } from "./launcher.ts";
import type { Logs } from "./logs.ts";
import { type Baseline, createProbations, type Probations } from "./probation.ts";
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
  readonly kept: KeptMessages;
  readonly health: HealthMonitor;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly random: () => number;
  readonly step: Step;
  /** Milliseconds that a version has to end what is under way before another takes its place. */
  readonly drain: number;
  /** Milliseconds that a new version is on probation. */
  readonly probation: number;
  readonly singleThreaded: boolean;
  readonly onChange: (id: string, status: WorkflowStatus | null) => void;
}

/** Times that the agent may die while a version is on probation. */
const deathsOnProbation = 2;
/** Deaths in a row after which every workflow gets a worker of its own, and after which none is started. */
const deathsToSafety = 3;
const deathsToNothing = 8;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #entries: Entries;
  readonly #launcher: Launcher;
  readonly #recovery: Recovery;
  readonly #probations: Probations;
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#entries = createEntries(options);
    this.#launcher = createLauncher({ ...options, entries: this.#entries });
    this.#probations = createProbations({
      entries: this.#entries,
      duration: options.probation,
      now: options.now,
      troubles: (id) => options.health.troubles(`connection ${id} `),
      heap: async ({ worker }) =>
        worker && { used: await worker.handle.link.request("heap", undefined), limit: worker.memory },
      onFailed: (entry, { version }, problem) =>
        void this.exclusively(entry.id, () => this.#takeBack(entry, version, problem)),
      onPassed: (entry) => this.#passed(entry),
    });
    this.#recovery = createRecovery({
      ...options,
      entries: this.#entries,
      launcher: this.#launcher,
      takenBack: (entry, problem) => this.#probations.failed(entry, problem),
      exclusively: (id, work) => this.exclusively(id, work),
    });
  }

  /** Starts what ran when the agent ended; `deaths`: times in a row that it died soon after it had started. */
  async boot(deaths: number): Promise<void> {
    const { layout, deployments } = this.#options;
    for (const entry of this.#entries.all()) {
      const { id } = entry;
      const deployment = deployments.get(id);
      if (currentVersion(layout, id) === undefined) continue;
      entry.since = deployment?.since ?? entry.since;
      if (deployment?.quarantine) this.#entries.set(entry, "quarantined", deployment.quarantine);
      else if (deployment?.wanted === "stopped") this.#entries.set(entry, "stopped");
      else await this.exclusively(id, () => this.#start(entry, deployment, deaths));
    }
  }

  /** As it was, and more carefully the more often that has killed the agent. */
  async #start(entry: Entry, deployment: Deployment | undefined, deaths: number): Promise<void> {
    const { layout, deployments, singleThreaded } = this.#options;
    entry.rolledBack = deployment?.rolledBack;
    // The agent may have ended before the version on probation became the current one.
    const isCurrent = deployment?.probation?.before === currentVersion(layout, entry.id);
    const probation = isCurrent ? undefined : deployment?.probation;
    if (deployment && probation) {
      const known = probation.deaths + (deaths > 0 ? 1 : 0);
      if (known > probation.deaths)
        deployments.set(entry.id, { ...deployment, probation: { ...probation, deaths: known } });
      if (known >= deathsOnProbation) return this.#takeBack(entry, probation.before, bootLoop(known));
    }
    if (deaths >= deathsToSafety && (singleThreaded || deaths >= deathsToNothing)) {
      this.#entries.set(entry, "failed", bootLoop(deaths));
      return;
    }
    entry.isSuspect = deaths >= deathsToSafety;
    await this.#recovery.restart(entry);
    if (!probation) return;
    if (entry.state === "running") this.#beginProbation(entry, unknownBaseline(probation.before));
    else await this.#takeBack(entry, probation.before, entry.reason ?? bootLoop(deaths));
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
    const { layout, configuration, now } = this.#options;
    const version = resolveVersion(layout, id, wanted);
    const entry = this.#entries.ensure(id);
    const program = readProgram(layout, id, version);
    const binding = configuration.bind(program.manifest);
    const before = entry.worker ? currentVersion(layout, id) : undefined;
    const baseline = await this.#baselineOf(entry, before, version);
    this.#probations.cancel(id);
    clearTimeout(entry.restart);
    entry.isChanging = true;
    entry.isSuspect = false;
    entry.attempts = 0;
    if (before === undefined) this.#entries.set(entry, "starting");
    let isLaunched = false;
    try {
      await this.#launcher.launch(entry, program, binding);
      isLaunched = true;
      const probation = baseline ? { probation: { before: baseline.version, deaths: 0 } } : {};
      this.#makeCurrent(id, version, { wanted: "running", since: now(), ...probation });
      entry.rolledBack = undefined;
      if (baseline) this.#beginProbation(entry, baseline);
      else entry.probation = undefined;
      this.#entries.set(entry, "running");
    } catch (error) {
      // The disk could not keep what happened.
      if (isLaunched) await this.#launcher.halt(entry, 0);
      await this.#goBack(entry, before, error);
      throw activationError(id, asDiskError(error, layout.home));
    } finally {
      entry.isChanging = false;
    }
    return this.status(id);
  }

  /** The pointer comes last: once it has changed, nothing that may fail is left to do. */
  #makeCurrent(id: string, version: string, deployment: Deployment): void {
    const { layout, deployments, logs, step } = this.#options;
    const before = deployments.get(id);
    deployments.set(id, deployment);
    try {
      switchPointers(layout.workflow(id), version, step);
    } catch (error) {
      if (currentVersion(layout, id) === version) {
        logs.agent("warn", asFailure(error).message);
        return;
      }
      try {
        if (before) deployments.set(id, before);
        else deployments.remove(id);
      } catch {
        // On a disk that takes nothing: it is told by the error that led here.
      }
      throw error;
    }
  }

  /** What the version that gives way was like; undefined where the next one needs no probation. */
  async #baselineOf(entry: Entry, before: string | undefined, next: string): Promise<Baseline | undefined> {
    const { layout, probation } = this.#options;
    const isNew = before !== undefined && before !== next && next !== previousVersion(layout, entry.id);
    if (!isNew || probation <= 0) return undefined;
    await this.#entries.readCounters();
    return this.#probations.baseline(entry, before);
  }

  #beginProbation(entry: Entry, baseline: Baseline): void {
    this.#probations.begin(entry, baseline);
    entry.probation = this.#probations.until(entry.id);
  }

  /** The version before takes the place of one that did not pass. */
  async #takeBack(entry: Entry, before: string, problem: Problem): Promise<void> {
    const { layout, configuration, deployments, logs, now, step } = this.#options;
    const { id } = entry;
    const failed = currentVersion(layout, id) ?? "";
    logs.agent("error", `"${id}" goes back to version ${before.slice(0, 7)}. ${problem.message}`);
    const rolledBack = { version: failed, ...problem };
    clearTimeout(entry.restart);
    Object.assign(entry, {
      isChanging: true,
      isSuspect: false,
      attempts: 0,
      probation: undefined,
      rolledBack,
    });
    // Until the one before runs, none does.
    this.#entries.set(entry, "starting", problem);
    try {
      // From here on a restart of the agent starts it as well.
      writePointer(layout.workflow(id), "current", before, step);
      removePointer(layout.workflow(id), "previous");
      deployments.set(id, { wanted: "running", since: now(), rolledBack });
      const program = readProgram(layout, id, before);
      await this.#launcher.launch(entry, program, configuration.bind(program.manifest));
      this.#entries.set(entry, "running");
    } catch (error) {
      entry.isChanging = false;
      this.#recovery.restartLater(entry, asProblem(error));
    } finally {
      entry.isChanging = false;
    }
  }

  #passed(entry: Entry): void {
    const { deployments, logs } = this.#options;
    entry.probation = undefined;
    const { probation: _passed, ...deployment } = deployments.get(entry.id) ?? {
      wanted: "running",
      since: entry.since,
    };
    try {
      deployments.set(entry.id, deployment);
    } catch (error) {
      // A disk that cannot be written: after a restart of the agent it is on probation once more.
      logs.agent("warn", asFailure(error).message);
    }
    this.#options.onChange(entry.id, this.#entries.status(entry));
  }

  async rollback(id: string): Promise<WorkflowStatus> {
    this.#entries.get(id);
    settlePointers(this.#options.layout.workflow(id));
    const version = previousVersion(this.#options.layout, id);
    if (version === undefined || version === currentVersion(this.#options.layout, id)) {
      throw new EddyError(
        "EDDY_NOTHING_TO_ROLL_BACK",
        `There is no version of "${id}" on this device from before the current one.`,
      );
    }
    return this.activate(id, version);
  }

  /** `wanted`: the version that is the current one from then on. */
  async deactivate(id: string, wanted: string | undefined): Promise<WorkflowStatus> {
    const entry = this.#entries.get(id);
    const { layout, deployments, now, drain } = this.#options;
    const version = wanted === undefined ? undefined : resolveVersion(layout, id, wanted);
    this.#probations.cancel(id);
    entry.probation = undefined;
    const deployment: Deployment = { wanted: "stopped", since: now() };
    if (version === undefined) deployments.set(id, deployment);
    else {
      this.#makeCurrent(id, version, deployment);
      entry.rolledBack = undefined;
    }
    await this.#launcher.halt(entry, drain);
    this.#entries.set(entry, "stopped");
    return this.status(id);
  }

  /** Stops it, and forgets that it was meant to run. */
  async stopForRemoval(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    this.#probations.cancel(id);
    this.#options.deployments.remove(id);
    await this.#launcher.halt(entry, this.#options.drain);
    this.#entries.remove(id);
  }

  /** Since when it does not run; undefined where there is no such workflow. Throws `EDDY_RUNNING`. */
  restingSince(id: string): number | undefined {
    const entry = this.#entries.find(id);
    if (entry?.worker || entry?.state === "starting")
      throw new EddyError("EDDY_RUNNING", `Workflow "${id}" runs, and changes its data. Stop it first.`);
    return entry?.since;
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

  /** A workflow's engine has numbered its nodes so. */
  nodesNumbered(id: string, nodes: readonly string[]): void {
    const entry = this.#entries.find(id);
    if (entry) entry.nodes = nodes;
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
    this.#probations.close();
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
}

function bootLoop(deaths: number): Problem {
  return {
    code: "EDDY_BOOT_LOOP",
    message: `The agent ended ${deaths} times soon after its start. Look at its log, then start the workflow again.`,
  };
}

/** After a restart of the agent: nobody knows any more, so only a crash counts. */
function unknownBaseline(version: string): Baseline {
  return { version, errorRate: 1, rate: 0, troubles: undefined };
}

function activationError(id: string, error: unknown): EddyError {
  if (error instanceof EddyError && error.code !== "EDDY_WORKER_ENDED") return error;
  return new EddyError(
    "EDDY_START_FAILED",
    `Workflow "${id}" cannot be started: ${asFailure(error).message}`,
    { cause: error },
  );
}
