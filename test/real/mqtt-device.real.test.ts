import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import type { Fleet } from "../../fleet/index.ts";
import { openFleet } from "../../fleet/index.ts";
import { openPublisher } from "../../fleet/publisher.ts";
import { MqttTransport } from "../../fleet/transports/mqtt.ts";
import { openDesk, startDevice as startSshDevice } from "../fleet/desk.ts";
import { rejectsWith } from "../fleet/errors.ts";
import { startDevice } from "../runtime/agent/device.ts";
import { makeArtifact } from "../runtime/agent/workflows.ts";
import { type Mosquitto, startMosquitto } from "../testbed/mosquitto.ts";
import { eventually, temporaryFolder } from "../testbed/resources.ts";

const user = { username: "pump", password: "hunter2" };

/** An agent at a broker, and a desk of its own that it trusts. */
async function meet(mosquitto: Mosquitto, settings: Partial<typeof user> = user) {
  const folder = await temporaryFolder("desk");
  const device = await startDevice();
  const publisher = await openPublisher(folder.path, Date.now);
  await writeFile(join(device.home, "publishers", `${publisher.id}.pub`), publisher.publicKey);
  const broker = { url: mosquitto.url, ...settings };
  await device.client.request("broker/set", { broker });
  const { id } = device.agent().info;
  const transport = (of = publisher) =>
    new MqttTransport({ device: id, broker: async () => broker, publisher: async () => of });
  const open = (of = publisher) => transport(of).open({ questions: {}, wake: false });
  return {
    device,
    publisher,
    broker,
    id,
    open,
    folder: folder.path,
    async [Symbol.asyncDispose]() {
      await device[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Somebody who may do at the broker whatever a broker can do, and has no key. */
async function intrude(mosquitto: Mosquitto) {
  const client: MqttClient = await connectAsync(mosquitto.url, { ...user });
  const seen: { readonly topic: string; readonly payload: Buffer; readonly retain: boolean }[] = [];
  client.on("message", (topic, payload, { retain }) => seen.push({ topic, payload, retain }));
  await client.subscribeAsync("#", { qos: 1 });
  return { client, seen, [Symbol.asyncDispose]: () => client.endAsync(true) };
}

async function endsUp(fleet: Fleet, name: string) {
  const { id } = await fleet.find(name);
  await eventually("the device is connected", async () => fleet.state(id).kind === "connected", {
    timeout: 60_000,
  });
}

describe("a device at a broker", function () {
  this.timeout(120_000);

  it("is added over ssh, then deployed to and watched where ssh does not lead, and comes back by itself", async () => {
    await using mosquitto = await startMosquitto({ users: { [user.username]: user.password } });
    await using server = await startSshDevice();
    await using desk = await openDesk({ servers: { device: server } });
    await desk.fleet.add("ssh://device", { name: "pump" });
    await rejectsWith(
      "EDDY_BROKER_REFUSED",
      desk.fleet.setBroker("pump", { url: mosquitto.url, username: "x", password: "y" }),
    );
    const known = await desk.fleet.setBroker("pump", { url: mosquitto.url, ...user });
    assert.equal(known.broker?.url, mosquitto.url);
    assert.ok(!JSON.stringify(known).includes(user.password), "the password is sealed");

    // A router in between: nothing but the broker leads there.
    const [config = ""] = desk.sshConfig.files;
    await writeFile(config, "Host device\n  HostName 127.0.0.1\n  Port 1\n");
    const fleet = await desk.open();
    const client = await fleet.connect("pump");
    const values: string[] = [];
    const { bytes } = await makeArtifact({
      id: "flow",
      setup: `globalThis.padding = ${JSON.stringify("x".repeat(900_000))};`,
      work: "message.payload * 2",
    });
    const { status } = await fleet.deploy("pump", bytes);
    assert.equal(status.state, "running");
    await client.subscribe("tap/subscribe", { id: "flow", node: "work" }, ({ values: got }) =>
      values.push(...got.map(({ text }) => text)),
    );
    await client.request("workflow/inject", { id: "flow", node: "in", message: { payload: 21 } });
    await eventually("the value is seen", async () => values.includes("42"));

    await mosquitto.stop();
    await client.closed;
    await mosquitto.start();
    await endsUp(fleet, "pump");
    const again = await fleet.connect("pump");
    const { workflows } = await again.request("workflow/list", {});
    assert.deepEqual(
      workflows.map(({ id, state }) => [id, state]),
      [["flow", "running"]],
    );

    // By its address alone, as a second program of the desk or another desk that is trusted would.
    await fleet.remove("pump", { mode: "forget" });
    const byAddress = `mqtt://127.0.0.1:${mosquitto.port}/${known.id}`;
    const added = await fleet.add(byAddress, { name: "pump again", broker: user });
    assert.equal(added.id, known.id);
    assert.equal(
      (await (await fleet.connect("pump again")).request("workflow/list", {})).workflows.length,
      1,
    );
    await rejectsWith("EDDY_NO_SHELL", fleet.shell("pump again", { columns: 80, rows: 24, type: "xterm" }));
  });

  it("stays where it is when the new broker does not let it in, and says what is wrong with the old one", async () => {
    await using mosquitto = await startMosquitto({ users: { [user.username]: user.password } });
    await using met = await meet(mosquitto);
    const { client } = await met.open();
    const set = (broker: { url: string }) => client.request("broker/set", { broker });
    await rejectsWith("EDDY_BROKER_AWAY", set({ url: "mqtt://127.0.0.1:1" }));
    await rejectsWith("EDDY_BROKER_REFUSED", set({ url: mosquitto.url }));
    await rejectsWith("EDDY_PLAINTEXT", set({ url: "mqtt://broker.example.com" }));
    await rejectsWith("EDDY_BAD_BROKER", set({ url: "http://broker.example.com" }));
    await rejectsWith("EDDY_BAD_BROKER", set({ url: "mqtts://me:secret@broker.example.com" }));
    assert.equal((await client.request("broker/get", {})).broker?.connected, true);

    await mosquitto.stop();
    await client.closed;
    const direct = met.device.client;
    const { broker } = await direct.request("broker/get", {});
    assert.equal(broker?.connected, false);
    await eventually("the health says so", async () => {
      const { reasons } = await direct.request("agent/health", {});
      return reasons.some(({ code }) => code === "EDDY_BROKER_AWAY");
    });
    await rejectsWith("EDDY_BROKER_AWAY", met.open());
    await mosquitto.start();
    await eventually(
      "it is there again",
      async () => (await direct.request("broker/get", {})).broker?.connected,
      {
        timeout: 30_000,
      },
    );
    // After a restart it goes there by itself.
    await met.device.restart();
    await eventually(
      "it is there again",
      async () => (await met.device.client.request("broker/get", {})).broker?.connected,
    );
    const { client: later } = await met.open();
    await later.request("broker/set", { broker: null });
    await later.closed;
    await rejectsWith("EDDY_UNREACHABLE", met.open());
  });

  it("lets nobody in whom it does not trust, and nobody any more once the trust is taken back", async () => {
    await using mosquitto = await startMosquitto();
    await using met = await meet(mosquitto);
    const stranger = await openPublisher(join(met.folder, "stranger"), Date.now);
    await rejectsWith("EDDY_DESK_UNTRUSTED", met.open(stranger));
    await met.device.desk.trust(met.device.home);
    await writeFile(join(met.device.home, "publishers", "stranger.pub"), stranger.publicKey);
    const { client } = await met.open(stranger);
    await writeFile(join(met.device.home, "publishers", "stranger.pub"), "");
    await eventually("the stranger is put out", async () => {
      await Promise.race([client.request("agent/health", {}).catch(() => {}), client.closed]);
      return Promise.race([
        client.closed.then(() => true),
        new Promise((resolve) => setImmediate(resolve, false)),
      ]);
    });
    await rejectsWith("EDDY_DESK_UNTRUSTED", met.open(stranger));
    await met.open();
  });

  it("does for an intruder with all rights at the broker nothing at all", async () => {
    await using mosquitto = await startMosquitto();
    await using intruder = await intrude(mosquitto);
    await using met = await meet(mosquitto);
    const { device, id } = met;
    const { client } = await met.open();
    await client.request("config/set", { secrets: { TOKEN: "never to be seen" }, env: { PLACE: "cellar" } });
    await device.deploy({ id: "flow", work: "message.payload + 1" });
    await client.request("workflow/inject", { id: "flow", node: "in", message: { payload: 1 } });
    const before = await device.status("flow");
    client.close();
    await eventually("all of it was recorded", async () => intruder.seen.length >= 8);
    const heard = [...intruder.seen];
    for (const word of ["never to be seen", "TOKEN", "cellar", "workflow/inject"])
      assert.ok(
        !Buffer.concat(heard.map(({ payload }) => payload)).includes(word),
        `${word} is not readable`,
      );
    assert.deepEqual(
      heard.filter(({ topic, retain }) => retain && !topic.endsWith("/presence")),
      [],
      "nothing but its presence is kept at the broker",
    );

    // A desk that is at work while the intruder tries.
    const { client: desk } = await met.open();
    const inTopic = `eddy/${id}/in`;
    const tries: Promise<unknown>[] = [];
    const put = (topic: string, payload: Buffer, retain = false) =>
      tries.push(intruder.client.publishAsync(topic, payload, { qos: 1, retain }));
    for (const { topic, payload } of heard) {
      put(topic, payload);
      put(inTopic, payload, true);
      const changed = Buffer.from(payload);
      changed[Math.floor(changed.length / 2)] = (changed[Math.floor(changed.length / 2)] ?? 0) ^ 1;
      put(inTopic, changed);
    }
    const random = (length: number) =>
      Buffer.from(Array.from({ length }, (_, at) => (at * 7919 + length * 31) % 256));
    for (let count = 0; count < 2_000; count++) put(inTopic, random(count % 400));
    for (const text of [
      '{"jsonrpc":"2.0","id":1,"method":"agent/shutdown","params":{}}',
      JSON.stringify({ body: '{"kind":"hello"}', signature: "" }),
      JSON.stringify({ body: "x".repeat(100_000), signature: "y" }),
    ])
      put(inTopic, Buffer.from(text));
    await Promise.all(tries);
    // The answer comes behind all of that.
    const { workflows } = await desk.request("workflow/list", {});
    const after = workflows.find((one) => one.id === "flow");
    assert.deepEqual(
      [after?.state, after?.version, after?.executions],
      ["running", before?.version, before?.executions],
    );
    assert.deepEqual(await desk.request("config/get", {}), { env: { PLACE: "cellar" }, secrets: ["TOKEN"] });
    desk.close();

    // Another one's presence in the place of the device's is not believed.
    await intruder.client.publishAsync(`eddy/${id}/presence`, Buffer.from('{"body":"{}","signature":""}'), {
      qos: 1,
      retain: true,
    });
    await rejectsWith("EDDY_UNREACHABLE", met.open());
  });
});

describe("a desk that is given a broker's address", () => {
  it("says what is wrong with it", async () => {
    await using folder = await temporaryFolder("desk");
    const fleet = openFleet({ home: folder.path });
    await rejectsWith("EDDY_BAD_ADDRESS", fleet.add("mqtts://broker.example.com"));
    await rejectsWith("EDDY_PLAINTEXT", fleet.add("mqtt://broker.example.com/0123456789abcdef"));
    await rejectsWith("EDDY_BROKER_AWAY", fleet.add("mqtt://127.0.0.1:1/0123456789abcdef"));
    await fleet.dispose();
  });
});
