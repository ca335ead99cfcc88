import assert from "node:assert/strict";
import { connectAsync } from "mqtt";
import type { AgentClient } from "../../runtime/protocol/client.ts";
import { createTestCompiler } from "../runtime/agent/device.ts";
import { makeArtifact } from "../runtime/agent/workflows.ts";
import { startMosquitto } from "../testbed/mosquitto.ts";
import { eventually } from "../testbed/resources.ts";
import { openDesk, startDevice } from "./desk.ts";
import { rejectsWith } from "./errors.ts";

describe("a spare device", function () {
  this.timeout(120_000);

  it("takes the place of a dead one: workflows, env, secrets that are asked for, and the name", async () => {
    await using first = await startDevice();
    await using second = await startDevice();
    await using desk = await openDesk({ servers: { first, second } });
    const { fleet } = desk;
    const old = await fleet.add("ssh://first", { name: "pump" });
    const spare = await fleet.add("ssh://second", { name: "spare" });
    const secret = async (name: string, workflow: string | undefined) => `${name} of ${workflow ?? "all"}`;
    await rejectsWith("EDDY_NOTHING_KEPT", fleet.replace("pump", "spare", { secret }));
    await rejectsWith("EDDY_SAME_DEVICE", fleet.replace("pump", "pump", { secret }));
    const { bytes } = await makeArtifact({
      id: "flow",
      work: "[host.env.LIMIT, host.secrets.TOKEN.length]",
      manifest: { env: { LIMIT: { type: "number" } }, secrets: ["TOKEN"] },
    });
    await fleet.deploy("pump", bytes, { config: { env: { LIMIT: 8 }, secrets: { TOKEN: "hunter2" } } });
    await first.stop();

    const asked: string[] = [];
    const result = await (await desk.open()).replace("pump", "spare", {
      secret: async (name, workflow) => {
        asked.push(`${name} ${workflow}`);
        return secret(name, workflow);
      },
    });
    assert.deepEqual(asked, ["TOKEN flow"]);
    assert.deepEqual(result.deployed, ["flow"]);
    assert.deepEqual(result.secrets, [{ name: "TOKEN", workflow: "flow" }]);
    assert.equal(result.isOldReachable, false);
    assert.deepEqual(
      result.data.map(({ workflow, values, reason }) => [workflow, values, reason?.code]),
      [["flow", 0, "EDDY_UNREACHABLE"]],
    );
    assert.equal((await fleet.find("pump")).id, spare.id);
    assert.equal((await fleet.find("pump (replaced)")).id, old.id);
    const client = await fleet.connect("pump");
    const { workflows } = await client.request("workflow/list", {});
    assert.deepEqual(
      workflows.map(({ id, state }) => [id, state]),
      [["flow", "running"]],
    );
    assert.deepEqual(await client.request("config/get", { workflow: "flow" }), {
      env: { LIMIT: 8 },
      secrets: ["TOKEN"],
    });
  });

  it("takes over what was stored, where the old device answers, which stops there", async () => {
    await using first = await startDevice();
    await using second = await startDevice();
    await using desk = await openDesk({ servers: { first, second } });
    const { fleet } = desk;
    await fleet.add("ssh://first", { name: "pump" });
    await fleet.add("ssh://second", { name: "spare" });
    const count = 'context.state.set("n", (context.state.get("n") ?? 0) + 1), context.state.get("n")';
    const { bytes } = await makeArtifact({ id: "flow", work: count });
    await fleet.deploy("pump", bytes);
    const old = await fleet.connect("pump");
    const counted = async (client: AgentClient) => {
      const message = { payload: 0 };
      const { nodes } = await client.request("workflow/inject", { id: "flow", node: "work", message });
      return Reflect.get(Object(nodes[0]?.output?.[0]?.message), "payload");
    };
    assert.deepEqual([await counted(old), await counted(old)], [1, 2]);

    const secret = () => Promise.reject(new Error("nothing is secret here"));
    const { data, isOldReachable, left } = await fleet.replace("pump", "spare", { secret });
    assert.equal(isOldReachable, true);
    assert.deepEqual(left, []);
    assert.deepEqual(
      data.filter(({ workflow }) => workflow === "flow"),
      [{ workflow: "flow", values: 1, messages: 0 }],
    );
    assert.equal(await counted(await fleet.connect("pump")), 3);
    const { workflows } = await old.request("workflow/list", {});
    assert.deepEqual(
      workflows.map(({ id, state }) => [id, state]),
      [["flow", "stopped"]],
    );

    // And back, to one that has data of its own, which is told; each device has a name of its own.
    const back = await fleet.replace("pump", "pump (replaced)", { secret });
    assert.deepEqual([back.device.name, back.replaced.name], ["pump", "pump (replaced 2)"]);
    assert.equal(back.device.url, "ssh://first");
    assert.equal(back.data.find(({ workflow }) => workflow === "flow")?.reason?.code, "EDDY_DATA_THERE");
  });

  it("leaves stopped what was stopped, with the messages that wait for its broker", async () => {
    await using first = await startDevice();
    await using second = await startDevice();
    await using broker = await startMosquitto();
    await using compiler = createTestCompiler();
    await using desk = await openDesk({ servers: { first, second } });
    const { fleet } = desk;
    await fleet.add("ssh://first", { name: "pump" });
    await fleet.add("ssh://second", { name: "spare" });
    const { bytes } = await compiler.compile(
      "line",
      `eddy: 1
name: Line
connections: { plant: { type: mqtt, url: "${broker.url}" } }
nodes:
  reading: { type: inject, every: 20ms, payload: "msg.id" }
  out: { type: mqtt-out, from: reading, connection: plant, topic: line }
`,
    );
    await broker.stop();
    await fleet.deploy("pump", bytes);
    const old = await fleet.connect("pump");
    await eventually("messages wait", async () => (await old.request("agent/health", {})).outbox.entries > 5);
    await old.request("workflow/deactivate", { id: "line" });
    const { messages } = await old.request("data/export", { id: "line" });
    const waiting = messages.map(({ payload }) => Buffer.from(payload, "base64").toString());
    assert.ok(waiting.length > 5);
    await broker.start();
    await using receiver = await connectAsync(broker.url, { protocolVersion: 5 }).then((client) =>
      Object.assign(client, { [Symbol.asyncDispose]: () => client.endAsync(true) }),
    );
    const heard: string[] = [];
    receiver.on("message", (_, payload) => heard.push(payload.toString()));
    await receiver.subscribeAsync("line", { qos: 1 });

    const secret = () => Promise.reject(new Error("nothing is secret here"));
    const { stopped, data } = await fleet.replace("pump", "spare", { secret });
    assert.deepEqual(stopped, ["line"]);
    assert.equal(data.find(({ workflow }) => workflow === "line")?.messages, waiting.length);
    const spare = await fleet.connect("pump");
    const { workflows } = await spare.request("workflow/list", {});
    assert.deepEqual(
      workflows.map(({ state, executions }) => [state, executions]),
      [["stopped", 0]],
    );
    assert.deepEqual(heard, []);

    await spare.request("workflow/activate", { id: "line" });
    await eventually("what waited is sent, and more", () => heard.length > waiting.length);
    assert.deepEqual(heard.slice(0, waiting.length), waiting);
  });
});
