import assert from "node:assert/strict";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fleet } from "../../fleet/index.ts";
import { makeArtifact } from "../runtime/agent/workflows.ts";
import { startMosquitto } from "../testbed/mosquitto.ts";
import { eventually } from "../testbed/resources.ts";
import { openDesk, startDevice } from "./desk.ts";

async function found(fleet: Fleet) {
  const { ok, findings } = await fleet.diagnose((await fleet.find("pump")).id);
  const wrong = findings.filter((one) => !one.ok);
  assert.equal(ok, wrong.length === 0);
  for (const { fix, message } of wrong) assert.ok(fix, message);
  return { findings, wrong, codes: wrong.map(({ check, code }) => `${check} ${code}`) };
}

describe("the doctor of a device over ssh", function () {
  this.timeout(180_000);

  it("finds nothing wrong with one that is well, and each fault that it is given", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const { fleet } = desk;
    await fleet.add("ssh://device", { name: "pump" });
    const well = await found(fleet);
    assert.deepEqual(well.codes, []);
    for (const check of [
      "login",
      "installation",
      "version",
      "clock",
      "disk",
      "memory",
      "agent",
      "identity",
      "trust",
      "health",
    ])
      assert.ok(
        well.findings.some((one) => one.check === check),
        check,
      );

    const { bytes } = await makeArtifact({ id: "flow", work: "(() => { for (;;); })()" });
    await fleet.deploy("pump", bytes);
    const client = await fleet.connect("pump");
    await client
      .request("workflow/inject", { id: "flow", node: "in", message: { payload: 1 } })
      .catch(() => {});
    await eventually("it is quarantined", async () => {
      const { workflows } = await client.request("workflow/list", {});
      return workflows[0]?.state === "quarantined";
    });
    const stuck = await found(fleet);
    // Its own check says it; the health of the agent does not say it again.
    assert.deepEqual(stuck.codes, ["workflow flow EDDY_BLOCKED"]);
    assert.match(stuck.wrong[0]?.fix ?? "", /eddy kept pump\/flow/);

    const home = join(server.home, ".eddy");
    const own = await fleet.publisher();
    await rename(join(home, "publishers", `${own.id}.pub`), join(home, "publishers", "x.gone"));
    assert.ok((await found(fleet)).codes.includes("trust EDDY_ARTIFACT_UNTRUSTED"));
    await rename(join(home, "publishers", "x.gone"), join(home, "publishers", `${own.id}.pub`));

    await rm(join(home, "agent", "current"));
    assert.deepEqual((await found(fleet)).codes, ["installation EDDY_AGENT_MISSING"]);
  });

  it("looks at clock, disk and memory through the agent, where there is no login to look with", async () => {
    await using mosquitto = await startMosquitto();
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const { fleet } = desk;
    await fleet.connect("local");
    const here = await fleet.diagnose("local");
    assert.deepEqual(
      here.findings.map(({ check }) => check).filter((check) => check !== "temperature"),
      ["agent", "trust", "clock", "disk", "memory", "health"],
    );

    await fleet.add("ssh://device", { name: "pump" });
    await fleet.setBroker("pump", { url: mosquitto.url });
    await server.stop();
    const behind = await found(await desk.open());
    assert.deepEqual(behind.codes, ["login EDDY_UNREACHABLE"]);
    const checks = behind.findings.map(({ check }) => check);
    for (const check of ["way by the broker", "identity", "trust", "clock", "disk", "memory", "broker"])
      assert.ok(checks.includes(check), `${check} is not among ${checks.join(", ")}`);
  });

  it("tells a stopped agent, and starts nothing", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const { id } = await desk.fleet.add("ssh://device", { name: "pump" });
    const supervisor = join(server.home, ".eddy", "agent", "supervise.sh");
    await desk.fleet.stopAgent(id);
    const codes = (await found(desk.fleet)).codes;
    assert.deepEqual(codes, ["agent EDDY_AGENT_STOPPED"], supervisor);
    assert.deepEqual((await found(desk.fleet)).codes, codes);
  });

  it("tells a device that is off, one that lets nobody in, and one that shows another key", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    await desk.fleet.add("ssh://device", { name: "pump" });
    const [config = ""] = desk.sshConfig.files;
    const host = `Host device\n  HostName 127.0.0.1\n  Port ${server.port}\n  User ${server.user}\n`;

    await writeFile(config, `${host}  IdentityFile ${server.strangerKeyPath}\n  IdentitiesOnly yes\n`);
    const refused = await found(await desk.open());
    assert.deepEqual(refused.codes, ["login EDDY_AUTH_FAILED"]);
    assert.match(refused.wrong[0]?.fix ?? "", /ssh-copy-id/);

    await writeFile(config, `${host}  IdentityFile ${server.keyPath}\n`);
    await server.replaceHostKey();
    assert.deepEqual((await found(await desk.open())).codes, ["login EDDY_HOST_KEY_CHANGED"]);

    await server.stop();
    const off = await found(await desk.open());
    assert.deepEqual(off.codes, ["login EDDY_UNREACHABLE"]);
    assert.match(off.wrong[0]?.fix ?? "", /sshd runs/);

    await writeFile(config, host.replace("127.0.0.1", "no-such-host.invalid"));
    assert.match((await found(await desk.open())).wrong[0]?.message ?? "", /There is no host called/);
  });
});
