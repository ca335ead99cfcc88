import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildAll } from "../../../scripts/lib/targets.mjs";
import { deno } from "../../testbed/platforms.ts";
import { eventually, temporaryFolder } from "../../testbed/resources.ts";
import { becomes, compileCounter, count, deployTo, injectInto, startAgentProcess } from "./agent-process.ts";
import { createDesk } from "./workflows.ts";

const moduleTeller = fileURLToPath(new URL("fixtures/modules.cjs", import.meta.url));

describe("the agent as it is built", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let script: string;

  before(async () => {
    folder = await temporaryFolder("built");
    const { ok, summary } = await buildAll({
      outFolder: folder.path,
      minify: true,
      types: false,
      only: ["agent"],
    });
    assert.ok(ok, summary);
    script = join(folder.path, "agent.mjs");
  });
  after(() => folder[Symbol.asyncDispose]());

  it("loads of Node's own modules what it uses: each of the others takes megabytes and start", async () => {
    const home = join(folder.path, "home");
    const command = { command: process.execPath, options: ["--require", moduleTeller], script };
    {
      await using agent = await startAgentProcess(home, { command, words: ["--single-threaded"] });
      await agent.client.request("agent/info", {});
    }
    const loaded = (await readFile(join(home, "modules.txt"), "utf8")).split("\n");
    assert.ok(loaded.includes("NativeModule net"), "the list is what it is taken for");
    const unused = ["http", "internal/deps/undici/undici", "tls", "https", "http2", "inspector"];
    assert.deepEqual(
      unused.filter((name) => loaded.includes(`NativeModule ${name}`)),
      [],
    );
  });

  it("keeps what V8 made of its program for both of its threads, and makes anew what was broken", async () => {
    await using device = await temporaryFolder("device");
    const desk = createDesk();
    await desk.trust(device.path);
    const flow = await compileCounter();
    const command = { command: process.execPath, options: [], script };
    const kept = join(folder.path, "compiled");
    const sizes = async () => {
      const names = (await readdir(kept)).sort();
      if (names.join() !== "agent,worker") return undefined;
      return Promise.all(names.map(async (name) => (await stat(join(kept, name))).size));
    };
    const areKept = () =>
      eventually(
        "the code of both threads is kept",
        async () => (await sizes().catch(() => undefined))?.every((size) => size > 100_000),
        { timeout: 60_000 },
      );
    {
      await using agent = await startAgentProcess(device.path, { command });
      await deployTo(agent.client, desk, flow);
      assert.equal(await count(agent.client), 1);
      await areKept();
    }
    const before = await sizes();
    {
      await using agent = await startAgentProcess(device.path, { command });
      await becomes(agent.client, "counter", "running");
      assert.equal(await count(agent.client), 2);
    }
    assert.deepEqual(await sizes(), before);
    for (const name of ["agent", "worker"]) await writeFile(join(kept, name), new Uint8Array(50_000).fill(1));
    {
      await using agent = await startAgentProcess(device.path, { command });
      await becomes(agent.client, "counter", "running");
      assert.equal(await count(agent.client), 3);
      await areKept();
    }
  });

  it("runs workflows that import what they need, in each kind of worker", async () => {
    const command = { command: process.execPath, options: [], script };
    const importing = {
      work: '(await import(["node", "path"].join(":"))).join("a", String(message.payload))',
    };
    for (const words of [[], ["--single-threaded"]]) {
      await using device = await temporaryFolder("device");
      const desk = createDesk();
      await desk.trust(device.path);
      await using agent = await startAgentProcess(device.path, { command, words });
      await deployTo(agent.client, desk, { id: "shared", ...importing });
      await deployTo(agent.client, desk, { id: "own", ...importing, manifest: { isolation: "process" } });
      assert.equal(await injectInto(agent.client, "shared", "b"), "a/b");
      assert.equal(await injectInto(agent.client, "own", "c"), "a/c");
    }
  });

  it("runs on Deno, which keeps code by itself", async () => {
    await using device = await temporaryFolder("device");
    const desk = createDesk();
    await desk.trust(device.path);
    const { command, options } = deno();
    const onDeno = { command, options: [...options, "--quiet", "--allow-all"], script };
    const flow = await compileCounter();
    {
      await using agent = await startAgentProcess(device.path, { command: onDeno });
      assert.equal((await agent.client.request("agent/info", {})).runtime.name, "deno");
      await deployTo(agent.client, desk, flow);
      assert.equal(await count(agent.client), 1);
    }
    await using agent = await startAgentProcess(device.path, { command: onDeno });
    await becomes(agent.client, "counter", "running");
    assert.equal(await count(agent.client), 2);
  });
});
