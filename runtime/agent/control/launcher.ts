/** Brings versions of workflows into workers, and out of them. */
import { EddyError } from "../../../language/problem.ts";
import type { Artifact, VerifiedArtifact } from "../../protocol/artifact.ts";
import type { Binding, Configuration } from "../configuration.ts";
import type { Layout } from "../layout.ts";
import { asFailure } from "../link.ts";
import type { Program } from "../messages.ts";
import type { Entries, Entry } from "./entries.ts";
import type { KeptMessages } from "./kept.ts";
import type { Logs } from "./logs.ts";
import { type InstalledProgram, readProgram } from "./programs.ts";
import type { Stores } from "./stores.ts";
import type { Workers } from "./workers.ts";

export interface LauncherOptions {
  readonly layout: Layout;
  readonly configuration: Configuration;
  readonly entries: Entries;
  readonly stores: Stores;
  readonly workers: Workers;
  readonly logs: Logs;
  readonly kept: KeptMessages;
  /** Milliseconds that a version has to end what is under way before another takes its place. */
  readonly drain: number;
}

export interface Launcher {
  /** Evaluates a version beside the one that runs. Throws what keeps it from being loaded. */
  tryToLoad(artifact: VerifiedArtifact): Promise<void>;
  launch(entry: Entry, program: InstalledProgram, binding: Binding): Promise<void>;
  launchVersion(entry: Entry, version: string): Promise<void>;
  /** Stops it where it runs; it has so many milliseconds to end what is under way. */
  halt(entry: Entry, deadline: number): Promise<void>;
}

export function createLauncher(options: LauncherOptions): Launcher {
  const { layout, configuration, entries, stores, workers, logs, kept, drain } = options;

  async function halt(entry: Entry, deadline: number): Promise<void> {
    clearTimeout(entry.restart);
    const { id, worker } = entry;
    if (!worker) return;
    try {
      await worker.handle.link.request("stop", { id, deadline });
    } catch (error) {
      // It has ended already, with its worker.
      logs.agent("warn", `"${id}" did not stop: ${asFailure(error).message}`);
    }
    entries.leave(entry);
    stores.release(id);
    await workers.release(worker);
  }

  async function launch(entry: Entry, program: InstalledProgram, binding: Binding): Promise<void> {
    const { id, slot } = entry;
    const { isolation, memory, capabilities } = program.manifest;
    const worker = workers.place(id, {
      isolation: entry.isSuspect && isolation === "shared" ? "worker" : isolation,
      memory,
      capabilities,
    });
    const isSwap = entry.worker === worker;
    if (!isSwap) await halt(entry, drain);
    worker.workflows.add(id);
    Object.assign(entry, { worker, nodes: [], launched: program.manifest.version });
    const { link } = worker.handle;
    try {
      const snapshot = isSwap ? { values: [], outbox: [] } : stores.snapshot(id);
      link.tell("watch", { id, ...entry.watch });
      await link.request("start", {
        ...programOf(program, slot),
        binding,
        snapshot,
        deadline: drain,
        kept: kept.fingerprints(id, program.manifest.version),
      });
    } catch (error) {
      // In a swap, the version before runs on in its place, unless it is said that it does not.
      const isStopped = error instanceof EddyError && error.details?.isStopped === true;
      if (!isSwap || isStopped) entries.leave(entry);
      throw error;
    }
  }

  /** Values may be set between installation and activation, which refuses without them. */
  function bindIfPossible(artifact: VerifiedArtifact): Binding | undefined {
    try {
      return configuration.bind(artifact.manifest);
    } catch {
      return undefined;
    }
  }

  return {
    async tryToLoad(artifact) {
      const { id } = artifact.manifest;
      const program = programOf(artifact, entries.newSlot());
      const binding = bindIfPossible(artifact);
      try {
        await workers.forTrial().handle.link.request("load", { ...program, binding });
      } catch (error) {
        if (!(error instanceof EddyError) || error.code !== "EDDY_WORKER_ENDED") throw error;
        throw new EddyError("EDDY_LOAD_FAILED", `Workflow "${id}" cannot be loaded: ${error.message}`);
      }
    },
    launch,
    async launchVersion(entry, version) {
      const program = readProgram(layout, entry.id, version);
      await launch(entry, program, configuration.bind(program.manifest));
    },
    halt,
  };
}

function programOf(
  { manifest, code, map }: Pick<Artifact, "manifest" | "code" | "map">,
  slot: number,
): Program {
  const { id, version, file, nodes } = manifest;
  return {
    id,
    version,
    code,
    slot,
    places: { manifest: { file, nodes }, ...(map === undefined ? {} : { map }) },
  };
}
