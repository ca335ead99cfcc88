/** An agent that is killed at every step of a change of versions, and at moments of chance; the next one has to go on. */
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDevice } from "../runtime/agent/device.ts";
import { createDesk, deploy, makeArtifact, type WorkflowText } from "../runtime/agent/workflows.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { bundleFixture } from "./built-agent.ts";
import type { Task, Told } from "./fixtures/killed-agent.ts";
import { none, type Row, row } from "./report.ts";

export interface KillOptions {
  /** At steps, and as many again at moments of chance. Every step is met at least once whatever this says. */
  readonly kills: number;
  readonly random: () => number;
}

/** Milliseconds after its start at which an agent is killed by chance, at most. */
const longestLife = 1_500;
const counting = `(context.state.set("count", (context.state.get("count") ?? 0) + 1), context.state.get("count"))`;
const text = (version: number): WorkflowText => ({
  id: "w",
  setup: `globalThis.made = ${version};`,
  work: counting,
});
const changes = ["deploy", "rollback", "activate"] as const;
/** So many that one comes again only after it has been deleted. */
const artifactCount = 60;

/** What may be true of the state after a death: an answer that was under way may have been written or not. */
interface Known {
  version: string;
  least: number;
  most: number;
}

export async function killAgents({ kills, random }: KillOptions): Promise<readonly Row[]> {
  await using folder = await temporaryFolder("kills");
  const home = join(folder.path, "home");
  const desk = createDesk();
  await desk.trust(home);
  await writeFile(join(folder.path, "desk.pem"), desk.key.export({ type: "pkcs8", format: "pem" }), {
    mode: 0o600,
  });
  const known: Known = { version: "", least: 1, most: 1 };
  {
    await using device = await startDevice({ home });
    await deploy(device.client, desk, text(1));
    known.version = await deploy(device.client, desk, text(0));
  }
  const artifacts = await Promise.all(
    Array.from({ length: artifactCount }, async (_, number) => {
      const { bytes, version } = await makeArtifact(text(number));
      const artifact = join(folder.path, `${number}.eddy`);
      await writeFile(artifact, bytes);
      return { artifact, version };
    }),
  );
  const versions = new Set(artifacts.map(({ version }) => version));
  await using script = await bundleFixture("killed-agent");
  const misses: string[] = [];
  let turn = 0;
  const live = async (task: Omit<Task, "artifact" | "version">, life?: number) => {
    const next = artifacts[turn++ % artifacts.length] ?? { artifact: "", version: "" };
    const { told, problem } = await run(script.path, home, { ...task, ...next }, life);
    const miss = problem ?? judge(known, told, versions, task.change === "any");
    if (miss !== undefined) misses.push(`${task.change} at ${task.deadly ?? `${life} ms`}: ${miss}`);
    return told.some(({ kind }) => kind === "done");
  };

  let atSteps = 0;
  const stepsMet: Record<string, number> = {};
  for (let round = 0; round === 0 || atSteps < kills; round++) {
    for (const change of changes) {
      let deadly = 0;
      while (!(await live({ change, deadly }))) {
        atSteps++;
        deadly++;
      }
      stepsMet[change] = Math.max(stepsMet[change] ?? 0, deadly);
    }
  }
  let byChance = 0;
  for (; byChance < kills; byChance++) await live({ change: "any" }, Math.ceil(random() * longestLife));
  const met = Object.entries(stepsMet).map(([change, steps]) => `${change} ${steps}`);
  return [
    row(
      "kills of the agent at steps",
      `≥ ${kills}, every step`,
      `${atSteps} (steps: ${met.join(", ")})`,
      atSteps >= kills,
    ),
    row("kills of the agent at moments of chance", `≥ ${kills}`, byChance, byChance >= kills),
    none(
      `deaths after which neither version ran, or state was lost${misses
        .slice(0, 5)
        .map((miss) => `; ${miss}`)
        .join("")}`,
      misses.length,
    ),
  ];
}

/** Says what is wrong with what an agent has found, and takes over what is known from there on. */
function judge(
  known: Known,
  told: readonly Told[],
  versions: ReadonlySet<string>,
  isCounting: boolean,
): string | undefined {
  let problem: string | undefined;
  // It may have died with its first answer on the way.
  if (told.length === 0) known.most++;
  for (const one of told) {
    if (one.kind === "done") continue;
    if (one.kind === "refused") {
      known.most++;
      continue;
    }
    if (one.count < known.least || one.count > known.most)
      problem ??= `counted ${one.count}, not ${known.least} to ${known.most}`;
    if (one.kind === "found") {
      if (!versions.has(one.version)) problem ??= `version ${one.version} runs`;
      known.version = one.version;
    }
    known.least = one.count + 1;
    known.most = one.count + 1;
  }
  // One more may have been under way when it died.
  if (isCounting && told.length > 0) known.most++;
  return problem;
}

async function run(
  script: string,
  home: string,
  task: Task,
  life: number | undefined,
): Promise<{ told: readonly Told[]; problem?: string }> {
  const child = spawn(process.execPath, [script, home], { stdio: ["pipe", "pipe", "pipe"] });
  let printed = "";
  let complaints = "";
  child.stdout.on("data", (piece) => {
    printed += piece;
  });
  child.stderr.on("data", (piece) => {
    complaints += piece;
  });
  child.stdin.end(JSON.stringify(task));
  const kill = () => child.kill("SIGKILL");
  let timer = life === undefined ? undefined : setTimeout(kill, life);
  // One in two dies in its start, the others when they are at work.
  if (life !== undefined && life % 2 === 0) {
    clearTimeout(timer);
    child.stdout.once("data", () => {
      timer = setTimeout(kill, life);
    });
  }
  const signal = await new Promise<string | null>((resolve) => child.once("close", (_, by) => resolve(by)));
  clearTimeout(timer);
  // The last line may be cut where it was killed.
  const told = printed
    .split("\n")
    .slice(0, -1)
    .map((line): Told => JSON.parse(line));
  return signal === "SIGKILL"
    ? { told }
    : { told, problem: `it ended by itself: ${complaints.slice(-2_000)}` };
}
