// The agent as it is on a device: minified, in a process of its own, with what it is to run.
import { join } from "node:path";
import { readAgentFiles } from "../../fleet/install/agent-files.ts";
import { agentEnvironment } from "../../fleet/install/service.ts";
import { buildAll } from "../../scripts/lib/targets.mjs";
import { type AgentProcess, startAgentProcess } from "../../test/runtime/agent/agent-process.ts";
import { createDesk, install } from "../../test/runtime/agent/workflows.ts";
import { temporaryFolder } from "../../test/testbed/resources.ts";
import { type BenchCompiler, openCompiler } from "./compile.ts";

export interface BuiltAgent extends AsyncDisposable {
  readonly script: string;
  readonly bytes: number;
}

export async function buildAgent(): Promise<BuiltAgent> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryFolder("bench-agent"));
  const { ok, summary } = await buildAll({ outFolder: path, minify: true, types: false, only: ["agent"] });
  if (!ok) throw new Error(summary);
  const { bytes } = await readAgentFiles(path);
  const owned = stack.move();
  return { script: join(path, "agent.mjs"), bytes, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A workflow's id and text. */
export interface Flow {
  readonly id: string;
  readonly text: string;
}

export interface BenchDevice extends AsyncDisposable {
  readonly home: string;
  readonly script: string;
  /** Starts the agent on its folder, with what was deployed to it before. */
  start(...words: readonly string[]): Promise<AgentProcess>;
}

/** A folder with these workflows installed and active. */
export async function prepareDevice({ script }: BuiltAgent, flows: readonly Flow[]): Promise<BenchDevice> {
  await using stack = new AsyncDisposableStack();
  const { path: home } = stack.use(await temporaryFolder("bench-device"));
  const desk = createDesk();
  await desk.trust(home);
  const command = { command: process.execPath, options: [], script, environment: agentEnvironment };
  const start = (...words: readonly string[]) => startAgentProcess(home, { command, words });
  {
    await using compiler = openCompiler();
    await using agent = await start();
    for (const flow of flows)
      await deploy(compiler, flow, async (id, version, bytes) => {
        await install(agent.client, id, version, desk.sign(bytes));
        await agent.client.request("workflow/activate", { id, version });
      });
  }
  const owned = stack.move();
  return { home, script, start, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function deploy(
  compiler: BenchCompiler,
  { id, text }: Flow,
  to: (id: string, version: string, bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const { manifest, bytes } = await compiler.compile(new URL(`file:///bench/${id}.flow.yaml`), text);
  await to(manifest.id, manifest.version, bytes);
}
