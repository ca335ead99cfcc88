/** A workflow as a program of its own: what `eddy build --standalone` puts around the compiled code. */
import { createLocalHost } from "./agent/host/local-host.ts";
import type { CompiledWorkflow, WorkflowFactory } from "./engine/contract.ts";
import type { Manifest } from "./protocol/artifact.ts";
import { createLocator } from "./protocol/locate.ts";

/** Milliseconds for what is under way when the program is told to end. */
const patience = 5_000;

/**
 * Runs the workflow until the process is told to end. Values for `env:` come from the environment, those for `secrets:`
 * from `EDDY_SECRET_` and their names; the log goes to the console. State lives as long as the process.
 */
export async function runStandalone(make: WorkflowFactory, manifest: Manifest): Promise<void> {
  const { env, secrets, problems } = bind(manifest);
  if (problems.length > 0)
    return fail(`Workflow "${manifest.id}" cannot be started: ${problems.join("; ")}.`);
  const host = createLocalHost({
    workflow: manifest.id,
    env,
    secrets,
    log: ({ time, level, node, message }) =>
      console.log([new Date(time).toISOString(), level, ...(node ? [node] : []), message].join(" ")),
  });
  let workflow: CompiledWorkflow;
  try {
    workflow = make({ ...host, locate: createLocator({ manifest }) });
    await workflow.start();
  } catch (error) {
    await host.close();
    return fail(error instanceof Error ? error.message : String(error));
  }
  const stop = async () => {
    await workflow.stop(patience);
    await host.close();
    process.exit(0);
  };
  // A second one ends the process at once.
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

/** What the workflow declares, from the environment. */
function bind(manifest: Manifest) {
  const env: Record<string, string | number | boolean> = {};
  const secrets: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, { type, default: preset }] of Object.entries(manifest.env)) {
    const text = process.env[name];
    const value = text === undefined ? preset : convert(text, type);
    if (value !== undefined) env[name] = value;
    else problems.push(text === undefined ? `${name} is not set` : `${name} is not a ${type}`);
  }
  for (const name of manifest.secrets) {
    const value = process.env[`EDDY_SECRET_${name}`];
    if (value !== undefined) secrets[name] = value;
    else problems.push(`EDDY_SECRET_${name} is not set`);
  }
  return { env, secrets, problems };
}

function convert(text: string, type: "string" | "number" | "boolean"): string | number | boolean | undefined {
  if (type === "string") return text;
  if (type === "boolean") return text === "true" || text === "false" ? text === "true" : undefined;
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
}
