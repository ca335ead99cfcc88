import assert from "node:assert/strict";
import { failsMoreOften, growsTooFast, isSilent } from "../../../runtime/agent/control/probation.ts";
import { eventually, temporaryFolder } from "../../testbed/resources.ts";
import { becomes, deployTo, startAgentProcess } from "./agent-process.ts";
import { type Device, startDevice } from "./device.ts";
import { createDesk } from "./workflows.ts";

const good = { id: "w", work: "message.payload + 1" };
/** A trigger that emits every 20 ms. */
const busy = {
  id: "w",
  open: "globalThis.t = setInterval(() => emit(1), 20)",
  close: "clearInterval(globalThis.t)",
};

async function goesBack(device: Device, to: string, code: string): Promise<void> {
  const status = await eventually(
    "the version before runs again",
    async () => {
      const found = await device.status("w");
      return found?.rolledBack && found.state === "running" && found;
    },
    { timeout: 30_000 },
  );
  assert.equal(status.version, to);
  assert.equal(status.rolledBack?.code, code, status.rolledBack?.message);
  assert.equal(status.previous, undefined);
  const { reasons } = await device.client.request("agent/health", {});
  assert.deepEqual(
    reasons.map((reason) => reason.code),
    ["EDDY_ROLLED_BACK"],
  );
}

describe("a new version on probation", function () {
  this.timeout(90_000);

  it("stays when it is no worse, and nothing is said of it any more", async () => {
    await using device = await startDevice({ probation: 1_500 });
    await device.deploy(good);
    assert.equal((await device.status("w"))?.probation, undefined, "the first one has nothing to go back to");
    const version = await device.deploy({ ...good, work: "message.payload + 2" });
    assert.ok((await device.status("w"))?.probation);
    await eventually("it has passed", async () => (await device.status("w"))?.probation === undefined);
    const status = await device.status("w");
    assert.deepEqual([status?.version, status?.rolledBack], [version, undefined]);
    await device.restart();
    assert.equal((await device.status("w"))?.probation, undefined);
  });

  it("goes back when it throws where nothing catches, with the state as it is", async () => {
    await using device = await startDevice({ probation: 20_000 });
    const count = `(context.state.set("n", (context.state.get("n") ?? 0) + 1), context.state.get("n"))`;
    const first = await device.deploy({ id: "w", work: count });
    assert.equal(await device.inject("w"), 1);
    await device.deploy({ id: "w", work: `${count} + 0 * setTimeout(() => { throw new Error("late"); })` });
    await device.inject("w").catch(() => {});
    await goesBack(device, first, "EDDY_CRASHED");
    assert.equal(await device.inject("w"), 3);
    // It was told, and is forgotten with the next version that is deployed.
    await device.restart();
    assert.equal((await device.status("w"))?.rolledBack?.code, "EDDY_CRASHED");
    await device.deploy({ ...good, work: "message.payload + 9" });
    assert.equal((await device.status("w"))?.rolledBack, undefined);
  });

  it("goes back when it blocks its worker, instead of being put aside", async () => {
    await using device = await startDevice({ probation: 20_000, blockedAfter: 1_500 });
    const first = await device.deploy(good);
    await device.deploy({ id: "w", work: "(() => { for (;;); })()" });
    await device.inject("w").catch(() => {});
    await goesBack(device, first, "EDDY_BLOCKED");
  });

  it("goes back when more of its executions fail", async () => {
    await using device = await startDevice({ probation: 20_000 });
    const first = await device.deploy(busy);
    await eventually("it is at work", async () => ((await device.status("w"))?.executions ?? 0) > 20);
    await device.deploy({ ...busy, work: `(() => { throw new Error("no such field"); })()` });
    await goesBack(device, first, "EDDY_FAILS_MORE");
  });

  it("goes back when it falls silent", async () => {
    await using device = await startDevice({ probation: 2_000 });
    const first = await device.deploy(busy);
    await eventually("it is at work", async () => ((await device.status("w"))?.executions ?? 0) > 20);
    await device.deploy(good);
    await goesBack(device, first, "EDDY_SILENT");
  });

  it("goes back after the agent has died with it twice", async () => {
    await using folder = await temporaryFolder("agent");
    const desk = createDesk();
    await desk.trust(folder.path);
    let agent = await startAgentProcess(folder.path);
    const first = await deployTo(agent.client, desk, good);
    await deployTo(agent.client, desk, { ...good, work: "message.payload + 2" });
    for (let death = 1; death <= 2; death++) {
      await agent.kill();
      agent = await startAgentProcess(folder.path);
      await becomes(agent.client, "w", "running");
    }
    const { workflows } = await agent.client.request("workflow/list", {});
    assert.deepEqual([workflows[0]?.version, workflows[0]?.rolledBack?.code], [first, "EDDY_BOOT_LOOP"]);
    await agent[Symbol.asyncDispose]();
  });

  it("is not stopped by an agent that dies again and again: in the end it starts nothing, and can be reached", async () => {
    await using folder = await temporaryFolder("agent");
    const desk = createDesk();
    await desk.trust(folder.path);
    const words = ["--single-threaded"];
    let agent = await startAgentProcess(folder.path, { words });
    await deployTo(agent.client, desk, good);
    for (let death = 1; death <= 3; death++) {
      await agent.kill();
      agent = await startAgentProcess(folder.path, { words });
    }
    await becomes(agent.client, "w", "failed");
    const { workflows } = await agent.client.request("workflow/list", {});
    assert.equal(workflows[0]?.reason?.code, "EDDY_BOOT_LOOP");
    assert.equal((await agent.client.request("workflow/activate", { id: "w" })).state, "running");
    // An end on purpose is none of those.
    await agent[Symbol.asyncDispose]();
    agent = await startAgentProcess(folder.path, { words });
    await becomes(agent.client, "w", "running");
    await agent[Symbol.asyncDispose]();
  });
});

