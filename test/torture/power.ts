/** Power cuts: at any moment, with any part of what was not synced gone, nothing is lost that was acknowledged. */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { createAgent } from "../../runtime/agent/agent.ts";
import { createWorkflowStore } from "../../runtime/agent/store.ts";
import { startDevice } from "../runtime/agent/device.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { bundleFixture } from "./built-agent.ts";
import { none, type Row, row } from "./report.ts";
import { compileAll } from "./swaps.ts";
import { type Loss, losses, TracedDisk, traceOptions } from "./traced-disk.ts";

export interface PowerOptions {
  /** Moments at which the power is cut; each is tried with every kind of loss. */
  readonly cuts: number;
  readonly random: () => number;
}

const counts = 40;

/** The broker is away for good, so that every message stays in the outbox. */
const workflow = (version: number) => `eddy: 1
name: Counter
state: { count: { type: number, initial: 0 } }
connections: { plant: { type: mqtt, url: "mqtt://127.0.0.1:1" } }
nodes:
  in: { type: inject }
  add: { type: state, from: in, set: { count: state.count + 1 } }
  out: { type: mqtt-out, from: add, connection: plant, topic: "out/${version}" }
`;

interface Expected {
  counted: number;
  versions: readonly string[];
}

export async function cutPower({ cuts, random }: PowerOptions): Promise<readonly Row[]> {
  await using folder = await temporaryFolder("power");
  const home = join(folder.path, "home");
  const before = join(folder.path, "before");
  const marks = join(folder.path, "marks");
  const trace = join(folder.path, "trace");
  const [old, next] = await compileAll(2, workflow, "w");
  if (!old || !next) throw new Error("Nothing was compiled.");
  const artifact = join(folder.path, "next.eddy");
  {
    await using device = await startDevice({ home });
    await device.deploy(old);
    writeFileSync(artifact, device.desk.sign(next.bytes));
  }
  await cp(home, before, { recursive: true, verbatimSymlinks: true });
  await using script = await bundleFixture("traced-agent");
  const words = [script.path, home, marks, artifact, next.version, String(counts)];
  const { stderr } = spawnSync("strace", ["-o", trace, ...traceOptions, process.execPath, ...words], {
    encoding: "utf8",
  });
  const lines = readFileSync(trace, "latin1").split("\n");
  const activated = lines.findIndex((line) => line.includes(hex("activated")));
  if (activated < 0) throw new Error(`The agent did not come to its end: ${stderr.slice(-2_000)}`);
  const installing = lines.findIndex((line) => line.includes(hex("installing")));

  // The trace tells of `home`; what it was before lies beside it.
  rmSync(home, { recursive: true });
  await cp(before, home, { recursive: true, verbatimSymlinks: true });
  const disk = new TracedDisk(home);
  const expected: Expected = { counted: 0, versions: [old.version] };
  const misses: string[] = [];
  const chance = cuts / lines.length;
  let tried = 0;
  let booted = 0;
  for (const [at, line] of lines.entries()) {
    if (line.includes(hex("counted"))) expected.counted++;
    if (at === installing) expected.versions = [old.version, next.version];
    if (at === activated) expected.versions = [next.version];
    const isDeploying = at > installing && at <= activated;
    // Of the moments of a deployment, more are tried.
    if (!disk.take(line) || random() > (isDeploying ? 8 * chance : chance)) continue;
    for (const loss of losses) {
      tried++;
      if (isDeploying) booted++;
      const miss = await tryOut(disk, join(folder.path, "cut"), loss, random, expected, isDeploying);
      if (miss !== undefined) misses.push(`${loss} lost after call ${at}: ${miss}`);
    }
  }
  return [
    row(
      "power cuts with unsynced writes gone",
      `≥ ${cuts}`,
      `${tried}, of them ${booted} in a deployment`,
      tried >= cuts,
    ),
    none(
      `acknowledged records lost, or neither version there${misses
        .slice(0, 5)
        .map((miss) => `; ${miss}`)
        .join("")}`,
      misses.length,
    ),
  ];
}

async function tryOut(
  disk: TracedDisk,
  path: string,
  loss: Loss,
  random: () => number,
  expected: Expected,
  boots: boolean,
): Promise<string | undefined> {
  rmSync(path, { recursive: true, force: true });
  disk.leave(path, loss, random);
  const corrupt: string[] = [];
  const store = createWorkflowStore({
    path: join(path, "data", "w.db"),
    now: Date.now,
    onCorrupt: ({ keptAs }) => corrupt.push(keptAs),
  });
  const count = Number(store.snapshot().values.find(([, key]) => key === "count")?.[2] ?? 0);
  const entries = store.readOutbox("plant", 0, 10_000).length;
  store.close();
  if (corrupt.length > 0) return "the store is corrupt";
  if (count < expected.counted) return `the count is ${count}, not ${expected.counted}`;
  if (entries < expected.counted) return `${entries} messages are in the outbox, not ${expected.counted}`;
  if (!boots) return undefined;
  await using agent = createAgent({ home: path, settled: 0, probation: 0, singleThreaded: true });
  await agent.booted;
  const { workflows } = await agent.connect().request("workflow/list", {});
  const found = workflows.find(({ id }) => id === "w");
  if (found?.state !== "running") return `it is ${found?.state}: ${found?.reason?.message}`;
  return expected.versions.includes(found.version ?? "") ? undefined : `version ${found.version} runs`;
}

function hex(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
