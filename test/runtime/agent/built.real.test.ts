import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildAll } from "../../../scripts/lib/targets.mjs";
import { temporaryFolder } from "../../testbed/resources.ts";
import { startAgentProcess } from "./agent-process.ts";

const moduleTeller = fileURLToPath(new URL("fixtures/modules.cjs", import.meta.url));

describe("the agent as it is built", () => {
  it("loads of Node's own modules what it uses: each of the others takes megabytes and start", async () => {
    await using folder = await temporaryFolder("built");
    const { ok, summary } = await buildAll({
      outFolder: folder.path,
      minify: true,
      types: false,
      only: ["agent"],
    });
    assert.ok(ok, summary);
    const home = join(folder.path, "home");
    const command = {
      command: process.execPath,
      options: ["--require", moduleTeller],
      script: join(folder.path, "agent.mjs"),
    };
    {
      await using agent = await startAgentProcess(home, { command, words: ["--single-threaded"] });
      await agent.client.request("agent/info", {});
    }
    const loaded = (await readFile(join(home, "modules.txt"), "utf8")).split("\n");
    assert.ok(loaded.includes("NativeModule net"), "the list is what it is taken for");
    const unused = ["http", "internal/deps/undici/undici", "tls", "https", "http2", "inspector"];
    assert.deepEqual(
      unused.filter((name) => loaded.includes(`NativeModule ${name}`)),
      [],
    );
  });
});