describe("what is judged on probation", () => {
  const counters = (executions: number, errors: number) => ({ executions, errors, nodes: [] }) as never;

  it("is the share of failures, once there are some", () => {
    assert.equal(failsMoreOften(counters(4, 4), { errorRate: 0 }), undefined);
    assert.equal(failsMoreOften(counters(100, 9), { errorRate: 0 }), undefined);
    assert.equal(failsMoreOften(counters(100, 11), { errorRate: 0 })?.code, "EDDY_FAILS_MORE");
    assert.equal(failsMoreOften(counters(100, 55), { errorRate: 0.5 }), undefined);
  });

  it("is silence, where the version before would have been heard", () => {
    assert.equal(isSilent(counters(0, 0), { rate: 0.0001 }, 30_000), undefined);
    assert.equal(isSilent(counters(1, 0), { rate: 0.01 }, 30_000), undefined);
    assert.equal(isSilent(counters(0, 0), { rate: 0.01 }, 30_000)?.code, "EDDY_SILENT");
  });

  it("is memory that grows without end, not memory that goes up and down", () => {
    const megabytes = (...values: readonly number[]) => values.map((value) => value * 2 ** 20);
    const saw = Array.from({ length: 30 }, (_, at) => 20 + (at % 7) * 5);
    const leak = Array.from({ length: 30 }, (_, at) => 20 + at * 2);
    const slow = Array.from({ length: 30 }, (_, at) => 20 + at * 0.01);
    const limit = 128 * 2 ** 20;
    assert.equal(growsTooFast(megabytes(...saw), limit), undefined);
    assert.equal(growsTooFast(megabytes(...slow), limit), undefined);
    assert.equal(growsTooFast(megabytes(...leak), limit)?.code, "EDDY_MEMORY_GROWS");
    assert.equal(growsTooFast(megabytes(...leak.slice(0, 12)), limit), undefined);
  });
});
