import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Probe, parseProbe, probeScript } from "../../../fleet/install/probe.ts";
import { EddyError } from "../../../language/problem.ts";
import { temporaryFolder } from "../../testbed/resources.ts";

/** Runs the script as a login on a device does. */
async function probe(
  home: string,
  {
    agentHome,
    path = `${dirname(process.execPath)}:/usr/bin:/bin`,
  }: { readonly agentHome?: string; readonly path?: string } = {},
): Promise<Probe> {
  const { stdout } = await promisify(execFile)("/bin/sh", ["-c", probeScript(agentHome)], {
    env: { HOME: home, PATH: path },
    timeout: 10_000,
  });
  return parseProbe(stdout);
}

describe("probing a device", () => {
  it("finds what this machine has", async () => {
    await using folder = await temporaryFolder("probe");
    const found = await probe(folder.path);
    assert.equal(found.os, "Linux");
    assert.equal(found.machine, { x64: "x86_64", arm64: "aarch64" }[process.arch as string]);
    assert.deepEqual(found.user, {
      name: userInfo().username,
      id: process.getuid?.(),
      home: folder.path,
    });
    assert.deepEqual(found.nodes[0], { path: process.execPath, version: process.versions.node });
    assert.ok(found.diskFree > 1e6 && found.memoryTotal > 1e8);
    assert.match(found.libc.name, /^(glibc|musl)$/);
    assert.deepEqual(
      [found.agentHome, found.canWrite, found.agents, found.currentAgent, found.ownNodes],
      [`${folder.path}/.eddy`, true, [], undefined, []],
    );
  });

  it("finds what an earlier installation has brought", async () => {
    await using folder = await temporaryFolder("probe");
    const home = join(folder.path, "it's here");
    for (const version of ["aaa", "bbb"]) {
      await mkdir(join(home, "agent", version), { recursive: true });
      await writeFile(join(home, "agent", version, "agent.mjs"), "");
    }
    await symlink("bbb", join(home, "agent", "current"));
    await mkdir(join(home, "node", "24.1.0", "bin"), { recursive: true });
    await symlink(process.execPath, join(home, "node", "24.1.0", "bin", "node"));
    await mkdir(join(home, "node", "24.0.0", "bin"), { recursive: true });
    await writeFile(join(home, "node", "24.0.0", "bin", "node"), "not a program", { mode: 0o755 });
    const found = await probe(folder.path, { agentHome: "~/it's here" });
    assert.equal(found.agentHome, home);
    assert.deepEqual(found.agents.toSorted(), ["aaa", "bbb", "current"]);
    assert.equal(found.currentAgent, "bbb");
    assert.deepEqual(found.ownNodes, ["24.1.0"]);
  });

  it("looks at the nearest folder that is there for the agent's own", async () => {
    await using folder = await temporaryFolder("probe");
    const inside = await probe(folder.path, { agentHome: join(folder.path, "not", "there", "yet") });
    assert.equal(inside.canWrite, true);
    const impossible = await probe(folder.path, { agentHome: "/proc/version/eddy" });
    assert.deepEqual([impossible.canWrite, impossible.agentHome], [false, "/proc/version/eddy"]);
  });

  it("comes to an end on a device that has next to nothing", async () => {
    await using folder = await temporaryFolder("probe");
    const found = await probe(folder.path, { path: "/nowhere" });
    assert.deepEqual([found.os, found.cron, found.sudo, found.gzip], ["", false, false, false]);
    assert.equal(found.canWrite, true);
  });

  it("is not confused by what a login prints, and tells what is no shell", () => {
    const found = parseProbe(
      "Welcome!\r\nos=Linux\r\nnode= /x\nnode=v24.1.0 /usr/bin/node\nMOTD=1=2\nend=yes\n",
    );
    assert.equal(found.os, "Linux");
    assert.deepEqual(found.nodes, [{ path: "/usr/bin/node", version: "24.1.0" }]);
    assert.throws(
      () => parseProbe("This account is currently not available."),
      (error) =>
        error instanceof EddyError &&
        error.code === "EDDY_PROBE_FAILED" &&
        /not available/.test(error.message),
    );
  });
});
