import assert from "node:assert/strict";
import { createHash, createPublicKey } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Device, openDeviceStore, thisComputer } from "../../fleet/devices.ts";
import { withLock, writeFileAtomic } from "../../fleet/files.ts";
import { defaultHome } from "../../fleet/home.ts";
import { openPublisher } from "../../fleet/publisher.ts";
import { temporaryFolder } from "../testbed/resources.ts";
import { rejectsWith } from "./errors.ts";

const pump: Device = {
  id: "d1",
  name: "Pump",
  url: "ssh://pi@pump",
  agentHome: "/home/pi/.eddy",
  runtime: { kind: "node", path: "/usr/bin/node" },
  publicKey: "PEM",
};

describe("the devices of a desk", () => {
  it("are this computer, and those that were added, in that order", async () => {
    await using folder = await temporaryFolder("devices");
    const store = openDeviceStore(folder.path);
    assert.deepEqual(await store.list(), [thisComputer]);
    await store.save(pump);
    await store.save({ ...pump, id: "d2", name: "Gate" });
    await store.save({ ...pump, url: "ssh://pi@10.0.0.7" });
    const again = openDeviceStore(folder.path);
    assert.deepEqual(
      (await again.list()).map(({ id, url }) => [id, url]),
      [
        ["local", "local"],
        ["d1", "ssh://pi@10.0.0.7"],
        ["d2", "ssh://pi@pump"],
      ],
    );
    await again.delete("d1");
    assert.deepEqual(
      (await store.list()).map(({ name }) => name),
      ["This computer", "Gate"],
    );
  });

  it("are found by id, by name, and by name in another case", async () => {
    await using folder = await temporaryFolder("devices");
    const store = openDeviceStore(folder.path);
    await store.save(pump);
    for (const name of ["d1", "Pump", "pump"]) assert.equal((await store.find(name)).id, "d1");
    assert.equal(await store.find("local"), thisComputer);
    await rejectsWith("EDDY_UNKNOWN_DEVICE", store.find("pumps"), /Known are: local, Pump/);
  });

  it("have names of their own", async () => {
    await using folder = await temporaryFolder("devices");
    const store = openDeviceStore(folder.path);
    await store.save(pump);
    await rejectsWith("EDDY_NAME_TAKEN", store.save({ ...pump, id: "d2" }));
    await store.save({ ...pump, name: "Other" });
    await store.save({ ...pump, id: "d2" });
    assert.equal((await store.find("Pump")).id, "d2");
  });

  it("are not lost when several programs change them at once", async () => {
    await using folder = await temporaryFolder("devices");
    const names = Array.from({ length: 12 }, (_, number) => `device ${number}`);
    await Promise.all(
      names.map((name, number) => openDeviceStore(folder.path).save({ ...pump, id: `d${number}`, name })),
    );
    const found = await openDeviceStore(folder.path).list();
    assert.deepEqual(
      found
        .slice(1)
        .map(({ name }) => name)
        .toSorted(),
      names.toSorted(),
    );
    assert.deepEqual(await readdir(folder.path), ["devices.json"]);
  });

  for (const [name, text, message] of [
    ["no JSON", "{", /it is not JSON/],
    ["another version", '{"version":2,"devices":[]}', /\/version/],
    ["a device without a name", '{"version":1,"devices":[{"id":"d1","url":"local"}]}', /\/devices\/0/],
    [
      "an address that is none",
      '{"version":1,"devices":[{"id":"d1","name":"x","url":"file:///etc"}]}',
      /\/devices\/0\/url/,
    ],
  ] as const) {
    it(`are not overwritten where their file holds ${name}`, async () => {
      await using folder = await temporaryFolder("devices");
      const path = join(folder.path, "devices.json");
      await writeFile(path, text);
      const store = openDeviceStore(folder.path);
      await rejectsWith("EDDY_DEVICES_UNREADABLE", store.list(), message);
      await rejectsWith("EDDY_DEVICES_UNREADABLE", store.save(pump));
      assert.equal(await readFile(path, "utf8"), text);
    });
  }
});

