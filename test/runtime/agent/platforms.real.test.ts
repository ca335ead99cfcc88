import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectAsync } from "mqtt";
import { readAgentFiles } from "../../../fleet/install/agent-files.ts";
import { openPublisher } from "../../../fleet/publisher.ts";
import { MqttTransport } from "../../../fleet/transports/mqtt.ts";
import { buildAll } from "../../../scripts/lib/targets.mjs";
import { startMosquitto } from "../../testbed/mosquitto.ts";
import { armNode, deno, oldestNode, type PlatformCommand } from "../../testbed/platforms.ts";
import { runProgram } from "../../testbed/processes.ts";
import { eventually, freePort, temporaryFolder } from "../../testbed/resources.ts";
import {
  type AgentCommand,
  becomes,
  compileCounter,
  count,
  deployTo,
  injectInto,
  startAgentProcess,
} from "./agent-process.ts";
import { createTestCompiler, refused } from "./device.ts";
import { killed } from "./suites/killed.ts";
import { createDesk } from "./workflows.ts";

/** Bytes of the minified agent: what goes over the air to a device. */
const largestAgent = 700_000;

interface Platform {
  readonly command: () => PlatformCommand;
  readonly runtime: { readonly name: string; readonly version: RegExp; readonly arch: string };
  /** Milliseconds that the start may take. */
  readonly within: number;
}

const platforms: Readonly<Record<string, Platform>> = {
  "Node 24": {
    command: () => ({ command: process.execPath, options: [] }),
    runtime: { name: "node", version: /^24\./, arch: process.arch },
    within: 60_000,
  },
  "the oldest Node, which VS Code brings": {
    command: oldestNode,
    runtime: { name: "node", version: /^22\.13\./, arch: process.arch },
    within: 60_000,
  },
  Deno: {
    command: () => {
      const { command, options } = deno();
      return { command, options: [...options, "--allow-all"] };
    },
    runtime: { name: "deno", version: /^2\./, arch: process.arch },
    within: 60_000,
  },
  "Node for arm64": {
    command: armNode,
    runtime: { name: "node", version: /^24\./, arch: "arm64" },
    within: 180_000,
  },
};

