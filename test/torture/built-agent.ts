import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildAll } from "../../scripts/lib/targets.mjs";
import type { AgentCommand } from "../runtime/agent/agent-process.ts";
import { temporaryFolder } from "../testbed/resources.ts";

/** The agent as it goes to a device, in a folder of its own. */
export async function buildAgent(
  options: readonly string[] = [],
): Promise<AsyncDisposable & { readonly command: AgentCommand }> {
  const folder = await temporaryFolder("built");
  const { ok, summary } = await buildAll({
    outFolder: folder.path,
    minify: true,
    types: false,
    only: ["agent"],
  });
  if (!ok) throw new Error(summary);
  return {
    command: { command: process.execPath, options, script: join(folder.path, "agent.mjs") },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** One of the fixtures as a script beside a built agent. */
export async function bundleFixture(name: string): Promise<AsyncDisposable & { readonly path: string }> {
  await using stack = new AsyncDisposableStack();
  const agent = stack.use(await buildAgent());
  const path = join(dirname(agent.command.script), `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url))],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
  const owned = stack.move();
  return { path, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
