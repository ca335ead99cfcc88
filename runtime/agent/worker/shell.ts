/** What runs workflows: in a worker thread, in a child process, or in the agent's only thread. */

import type { Json } from "../../../language/model.ts";
import { EddyError } from "../../../language/problem.ts";
import type { CompiledWorkflow } from "../../engine/contract.ts";
import { createLocator } from "../../protocol/locate.ts";
import { createLocalHost, type LocalHost } from "../host/local-host.ts";
import { createNetwork, type Network } from "../host/network.ts";
import { createStorage, type WorkflowStorage } from "../host/storage.ts";
import { asFailure, type Channel, createLink, type Link } from "../link.ts";
import type { ControlSide, Problem, Program, Start, Watch, WorkerData, WorkerSide } from "../messages.ts";
import { beatInterval, createPulse, type Pulse } from "../pulse.ts";
import { pulseOnSheet } from "../sheet.ts";
import { evaluate, workflowInStack } from "./evaluate.ts";
import { guardHost } from "./guarded-host.ts";
import { explainRefusal } from "./permission.ts";
import { createTrialHost } from "./trial-host.ts";
import { createWatching, injectedRecord, type Watching } from "./watching.ts";

export interface Shell {
  /** Takes what was thrown where nothing catches. False where no workflow can be blamed. */
  failed(error: unknown): boolean;
  close(): Promise<void>;
}

interface Running {
  readonly start: Start;
  readonly workflow: CompiledWorkflow;
  readonly host: LocalHost;
  readonly storage: WorkflowStorage;
  readonly watching: Watching;
  /** Rejects injections that wait when it stops. */
  readonly stopped: PromiseWithResolvers<never>;
  /** Executions so far, once a second, for the last ten. */
  readonly history: number[];
}

const historyLength = 11;
/** Milliseconds. */
const flushPatience = 1_000;
/** Milliseconds that a stop may take beyond its deadline, for nodes that do not come to an end. */
const grace = 2_000;

export function createShell(channel: Channel, data: WorkerData): Shell {
  return new ShellOfWorkflows(channel, data);
}

class ShellOfWorkflows implements Shell {
  readonly #running = new Map<string, Running>();
  readonly #watches = new Map<string, Watch>();
  readonly #device: Map<string, Json>;
  readonly #pulse: Pulse;
  readonly #network: Network;
  readonly #link: Link<ControlSide>;
  readonly #timers: NodeJS.Timeout[];

