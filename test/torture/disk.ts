/** A disk that ends at any moment: at each step, after any number of pages or files, or that lets nothing be written. */
import { EddyError } from "../../language/problem.ts";
import { createAgent } from "../../runtime/agent/agent.ts";
import { type Device, startDevice } from "../runtime/agent/device.ts";
import { type SmallDisk, smallDisk } from "../runtime/agent/small-disk.ts";
import { makeArtifact, type WorkflowText } from "../runtime/agent/workflows.ts";
import { eventually } from "../testbed/resources.ts";
import { none, type Row, row } from "./report.ts";

export interface DiskOptions {
  /** Of the sizes that are left on the disk, every how-manieth is tried. */
  readonly stride: number;
}

const page = 4_096;
/** Pages after which a deployment surely fits, and files. */
const mostPages = 60;
const mostFiles = 14;
/** What a person can do something about. */
const clear = new Set(["EDDY_DISK_FULL", "EDDY_STORE_UNAVAILABLE"]);

const counting = (version: number): WorkflowText => ({
  id: "w",
  setup: `globalThis.made = ${version};`,
  work: `(context.state.set("count", (context.state.get("count") ?? 0) + 1),
    context.state.set("fill", "x".repeat(5_000) + context.state.get("count")), context.state.get("count"))`,
});

export async function fillDisks(options: DiskOptions): Promise<readonly Row[]> {
  const steps = await failAtSteps();
  const pages = await runOut("pages", mostPages, options, (disk, left) => disk.fill(left * page));
  const files = await runOut("files", mostFiles, { stride: 1 }, (disk, left) => disk.takeFiles(left));
  const readOnly = await startReadOnly();
  return [
    row(
      "steps of deploy and rollback at which the disk was full",
      "every step",
      steps.tried,
      steps.tried > 10,
    ),
    row("disks with a few pages left", "every so many", pages.tried, pages.tried > 0),
    row("disks with a few files left", "every number", files.tried, files.tried > 0),
    ...[steps, pages, files, readOnly].flatMap(({ misses }) => misses.map((miss) => none(miss, 1))),
    none(
      "crashes, unclear errors and lost states",
      steps.misses.length + pages.misses.length + files.misses.length + readOnly.misses.length,
    ),
  ];
}

interface Tries {
  tried: number;
  readonly misses: string[];
}

/** Counts on, as long as nothing is lost. */
class Counted {
  #count = 0;
  readonly #device: Device;

  constructor(device: Device) {
    this.#device = device;
  }

  async goesOn(): Promise<void> {
    const count = await this.#device.inject("w");
    if (count !== ++this.#count) throw new Error(`the count is ${count}, not ${this.#count}`);
  }
}

async function attempt(tries: Tries, where: string, work: () => Promise<void>): Promise<void> {
  tries.tried++;
  try {
    await work();
  } catch (error) {
    tries.misses.push(`${where}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Resolves with whether it could be done; anything but a clear refusal is thrown on. */
async function refusedClearly(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof EddyError && clear.has(error.code)) return true;
    throw error;
  }
}

async function failAtSteps(): Promise<Tries> {
  const tries: Tries = { tried: 0, misses: [] };
  let fails = Number.POSITIVE_INFINITY;
  let steps = 0;
  await using device = await startDevice({
    probation: 0,
    step() {
      if (steps++ === fails)
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    },
  });
  await device.deploy(counting(0));
  await device.deploy(counting(1));
  const counted = new Counted(device);
  let version = 1;
  const changes = {
    deploy: () => device.deploy(counting(version)),
    rollback: () => device.client.request("workflow/rollback", { id: "w" }),
  };
  for (const [name, change] of Object.entries(changes)) {
    let isOver = false;
    for (let at = 0; !isOver; at++) {
      await attempt(tries, `${name}, step ${at}`, async () => {
        version++;
        steps = 0;
        fails = at;
        isOver = !(await refusedClearly(change).finally(() => {
          isOver = steps <= at;
          fails = Number.POSITIVE_INFINITY;
        }));
        await device.becomes("w", "running");
        await counted.goesOn();
        await change();
        await counted.goesOn();
      });
    }
  }
  return tries;
}

/** The disk ends in the middle of a deployment, while the workflow writes its state. */
async function runOut(
  what: string,
  most: number,
  { stride }: DiskOptions,
  take: (disk: SmallDisk, left: number) => void,
): Promise<Tries> {
  const tries: Tries = { tried: 0, misses: [] };
  await using disk = await smallDisk(24, { files: 200 });
  await using device = await startDevice({ home: disk.path, probation: 0 });
  const { client, desk } = device;
  await device.deploy(counting(0));
  const counted = new Counted(device);
  for (let left = 0; left <= most; left += stride) {
    const { bytes, version } = await makeArtifact(counting(left + 1));
    const signed = Buffer.from(desk.sign(bytes));
    const send = (from: number, to: number) =>
      client.request("workflow/install", {
        id: "w",
        version,
        size: signed.length,
        offset: from,
        data: signed.subarray(from, to).toString("base64"),
      });
    await attempt(tries, `${left} ${what} left`, async () => {
      // Room is asked for when an upload begins; it is gone when it goes on.
      await send(0, 1_000);
      take(disk, left);
      await refusedClearly(() => send(1_000, signed.length));
      await refusedClearly(() =>
        client.request("workflow/activate", { id: "w", version: version }).catch(unknownVersion),
      );
      await refusedClearly(() => client.request("config/set", { env: { LEFT: String(left) } }));
      await counted.goesOn();
      await client.request("agent/health", {});
      disk.makeRoom();
      await eventually("it has recovered", async () => {
        await counted.goesOn();
        const { status, reasons } = await client.request("agent/health", {});
        if (status !== "ok") throw new Error(reasons.map(({ message }) => message).join(" "));
        return true;
      });
      await device.deploy(counting(left + 1));
      await device.deploy(counting(0));
      await counted.goesOn();
    });
    disk.makeRoom();
  }
  await attempt(tries, `restarted after ${what}`, async () => {
    await device.restart();
    await counted.goesOn();
  });
  return tries;
}

/** The installation before it was refused. */
function unknownVersion(error: unknown): void {
  if (!(error instanceof EddyError && error.code === "EDDY_UNKNOWN_VERSION")) throw error;
}

async function startReadOnly(): Promise<Tries> {
  const tries: Tries = { tried: 0, misses: [] };
  await using disk = await smallDisk(24);
  {
    await using device = await startDevice({ home: disk.path });
    await device.deploy(counting(0));
    await new Counted(device).goesOn();
  }
  await attempt(tries, "started on a disk that is read-only", async () => {
    await disk.setReadOnly(true);
    const refused = await refusedClearly(async () => {
      await using agent = createAgent({ home: disk.path });
      await agent.booted;
      const { reasons } = await agent.connect().request("agent/health", {});
      if (!reasons.some(({ code }) => clear.has(code))) throw new Error("its health does not tell it");
    }).finally(() => disk.setReadOnly(false));
    await using device = await startDevice({ home: disk.path });
    const count = await device.inject("w");
    if (count !== 2) throw new Error(`the count is ${count}, not 2, ${refused ? "after a refusal" : ""}`);
  });
  return tries;
}
