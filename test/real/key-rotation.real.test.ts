import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { openPublisher } from "../../fleet/publisher.ts";
import { openDesk, startDevice } from "../fleet/desk.ts";
import { makeArtifact } from "../runtime/agent/workflows.ts";
import { startMosquitto } from "../testbed/mosquitto.ts";

describe("a change of the desk's key, of a device behind a router", function () {
  this.timeout(120_000);

  it("waits for a device that is away, and is done by the broker alone once it is back", async () => {
    await using mosquitto = await startMosquitto();
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    await desk.fleet.add("ssh://device", { name: "pump" });
    const { id: device } = await desk.fleet.setBroker("pump", { url: mosquitto.url });
    const before = await openPublisher(desk.home, Date.now);
    // A router in between: nothing but the broker leads there.
    const [config = ""] = desk.sshConfig.files;
    await writeFile(config, "Host device\n  HostName 127.0.0.1\n  Port 1\n");

    await mosquitto.stop();
    const away = await desk.open();
    const { id, devices } = await away.rotateKey();
    assert.deepEqual(
      devices.map(({ name, reason }) => [name, reason?.code]),
      [["pump", "EDDY_UNREACHABLE"]],
    );
    assert.notEqual(id, before.id);

    await mosquitto.start();
    const fleet = await desk.open();
    // The device is back at its broker when it has noticed, so this is what a person would do: try again.
    let known: readonly string[] = [];
    for (let attempt = 0; attempt < 20 && known.length === 0; attempt++) {
      const client = await fleet.connect(device).catch(() => undefined);
      known = client ? (await client.request("publisher/list", {})).publishers.map((one) => one.id) : [];
    }
    assert.deepEqual(known, [id], "the new key alone");
    const { bytes } = await makeArtifact({ id: "flow" });
    assert.equal((await fleet.deploy(device, bytes)).status.state, "running");
    assert.deepEqual(await fleet.rotateKey().then(({ devices: all }) => all.map(({ reason }) => reason)), [
      undefined,
    ]);
  });
});
