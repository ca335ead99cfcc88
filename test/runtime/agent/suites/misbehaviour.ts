import assert from "node:assert/strict";
import { eventually } from "../../../testbed/resources.ts";
import { refused, type StartDevice } from "../device.ts";
import { install, makeArtifact, type WorkflowText } from "../workflows.ts";

const megabyte = 2 ** 20;
const counting = `context.state.set("count", (context.state.get("count") ?? 0) + 1), context.state.get("count")`;
const innocent: WorkflowText = { id: "innocent", work: counting };

/** Workflows that loop, leak, throw and leave, and what they are kept from. */
export function misbehaviour(startDevice: StartDevice): void {
  const start: StartDevice = (options = {}) => startDevice({ drain: 200, blockedAfter: 2_000, ...options });

  describe("the agent and workflows that misbehave", function () {
    this.timeout(90_000);

    it("ends a worker that loops, puts the guilty one aside, and runs the others on with their state", async () => {
      await using device = await start();
      await device.deploy(innocent);
      assert.equal(await device.inject("innocent"), 1);
      await device.deploy({
        id: "looping",
        work: "(message.payload === 'loop' && (() => { for (;;) {} })()), 1",
      });
      await assert.rejects(device.inject("looping", "loop"), refused("EDDY_WORKER_ENDED"));
      const guilty = await device.becomes("looping", "quarantined");
      assert.equal(guilty.reason?.code, "EDDY_BLOCKED");
      assert.match(guilty.reason?.message ?? "", /endless loop/);
      await device.becomes("innocent", "running");
      assert.equal(await device.inject("innocent"), 2);
      const health = await device.client.request("agent/health", {});
      assert.equal(health.status, "degraded");
      // Whoever has looked at it may start it again.
      await device.client.request("workflow/activate", { id: "looping" });
      assert.equal(await device.inject("looping", "well"), 1);
      assert.equal((await device.client.request("agent/health", {})).status, "ok");
    });

    it("finds out who loops where nobody was seen at it", async () => {
      await using device = await start();
      await device.deploy(innocent);
      // After an await, the loop is not inside of anything that the agent called.
      await device.deploy({
        id: "looping",
        setup: "const late = async () => { await new Promise((done) => setTimeout(done, 50)); for (;;) {} };",
        open: "void late();",
      });
      await device.becomes("looping", "quarantined");
      await device.becomes("innocent", "running");
      assert.equal(await device.inject("innocent"), 1);
    });

    it("answers while a workflow holds its worker up", async () => {
      await using device = await start({ blockedAfter: 3_000 });
      await device.deploy({ id: "looping", work: "(() => { for (;;) {} })()" });
      const looping = assert.rejects(device.inject("looping"), refused("EDDY_WORKER_ENDED"));
      const started = performance.now();
      await device.client.request("agent/info", {});
      await device.client.request("workflow/list", {});
      assert.ok(performance.now() - started < 1_500);
      await looping;
    });

    it("refuses a version that loops at load, and runs the others on", async () => {
      await using device = await start();
      await device.deploy(innocent);
      const good = await device.deploy({ id: "w", work: "'good'" });
      const { bytes, version } = await makeArtifact({ id: "w", setup: "for (;;) {}" });
      await assert.rejects(
        install(device.client, "w", version, device.desk.sign(bytes)),
        refused("EDDY_LOAD_FAILED"),
      );
      for (const id of ["innocent", "w"]) await device.becomes(id, "running");
      assert.equal((await device.status("w"))?.version, good);
      assert.equal(await device.inject("w"), "good");
    });

    it("goes back to the version before when a new one loops at its start", async () => {
      await using device = await start();
      await device.deploy(innocent);
      const good = await device.deploy({ id: "w", work: "'good'" });
      await assert.rejects(device.deploy({ id: "w", open: "for (;;) {}" }), refused("EDDY_START_FAILED"));
      assert.equal((await device.status("w"))?.version, good);
      assert.equal(await device.inject("w"), "good");
      await device.becomes("innocent", "running");
    });

    it("survives a workflow that eats memory, and gives up on it in the end", async () => {
      await using device = await start({ workerMemory: 48 * megabyte });
      await device.deploy(innocent);
      await device.deploy({
        id: "leaking",
        setup: "const kept = []; let timer;",
        open: "timer = setInterval(() => { for (let i = 0; i < 100; i++) kept.push(new Array(10_000).fill(i)); }, 1);",
        close: "clearInterval(timer);",
      });
      const leaking = await eventually(
        "it is seen",
        async () => {
          const found = await device.status("leaking");
          return found?.reason && found;
        },
        { timeout: 30_000 },
      );
      assert.equal(leaking.reason?.code, "EDDY_OUT_OF_MEMORY");
      await device.becomes("innocent", "running");
      assert.equal(await device.inject("innocent"), 1);
      // From now on it is alone, and brings nobody else down.
      await device.becomes("leaking", "running");
      await eventually("it fails again", async () => (await device.status("leaking"))?.state !== "running", {
        timeout: 30_000,
      });
      assert.equal(await device.inject("innocent"), 2);
    });

    it("starts a workflow again that throws where nothing catches, until it gives up", async () => {
      await using device = await start();
      await device.deploy(innocent);
      await device.deploy({
        id: "throwing",
        work: "setTimeout(() => { throw new Error('nobody catches this'); }, 1), 1",
      });
      await device.inject("throwing");
      const { reason } = await device.becomes("throwing", "starting");
      assert.equal(reason?.code, "EDDY_CRASHED");
      assert.match(reason?.message ?? "", /nobody catches this \(at .*throwing\.flow\.yaml/);
      await device.becomes("throwing", "running");
      assert.equal(await device.inject("innocent"), 1);
      assert.equal((await device.status("innocent"))?.executions, 1);
    });

    it("fails a workflow that may not be started again", async () => {
      await using device = await start();
      await device.deploy({
        id: "once",
        manifest: { restart: "never" },
        work: "Promise.reject(new Error('left alone')), setTimeout(() => { throw new Error('no'); }, 1), 1",
      });
      await device.inject("once");
      await device.becomes("once", "failed");
    });

    for (const singleThreaded of [false, true]) {
      const where = singleThreaded ? "in the agent's own thread" : "in a worker";
      it(`starts a workflow again that left a rejection unhandled ${where}`, async () => {
        await using device = await start({ singleThreaded });
        await device.deploy(innocent);
        await device.deploy({
          id: "rejecting",
          work: "setTimeout(async () => { await null; throw new Error('left alone'); }, 1), 1",
        });
        await device.inject("rejecting");
        // The pause before it is started again may be too short to be seen.
        await eventually("it is told that it is started again", async () => {
          const { records } = await device.client.request("logs/tail", { lines: 100, follow: false });
          return records.some(({ message }) => /"rejecting" is started again.*left alone/.test(message));
        });
        await device.becomes("rejecting", "running");
        assert.equal(await device.inject("innocent"), 1);
        assert.equal((await device.status("innocent"))?.executions, 1);
      });
    }

    for (const isolation of ["worker", "process"] as const) {
      it(`keeps a workflow in a ${isolation} of its own from bringing down any other`, async () => {
        // A heap that is nearly full is a slow one.
        await using device = await start({ blockedAfter: 6_000 });
        await device.deploy(innocent);
        const text: WorkflowText = {
          id: "alone",
          manifest: { isolation, memory: 48 * megabyte },
          setup: "const kept = [];",
          work: `
          message.payload === "loop" ? (() => { for (;;) {} })()
          : message.payload === "leak" ? (() => { for (;;) kept.push(new Array(10_000).fill(1)); })()
          : (${counting})`,
        };
        await device.deploy(text);
        assert.equal(await device.inject("alone", "count"), 1);
        await assert.rejects(device.inject("alone", "leak"), refused("EDDY_WORKER_ENDED"));
        const { reason } = await device.becomes("alone", "starting");
        assert.equal(reason?.code, "EDDY_OUT_OF_MEMORY");
        await device.becomes("alone", "running");
        assert.equal(await device.inject("alone", "count"), 2);
        await assert.rejects(device.inject("alone", "loop"), refused("EDDY_WORKER_ENDED"));
        await device.becomes("alone", "quarantined");
        assert.equal(await device.inject("innocent"), 1);
        assert.equal((await device.status("innocent"))?.executions, 1);
      });
    }
  });
}
