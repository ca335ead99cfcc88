import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../../../testbed/resources.ts";
import { refused, type StartDevice } from "../device.ts";
import { smallDisk } from "../small-disk.ts";
import type { WorkflowText } from "../workflows.ts";

/** What it keeps takes room, so that a full disk is met at once. */
const counting: WorkflowText = {
  id: "w",
  work: `context.state.set("count", (context.state.get("count") ?? 0) + 1),
    context.state.set("fill", "x".repeat(500_000) + context.state.get("count")),
    context.state.get("count")`,
};

/** Disks that are full, and files that have broken. */
export function storage(startDevice: StartDevice): void {
  describe("a disk that is full", function () {
    this.timeout(120_000);

    it("is told as such; workflows go on, and so does what they keep once there is room", async () => {
      await using disk = await smallDisk(48);
      await using device = await startDevice({ home: disk.path });
      const { client } = device;
      await device.deploy(counting);
      assert.equal(await device.inject("w"), 1);
      assert.equal((await client.request("agent/health", {})).status, "ok");

      disk.fill();
      for (const expected of [2, 3]) assert.equal(await device.inject("w"), expected);
      const health = await eventually("it is told", async () => {
        const found = await client.request("agent/health", {});
        return found.status === "failing" && found;
      });
      const reason = health.reasons.find(({ code }) => code === "EDDY_DISK_FULL");
      assert.match(reason?.message ?? "", /disk is full.*Make room/);
      assert.ok(health.disk.free < 1_000_000);
      assert.ok(health.disk.total > 40_000_000);

      // Refused, and what runs is left alone.
      await assert.rejects(device.deploy({ id: "other" }), refused("EDDY_DISK_FULL", /Make room/));
      await assert.rejects(
        device.deploy({ ...counting, setup: "/* another version */ host.now;" }),
        refused("EDDY_DISK_FULL"),
      );
      await assert.rejects(client.request("config/set", { env: { a: "1" } }), refused("EDDY_DISK_FULL"));
      assert.deepEqual((await client.request("config/get", {})).env, {});
      assert.equal((await device.status("w"))?.state, "running");
      assert.equal(await device.inject("w"), 4);

      disk.makeRoom();
      await eventually("it has recovered", async () => {
        return (await client.request("agent/health", {})).status === "ok";
      });
      await device.deploy({ id: "other" });
      await device.restart();
      assert.equal(await device.inject("w"), 5);
    });

    it("keeps no agent from starting that was stopped on it", async () => {
      await using disk = await smallDisk(48);
      await using device = await startDevice({ home: disk.path });
      await device.deploy(counting);
      assert.equal(await device.inject("w"), 1);
      disk.fill();
      await device.restart();
      const { reasons } = await device.client.request("agent/health", {});
      assert.ok(reasons.length > 0);
      disk.makeRoom();
      await device.becomes("w", "running");
      assert.equal(await device.inject("w"), 2);
    });
  });

  describe("files on a device that have broken", function () {
    this.timeout(60_000);

    /** Where state lies, and what a disk that goes bad leaves of it. */
    const broken: readonly (readonly [what: string, breakIt: (home: string) => void])[] = [
      ["overwritten", (home) => writeFileSync(join(home, "data/w.db"), "no database ".repeat(1_000))],
      [
        "cut short",
        (home) =>
          writeFileSync(join(home, "data/w.db"), readFileSync(join(home, "data/w.db")).subarray(0, 1_000)),
      ],
      [
        "garbled inside",
        (home) => {
          const bytes = readFileSync(join(home, "data/w.db"));
          bytes.fill(0xa5, 4_096);
          writeFileSync(join(home, "data/w.db"), bytes);
        },
      ],
    ];
    for (const [what, breakIt] of broken) {
      it(`state that is ${what} is told, put aside, and begun anew`, async () => {
        await using device = await startDevice();
        await device.deploy(counting);
        await device.deploy({ ...counting, id: "other" });
        for (const expected of [1, 2]) assert.equal(await device.inject("w"), expected);
        assert.equal(await device.inject("other"), 1);
        await device.client.request("workflow/deactivate", { id: "w" });
        breakIt(device.home);
        await device.restart();
        await device.client.request("workflow/activate", { id: "w" });
        assert.equal(await device.inject("w"), 1);
        assert.equal(await device.inject("other"), 2);
        const { status, reasons } = await device.client.request("agent/health", {});
        assert.equal(status, "degraded");
        assert.equal(reasons[0]?.code, "EDDY_STORE_CORRUPT");
        assert.match(reasons[0]?.message ?? "", /"w".*kept as/);
        assert.ok(readdirSync(join(device.home, "data")).some((name) => name.includes(".unreadable-")));
      });
    }

    it("a version whose code was changed on the disk does not run, and says so", async () => {
      await using device = await startDevice();
      const version = await device.deploy(counting);
      await device.deploy({ ...counting, id: "other" });
      writeFileSync(join(device.home, "workflows/w", version, "workflow.js"), "return somethingElse();");
      await device.restart();
      assert.equal(await device.inject("other"), 1);
      const found = await eventually("it is told", async () => {
        const status = await device.status("w");
        return status?.reason && status;
      });
      assert.equal(found.reason?.code, "EDDY_ARTIFACT_ALTERED");
      await device.deploy({ ...counting, work: "'well'" });
      assert.equal(await device.inject("w"), "well");
    });

    for (const [file, code] of [
      ["configuration.json", "EDDY_CONFIGURATION"],
      ["deployments.json", "EDDY_DEPLOYMENTS"],
    ] as const) {
      it(`${file} that cannot be read is told, put aside, and stops nothing`, async () => {
        await using device = await startDevice();
        await device.deploy(counting);
        await device.client.request("config/set", { env: { a: "1" } });
        assert.equal(await device.inject("w"), 1);
        writeFileSync(join(device.home, file), '{"workflows": [');
        await device.restart();
        assert.equal(await device.inject("w"), 2);
        const { reasons } = await device.client.request("agent/health", {});
        assert.deepEqual(
          reasons.map((reason) => reason.code),
          [code],
        );
        assert.equal(readFileSync(join(device.home, `${file}.unreadable`), "utf8"), '{"workflows": [');
      });
    }
  });
}
