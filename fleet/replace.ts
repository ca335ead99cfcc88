/** A spare takes the place of a device: its workflows, what was bound for them, what they had stored, and its name. */
import { EddyError } from "../language/problem.ts";
import type { AgentClient } from "../runtime/protocol/client.ts";
import type { WorkflowStatus } from "../runtime/protocol/contract.ts";
import type { Fleet, ReplacedData, ReplaceOptions, ReplaceResult } from "./contract.ts";
import { moveData } from "./data.ts";
import { type Bindings, type KeptWorkflow, readBindings, readDeployed } from "./deployed.ts";
import type { Device } from "./devices.ts";

/** Milliseconds that the old device has to answer; mostly, it is dead. */
const patience = 10_000;

/** What it takes of a fleet. */
export type ReplacingFleet = Pick<Fleet, "home" | "find" | "list" | "rename" | "connect" | "deploy">;

/** The old device where it answers, and what it runs. */
interface Gone {
  readonly client: AgentClient;
  readonly workflows: readonly WorkflowStatus[];
}

/** What a restart of the old device would start: one that was stopped or quarantined waits for somebody. */
function startsByItself(workflow: WorkflowStatus | undefined): boolean {
  const { state } = workflow ?? {};
  return state === "running" || state === "starting" || state === "failed";
}

export async function replaceDevice(
  fleet: ReplacingFleet,
  old: string,
  spare: string,
  options: ReplaceOptions,
): Promise<ReplaceResult> {
  const [from, to] = await Promise.all([fleet.find(old), fleet.find(spare)]);
  if (from.id === to.id)
    throw new EddyError("EDDY_SAME_DEVICE", "A device cannot take its own place. Name a spare.");
  const kept = await readDeployed(fleet.home, from.id);
  if (kept.length === 0)
    throw new EddyError(
      "EDDY_NOTHING_KEPT",
      `This desk has deployed nothing to ${from.name} that it has kept. Deploy to ${to.name} from the workflow files.`,
    );
  options.progress?.({ step: "look", message: `asking ${from.name} how it was` });
  const gone = await whatIsThere(fleet, from, options);
  const { questions = {}, signal } = options;
  const client = await fleet.connect(to.id, { questions, ...(signal ? { signal } : {}) });
  const replacement = new Replacement({ fleet, from, to, gone, client, options });
  // Where the old device answers, what was removed from it meanwhile is not brought back.
  const wanted = kept.filter(({ id }) => !gone || gone.workflows.some((one) => one.id === id));
  const done = await replacement.moveAll(wanted);
  // The spare's own name is free again from here on.
  const replaced = await fleet.rename(from.id, await nameOfReplaced(fleet, from.name));
  const device = await fleet.rename(to.id, from.name);
  const left = gone?.workflows.flatMap(({ id }) => (kept.some((one) => one.id === id) ? [] : [id])) ?? [];
  return { device, replaced, ...done, left, isOldReachable: gone !== undefined };
}

/** One that no device has: the spare may be what was replaced before. */
async function nameOfReplaced(fleet: ReplacingFleet, name: string): Promise<string> {
  const taken = new Set((await fleet.list()).map((device) => device.name));
  const first = `${name} (replaced)`;
  if (!taken.has(first)) return first;
  for (let number = 2; ; number++)
    if (!taken.has(`${name} (replaced ${number})`)) return `${name} (replaced ${number})`;
}

