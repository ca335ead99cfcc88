// `npm run bench`: every bar of Eddy's speed and size in one table, measured beside the same by hand and in Node-RED.
//
// --quick       within eight minutes      --only NAME  one part: pipeline, mqtt, start, memory, compile, types
// --json        one document on stdout    --write      puts the table into docs/performance.md
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { bars } from "./bars.ts";
import { measureCompile } from "./parts/compile.ts";
import { measureMemory } from "./parts/memory.ts";
import { measureMqtt } from "./parts/mqtt.ts";
import { measurePipeline } from "./parts/pipeline.ts";
import { measureStart } from "./parts/start.ts";
import { measureTypes } from "./parts/types.ts";
import { type BuiltAgent, buildAgent } from "./support/agent.ts";
import { type Effort, efforts } from "./support/effort.ts";
import { describeMachine, machine } from "./support/machine.ts";
import { markdown, type Report, type Result, resultOf, table } from "./support/results.ts";

type Part = (effort: Effort, agent: BuiltAgent) => Promise<readonly Result[]> | readonly Result[];

const parts: Readonly<Record<string, Part>> = {
  pipeline: measurePipeline,
  mqtt: measureMqtt,
  start: measureStart,
  memory: measureMemory,
  compile: measureCompile,
  types: measureTypes,
  size: (_effort, { bytes }) => [resultOf(bars.agentSize, { value: bytes / 1_000 })],
};

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    // Just enough to see that each part works: a test runs it.
    tiny: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
    only: { type: "string" },
  },
});
const effort = options.tiny ? "tiny" : options.quick ? "quick" : "full";
if (options.only !== undefined && !parts[options.only]) {
  console.error(`There is no part "${options.only}". The parts are ${Object.keys(parts).join(", ")}.`);
  process.exit(2);
}
const report = { machine: machine(), results: await measureAll() } satisfies Report;
if (options.write) await writePage(report);
if (options.json) console.log(JSON.stringify(report, undefined, 2));
else console.log(`${describeMachine(report.machine)}\n\n${table(report.results)}`);
if (effort !== "tiny" && report.results.some(({ holds }) => holds === false)) process.exitCode = 1;

async function measureAll(): Promise<readonly Result[]> {
  await using agent = await buildAgent();
  const results: Result[] = [];
  for (const [name, measure] of Object.entries(parts)) {
    if (options.only !== undefined && options.only !== name) continue;
    const started = performance.now();
    results.push(...(await measure(efforts[effort], agent)));
    console.error(`${name}: ${Math.round((performance.now() - started) / 1_000)} s`);
  }
  return results;
}

/** Between its marks; all around them is written by hand. */
async function writePage({ machine: where, results }: Report): Promise<void> {
  const page = new URL("../docs/performance.md", import.meta.url);
  const text = await readFile(page, "utf8");
  const pattern = /(<!-- measured -->\n)[\s\S]*(<!-- \/measured -->)/;
  const day = new Date().toISOString().slice(0, 10);
  const made = `\n${day}, ${describeMachine(where)}, \`${effort}\`.\n\n${markdown(results)}\n\n`;
  await writeFile(
    page,
    text.replace(pattern, (_, begin, end) => `${begin}${made}${end}`),
  );
}
