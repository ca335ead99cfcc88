import assert from "node:assert/strict";
import { join } from "node:path";
import { createTestCompiler, type Device, startDevice } from "../runtime/agent/device.ts";
import { authority, certificate } from "../testbed/certificates.ts";
import { type Mosquitto, startMosquitto } from "../testbed/mosquitto.ts";
import { eventually, type TemporaryFolder, temporaryFolder } from "../testbed/resources.ts";

describe("a workflow's own connection to a broker with TLS", function () {
  this.timeout(120_000);
  let folder: TemporaryFolder;
  let mosquitto: Mosquitto;
  const path = (name: string) => join(folder.path, name);

  before(async () => {
    folder = await temporaryFolder("certificates");
    for (const name of ["ca", "other-ca"]) await authority(folder.path, name);
    await certificate(folder.path, "server", "ca");
    await certificate(folder.path, "client", "ca");
    await certificate(folder.path, "stranger", "other-ca");
    mosquitto = await startMosquitto({
      config: [
        `cafile ${path("ca.pem")}`,
        `certfile ${path("server.pem")}`,
        `keyfile ${path("server.key")}`,
        "require_certificate true",
      ],
    });
  });

  after(async () => {
    await mosquitto[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  /** What it is given at `in` goes to the broker and comes back to `back`, which counts it. */
  const workflow = (topic: string, login: Readonly<Record<string, string>>) => `eddy: 1
name: Secured
state: { sum: { type: number, initial: 0 } }
connections:
  plant:
    type: mqtt
    url: "mqtts://127.0.0.1:${mosquitto.port}"
${Object.entries(login)
  .map(([name, file]) => `    ${name}: "${path(file)}"`)
  .join("\n")}
nodes:
  in: { type: inject }
  out: { type: mqtt-out, from: in, connection: plant, topic: ${topic} }
  back: { type: mqtt-in, connection: plant, topic: ${topic} }
  add: { type: state, from: back, set: { sum: state.sum + msg.payload } }
  ask: { type: inject }
  answer: { type: map, from: ask, payload: state.sum }
`;

  const own = { certificate: "client.pem", key: "client.key" };

  async function deploy(device: Device, topic: string, login: Readonly<Record<string, string>>) {
    await using compiler = createTestCompiler();
    await device.deploy(await compiler.compile("secured", workflow(topic, login)));
  }

  const send = (device: Device, payload: number) =>
    device.client.request("workflow/inject", { id: "secured", node: "in", message: { payload } });

  async function sumBecomes(device: Device, expected: number): Promise<void> {
    await eventually(`the sum is ${expected}`, async () => {
      const message = { payload: 0 };
      const { nodes } = await device.client.request("workflow/inject", {
        id: "secured",
        node: "ask",
        message,
      });
      const output = nodes.find(({ id }) => id === "answer")?.output?.[0];
      const sum = Reflect.get(Object(output?.message), "payload");
      if (sum !== expected) throw new Error(`It is ${sum}.`);
      return true;
    });
  }

  /** Both the workflow and the device tell. */
  const complaint = (device: Device) =>
    eventually("it is told", async () => {
      const { reasons } = await device.client.request("agent/health", {});
      return reasons.find(({ code }) => code === "EDDY_BROKER_AWAY");
    });

  it("sends and receives by the authority that it names, with a certificate of its own", async () => {
    await using device = await startDevice();
    await deploy(device, "well", { ca: "ca.pem", ...own });
    await send(device, 3);
    await send(device, 4);
    await sumBecomes(device, 7);
    assert.equal((await device.client.request("agent/health", {})).status, "ok");
  });

  for (const [what, topic, login, pattern] of [
    ["the broker is of another authority", "other", { ca: "other-ca.pem", ...own }, /certificate/],
    ["the authorities of the platform do not know it", "none", own, /certificate/],
    [
      "its own certificate is of another authority",
      "strange",
      { ca: "ca.pem", certificate: "stranger.pem", key: "stranger.key" },
      /certificate|unknown ca/i,
    ],
  ] as const) {
    it(`tells that ${what}, keeps what it sends, and sends it once that is mended`, async () => {
      await using device = await startDevice({ probation: 0 });
      await deploy(device, topic, login);
      for (const payload of [1, 2, 3]) await send(device, payload);
      const { message } = await complaint(device);
      assert.match(message, pattern);
      assert.match(message, new RegExp(`mqtts://127\\.0\\.0\\.1:${mosquitto.port}`));
      await deploy(device, topic, { ca: "ca.pem", ...own });
      await sumBecomes(device, 6);
      await eventually("all is well", async () => {
        return (await device.client.request("agent/health", {})).status === "ok";
      });
    });
  }
});
