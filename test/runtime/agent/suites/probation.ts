import assert from "node:assert/strict";
import { eventually } from "../../../testbed/resources.ts";
import type { Device, StartDevice } from "../device.ts";

const good = { id: "w", work: "message.payload + 1" };
/** A trigger that emits every 20 ms. */
const busy = {
  id: "w",
  open: "globalThis.t = setInterval(() => emit(1), 20)",
  close: "clearInterval(globalThis.t)",
};

async function goesBack(device: Device, to: string, code: string): Promise<void> {
  const status = await eventually(
    "the version before runs again",
    async () => {
      const found = await device.status("w");
      return found?.rolledBack && found.state === "running" && found;
    },
    { timeout: 30_000 },
  );
  assert.equal(status.version, to);
  assert.equal(status.rolledBack?.code, code, status.rolledBack?.message);
  assert.equal(status.previous, undefined);
  const { reasons } = await device.client.request("agent/health", {});
  assert.deepEqual(
    reasons.map((reason) => reason.code),
    ["EDDY_ROLLED_BACK"],
  );
}

/** New versions that are no good take themselves back. */
export function probation(startDevice: StartDevice): void {
  describe("a new version on probation", function () {
    this.timeout(90_000);

    it("stays when it is no worse, and nothing is said of it any more", async () => {
      await using device = await startDevice({ probation: 1_500 });
      await device.deploy(good);
      assert.equal(
        (await device.status("w"))?.probation,
        undefined,
        "the first one has nothing to go back to",
      );
      const version = await device.deploy({ ...good, work: "message.payload + 2" });
      assert.ok((await device.status("w"))?.probation);
      await eventually("it has passed", async () => (await device.status("w"))?.probation === undefined);
      const status = await device.status("w");
      assert.deepEqual([status?.version, status?.rolledBack], [version, undefined]);
      await device.restart();
      assert.equal((await device.status("w"))?.probation, undefined);
    });

    it("goes back when it throws where nothing catches, with the state as it is", async () => {
      await using device = await startDevice({ probation: 20_000 });
      const count = `(context.state.set("n", (context.state.get("n") ?? 0) + 1), context.state.get("n"))`;
      const first = await device.deploy({ id: "w", work: count });
      assert.equal(await device.inject("w"), 1);
      await device.deploy({ id: "w", work: `${count} + 0 * setTimeout(() => { throw new Error("late"); })` });
      await device.inject("w").catch(() => {});
      await goesBack(device, first, "EDDY_CRASHED");
      assert.equal(await device.inject("w"), 3);
      // It was told, and is forgotten with the next version that is deployed.
      await device.restart();
      assert.equal((await device.status("w"))?.rolledBack?.code, "EDDY_CRASHED");
      await device.deploy({ ...good, work: "message.payload + 9" });
      assert.equal((await device.status("w"))?.rolledBack, undefined);
    });

    it("goes back when it blocks its worker, instead of being put aside", async () => {
      await using device = await startDevice({ probation: 20_000, blockedAfter: 1_500 });
      const first = await device.deploy(good);
      await device.deploy({ id: "w", work: "(() => { for (;;); })()" });
      await device.inject("w").catch(() => {});
      await goesBack(device, first, "EDDY_BLOCKED");
    });

    it("goes back when more of its executions fail", async () => {
      await using device = await startDevice({ probation: 20_000 });
      const first = await device.deploy(busy);
      await eventually("it is at work", async () => ((await device.status("w"))?.executions ?? 0) > 20);
      await device.deploy({ ...busy, work: `(() => { throw new Error("no such field"); })()` });
      await goesBack(device, first, "EDDY_FAILS_MORE");
    });

    it("goes back when it falls silent", async () => {
      await using device = await startDevice({ probation: 2_000 });
      const first = await device.deploy(busy);
      await eventually("it is at work", async () => ((await device.status("w"))?.executions ?? 0) > 20);
      await device.deploy(good);
      await goesBack(device, first, "EDDY_SILENT");
    });
  });
}
