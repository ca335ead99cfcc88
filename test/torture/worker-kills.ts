/** A workflow's own process is killed at every step of a change of versions; the agent has to set it going again. */
import { readdirSync, readFileSync } from "node:fs";
import { startDevice } from "../runtime/agent/device.ts";
import type { WorkflowText } from "../runtime/agent/workflows.ts";
import { none, type Row, row } from "./report.ts";

export interface WorkerKillOptions {
  /** Every step is met at least once whatever this says. */
  readonly kills: number;
}

const text = (version: number): WorkflowText => ({
  id: "w",
  manifest: { isolation: "process" },
  setup: `globalThis.made = ${version};`,
  work: `(context.state.set("count", (context.state.get("count") ?? 0) + 1), context.state.get("count"))`,
});

export async function killWorkers({ kills }: WorkerKillOptions): Promise<readonly Row[]> {
  let deadly = Number.POSITIVE_INFINITY;
  let steps = 0;
  await using device = await startDevice({
    probation: 0,
    step() {
      if (steps++ === deadly) for (const worker of ownWorkers()) process.kill(worker, "SIGKILL");
    },
  });
  let version = 0;
  let count = 0;
  const misses: string[] = [];
  const changes = {
    deploy: () => device.deploy(text(++version)),
    rollback: () => device.client.request("workflow/rollback", { id: "w" }),
  };
  await device.deploy(text(++version));
  await device.deploy(text(++version));
  let killed = 0;
  for (let round = 0; round === 0 || killed < kills; round++) {
    for (const [name, change] of Object.entries(changes)) {
      for (let at = 0; ; at++) {
        steps = 0;
        deadly = at;
        // The change may be refused, since what was to run it has died; what counts is what runs afterwards.
        await change().catch(() => {});
        deadly = Number.POSITIVE_INFINITY;
        if (steps <= at) break;
        killed++;
        // So often in a row would make it fail for good; whoever deploys begins anew.
        await device.client.request("workflow/activate", { id: "w" }).catch(() => {});
        await device.becomes("w", "running");
        const counted = await device.inject("w");
        if (counted !== ++count) misses.push(`${name}, step ${at}: counted ${counted}, not ${count}`);
        count = Number(counted);
      }
    }
  }
  return [
    row("kills of a workflow's process at steps", `≥ ${kills}, every step`, killed, killed >= kills),
    none(
      `deaths after which it did not run, or state was lost${misses
        .slice(0, 5)
        .map((miss) => `; ${miss}`)
        .join("")}`,
      misses.length,
    ),
  ];
}

/** Processes that this one has started to run workflows. */
function ownWorkers(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const parent = /\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, "utf8"))?.[1];
        return (
          Number(parent) === process.pid && readFileSync(`/proc/${name}/cmdline`, "utf8").includes("\0worker")
        );
      } catch {
        // It has ended meanwhile.
        return false;
      }
    })
    .map(Number);
}
