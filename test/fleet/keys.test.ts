import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keptBroker, readBroker } from "../../fleet/brokers.ts";
import { openDeviceStore } from "../../fleet/devices.ts";
import { openFleet } from "../../fleet/index.ts";
import { exportKey } from "../../fleet/keys.ts";
import { keyFiles, openPublisher } from "../../fleet/publisher.ts";
import { openRotation } from "../../fleet/rotation.ts";
import { runProgram } from "../testbed/processes.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { openDesk } from "./desk.ts";
import { rejectsWith } from "./errors.ts";

const broker = { url: "mqtts://broker.example.com", username: "pump", password: "hunter2" };

describe("the key of a desk", function () {
  this.timeout(120_000);

  it("is exported under a passphrase, as other programs read it, too", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const pem = exportKey(privateKey, "correct horse");
    assert.ok(createPrivateKey({ key: pem, passphrase: "correct horse" }).equals(privateKey));
    assert.throws(() => createPrivateKey({ key: pem, passphrase: "wrong" }));
    assert.ok(createPrivateKey(exportKey(privateKey, undefined)).equals(privateKey));
    await using folder = await temporaryFolder("key");
    const file = join(folder.path, "key.pem");
    await writeFile(file, pem);
    const shown = await runProgram("openssl", ["asn1parse", "-in", file]);
    assert.match(shown, /PBES2[\s\S]*scrypt[\s\S]*aes-256-cbc/i);
  });

  it("moves to another desk, in place of none or of one that is given up", async () => {
    await using one = await temporaryFolder("desk");
    await using other = await temporaryFolder("desk");
    const from = openFleet({ home: one.path });
    const to = openFleet({ home: other.path });
    const pem = await from.exportKey("correct horse");
    const { id } = await from.publisher();
    await rejectsWith("EDDY_BAD_PASSPHRASE", to.importKey(pem, { passphrase: "wrong" }));
    await rejectsWith("EDDY_BAD_KEY_FILE", to.importKey("no key"));
    await to.importKey(pem, { passphrase: "correct horse" });
    assert.equal((await to.publisher()).id, id);
    await to.importKey(pem, { passphrase: "correct horse" });

    await using third = await temporaryFolder("desk");
    const kept = openFleet({ home: third.path });
    const own = await openPublisher(third.path, Date.now);
    const store = openDeviceStore(third.path);
    await store.save({ id: "d1", name: "pump", url: broker.url, broker: keptBroker(broker, "d1", own) });
    await rejectsWith("EDDY_KEY_EXISTS", kept.importKey(pem, { passphrase: "correct horse" }));
    await kept.importKey(pem, { passphrase: "correct horse", force: true });
    assert.equal((await kept.publisher()).id, id);
    const now = await openPublisher(third.path, Date.now);
    assert.deepEqual(readBroker(await store.find("pump"), now), broker, "what was sealed stays readable");
  });

  it("is changed on this computer's agent, which then knows the new one alone", async () => {
    await using desk = await openDesk();
    const client = await desk.fleet.connect("local");
    const before = await desk.fleet.publisher();
    const { id, devices } = await desk.fleet.rotateKey();
    assert.deepEqual(devices, [{ id: "local", name: "This computer" }]);
    assert.notEqual(id, before.id);
    assert.equal((await desk.fleet.publisher()).id, id);
    const { publishers } = await client.request("publisher/list", {});
    assert.deepEqual(
      publishers.map((one) => one.id),
      [id],
    );
    assert.match(publishers[0]?.name ?? "", /@/);
    const files = keyFiles(desk.home);
    for (const path of [files.before, files.rotation]) assert.equal(existsSync(path), false, path);
  });

  it("is kept for devices that were not reached, which are told when they are back", async () => {
    await using folder = await temporaryFolder("desk");
    const store = openDeviceStore(folder.path);
    const before = await openPublisher(folder.path, Date.now);
    await store.save({ id: "d1", name: "pump", url: broker.url, broker: keptBroker(broker, "d1", before) });
    await store.save({ id: "d2", name: "gate", url: broker.url });
    const rotation = openRotation(folder.path, store, Date.now);
    await rotation.begin(["d1", "d2"]);
    const after = await openPublisher(folder.path, Date.now);
    assert.notEqual(after.id, before.id);
    assert.equal((await rotation.publisherFor("d1")).id, before.id, "the only one that d1 knows");
    assert.deepEqual(readBroker(await store.find("pump"), after), broker);

    // Begun again, it goes on with the same new key.
    await rotation.begin(["d1", "d2"]);
    assert.equal((await openPublisher(folder.path, Date.now)).id, after.id);
    await rotation.done("d1");
    assert.equal((await rotation.publisherFor("d1")).id, after.id);
    assert.equal(await rotation.step("d2"), "trust");
    await rotation.done("d2");
    assert.equal(existsSync(keyFiles(folder.path).before), false);
    const again = await openPublisher(folder.path, Date.now);
    assert.deepEqual(readBroker(await store.find("pump"), again), broker, "sealed anew");
    assert.equal(JSON.parse(await readFile(join(folder.path, "devices.json"), "utf8")).devices.length, 2);
  });

  it("is changed once, wherever the program ends on the way", async () => {
    await using folder = await temporaryFolder("desk");
    const store = openDeviceStore(folder.path);
    const before = await openPublisher(folder.path, Date.now);
    const files = keyFiles(folder.path);
    // Before anything but the copy, and before the new key.
    await copyFile(files.current, files.before);
    await writeFile(files.rotation, JSON.stringify({ devices: { d1: "trust" } }));
    const rotation = openRotation(folder.path, store, Date.now);
    assert.equal((await rotation.publisherFor("d1")).id, before.id);
    await rotation.begin(["d1"]);
    assert.notEqual((await openPublisher(folder.path, Date.now)).id, before.id);
    assert.equal((await rotation.publisherFor("d1")).id, before.id);
  });
});
