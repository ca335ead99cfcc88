/** A spare takes the place of a device: its workflows, what was bound for them, and its name. */
import { EddyError } from "../language/problem.ts";
import type { AgentClient } from "../runtime/protocol/client.ts";
import type { Fleet, ReplaceOptions, ReplaceResult } from "./contract.ts";
import { type Bindings, type KeptWorkflow, readBindings, readDeployed } from "./deployed.ts";

/** Milliseconds that the old device has to answer; mostly, it is dead. */
const patience = 10_000;

export async function replaceDevice(
  fleet: Fleet,
  old: string,
  spare: string,
  { secret, progress, questions = {}, signal }: ReplaceOptions,
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
  progress?.({ step: "look", message: `asking ${from.name} how it was` });
  const late = AbortSignal.timeout(patience);
  const gone = await fleet
    .connect(from.id, { questions, signal: signal ? AbortSignal.any([signal, late]) : late })
    .catch(() => undefined);
  signal?.throwIfAborted();
  const client = await fleet.connect(to.id, { questions, ...(signal ? { signal } : {}) });
  const deployed: string[] = [];
  let isFirst = true;
  for (const one of await stillThere(kept, gone)) {
    const { device, workflow } = gone ? await readBindings(gone, one.id) : one.bindings;
    progress?.({ step: "bind", message: `binding what ${one.id} needs` });
    if (isFirst) await bind(client, undefined, device, secret);
    isFirst = false;
    await bind(client, one.id, workflow, secret);
    await fleet.deploy(to.id, one.artifact, {
      questions,
      ...(progress ? { progress } : {}),
      ...(signal ? { signal } : {}),
    });
    deployed.push(one.id);
  }
  // The spare's own name is free again from here on.
  await fleet.rename(from.id, `${from.name} (replaced)`);
  const renamed = await fleet.rename(to.id, from.name);
  return { device: renamed, deployed };
}

/** Where the old device answers, what was removed from it meanwhile is not brought back. */
async function stillThere(
  kept: readonly KeptWorkflow[],
  gone: AgentClient | undefined,
): Promise<readonly KeptWorkflow[]> {
  if (!gone) return kept;
  const { workflows } = await gone.request("workflow/list", {});
  return kept.filter(({ id }) => workflows.some((one) => one.id === id));
}

async function bind(
  client: AgentClient,
  workflow: string | undefined,
  { env, secrets: names }: Bindings["device"],
  ask: ReplaceOptions["secret"],
): Promise<void> {
  const secrets: Record<string, string> = {};
  for (const name of names) secrets[name] = await ask(name, workflow);
  await client.request("config/set", { ...(workflow === undefined ? {} : { workflow }), env, secrets });
}