describe("the built agent", function () {
  this.timeout(400_000);
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

  it("is small", async () => {
    const { bytes } = await readAgentFiles(folder.path);
    assert.ok(bytes <= largestAgent, `${bytes} bytes`);
    console.log(`      ${bytes} bytes minified`);
  });

  for (const [name, { command, runtime, within }] of Object.entries(platforms)) {
    describe(`on ${name}`, () => {
      let agent: AgentCommand;
      before(() => {
        agent = { ...command(), script };
      });

      it("tells its version", async () => {
        const words = [...agent.options, script, "version"];
        assert.match(await runProgram(agent.command, words), /^\d+\.\d+\.\d+\n$/);
      });

      it("runs compiled workflows over MQTT and HTTP, and has after kill -9 what was done", async () => {
        await using home = await temporaryFolder("agent");
        await using broker = await startMosquitto();
        await using compiler = createTestCompiler();
        const desk = createDesk();
        await desk.trust(home.path);
        const port = await freePort();
        const gateway = await compiler.compile(
          "gateway",
          `eddy: 1
name: Gateway
env: { BROKER: {} }
secrets: { TOKEN: {} }
connections:
  door: { type: http, port: ${port}, token: "\${secrets.TOKEN}" }
  plant: { type: mqtt, url: "\${env.BROKER}" }
nodes:
  in: { type: http-in, connection: door, method: POST, path: /readings }
  out: { type: mqtt-out, from: in, connection: plant, topic: readings }
  back: { type: mqtt-in, connection: plant, topic: readings }
  twice: { type: map, from: back, payload: "({ twice: msg.payload.value * 2 })" }
  far: { type: mqtt-out, from: twice, connection: plant, topic: twice }
  answer: { type: http-response, from: in, payload: "({ value: msg.payload.value })" }
`,
        );
        const receiver = await connectAsync(broker.url, { protocolVersion: 5 });
        const heard: string[] = [];
        receiver.on("message", (_, payload) => heard.push(payload.toString()));
        await receiver.subscribeAsync("twice", { qos: 1 });
        {
          await using running = await startAgentProcess(home.path, { command: agent, within });
          const { client } = running;
          const info = await client.request("agent/info", {});
          assert.deepEqual([info.runtime.name, info.arch], [runtime.name, runtime.arch]);
          assert.match(info.runtime.version, runtime.version);
          await deployTo(client, desk, await compileCounter());
          assert.equal(await count(client), 1);
          await assert.rejects(
            deployTo(client, desk, gateway),
            refused("EDDY_MISSING_VALUES", /"BROKER".*"TOKEN"/),
          );
          await client.request("config/set", { env: { BROKER: broker.url }, secrets: { TOKEN: "s3cret" } });
          await client.request("workflow/activate", { id: "gateway" });
          const post = (token: string) =>
            fetch(`http://127.0.0.1:${port}/readings`, {
              method: "POST",
              body: '{"value":21}',
              headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
            });
          const refusal = await eventually("it listens", () => post("wrong"), { timeout: 30_000 });
          assert.equal(refusal.status, 401);
          const answer = await post("s3cret");
          assert.deepEqual([answer.status, await answer.json()], [200, { value: 21 }]);
          await eventually("it has gone through the broker twice", () => heard.length === 1, {
            timeout: 30_000,
          });
          assert.deepEqual(heard, ['{"twice":42}']);
          const health = await client.request("agent/health", {});
          assert.equal(health.status, "ok", JSON.stringify(health.reasons));
          await running.kill();
        }
        await receiver.endAsync(true);
        await using running = await startAgentProcess(home.path, { command: agent, within });
        await becomes(running.client, "counter", "running");
        await becomes(running.client, "gateway", "running");
        assert.equal(await count(running.client), 2);
      });

      // Emulated, the five starts of it take more than a minute.
      if (runtime.arch === process.arch) killed(() => ({ command: agent, within }));

      it("is met at a broker", async () => {
        await using home = await temporaryFolder("agent");
        await using broker = await startMosquitto();
        const publisher = await openPublisher(join(home.path, "desk"), Date.now);
        await mkdir(join(home.path, "publishers"));
        await writeFile(join(home.path, "publishers", `${publisher.id}.pub`), publisher.publicKey);
        await using running = await startAgentProcess(home.path, { command: agent, within });
        await running.client.request("broker/set", { broker: { url: broker.url } });
        const { id: device } = await running.client.request("agent/info", {});
        const transport = new MqttTransport({
          device,
          broker: async () => ({ url: broker.url }),
          publisher: async () => publisher,
        });
        const { client, info } = await transport.open({ questions: {}, wake: false });
        assert.equal(info.runtime.name, runtime.name);
        await client.request("config/set", { env: { PLACE: "x".repeat(300_000) } });
        assert.equal(String((await client.request("config/get", {})).env.PLACE).length, 300_000);
        client.close();
      });

      it("ends a workflow that loops, and runs the others on", async () => {
        await using home = await temporaryFolder("agent");
        const desk = createDesk();
        await desk.trust(home.path);
        await using running = await startAgentProcess(home.path, { command: agent, within });
        const { client } = running;
        await deployTo(client, desk, await compileCounter());
        await deployTo(client, desk, {
          id: "looping",
          work: "(message.payload === 'loop' && (() => { for (;;) {} })()), 1",
        });
        await assert.rejects(injectInto(client, "looping", "loop"), refused("EDDY_WORKER_ENDED"));
        await becomes(client, "looping", "quarantined");
        await becomes(client, "counter", "running");
        assert.equal(await count(client), 1);
        // An emulated Node starts no second one: the kernel does not know its binary.
        if (agent.command.startsWith("qemu")) return;
        await deployTo(client, desk, {
          id: "apart",
          manifest: { isolation: "process" },
          work: "process.pid",
        });
        assert.notEqual(await injectInto(client, "apart"), running.program.pid);
        assert.equal(await count(client), 2);
      });
    });
  }
});