  constructor(channel: Channel, { clientPrefix, pulse, sheet, device }: WorkerData) {
    this.#device = new Map(device.map(([key, text]) => [key, JSON.parse(text)]));
    this.#pulse = sheet === undefined ? createPulse(pulse) : pulseOnSheet(sheet);
    this.#network = createNetwork({
      random: Math.random,
      clientPrefix,
      keepsSessions: true,
      onProblem: (id, connection, problem) => this.#link.tell("connection", { id, connection, problem }),
    });
    this.#link = createLink<WorkerSide, ControlSide>(
      channel,
      {
        load: (params) => this.#load(params),
        start: (params) => this.#start(params),
        stop: ({ id, deadline }) => this.#stop(id, deadline),
        inject: async ({ id, node, message }) => {
          const running = this.#find(id);
          const injected = this.#within(running, () => running.workflow.inject(node, message));
          const record = await Promise.race([injected, running.stopped.promise]);
          // Whoever sees the answer may count on what it wrote; a disk that cannot be written keeps nobody waiting.
          await Promise.race([running.storage.flush(), after(flushPatience)]);
          return injectedRecord(record, running.host.redact);
        },
        heap: () => process.memoryUsage().heapUsed,
        counters: () =>
          [...this.#running].map(([id, { workflow, history }]) => ({
            id,
            rate: rateOf(history),
            ...workflow.counters(),
          })),
      },
      {
        watch: (watch) => {
          this.#watches.set(watch.id, watch);
          this.#running.get(watch.id)?.watching.watch(watch);
        },
        device: (changes) => {
          for (const [key, text] of changes) {
            if (text === undefined) this.#device.delete(key);
            else this.#device.set(key, JSON.parse(text));
          }
        },
      },
    );
    const beat = () => {
      this.#pulse.beat();
      if (!pulse) this.#link.tell("beat", undefined);
    };
    // The first one tells that it has started, and that its patience begins.
    beat();
    this.#timers = [setInterval(beat, beatInterval).unref(), setInterval(() => this.#count(), 1_000).unref()];
  }

  failed(error: unknown): boolean {
    const bySlot = [...this.#running.values()].find(({ start }) => start.slot === this.#pulse.running);
    const id = bySlot?.start.id ?? workflowInStack(error instanceof Error ? error.stack : undefined);
    if (id === undefined) return false;
    const running = this.#running.get(id);
    const { message } = asFailure(explainRefusal("", error));
    const where = running?.host.locate?.("", error);
    if (!running) {
      // A timer or stream of a version that has been stopped.
      const late = `After its end, something of it threw: ${message}`;
      this.#link.tell("log", { time: Date.now(), level: "warn", workflow: id, message: late });
      return true;
    }
    const problem: Problem = {
      code: "EDDY_CRASHED",
      message: running.host.redact(`It threw where nothing catches: ${message} (${where})`),
    };
    this.#stop(running.start.id, 0).finally(() =>
      this.#link.tell("failed", { id: running.start.id, problem }),
    );
    return true;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([...this.#running.keys()].map((id) => this.#stop(id, 0)));
    await this.#network.close();
  }

  async #load({
    binding,
    ...program
  }: Program & { readonly binding: Start["binding"] | undefined }): Promise<void> {
    this.#pulse.within(program.slot, () => {
      const factory = evaluate(program);
      // What the code does with its values can be tried only once it has them.
      if (binding) factory(createTrialHost(program, binding));
    });
  }

  async #start(start: Start): Promise<void> {
    const factory = this.#pulse.within(start.slot, () => evaluate(start));
    const before = this.#running.get(start.id);
    this.#network.hold(start.id);
    try {
      if (before) await this.#end(before, start.deadline);
      const storage = before?.storage ?? this.#storageFor(start);
      try {
        await this.#run(start, factory, storage);
      } catch (error) {
        if (before) await this.#goBack(before, storage, error);
        throw error;
      }
    } finally {
      if (this.#running.has(start.id)) await this.#network.release(start.id);
      else await this.#network.leave(start.id);
    }
  }

  async #goBack({ start }: Running, storage: WorkflowStorage, cause: unknown): Promise<void> {
    try {
      await this.#run(start, evaluate(start), storage);
    } catch (error) {
      const message = `${asFailure(cause).message} And the version before could not go on: ${asFailure(error).message}`;
      throw new EddyError("EDDY_START_FAILED", message, { details: { isStopped: true } });
    }
  }

  #storageFor({ id, snapshot }: Start): WorkflowStorage {
    return createStorage({
      snapshot,
      device: this.#device,
      backend: {
        commit: (operations) => this.#link.request("commit", { id, operations }),
        readOutbox: (connection, after, limit) =>
          this.#link.request("readOutbox", { id, connection, after, limit }),
      },
      onDropped: (count) =>
        this.#link.tell("log", {
          time: Date.now(),
          level: "warn",
          workflow: id,
          message: `The outbox is full: ${count} of the oldest messages had to make room.`,
        }),
    });
  }

  async #run(start: Start, factory: ReturnType<typeof evaluate>, storage: WorkflowStorage): Promise<void> {
    const { id, binding, slot, kept } = start;
    const host = createLocalHost({
      workflow: id,
      env: binding.env,
      secrets: binding.secrets,
      storage,
      network: this.#network,
      log: (record) => this.#link.tell("log", record),
      locate: createLocator(start.places),
      explain: explainRefusal,
    });
    const within = <Result>(run: () => Result) => this.#pulse.within(slot, run);
    const guarded = guardHost(host, {
      pulse: this.#pulse,
      slot,
      kept,
      onLeftOut: () =>
        host.log({
          time: Date.now(),
          level: "warn",
          workflow: id,
          message: "A message that this version had failed over came again. It is left out, and stays kept.",
        }),
    });
    const workflow = within(() => factory(guarded));
    this.#link.tell("nodes", { id, nodes: workflow.counters().nodes.map((node) => node.id) });
    const watching = createWatching({
      workflow,
      redact: host.redact,
      onValues: (values, dropped) => this.#link.tell("values", { id, values, dropped }),
      onExecutions: (records, dropped) => this.#link.tell("executions", { id, records, dropped }),
    });
    const stopped = Promise.withResolvers<never>();
    stopped.promise.catch(() => {
      // Nobody may be waiting for it.
    });
    const running: Running = { start, workflow, host, storage, watching, stopped, history: [0] };
    this.#running.set(id, running);
    const watch = this.#watches.get(id);
    if (watch) watching.watch(watch);
    try {
      await within(() => workflow.start());
    } catch (thrown) {
      await this.#end(running, 0);
      const error = explainRefusal("", thrown);
      const { code, message } = asFailure(error);
      if (code !== undefined) throw error;
      throw new EddyError("EDDY_START_FAILED", `Workflow "${id}" cannot be started: ${message}`);
    }
  }

  async #stop(id: string, deadline: number): Promise<void> {
    const running = this.#running.get(id);
    if (!running) return;
    await this.#end(running, deadline);
    await this.#network.leave(id);
  }

  /** Takes it out of service; its connections are left to whoever comes after it. */
  async #end(running: Running, deadline: number): Promise<void> {
    const { id } = running.start;
    if (this.#running.get(id) === running) this.#running.delete(id);
    running.watching.dispose();
    try {
      const stopping = this.#within(running, () => running.workflow.stop(deadline));
      await Promise.race([stopping, after(deadline + grace)]);
    } catch (error) {
      running.host.log({
        time: Date.now(),
        level: "error",
        workflow: id,
        message: `It did not stop cleanly: ${asFailure(error).message}`,
      });
    }
    running.stopped.reject(
      new EddyError("EDDY_STOPPED", `Workflow "${id}" was stopped before the execution ended.`),
    );
  }

  #within<Result>({ start }: Running, run: () => Result): Result {
    return this.#pulse.within(start.slot, run);
  }

  #find(id: string): Running {
    const running = this.#running.get(id);
    if (running) return running;
    throw new EddyError("EDDY_NOT_RUNNING", `Workflow "${id}" does not run. Start it first.`);
  }

  #count(): void {
    for (const { workflow, history } of this.#running.values()) {
      history.push(workflow.counters().executions);
      if (history.length > historyLength) history.shift();
    }
  }
}

function rateOf(history: readonly number[]): number {
  const [first = 0] = history;
  const last = history.at(-1) ?? 0;
  return history.length > 1 ? (last - first) / (history.length - 1) : 0;
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());
}
