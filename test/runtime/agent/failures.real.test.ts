import assert from "node:assert/strict";
import { EddyError } from "../../../language/problem.ts";
import { type AgentOptions, createAgent } from "../../../runtime/agent/agent.ts";
import { denoOptions, nodePermissions } from "../../../runtime/agent/control/permissions.ts";
import { eventually, temporaryFolder } from "../../testbed/resources.ts";
import { createDesk, deploy, install, makeArtifact, type WorkflowText } from "./workflows.ts";

const refused = (code: string) => (error: unknown) => {
  assert.ok(error instanceof EddyError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

const megabyte = 2 ** 20;
const counting = `context.state.set("count", (context.state.get("count") ?? 0) + 1), context.state.get("count")`;
const innocent: WorkflowText = { id: "innocent", work: counting };

async function start(options: Partial<AgentOptions> = {}) {
  const folder = await temporaryFolder("agent");
  const desk = createDesk();
  await desk.trust(folder.path);
  const agent = createAgent({ home: folder.path, drain: 200, blockedAfter: 2_000, ...options });
  const client = agent.connect();
  const status = async (id: string) => {
    const { workflows } = await client.request("workflow/list", {});
    return workflows.find((one) => one.id === id);
  };
  return {
    home: folder.path,
    desk,
    client,
    status,
    deploy: (text: WorkflowText) => deploy(client, desk, text),
    inject: async (id: string, payload: unknown = 0) => {
      const record = await client.request("workflow/inject", { id, node: "work", message: { payload } });
      return Reflect.get(Object(record.nodes[0]?.output?.[0]?.message), "payload");
    },
    becomes: (id: string, state: string) =>
      eventually(
        `${id} is ${state}`,
        async () => {
          const found = await status(id);
          return found?.state === state && found;
        },
        { timeout: 40_000 },
      ),
    async [Symbol.asyncDispose]() {
      await agent.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

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

  it("lets no workflow in its own thread end its process", async () => {
    const { exit } = process;
    {
      await using device = await start({ singleThreaded: true });
      await device.deploy(innocent);
      await device.deploy({ id: "leaving", work: "process.exit(7)" });
      const record = await device.client.request("workflow/inject", {
        id: "leaving",
        node: "work",
        message: { payload: 0 },
      });
      assert.equal(record.outcome, "error");
      assert.match(record.nodes[0]?.error?.message ?? "", /must not end the agent/);
      assert.equal(await device.inject("innocent"), 1);
    }
    assert.equal(process.exit, exit);
  });

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

  it("gives a process of its own the permissions that this Node has", () => {
    const flags = (capabilities: readonly string[], known: readonly string[]) =>
      nodePermissions(capabilities, (flag) => known.includes(flag));
    const needs = ["network", "files", "exec", "native"];
    const rest = ["--allow-fs-write=*", "--allow-child-process", "--allow-addons"];
    const always = ["--permission", "--allow-fs-read=*"];
    assert.deepEqual(flags(needs, []), []);
    assert.deepEqual(flags([], ["--permission", "--allow-net"]), always);
    assert.deepEqual(flags(needs, ["--permission"]), [...always, ...rest]);
    assert.deepEqual(flags(needs, ["--permission", "--allow-net"]), [...always, "--allow-net", ...rest]);
  });

  it("gives a process of its own what Deno can hold back", () => {
    const always = ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--v8-flags=--heap"];
    const open = ["--allow-env", "--allow-sys"];
    const flags = (...capabilities: readonly string[]) =>
      denoOptions(capabilities, "--heap", ["/dev/shm/own"]).slice(always.length + open.length);
    assert.deepEqual(denoOptions([], "--heap"), [...always, ...open]);
    assert.deepEqual(flags(), ["--allow-read=/dev/shm/own", "--allow-write=/dev/shm/own"]);
    assert.deepEqual(flags("files"), ["--allow-read", "--allow-write"]);
    assert.deepEqual(flags("network", "exec", "files").slice(2), ["--allow-net", "--allow-run"]);
    assert.deepEqual(flags("native"), ["--allow-read", "--allow-write=/dev/shm/own", "--allow-ffi"]);
  });

  it("holds a process of its own to what it has declared", async () => {
    await using device = await start();
    const exec = `(() => {
      const { execFileSync } = host.builtin("node:child_process");
      return execFileSync("echo", ["hi"]).toString().trim();
    })()`;
    const text = (id: string, capabilities: readonly string[]): WorkflowText => ({
      id,
      manifest: { isolation: "process", capabilities: [...capabilities] },
      work: exec,
    });
    await device.deploy(text("without", []));
    await device.deploy(text("with", ["exec"]));
    const { nodes } = await device.client.request("workflow/inject", {
      id: "without",
      node: "work",
      message: { payload: 0 },
    });
    assert.equal(nodes[0]?.error?.code, "EDDY_NOT_DECLARED");
    assert.match(nodes[0]?.error?.message ?? "", /^"work" tried to start .*has not declared "exec"/);
    assert.equal(await device.inject("with"), "hi");
  });
});
