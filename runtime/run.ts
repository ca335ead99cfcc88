import { EddyError } from "../language/problem.ts";
import { createLocalHost, type LocalHost, type LocalHostOptions } from "./agent/host/local-host.ts";
import { evaluate } from "./agent/worker/evaluate.ts";
import type { CompiledWorkflow } from "./engine/contract.ts";
import { type Manifest, unpackArtifact } from "./protocol/artifact.ts";
import { createLocator } from "./protocol/locate.ts";

/** What a workflow gets that runs in this process: values, time, storage. */
export interface RunOptions extends Omit<LocalHostOptions, "workflow" | "env"> {
  /** Values for what the workflow declares under `env:`; its defaults hold for the others. */
  readonly env?: LocalHostOptions["env"];
}

/** A workflow in this process, made but not started. Disposing of it stops it at once. */
export interface RunningWorkflow extends AsyncDisposable {
  readonly manifest: Manifest;
  readonly workflow: CompiledWorkflow;
  readonly host: LocalHost;
  /** Opens the triggers. Observers that are to miss nothing are added before. */
  start(): Promise<void>;
  /** Stops within `deadline` milliseconds and lets go of everything. */
  stop(deadline?: number): Promise<void>;
}

/**
 * Makes the workflow of an artifact in this process, without an agent. The signature does not matter: whoever calls this
 * has decided to run it. Throws `EDDY_MISSING_VALUES` where env or secrets are missing, and `EDDY_LOAD_FAILED`.
 */
export function runWorkflow(artifact: Uint8Array, options: RunOptions = {}): RunningWorkflow {
  const unpacked = unpackArtifact(artifact);
  const { manifest, code } = unpacked;
  const env = { ...defaultsOf(manifest), ...options.env };
  const missing = {
    env: Object.keys(manifest.env).filter((name) => env[name] === undefined),
    secrets: manifest.secrets.filter((name) => options.secrets?.[name] === undefined),
  };
  const names = [...missing.env, ...missing.secrets];
  if (names.length > 0) {
    throw new EddyError(
      "EDDY_MISSING_VALUES",
      `Workflow "${manifest.id}" needs values for ${names.map((name) => `"${name}"`).join(", ")}.`,
      { details: missing },
    );
  }
  const host = createLocalHost({ locate: createLocator(unpacked), ...options, workflow: manifest.id, env });
  const make = evaluate({ id: manifest.id, version: manifest.version, code });
  const workflow = make(host);
  const running: RunningWorkflow = {
    manifest,
    workflow,
    host,
    start: () => workflow.start(),
    async stop(deadline = 5_000) {
      await workflow.stop(deadline);
      await host.close();
    },
    [Symbol.asyncDispose]: () => running.stop(0),
  };
  return running;
}

function defaultsOf({ env }: Manifest): Record<string, string | number | boolean> {
  const entries = Object.entries(env).flatMap(([name, { default: value }]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}
