import assert from "node:assert/strict";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { openDesk, startDevice } from "../fleet/desk.ts";
import { makeArtifact } from "../runtime/agent/workflows.ts";

describe("files of a desk and its devices", function () {
  this.timeout(120_000);

  it("are for their owner alone, also where the umask would give more", async () => {
    await using server = await startDevice();
    await using desk = await openDesk({ servers: { device: server } });
    const { fleet } = desk;
    const before = process.umask(0);
    try {
      const { id } = await fleet.add("ssh://device", { name: "pump" });
      const { bytes } = await makeArtifact({
        id: "flow",
        work: "(context.state.set('n', 1), message.payload)",
        manifest: { secrets: ["TOKEN"] },
      });
      for (const device of [id, "local"]) {
        await fleet.deploy(device, bytes, { config: { secrets: { TOKEN: "hunter2" } } });
        const client = await fleet.connect(device);
        await client.request("workflow/inject", { id: "flow", node: "in", message: { payload: 1 } });
      }
      await fleet.rotateKey();
    } finally {
      process.umask(before);
    }
    const seen: string[] = [];
    for (const home of [desk.home, join(server.home, ".eddy")]) {
      for await (const { path, open } of openTo(home)) {
        seen.push(path);
        assert.equal(open, "", path);
      }
    }
    for (const name of [
      "publisher.key",
      "devices.json",
      "device.key",
      "configuration.json",
      "workflow.js",
      "agent.sock",
    ])
      assert.ok(
        seen.some((path) => path.endsWith(name)),
        name,
      );
  });
});

/** All below a folder that is no link, with the bits that others have on it. */
async function* openTo(folder: string): AsyncGenerator<{ readonly path: string; readonly open: string }> {
  const { mode } = await lstat(folder);
  const others = mode & 0o077;
  yield { path: folder, open: others === 0 ? "" : (mode & 0o777).toString(8) };
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isSymbolicLink()) continue;
    if (entry.isDirectory()) yield* openTo(path);
    else {
      const found = (await lstat(path)).mode;
      yield { path, open: (found & 0o077) === 0 ? "" : (found & 0o777).toString(8) };
    }
  }
}
