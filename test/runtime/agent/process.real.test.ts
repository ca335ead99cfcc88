import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../testbed/processes.ts";
import { eventually, temporaryFolder } from "../../testbed/resources.ts";
import { becomes, compileCounter, count, deployTo, injectInto, startAgentProcess } from "./agent-process.ts";
import { refused, startDevice } from "./device.ts";
import { createDesk, makeArtifact, type WorkflowText } from "./workflows.ts";

const counting = `context.state.set("count", (context.state.get("count") ?? 0) + 1), context.state.get("count")`;

describe("the agent's process", function () {
  this.timeout(120_000);

  it("has after kill -9 all that it had said was done, and runs what ran", async () => {
    await using folder = await temporaryFolder("agent");
    const desk = createDesk();
    await desk.trust(folder.path);
    const ids = ["shared", "alone", "apart"] as const;
    {
      await using agent = await startAgentProcess(folder.path);
      const { client } = agent;
      await deployTo(client, desk, await compileCounter());
      for (const [index, isolation] of (["shared", "worker", "process"] as const).entries()) {
        await deployTo(client, desk, { id: ids[index] ?? "", work: counting, manifest: { isolation } });
      }
      await deployTo(client, desk, { id: "stopped", work: counting });
      await client.request("workflow/deactivate", { id: "stopped" });
      for (let round = 1; round <= 5; round++) {
        assert.equal(await count(client), round);
        for (const id of ids) assert.equal(await injectInto(client, id), round);
      }
      await agent.kill();
    }
    await using agent = await startAgentProcess(folder.path);
    for (const id of ["counter", ...ids]) await becomes(agent.client, id, "running");
    await becomes(agent.client, "stopped", "stopped");
    assert.equal(await count(agent.client), 6);
    for (const id of ids) assert.equal(await injectInto(agent.client, id), 6);
  });

  it("leaves no process behind when it is killed, and none when it ends well", async () => {
    await using folder = await temporaryFolder("agent");
    const desk = createDesk();
    await desk.trust(folder.path);
    const children = (id: number) =>
      readFileSync(`/proc/${id}/task/${id}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
    const isThere = (id: number) => {
      try {
        return !readFileSync(`/proc/${id}/stat`, "utf8").includes(") Z ");
      } catch {
        return false;
      }
    };
    for (const end of ["kill", "close"] as const) {
      await using agent = await startAgentProcess(folder.path);
      await deployTo(agent.client, desk, { id: `w-${end}`, manifest: { isolation: "process" } });
      const workers = children(agent.program.pid);
      assert.ok(workers.length > 0);
      if (end === "kill") process.kill(agent.program.pid, "SIGKILL");
      else process.kill(agent.program.pid, "SIGTERM");
      assert.equal(await agent.program.exited, end === "kill" ? null : 0);
      await eventually("all are gone", () => !workers.some(isThere));
    }
  });

  it("is for its user alone, and is refused a folder where one works already", async () => {
    await using folder = await temporaryFolder("agent");
    await using agent = await startAgentProcess(folder.path);
    assert.equal(statSync(join(folder.path, "agent.sock")).mode & 0o777, 0o600);
    await assert.rejects(
      startAgentProcess(folder.path, { words: ["--name", "second"] }).then(async (second) => {
        // The first one answers at the socket; the second has to end by itself.
        const code = await second.program.exited;
        await second[Symbol.asyncDispose]();
        throw new Error(`It ended with ${code}: ${second.program.output()}`);
      }),
      /ended with 1.*(EDDY_AGENT_RUNNING|Another agent works)/s,
    );
    await agent.client.request("agent/info", {});
  });

  it("ends when it is asked to", async () => {
    await using folder = await temporaryFolder("agent");
    await using agent = await startAgentProcess(folder.path);
    await agent.client.request("agent/shutdown", {});
    assert.equal(await agent.program.exited, 0);
  });
});

describe("a workflow that ends its process", function () {
  this.timeout(120_000);

  for (const [where, manifest] of [
    ["the worker of all", {}],
    ["a worker of its own", { isolation: "worker" }],
    ["a process of its own", { isolation: "process" }],
  ] as const) {
    it(`ends ${where} only, and is started again`, async () => {
      await using folder = await temporaryFolder("agent");
      const desk = createDesk();
      await desk.trust(folder.path);
      await using agent = await startAgentProcess(folder.path);
      const { client } = agent;
      await deployTo(client, desk, { id: "innocent", work: counting });
      await deployTo(client, desk, { id: "leaving", manifest, work: "process.exit(7)" });
      await assert.rejects(injectInto(client, "leaving"), refused("EDDY_WORKER_ENDED", /ended with 7/));
      await becomes(client, "leaving", "running");
      await becomes(client, "innocent", "running");
      assert.equal(await injectInto(client, "innocent"), 1);
      // From now on it is alone, wherever it was.
      await assert.rejects(injectInto(client, "leaving"), refused("EDDY_WORKER_ENDED"));
      assert.equal(await injectInto(client, "innocent"), 2);
      await becomes(client, "innocent", "running");
    });
  }
});

describe("a power cut while a version is deployed", function () {
  this.timeout(600_000);
  const script = fileURLToPath(new URL("./fixtures/dying-agent.ts", import.meta.url));

  it("leaves the old or the new version at every step, with its state", async () => {
    await using folder = await temporaryFolder("agent");
    const template = join(folder.path, "template");
    const desk = createDesk();
    await desk.trust(template);
    const text = (name: string): WorkflowText => ({
      id: "w",
      work: `[${JSON.stringify(name)}, (${counting})]`,
    });
    {
      await using device = await startDevice({ home: template });
      await desk.trust(template);
      // Two versions, so that there is a previous one too.
      for (const name of ["older", "old"]) await deployTo(device.client, desk, text(name));
      assert.deepEqual(await device.inject("w"), ["old", 1]);
    }
    const { bytes, version } = await makeArtifact(text("new"));
    const artifact = join(folder.path, "new.eddy");
    await writeFile(artifact, desk.sign(bytes));
    const copy = async (name: string) => {
      const home = join(folder.path, name);
      await cp(template, home, { recursive: true, verbatimSymlinks: true });
      return home;
    };
    const all = await runProgram(process.execPath, [script, await copy("all"), "w", version, artifact]);
    const steps = all.trim().split("\n");
    for (const expected of ["write piece", "rename folder", "rename current", "rename deployments"]) {
      assert.ok(steps.includes(expected), steps.join(", "));
    }
    const outcomes: string[] = [];
    for (const [index, name] of steps.entries()) {
      // One piece of the upload is as good as another.
      if (name === "write piece" && index % 10 !== 5) continue;
      const home = await copy(`step-${index}`);
      const died = spawnSync(process.execPath, [script, home, "w", version, artifact, `${index}`]);
      assert.equal(died.signal, "SIGKILL", `${name}: ${died.stderr}`);
      await using device = await startDevice({ home });
      await device.becomes("w", "running");
      const [which, counted] = (await device.inject("w")) as [string, number];
      assert.ok(which === "old" || which === "new", `${name}: ${which}`);
      assert.equal(counted, 2, name);
      outcomes.push(which);
      // Whatever was left in the middle, the deployment that is tried again succeeds.
      await deployTo(device.client, desk, { id: "w", bytes: bytes, version });
      assert.deepEqual(await device.inject("w"), ["new", 3], name);
      const left = readdirSync(join(home, "workflows", "w")).filter((file) => file.startsWith("."));
      assert.deepEqual(left, [], name);
    }
    // The old one up to some step, and the new one from there on.
    assert.deepEqual(
      outcomes,
      outcomes.toSorted((a, b) => (a === b ? 0 : a === "old" ? -1 : 1)),
    );
    assert.ok(outcomes.includes("old") && outcomes.includes("new"));
  });
});
