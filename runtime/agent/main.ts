/** The process on a device: `agent.mjs run --home FOLDER`, `agent.mjs rpc --home FOLDER`, `agent.mjs version`. */
import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { EddyError } from "../../language/problem.ts";
import { defaultWorkerMemory, openThreadAhead } from "./control/thread.ts";
import { agentVersion } from "./version.ts";
import { isWorker, runWorker } from "./worker/main.ts";

const usage = `Usage:
  agent.mjs run --home FOLDER [--single-threaded] [--name NAME] [--memory MEGABYTES]
  agent.mjs rpc --home FOLDER    connects its input and output with the agent that runs
  agent.mjs version
`;

/** As the `eddy` command: wrong usage, and nothing to connect with. */
const exitCodes = { usage: 2, unreachable: 3 } as const;

// Not awaited: what is built of this runs as a script, too.
if (isWorker()) void runWorker();
else
  void main(process.argv.slice(2)).then((code) => {
    process.exitCode = code ?? process.exitCode;
  });

async function main(words: readonly string[]): Promise<number | undefined> {
  process.umask(0o077);
  hideSqliteWarning();
  try {
    const { values, positionals } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        home: { type: "string" },
        name: { type: "string" },
        memory: { type: "string" },
        "single-threaded": { type: "boolean", default: false },
      },
    });
    const home = values.home ?? join(homedir(), ".eddy");
    switch (positionals[0]) {
      case "run":
      case "start": {
        const asked = Number(values.memory) * 2 ** 20;
        const workerMemory = asked > 0 ? asked : defaultWorkerMemory();
        const singleThreaded = values["single-threaded"];
        // Its workers are of the same version, whichever `current` is by then.
        const entry = pathToFileURL(realpathSync(process.argv[1] ?? ""));
        const thread = singleThreaded ? undefined : openThreadAhead(home, entry, workerMemory);
        // What one agent does and the other end of it load different parts of this file.
        const { runAgent } = await import("./process.ts");
        const name = values.name === undefined ? {} : { name: values.name };
        return await runAgent({ home, singleThreaded, entry, thread, workerMemory, ...name });
      }
      case "rpc": {
        const { bridge } = await import("./bridge.ts");
        await bridge(home);
        return undefined;
      }
      case "version":
        console.log(agentVersion);
        return undefined;
      default:
        process.stderr.write(usage);
        return exitCodes.usage;
    }
  } catch (error) {
    if (error instanceof EddyError) {
      process.stderr.write(`${error.message} (${error.code})\n`);
      return error.code === "EDDY_AGENT_STOPPED" ? exitCodes.unreachable : 1;
    }
    if (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS")) {
      process.stderr.write(`${error.message}\n${usage}`);
      return exitCodes.usage;
    }
    throw error;
  }
}

/** SQLite is there in every Node that the agent runs on; that it may still change is nothing for a device's log. */
function hideSqliteWarning(): void {
  const show = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name === "ExperimentalWarning" && warning.message.includes("SQLite")) return;
    for (const listener of show) listener(warning);
  });
}