async function whatIsThere(
  fleet: ReplacingFleet,
  { id }: Device,
  { questions = {}, signal }: ReplaceOptions,
): Promise<Gone | undefined> {
  const late = AbortSignal.timeout(patience);
  try {
    const client = await fleet.connect(id, {
      questions,
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    return { client, workflows: (await client.request("workflow/list", {}, late)).workflows };
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

interface Parts {
  readonly fleet: ReplacingFleet;
  readonly from: Device;
  readonly to: Device;
  readonly gone: Gone | undefined;
  /** The spare. */
  readonly client: AgentClient;
  readonly options: ReplaceOptions;
}

class Replacement {
  readonly #parts: Parts;
  readonly #deployed: string[] = [];
  readonly #leftStopped: string[] = [];
  readonly #data: ReplacedData[] = [];
  readonly #secrets: { name: string; workflow?: string }[] = [];
  /** Stopped on the old device by this replacement, and not yet running on the spare. */
  #stopped: string | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async moveAll(workflows: readonly KeptWorkflow[]) {
    const { gone, client } = this.#parts;
    const { workflows: before } = await client.request("workflow/list", {});
    const [first] = workflows;
    if (first) await this.#bind(undefined, (await this.#bindingsOf(first)).device);
    if (gone) await this.#move(undefined);
    try {
      for (const one of workflows) await this.#moveOne(one, before);
    } catch (error) {
      throw await this.#startAgain(error);
    }
    return {
      deployed: this.#deployed,
      stopped: this.#leftStopped,
      data: this.#data,
      secrets: this.#secrets,
    };
  }

  /** Better on the old device than nowhere. Gives what is wrong. */
  async #startAgain(error: unknown): Promise<unknown> {
    const { gone, from } = this.#parts;
    const id = this.#stopped;
    if (!gone || id === undefined) return error;
    try {
      await gone.client.request("workflow/activate", { id });
      return error;
    } catch {
      if (!(error instanceof EddyError)) return error;
      const { code, details = {} } = error;
      const message = `${error.message} "${id}" is stopped on ${from.name} and could not be started there again: start it before you try once more, or it stays stopped on the spare, too.`;
      return new EddyError(code, message, { details, cause: error });
    }
  }

  async #moveOne(one: KeptWorkflow, before: readonly WorkflowStatus[]): Promise<void> {
    const { fleet, to, gone, options } = this.#parts;
    const { questions, progress, signal } = options;
    const { id } = one;
    const onOld = gone?.workflows.find((other) => other.id === id);
    // What is only installed has never run there: what came of an attempt that was broken off.
    const onSpare = before.find((other) => other.id === id && other.state !== "installed");
    progress?.({ step: "bind", message: `binding what ${id} needs` });
    await this.#bind(id, (await this.#bindingsOf(one)).workflow);
    await this.#stopAndMove(id, { onOld, onSpare });
    const isToRun = !gone || startsByItself(onOld) || startsByItself(onSpare);
    await fleet.deploy(to.id, one.artifact, {
      ...(questions ? { questions } : {}),
      ...(progress ? { progress } : {}),
      ...(signal ? { signal } : {}),
      state: isToRun ? "running" : "stopped",
    });
    this.#stopped = undefined;
    if (!isToRun) this.#leftStopped.push(id);
    this.#deployed.push(id);
  }

  /** Two that go on from the same state would do everything twice, so it stops on the old device first. */
  async #stopAndMove(
    id: string,
    { onOld, onSpare }: Readonly<Record<"onOld" | "onSpare", WorkflowStatus | undefined>>,
  ): Promise<void> {
    const { from, to, gone, options } = this.#parts;
    const stays = (code: string, message: string) =>
      this.#data.push({ workflow: id, values: 0, messages: 0, reason: { code, message } });
    if (!gone) {
      stays("EDDY_UNREACHABLE", `${from.name} does not answer: what ${id} had stored is not there.`);
      return;
    }
    if (startsByItself(onOld)) this.#stopped = id;
    await gone.client.request("workflow/deactivate", { id }, options.signal);
    if (onSpare)
      stays("EDDY_DATA_THERE", `${to.name} has had ${id} already, and goes on with what that had stored.`);
    else await this.#move(id);
  }

  /** What keeps data from being moved keeps no workflow from it; it stays on the old device, and is told. */
  async #move(workflow: string | undefined): Promise<void> {
    const { gone, client, options } = this.#parts;
    if (!gone) return;
    const { progress, signal } = options;
    const which = workflow === undefined ? {} : { workflow };
    progress?.({ step: "data", message: `moving what ${workflow ?? "all workflows"} had stored` });
    try {
      this.#data.push({ ...which, ...(await moveData(gone.client, client, workflow, signal)) });
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof EddyError)) throw error;
      const { code, message } = error;
      // Half of it would be worse than nothing.
      if (workflow !== undefined)
        await client.request("data/import", { id: workflow, fresh: true, values: [], messages: [] }, signal);
      this.#data.push({ ...which, values: 0, messages: 0, reason: { code, message } });
    }
  }

  async #bindingsOf({ id, bindings }: KeptWorkflow): Promise<Bindings> {
    const { gone } = this.#parts;
    return gone ? readBindings(gone.client, id) : bindings;
  }

  async #bind(workflow: string | undefined, { env, secrets: names }: Bindings["device"]): Promise<void> {
    const { client, options } = this.#parts;
    const which = workflow === undefined ? {} : { workflow };
    const secrets: Record<string, string> = {};
    for (const name of names) {
      secrets[name] = await options.secret(name, workflow);
      this.#secrets.push({ name, ...which });
    }
    await client.request("config/set", { ...which, env, secrets });
  }
}
