import assert from "node:assert/strict";
import { eventually } from "../../testbed/resources.ts";
import { refused, startDevice } from "./device.ts";
import { failingDisk } from "./small-disk.ts";
import { storage } from "./suites/storage.ts";
import type { WorkflowText } from "./workflows.ts";

const counting: WorkflowText = {
  id: "w",
  work: `context.state.set("count", (context.state.get("count") ?? 0) + 1), context.state.get("count")`,
};

storage(startDevice);

describe("a disk that becomes read-only while the agent has files open on it", function () {
  this.timeout(120_000);

  it("is told; what runs goes on, nothing that was acknowledged is lost, and changes are refused", async function () {
    await using disk = await failingDisk(32);
    if (!disk) return this.skip(); // Takes root, and a kernel with loop devices.
    let version = "";
    {
      await using device = await startDevice({ home: disk.path });
      const { client } = device;
      version = await device.deploy(counting);
      for (const expected of [1, 2]) assert.equal(await device.inject("w"), expected);
      await disk.fail();
      // From memory; that it is not on the disk any more is what the health tells.
      for (const expected of [3, 4]) assert.equal(await device.inject("w"), expected);
      const health = await eventually("it is told", async () => {
        const found = await client.request("agent/health", {});
        return found.status === "failing" && found;
      });
      const reason = health.reasons.find(({ code }) => code === "EDDY_STORE_UNAVAILABLE");
      assert.match(reason?.message ?? "", /w\.db cannot be used \(.*\)\. Check the disk/);
      await assert.rejects(
        device.deploy({ id: "other" }),
        refused("EDDY_STORE_UNAVAILABLE", /cannot be written/),
      );
      await assert.rejects(
        client.request("config/set", { env: { a: "1" } }),
        refused("EDDY_STORE_UNAVAILABLE"),
      );
      assert.equal((await device.status("w"))?.state, "running");
      assert.equal(await device.inject("w"), 5);
    }
    await disk.repair();
    await using device = await startDevice({ home: disk.path });
    await device.becomes("w", "running");
    assert.equal((await device.status("w"))?.version, version);
    const counted = Number(await device.inject("w"));
    assert.equal(counted, 3);
    await device.desk.trust(disk.path);
    await device.deploy({ id: "other" });
  });
});
