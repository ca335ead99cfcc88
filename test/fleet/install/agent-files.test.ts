import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { findAgentDirectory, readAgentFiles } from "../../../fleet/install/agent-files.ts";
import { runProgram } from "../../testbed/processes.ts";
import { temporaryFolder } from "../../testbed/resources.ts";
import { rejectsWith } from "../errors.ts";

const checkout = join(import.meta.dirname, "..", "..", "..");

describe("the agent's files", () => {
  it("are one version as long as they hold the same", async () => {
    await using folder = await temporaryFolder("agent-files");
    const write = (name: string, text: string) => writeFile(join(folder.path, name), text);
    await write("agent.mjs", "one");
    await write("agent.mjs.map", "not for devices");
    await write("agent-worker.mjs", "two");
    await write("cli.mjs", "not the agent");
    const first = await readAgentFiles(folder.path);
    assert.deepEqual(
      first.files.map(({ name }) => name),
      ["agent-worker.mjs", "agent.mjs"],
    );
    assert.equal(first.bytes, 6);
    assert.match(first.version, /^[0-9a-f]{12}$/);
    await write("agent.mjs.map", "changed");
    assert.equal((await readAgentFiles(folder.path)).version, first.version);
    await write("agent.mjs", "on");
    await write("agent-worker.mjs", "etwo");
    assert.notEqual((await readAgentFiles(folder.path)).version, first.version);
  });

  it("are said to be missing where they are", async () => {
    await using folder = await temporaryFolder("agent-files");
    await rejectsWith("EDDY_NO_AGENT", readAgentFiles(folder.path), /npm run build/);
    await rejectsWith("EDDY_NO_AGENT", readAgentFiles(join(folder.path, "nowhere")));
  });

  it("are found from the sources of a checkout", () => {
    assert.equal(findAgentDirectory(), join(checkout, "dist"));
  });

  for (const [name, place] of [
    ["the command", "dist/cli.mjs"],
    ["a part of the library", "dist/lib/chunk.js"],
    ["the extension", "dist/extension.cjs"],
  ] as const) {
    it(`are found from ${name} (${place})`, async () => {
      await using folder = await temporaryFolder("agent-place");
      const isCommonJs = place.endsWith(".cjs");
      await build({
        absWorkingDir: checkout,
        entryPoints: [join(checkout, "fleet/install/agent-files.ts")],
        bundle: true,
        platform: "node",
        format: isCommonJs ? "cjs" : "esm",
        outfile: join(folder.path, "built", place),
        logLevel: "error",
        // As the extension's own build does.
        ...(isCommonJs
          ? {
              banner: { js: 'const metaUrl = require("node:url").pathToFileURL(__filename).href;' },
              define: { "import.meta.url": "metaUrl" },
            }
          : {}),
      });
      await mkdir(join(folder.path, "built", "dist"), { recursive: true });
      await writeFile(join(folder.path, "built", "dist", "agent.mjs"), "");
      await writeFile(join(folder.path, "built", "package.json"), '{"type":"module"}');
      // As the packages that npm links, and VS Code's folder of extensions, may be.
      await symlink(join(folder.path, "built"), join(folder.path, "linked"), "junction");
      const ask = `import(${JSON.stringify(join(folder.path, "linked", place))}).then((one) => console.log(one.findAgentDirectory()))`;
      const found = await runProgram(process.execPath, ["--eval", ask]);
      assert.equal(found.trim(), join(folder.path, "built", "dist"));
    });
  }
});
