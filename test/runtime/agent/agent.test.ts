import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { createAgent } from "../../../runtime/agent/agent.ts";
import { refused, startDevice } from "./device.ts";
import { everydayWork } from "./suites/everyday.ts";

everydayWork(startDevice, { "with a worker": {}, "single-threaded": { singleThreaded: true } });

describe("the agent's folder", () => {
  it("is for its user alone, and for one agent", async () => {
    await using device = await startDevice();
    assert.equal(statSync(join(device.home, "keys/device.key")).mode & 0o777, 0o600);
    assert.equal(statSync(join(device.home, "keys")).mode & 0o777, 0o700);
    assert.throws(() => createAgent({ home: device.home }), refused("EDDY_AGENT_RUNNING"));
    const { id } = await device.client.request("agent/info", {});
    await device.restart();
    assert.equal((await device.client.request("agent/info", {})).id, id);
  });
});
