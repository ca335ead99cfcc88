import { join } from "node:path";
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
