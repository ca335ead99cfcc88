import assert from "node:assert/strict";
import { denoOptions, nodePermissions } from "../../../runtime/agent/control/permissions.ts";
import { startDevice } from "./device.ts";
import { misbehaviour } from "./suites/misbehaviour.ts";
import { permissions } from "./suites/permissions.ts";

misbehaviour(startDevice);
// Node 24 knows no permission for the network.
permissions(startDevice, {
  reading: false,
  network: process.allowedNodeEnvironmentFlags.has("--allow-net"),
});

describe("an agent of one thread", () => {
  it("lets no workflow in its own thread end its process", async () => {
    const { exit } = process;
    {
      await using device = await startDevice({ singleThreaded: true });
      await device.deploy({ id: "innocent" });
      await device.deploy({ id: "leaving", work: "process.exit(7)" });
      const record = await device.client.request("workflow/inject", {
        id: "leaving",
        node: "work",
        message: { payload: 0 },
      });
      assert.equal(record.outcome, "error");
      assert.match(record.nodes[0]?.error?.message ?? "", /must not end the agent/);
      assert.equal(await device.inject("innocent", 1), 1);
    }
    assert.equal(process.exit, exit);
  });
});

describe("what a process of its own may do", () => {
  it("gives a process of its own the permissions that this Node has", () => {
    const flags = (capabilities: readonly string[], known: readonly string[]) =>
      nodePermissions(capabilities, (flag) => known.includes(flag));
    const needs = ["network", "files", "exec", "native"];
    const rest = ["--allow-fs-write=*", "--allow-child-process", "--allow-addons"];
    const always = ["--permission", "--allow-fs-read=*"];
    assert.deepEqual(flags(needs, []), []);
    assert.deepEqual(flags([], ["--permission", "--allow-net"]), always);
    assert.deepEqual(flags(needs, ["--permission"]), [...always, ...rest]);
    assert.deepEqual(flags(needs, ["--permission", "--allow-net"]), [...always, "--allow-net", ...rest]);
  });

  it("gives a process of its own what Deno can hold back", () => {
    const always = ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--v8-flags=--heap"];
    const open = ["--allow-env", "--allow-sys"];
    assert.deepEqual(denoOptions([], "--heap"), [...always, ...open]);
    assert.deepEqual(denoOptions(["network", "files", "exec", "native"], "--heap").slice(always.length), [
      ...open,
      "--allow-read",
      "--allow-write",
      "--allow-net",
      "--allow-run",
      "--allow-ffi",
    ]);
  });
});
