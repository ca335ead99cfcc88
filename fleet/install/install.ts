import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { EddyError } from "../../language/problem.ts";
import type { Progress } from "../contract.ts";
import { quote, runScript } from "../ssh/commands.ts";
import type { SshConnection } from "../ssh/connection.ts";
import type { AgentFiles } from "./agent-files.ts";
import type { NodeBinaries } from "./node-binary.ts";
import { type InstallPlan, type InstallStep, type PlanInput, planInstall } from "./plan.ts";
import { type Probe, parseProbe, probeScript } from "./probe.ts";
import { lingerScript, serviceScripts, uninstallScript } from "./service.ts";
import { expectSuccess, upload } from "./upload.ts";

export interface InstallResources {
  readonly agent: AgentFiles;
  readonly nodeBinaries: NodeBinaries;
  readonly publisher: { readonly id: string; readonly publicKey: string };
}

/** Looks at a device and says what would be done there. Changes nothing. */
export async function prepareInstall(
  connection: SshConnection,
  resources: InstallResources,
  {
    agentHome,
    node,
    threads,
    signal,
  }: Pick<PlanInput, "node" | "threads"> & {
    readonly agentHome?: string | undefined;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<{ readonly probe: Probe; readonly plan: InstallPlan }> {
  const { stdout, stderr } = await runScript(connection, probeScript(agentHome), { signal });
  const probe = parseProbe(stdout || stderr);
  const { value, problems } = planInstall({
    probe,
    agent: resources.agent,
    nodeVersion: resources.nodeBinaries.version,
    node,
    threads,
  });
  if (value) return { probe, plan: value };
  const [first] = problems;
  throw new EddyError(
    first?.code ?? "EDDY_UNSUPPORTED_DEVICE",
    problems.map(({ message }) => message).join(" "),
    { details: { host: connection.target.host } },
  );
}

/** Does what the plan says. Every step may be done again: what is there already is kept. */
export async function install(
  connection: SshConnection,
  { probe, plan }: { readonly probe: Probe; readonly plan: InstallPlan },
  resources: InstallResources,
  {
    progress,
    signal,
  }: { readonly progress?: (progress: Progress) => void; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  for (const step of plan.steps) {
    progress?.({ step: step.kind, message: step.text });
    const report = (done: number, total: number) =>
      progress?.({ step: step.kind, message: step.text, done, total });
    await perform(step, { connection, probe, plan, resources, report, signal });
  }
}

interface Work {
  readonly connection: SshConnection;
  readonly probe: Probe;
  readonly plan: InstallPlan;
  readonly resources: InstallResources;
  readonly report: (done: number, total: number) => void;
  readonly signal: AbortSignal | undefined;
}

async function perform(step: InstallStep, work: Work): Promise<void> {
  const { connection, plan, signal } = work;
  switch (step.kind) {
    case "runtime":
      return bringRuntime(step, work);
    case "agent":
      return bringAgent(work);
    case "trust":
      return trustPublisher(work);
    case "service": {
      const scripts = serviceScripts(plan, plan.manager);
      await expectSuccess(connection, "start the agent", scripts.start, {
        input: { bytes: Buffer.from(scripts.file) },
        signal,
      });
      return;
    }
    case "linger":
      // Where it is not allowed, the agent runs all the same; the plan has said so.
      await runScript(connection, lingerScript(plan.agentHome, step), { signal });
      return;
    case "health":
      // Asked by whoever owns the connection to the agent, over that connection.
      return;
  }
}

async function bringRuntime(step: InstallStep & { readonly kind: "runtime" }, work: Work): Promise<void> {
  const { connection, probe, plan, resources, report, signal } = work;
  const packed = await resources.nodeBinaries.packed(step.platform, signal);
  await upload(
    connection,
    {
      path: plan.runtime.path,
      bytes: probe.gzip ? packed : await promisify(gunzip)(packed),
      packed: probe.gzip,
      mode: "755",
      progress: report,
    },
    signal,
  );
  const { code, stderr } = await runScript(connection, `${quote(plan.runtime.path)} --version`, { signal });
  if (code === 0) return;
  throw new EddyError(
    "EDDY_NO_RUNTIME",
    `The Node that was copied to ${connection.target.host} does not run there: ${stderr.trim() || `it ended with ${code}`}. Check that ${plan.agentHome} is not on a disk mounted with noexec, or install Node 24 on the device.`,
  );
}

async function bringAgent({ connection, plan, resources, report, signal }: Work): Promise<void> {
  const { agent } = resources;
  const folder = `${plan.agentHome}/agent`;
  let before = 0;
  // The main file last: a version that has it is complete.
  const files = agent.files.toSorted(
    (one, other) => Number(one.name === "agent.mjs") - Number(other.name === "agent.mjs"),
  );
  for (const { name, bytes } of files) {
    const progress = (sent: number) => report(before + sent, agent.bytes);
    await upload(
      connection,
      { path: `${folder}/${agent.version}/${name}`, bytes, mode: "600", progress },
      signal,
    );
    before += bytes.length;
  }
  await expectSuccess(
    connection,
    "switch to the new agent",
    `cd ${quote(folder)} || exit 1
rm -f current.new && ln -s ${agent.version} current.new || exit 1
mv -Tf current.new current 2>/dev/null || { rm -f current && mv current.new current; }`,
    { signal },
  );
}

async function trustPublisher({ connection, plan, resources, signal }: Work): Promise<void> {
  const { id, publicKey } = resources.publisher;
  const folder = quote(`${plan.agentHome}/publishers`);
  await expectSuccess(
    connection,
    "write this desk's key",
    `mkdir -p ${folder} && cd ${folder} && cat >${id}.pub.new && mv ${id}.pub.new ${id}.pub`,
    { input: { bytes: Buffer.from(publicKey) }, signal },
  );
}

/** Takes the agent and all that belongs to it off the device. */
export async function uninstall(
  connection: SshConnection,
  agentHome: string,
  signal?: AbortSignal,
): Promise<void> {
  await expectSuccess(connection, "take the agent away", uninstallScript(agentHome), { signal });
}