describe("the publisher key", () => {
  it("is made once, for the user alone", async () => {
    await using folder = await temporaryFolder("publisher");
    const made = await Promise.all([1, 2, 3].map(() => openPublisher(folder.path, () => 5)));
    const [first] = made;
    assert.ok(first);
    for (const one of made) assert.equal(one.publicKey, first.publicKey);
    assert.equal((await stat(join(folder.path, "keys", "publisher.key"))).mode & 0o777, 0o600);
    const der = createPublicKey(first.publicKey).export({ type: "spki", format: "der" });
    assert.equal(first.id, createHash("sha256").update(der).digest("hex"));
  });

  it("never signs with the same number twice, over programs, a clock that goes back and a lost file", async () => {
    await using folder = await temporaryFolder("publisher");
    let now = 1_000_000;
    const one = await openPublisher(folder.path, () => now);
    const other = await openPublisher(folder.path, () => now);
    const numbers = await Promise.all([one, other, one, other].map((publisher) => publisher.nextSequence()));
    assert.deepEqual(numbers.toSorted(), [1_000_000, 1_000_001, 1_000_002, 1_000_003]);
    now = 10;
    assert.equal(await one.nextSequence(), 1_000_004);
    await rm(join(folder.path, "keys", "publisher-sequence.json"));
    now = 2_000_000;
    assert.equal(await other.nextSequence(), 2_000_000);
  });

  it("is not replaced where its file is damaged", async () => {
    await using folder = await temporaryFolder("publisher");
    await mkdir(join(folder.path, "keys"));
    await writeFile(join(folder.path, "keys", "publisher.key"), "no key");
    await rejectsWith(
      "EDDY_BAD_PUBLISHER_KEY",
      openPublisher(folder.path, () => 1),
      /backup/,
    );
    assert.equal(await readFile(join(folder.path, "keys", "publisher.key"), "utf8"), "no key");
  });
});

describe("files of a desk", () => {
  it("are written whole or not at all", async () => {
    await using folder = await temporaryFolder("files");
    const path = join(folder.path, "new", "file");
    await writeFileAtomic(path, "one", { mode: 0o600 });
    await writeFileAtomic(path, "two", { mode: 0o644 });
    assert.equal(await readFile(path, "utf8"), "two");
    assert.equal((await stat(path)).mode & 0o777, 0o644);
    assert.deepEqual(await readdir(join(folder.path, "new")), ["file"]);
    await mkdir(join(folder.path, "folder", "x"), { recursive: true });
    await rejectsWith("EDDY_BAD_HOME", writeFileAtomic(join(folder.path, "folder"), "", { mode: 0o600 }));
    await rejectsWith("EDDY_BAD_HOME", writeFileAtomic(join(path, "below"), "", { mode: 0o600 }));
    assert.deepEqual((await readdir(folder.path)).toSorted(), ["folder", "new"]);
  });

  it("are changed by one at a time; a lock that a dead program left is broken", async () => {
    await using folder = await temporaryFolder("files");
    let inside = 0;
    const most: number[] = [];
    const work = () =>
      withLock(folder.path, "work", async () => {
        most.push(++inside);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
      });
    await Promise.all([work(), work(), work()]);
    assert.deepEqual(most, [1, 1, 1]);
    await assert.rejects(
      withLock(folder.path, "work", () => Promise.reject(new Error("no"))),
      /no/,
    );
    const lock = join(folder.path, "work.lock");
    await writeFile(lock, "");
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(lock, longAgo, longAgo);
    await work();
    assert.deepEqual(await readdir(folder.path), []);
  });

  it("say that they may not be written", async () => {
    // A place that not even root may write to.
    await rejectsWith("EDDY_PERMISSION", writeFileAtomic("/sys/eddy", "", { mode: 0o600 }), /\/sys\/eddy/);
  });
});

describe("the desk's home", () => {
  it("is where the platform keeps an application's data", () => {
    assert.equal(defaultHome({ EDDY_HOME: "/data/eddy" }, "win32"), "/data/eddy");
    assert.match(defaultHome({ LOCALAPPDATA: "C:\\Local" }, "win32"), /^C:\\Local.eddy$/);
    assert.match(defaultHome({}, "darwin"), /Library.Application Support.eddy$/);
    assert.equal(defaultHome({ XDG_DATA_HOME: "/data" }, "linux"), "/data/eddy");
    assert.match(defaultHome({}, "linux"), /\.local.share.eddy$/);
  });
});
