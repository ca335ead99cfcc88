/** A device whose agent runs in a process of its own, by another Node than that of the tests, or by Deno. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { PlatformCommand } from "../../testbed/platforms.ts";
import { eventually, temporaryFolder } from "../../testbed/resources.ts";
import { startAgentProcess } from "./agent-process.ts";
import { type Device, type DeviceOptions, deviceOver } from "./device.ts";
import { createDesk } from "./workflows.ts";

/** One file, as a device gets it. */
export async function buildConfiguredAgent(outfile: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL("fixtures/configured-agent.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    logLevel: "error",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
}

export async function startPlatformDevice(
  { command, options: before }: PlatformCommand,
  script: string,
  { home, ...options }: DeviceOptions = {},
): Promise<Device> {
  await using stack = new AsyncDisposableStack();
  const folder = home ?? stack.use(await temporaryFolder("agent")).path;
  const desk = createDesk();
  await desk.trust(folder);
  const words = [JSON.stringify({ home: folder, drain: 500, ...options })];
  const start = () => startAgentProcess(folder, { command: { command, options: before, script }, words });
  let running = await start();
  stack.defer(() => running[Symbol.asyncDispose]());
  const owned = stack.move();
  const workflows = async () => (await running.client.request("workflow/list", {})).workflows;
  return deviceOver({
    home: folder,
    desk,
    client: () => running.client,
    async restart() {
      const before = await workflows();
      await running[Symbol.asyncDispose]();
      running = await start();
      const ran = new Set(before.filter(({ state }) => state === "running").map(({ id }) => id));
      await eventually("it has booted", async () => {
        const now = (await workflows()).filter(({ id }) => ran.has(id));
        return now.every(({ state, reason }) => reason || (state !== "installed" && state !== "starting"));
      });
    },
    dispose: () => owned.disposeAsync(),
  });
}
