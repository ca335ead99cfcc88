// How long a warm compile takes, from the text to the artifact, with one param changed each time; and how small what comes
// out is. Type checks are another part.
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Compiler, createCompiler, type Optimize, optimizations } from "../../compiler/index.ts";
import { bars } from "../bars.ts";
import type { Effort } from "../support/effort.ts";
import { type Result, resultOf } from "../support/results.ts";
import { median, spread, timed } from "../support/statistics.ts";

/** `rounds` for each round of the whole. */
const sizes = [
  { nodes: 10, bar: bars.compile10, rounds: 20 },
  { nodes: 100, bar: bars.compile100, rounds: 10 },
  { nodes: 1_000, bar: bars.compile1000, rounds: 3 },
] as const;
const warmUp = 20;

export async function measureCompile({ rounds }: Effort): Promise<readonly Result[]> {
  const compiler = createCompiler();
  try {
    const times: Result[] = [];
    for (const { nodes, bar, rounds: each } of sizes) {
      for (let round = 1; round <= Math.min(warmUp, rounds * each); round++)
        await compileOnce(compiler, workflow(nodes, -round));
      const found: number[] = [];
      for (let round = 0; round < rounds * each; round++)
        found.push((await timed(() => compileOnce(compiler, workflow(nodes, round)))).milliseconds);
      times.push(resultOf(bar, { value: median(found), spread: spread(found) }));
    }
    const { stats } = await compileOnce(compiler, workflow(10, 0));
    return [
      ...times,
      resultOf(bars.moduleSize, { value: stats.bytes.output / 1_000 }),
      ...(await measureExamples(compiler)),
    ];
  } finally {
    await compiler.dispose();
  }
}

/** Bytes of all examples as they are compiled by `none`, for each byte. */
async function measureExamples(compiler: Compiler): Promise<readonly Result[]> {
  const folder = new URL("../../examples/", import.meta.url);
  const ratio = new Map<Optimize, number>();
  for (const optimize of optimizations) {
    let [plain, made] = [0, 0];
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".flow.yaml"))) {
      const result = await compiler.compile({
        file: `/examples/${name}`,
        text: readFileSync(new URL(name, folder), "utf8"),
        read: (path) =>
          readFile(new URL(path.slice("/examples/".length), folder), "utf8").catch(() => undefined),
        target: "node",
        optimize,
      });
      const { output } = result.stats.bytes;
      plain += output * ((await result.ratio?.()) ?? Number.NaN);
      made += output;
    }
    ratio.set(optimize, plain / made);
  }
  return [
    resultOf(bars.ratioBasic, { value: ratio.get("basic") ?? Number.NaN }),
    resultOf(bars.ratioAggressive, { value: ratio.get("aggressive") ?? Number.NaN }),
  ];
}

async function compileOnce(compiler: Compiler, text: string) {
  const result = await compiler.compile({
    file: "/cold-chain.flow.yaml",
    text,
    read: async () => undefined,
    target: "node",
    optimize: "basic",
  });
  if (!result.artifact)
    throw new Error(`It does not compile: ${result.problems.map(({ message }) => message).join(" ")}`);
  return result;
}

/** Ten nodes of different types, so many times; `limit` is what the person at the desk changes. */
function workflow(nodes: number, limit: number): string {
  const parts = Array.from({ length: nodes / 10 }, (_, part) => tenNodes(part, part === 0 ? limit : 8));
  return `eddy: 1
name: Cold chain
script: |
  interface Reading { celsius: number; door: "open" | "closed" }
  const site = (topic: string) => topic.split("/")[1];
connections:
  plant: { type: mqtt, url: "mqtt://127.0.0.1:1883" }
nodes:
${parts.join("")}`;
}

const tenNodes = (part: number, limit: number) => `
  fridge${part}: { type: mqtt-in, topic: site/+/fridge${part}, output: Reading }
  changed${part}: { type: on-change, from: fridge${part}, value: msg.payload.celsius, dead-band: 0.2, by: msg.topic }
  reading${part}:
    type: map
    from: changed${part}
    payload: |-
      { ...msg.payload, fahrenheit: msg.payload.celsius * 1.8 + 32 }
  kind${part}:
    type: switch
    from: reading${part}
    cases:
      open: msg.payload.door === "open"
      warm: msg.payload.celsius > ${limit}
  warm${part}: { type: hold, from: kind${part}.warm, when: "true", for: 5m, by: msg.topic }
  calm${part}: { type: debounce, from: kind${part}.open, for: 30s }
  text${part}: { type: template, from: [warm${part}, calm${part}], text: "\${site(msg.topic)}: \${msg.payload.celsius} °C" }
  alert${part}: { type: mqtt-out, from: text${part}, topic: alerts }
  size${part}:
    type: function
    from: kind${part}.else
    code: |
      return { ...msg, payload: Object.keys(msg.payload).length };
  log${part}: { type: log, from: [size${part}${part === 0 ? ", any.error" : ""}] }
`;
