/** The parts of a torture run, as long as it takes and in the form that every test run has time for. */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { buildAgent } from "./built-agent.ts";
import { fillDisks } from "./disk.ts";
import { killAgents } from "./kills.ts";
import { startsAndFirstMessages, swapsAndMemory } from "./memory.ts";
import { swapAllElse } from "./mixed.ts";
import { shakeNetwork } from "./network.ts";
import { cutPower } from "./power.ts";
import { none, type Row, row } from "./report.ts";
import { swapUnderLoad } from "./swaps.ts";
import { killWorkers } from "./worker-kills.ts";

type Part = (isBounded: boolean) => Promise<readonly Row[]>;

/** Milliseconds. A machine on which other tests run has pauses of its own. */
const longestGap = { whole: 50, bounded: 500 };
const longestStart = { whole: 300, bounded: 2_000 };

export const parts: Readonly<Record<string, Part>> = {
  async swaps(isBounded) {
    await using agent = await buildAgent();
    return await swapUnderLoad({
      command: agent.command,
      swaps: isBounded ? 20 : 200,
      messagesPerSecond: isBounded ? 500 : 2_000,
      requestsPerSecond: isBounded ? 50 : 200,
      longestGap: isBounded ? longestGap.bounded : longestGap.whole,
    });
  },
  async mixed(isBounded) {
    await using agent = await buildAgent();
    return await swapAllElse({ command: agent.command, swaps: isBounded ? 10 : 100 });
  },
  async network(isBounded) {
    await using agent = await buildAgent();
    return await shakeNetwork({
      command: agent.command,
      faults: isBounded ? 4 : 100,
      random: Math.random,
    });
  },
  kills: (isBounded) => killAgents({ kills: isBounded ? 5 : 500, random: Math.random }),
  workers: (isBounded) =>
    killWorkers({ kills: isBounded ? 3 : 100, stride: isBounded ? 5 : 1, random: Math.random }),
  power: (isBounded) => cutPower({ cuts: isBounded ? 60 : 400, random: Math.random }),
  disk: (isBounded) => fillDisks({ stride: isBounded ? 12 : 1 }),
  memory: (isBounded) => swapsAndMemory({ swaps: isBounded ? 300 : 10_000 }),
  async start(isBounded) {
    await using agent = await buildAgent();
    return await startsAndFirstMessages({
      command: agent.command,
      starts: isBounded ? 3 : 20,
      longest: isBounded ? longestStart.bounded : longestStart.whole,
    });
  },
  fuzz: async (isBounded) => fuzz(isBounded ? 300 : 10_000),
};

/** The tests of the project that send what nobody means, with more of it. */
function fuzz(runs: number): readonly Row[] {
  const mocha = createRequire(import.meta.url).resolve("mocha/bin/mocha.js");
  const { status, stdout } = spawnSync(
    process.execPath,
    [mocha, "test/runtime/agent/fuzz.real.test.ts", "test/runtime/agent/broker-fuzz.real.test.ts"],
    {
      cwd: fileURLToPath(new URL("../../", import.meta.url)),
      env: { ...process.env, EDDY_FUZZ_RUNS: String(runs) },
      encoding: "utf8",
    },
  );
  const problem = status === 0 ? "" : stdout.slice(-1_000);
  return [
    row(
      "malformed frames and requests at the socket, artifacts, frames of a broker",
      `${runs} of each`,
      status === 0 ? `${runs} of each` : problem,
      status === 0,
    ),
    none("crashes, hangs, and what was accepted", status === 0 ? 0 : 1),
  ];
}
