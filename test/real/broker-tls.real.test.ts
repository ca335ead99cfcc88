import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openPublisher } from "../../fleet/publisher.ts";
import { MqttTransport } from "../../fleet/transports/mqtt.ts";
import { rejectsWith } from "../fleet/errors.ts";
import { startDevice } from "../runtime/agent/device.ts";
import { authority, certificate } from "../testbed/certificates.ts";
import { type Mosquitto, startMosquitto } from "../testbed/mosquitto.ts";
import { type TemporaryFolder, temporaryFolder } from "../testbed/resources.ts";

describe("a broker with TLS that wants certificates of its clients", function () {
  this.timeout(120_000);
  let folder: TemporaryFolder;
  let mosquitto: Mosquitto;
  let url: string;
  const path = (name: string) => join(folder.path, name);
  const pem = (name: string) => readFile(path(name), "utf8");

  before(async () => {
    folder = await temporaryFolder("certificates");
    await authority(folder.path, "ca");
    await authority(folder.path, "other-ca");
    await certificate(folder.path, "server", "ca");
    await certificate(folder.path, "client", "ca");
    await certificate(folder.path, "stranger", "other-ca");
    mosquitto = await startMosquitto({
      // The lines before these are those of the listener.
      config: [
        `cafile ${path("ca.pem")}`,
        `certfile ${path("server.pem")}`,
        `keyfile ${path("server.key")}`,
        "require_certificate true",
        "use_identity_as_username true",
      ],
    });
    url = `mqtts://127.0.0.1:${mosquitto.port}`;
  });

  after(async () => {
    await mosquitto[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it("is where a device and its desk meet, each with a certificate", async () => {
    await using device = await startDevice();
    const publisher = await openPublisher(path("desk"), Date.now);
    await writeFile(join(device.home, "publishers", "desk.pub"), publisher.publicKey);
    const login = {
      ca: await pem("ca.pem"),
      certificate: await pem("client.pem"),
      key: await pem("client.key"),
    };
    const broker = { url, ...login };
    await device.client.request("broker/set", { broker });
    const open = (settings: typeof broker) =>
      new MqttTransport({
        device: device.agent().info.id,
        broker: async () => settings,
        publisher: async () => publisher,
      }).open({ questions: {}, wake: false });
    const { client } = await open(broker);
    assert.equal((await client.request("broker/get", {})).broker?.connected, true);
    client.close();
    await rejectsWith("EDDY_BROKER_AWAY", open({ ...broker, ca: await pem("other-ca.pem") }), /certificate/);
  });

  it("is not gone to where its certificate is of another authority, and lets nobody in without one", async () => {
    await using device = await startDevice();
    const set = (login: object) => device.client.request("broker/set", { broker: { url, ...login } });
    const own = { certificate: await pem("client.pem"), key: await pem("client.key") };
    const ca = await pem("ca.pem");
    await rejectsWith("EDDY_BROKER_AWAY", set({ ...own, ca: await pem("other-ca.pem") }), /certificate/);
    // Without --ca, those of the platform count, which this one is not of.
    await rejectsWith("EDDY_BROKER_AWAY", set(own), /certificate/);
    await rejectsWith("EDDY_BROKER_AWAY", set({ ca }));
    const strange = { certificate: await pem("stranger.pem"), key: await pem("stranger.key") };
    await rejectsWith("EDDY_BROKER_AWAY", set({ ca, ...strange }));
    assert.deepEqual(await device.client.request("broker/get", {}), {});
  });
});
