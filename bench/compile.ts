// `node bench/compile.ts`: how long a warm compile takes, from the text to the artifact, with one param changed each
// time; and how small the examples become. Exits with 1 where a bar does not hold; goals are only shown.
import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type Compiler, createCompiler, type Optimize, optimizations } from "../compiler/index.ts";

/** Milliseconds, at the median. */
const sizes = [
  { nodes: 10, bar: 20, goal: 5, rounds: 200 },
  { nodes: 100, bar: Infinity, goal: 10, rounds: 50 },
  { nodes: 1_000, bar: Infinity, goal: 60, rounds: 15 },
] as const;
const warmUp = 20;
/** Bytes of a module, minified. */
const moduleBar = 15_000;
/** Bytes of all examples as they are compiled by `none`, for each byte. */
const ratioBars: Readonly<Record<Optimize, number>> = { none: 1, basic: 1.8, aggressive: 3.5 };

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

async function measureTime(compiler: Compiler, size: (typeof sizes)[number], optimize: Optimize) {
  const times: number[] = [];
  for (let round = 0; round < warmUp + size.rounds; round++) {
    const text = workflow(size.nodes, round);
    const started = performance.now();
    const { artifact, problems } = await compiler.compile({
      file: "/cold-chain.flow.yaml",
      text,
      read: async () => undefined,
      target: "node",
      optimize,
    });
    if (!artifact)
      throw new Error(`It does not compile: ${problems.map(({ message }) => message).join(" ")}`);
    if (round >= warmUp) times.push(performance.now() - started);
  }
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  const holds = report(at(0.5) <= size.bar);
  const aims = `${Number.isFinite(size.bar) ? `bar ${size.bar}, ` : ""}goal ${size.goal}`;
  // The spread tells how busy the machine was.
  const spread = `min ${at(0).toFixed(1)}, p95 ${at(0.95).toFixed(1)} ms`;
  console.log(
    `${holds} warm compile of ${size.nodes} nodes (${optimize}): p50 ${at(0.5).toFixed(1)} ms (${aims}), ${spread}`,
  );
}

async function measureSizes(compiler: Compiler, optimize: Optimize) {
  const folder = new URL("../examples/", import.meta.url);
  let [plain, made] = [0, 0];
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".flow.yaml"))) {
    const { stats, ratio } = await compiler.compile({
      file: `/examples/${name}`,
      text: readFileSync(new URL(name, folder), "utf8"),
      read: (path) =>
        readFile(new URL(path.slice("/examples/".length), folder), "utf8").catch(() => undefined),
      target: "node",
      optimize,
    });
    const { output, gzip, source } = stats.bytes;
    const worth = (await ratio?.()) ?? 1;
    const holds = report(optimize === "none" || output <= moduleBar);
    console.log(
      `${holds} ${name} (${optimize}): ${source} bytes of source, ${output} of code, ${gzip} with gzip, ratio ${worth.toFixed(2)}`,
    );
    plain += output * worth;
    made += output;
  }
  const holds = report(plain / made >= ratioBars[optimize]);
  console.log(
    `${holds} all examples (${optimize}): ratio ${(plain / made).toFixed(2)} (bar ${ratioBars[optimize]})`,
  );
}

function report(holds: boolean): string {
  if (!holds) process.exitCode = 1;
  return holds ? "✔" : "✘";
}

const compiler = createCompiler();
try {
  for (const size of sizes) for (const optimize of optimizations) await measureTime(compiler, size, optimize);
  for (const optimize of optimizations) await measureSizes(compiler, optimize);
} finally {
  await compiler.dispose();
}
