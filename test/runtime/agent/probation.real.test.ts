import assert from "node:assert/strict";
import { failsMoreOften, growsTooFast, isSilent } from "../../../runtime/agent/control/probation.ts";
import { temporaryFolder } from "../../testbed/resources.ts";
import { becomes, deployTo, startAgentProcess } from "./agent-process.ts";
import { startDevice } from "./device.ts";
import { probation } from "./suites/probation.ts";
import { createDesk } from "./workflows.ts";

const good = { id: "w", work: "message.payload + 1" };

probation(startDevice);

describe("an agent that dies with a version", function () {
  this.timeout(90_000);

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
