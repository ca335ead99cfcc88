/** What runs workflows is ended at every step of a change of versions and at moments of chance; the agent goes on. */
import { pathToFileURL } from "node:url";
import { type Device, startDevice } from "../runtime/agent/device.ts";
import type { WorkflowText } from "../runtime/agent/workflows.ts";
import { buildAgent } from "./built-agent.ts";
import { none, type Row, row } from "./report.ts";
import { endProcesses, recordThreads } from "./workers.ts";

export interface WorkerKillOptions {
  /** Of each isolation, at steps, and as many again at moments of chance. */
  readonly kills: number;
  /** Of the steps, every how-manieth is tried. */
  readonly stride: number;
  readonly random: () => number;
}

type Isolation = "process" | "worker" | "shared";

/** Milliseconds from the beginning of a change to the death by chance, at most. */
const longestLife = 150;
const blockedAfter = 1_500;
const count = `(context.state.set("count", (context.state.get("count") ?? 0) + 1), context.state.get("count"))`;

/** `"exit"` and `"loop"` are how it ends its worker itself. */
const text = (id: string, version: number, isolation: Isolation): WorkflowText => ({
  id,
  manifest: { isolation },
  setup: `globalThis.made = ${version};`,
  work: `message.payload === "exit" ? process.exit(7) : message.payload === "loop" ? (() => { for (;;); })() : ${count}`,
});

export async function killWorkers(options: WorkerKillOptions): Promise<readonly Row[]> {
  using threads = recordThreads();
  await using built = await buildAgent();
  const entry = pathToFileURL(built.command.script);
  const ways = {
    process: { what: "SIGKILL to a workflow's own process", end: endProcesses },
    worker: { what: "end of a workflow's own thread", end: threads.end },
    shared: { what: "end of the thread of all", end: threads.end },
  };
  const rows: Row[] = [];
  for (const isolation of ["process", "worker", "shared"] as const) {
    await using victim = await startVictim(isolation, entry, ways[isolation].end);
    const atSteps = await killAtSteps(victim, options);
    const byChance = await killByChance(victim, options);
    const byItself = await endByItself(victim, options);
    rows.push(
      row(
        `${ways[isolation].what}: at steps, by chance, by exit or loop of its own`,
        `≥ ${options.kills} + ${options.kills}`,
        `${atSteps} + ${byChance} + ${byItself} (${victim.ended} workers ended from outside)`,
        atSteps >= options.kills && byChance >= options.kills,
      ),
      none(
        `deaths after which it or its neighbour did not run, or state was lost (${isolation})${victim.misses
          .slice(0, 5)
          .map((miss) => `; ${miss}`)
          .join("")}`,
        victim.misses.length,
      ),
    );
  }
  return rows;
}

/** A device with a workflow whose worker is ended, and a neighbour in the worker of all. */
interface Victim extends AsyncDisposable {
  readonly device: Device;
  readonly misses: string[];
  /** Workers that were ended from outside. */
  readonly ended: number;
  readonly changes: Readonly<Record<"deploy" | "rollback", () => Promise<unknown>>>;
  /** Ends the worker at this step of the next change. */
  dieAt(step: number): void;
  /** Steps since `dieAt`. */
  readonly steps: number;
  end(): void;
  /** Counts while somebody else ends the worker; what is refused may have been counted or not. */
  countOn(until: Promise<unknown>): Promise<void>;
  /** Notes a miss where it or its neighbour does not run, or has another count than it must have. */
  examine(where: string): Promise<void>;
}

async function startVictim(isolation: Isolation, entry: URL, endWorkers: () => number): Promise<Victim> {
  let deadly = Number.POSITIVE_INFINITY;
  let steps = 0;
  let version = 0;
  let ended = 0;
  const end = () => {
    ended += endWorkers();
  };
  const misses: string[] = [];
  const device = await startDevice({
    entry,
    probation: 0,
    blockedAfter,
    step() {
      if (steps++ === deadly) end();
    },
  });
  const known = { w: { least: 1, most: 1 }, neighbour: { least: 1, most: 1 } };
  const deploy = () => device.deploy(text("w", ++version, isolation));
  await device.deploy(text("neighbour", 0, "shared"));
  await deploy();
  await deploy();

  const check = async (id: keyof typeof known, where: string) => {
    await device.becomes(id, "running");
    const counted = Number(await device.inject(id));
    const { least, most } = known[id];
    if (!(counted >= least && counted <= most)) {
      misses.push(`${where}: ${id} counted ${counted}, not ${least} to ${most}`);
    }
    known[id] = { least: counted + 1, most: counted + 1 };
  };

  return {
    device,
    misses,
    get ended() {
      return ended;
    },
    changes: { deploy, rollback: () => device.client.request("workflow/rollback", { id: "w" }) },
    dieAt(step) {
      steps = 0;
      deadly = step;
    },
    get steps() {
      return steps;
    },
    end,
    async countOn(until) {
      let isOver = false;
      void until.finally(() => {
        isOver = true;
      });
      while (!isOver) {
        const counted = await device.inject("w").then(Number, () => undefined);
        if (counted === undefined) known.w.most++;
        else known.w = { least: counted + 1, most: counted + 1 };
        await new Promise(setImmediate);
      }
    },
    async examine(where) {
      // So often in a row would make it fail for good; whoever deploys begins anew.
      for (const id of ["w", "neighbour"]) {
        await device.client.request("workflow/activate", { id }).catch(() => {});
      }
      try {
        await check("w", where);
        await check("neighbour", where);
      } catch (error) {
        misses.push(`${where}: ${error instanceof Error ? error.message : error}`);
      }
    },
    [Symbol.asyncDispose]: () => device[Symbol.asyncDispose](),
  };
}

async function killAtSteps(victim: Victim, { kills, stride }: WorkerKillOptions): Promise<number> {
  let killed = 0;
  for (let round = 0; round === 0 || killed < kills; round++) {
    for (const [name, change] of Object.entries(victim.changes)) {
      for (let at = 0; ; at += stride) {
        victim.dieAt(at);
        // The change may be refused, since what was to run it has died; what counts is what runs afterwards.
        await change().catch(() => {});
        const isOver = victim.steps <= at;
        victim.dieAt(Number.POSITIVE_INFINITY);
        if (isOver) break;
        killed++;
        await victim.examine(`${name}, step ${at}`);
      }
    }
  }
  return killed;
}

async function killByChance(victim: Victim, { kills, random }: WorkerKillOptions): Promise<number> {
  const changes = Object.values(victim.changes);
  for (let killed = 0; killed < kills; killed++) {
    const life = Math.ceil(random() * longestLife);
    const death = new Promise((resolve) => setTimeout(resolve, life)).then(victim.end);
    await Promise.all([death, changes[killed % 2]?.().catch(() => {}), victim.countOn(death)]);
    await victim.examine(`after ${life} ms`);
  }
  return kills;
}

/** It ends its worker itself, by an exit or a loop, while a new version takes its place. */
async function endByItself(victim: Victim, { kills, random }: WorkerKillOptions): Promise<number> {
  // A loop is noticed only after a while.
  const ends = Math.max(2, Math.ceil(kills / 10));
  for (let time = 0; time < ends; time++) {
    const payload = time % 2 === 0 ? "exit" : "loop";
    const change = new Promise((resolve) => setTimeout(resolve, random() * longestLife)).then(
      victim.changes.deploy,
    );
    await Promise.all([change.catch(() => {}), victim.device.inject("w", payload).catch(() => {})]);
    await victim.examine(payload);
  }
  return ends;
}
