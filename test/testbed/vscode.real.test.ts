import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openChromium, openWorkbench, runCommand, webviewOf } from "./chromium.ts";
import { runExtensionTests } from "./extension-tests.ts";
import { listens } from "./processes.ts";
import { temporaryFolder } from "./resources.ts";
import { startVsCode } from "./vscode.ts";

const extension = join(import.meta.dirname, "fixtures", "hello-extension");
const settings = { "editor.fontSize": 19 };

describe("testbed: VS Code", function () {
  this.timeout(240_000);

  it("opens a workspace in Chromium, with an extension from a folder and its webview", async () => {
    await using workspace = await temporaryFolder("workspace");
    await writeFile(join(workspace.path, "hello.txt"), "hello");
    await using server = await startVsCode({
      workspace: workspace.path,
      settings,
      extension: { kind: "folder", path: extension },
    });
    await using browser = await openChromium();
    const page = await openWorkbench(browser, server);
    await runCommand(page, "Show Hello");
    const heading = webviewOf(page).locator("h1");
    assert.equal(await heading.textContent({ timeout: 60_000 }), "Hello from eddy-test.hello, font size 19");
  });

  it("runs mocha in the extension host and tells every result", async () => {
    await using workspace = await temporaryFolder("workspace");
    const results = await runExtensionTests({
      workspace: workspace.path,
      settings,
      extension,
      tests: ["test/testbed/fixtures/hello.host-test.ts"],
    });
    assert.deepEqual(
      results.map(({ title, state }) => [title, state]),
      [
        ["hello runs its command with the settings given", "passed"],
        ["hello fails on purpose", "failed"],
      ],
    );
    assert.match(results[1]?.error ?? "", /hello\.host-test\.ts:11/);
  });

  it("ends with everything it started", async () => {
    await using workspace = await temporaryFolder("workspace");
    const server = await startVsCode({ workspace: workspace.path });
    assert.equal(await listens(server.port), true);
    await server[Symbol.asyncDispose]();
    assert.equal(await listens(server.port), false);
  });
});
