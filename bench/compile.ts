// `node bench/compile.ts`: how long a warm compile of ten nodes takes, from the text to the artifact, with one param
// changed each time. Exits with 1 where the bar does not hold.
import { createCompiler, optimizations } from "../compiler/index.ts";
import { builtinCatalog } from "../runtime/nodes/catalog.ts";

/** Milliseconds. */
const bar = 20;
const rounds = 200;
const warmUp = 30;

/** Ten nodes of different types; `limit` is what the person at the desk changes. */
const workflow = (limit: number) => `eddy: 1
name: Cold chain
script: |
  interface Reading { celsius: number; door: "open" | "closed" }
  const site = (topic: string) => topic.split("/")[1];
nodes:
  fridge: { type: mqtt-in, topic: site/+/fridge, output: Reading }
  changed: { type: on-change, from: fridge, value: msg.payload.celsius, dead-band: 0.2, by: msg.topic }
  reading:
    type: map
    from: changed
    payload: |-
      { ...msg.payload, fahrenheit: msg.payload.celsius * 1.8 + 32 }
  kind:
    type: switch
    from: reading
    cases:
      open: msg.payload.door === "open"
      warm: msg.payload.celsius > ${limit}
  warm: { type: hold, from: kind.warm, when: "true", for: 5m, by: msg.topic }
  calm: { type: debounce, from: kind.open, for: 30s }
  text: { type: template, from: [warm, calm], text: "\${site(msg.topic)}: \${msg.payload.celsius} °C" }
  alert: { type: mqtt-out, from: text, topic: alerts }
  size:
    type: function
    from: kind.else
    code: |
      return { ...msg, payload: Object.keys(msg.payload).length };
  log: { type: log, from: [size, any.error] }
`;

const compiler = createCompiler({ catalog: builtinCatalog });
try {
  for (const optimize of optimizations) {
    const times: number[] = [];
    for (let round = 0; round < warmUp + rounds; round++) {
      const started = performance.now();
      const { artifact, problems } = await compiler.compile({
        file: "/cold-chain.flow.yaml",
        text: workflow(round),
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
    const holds = at(0.5) <= bar;
    if (!holds) process.exitCode = 1;
    // The spread tells how busy the machine was.
    const spread = `min ${at(0).toFixed(1)}, p95 ${at(0.95).toFixed(1)} ms`;
    console.log(
      `${holds ? "✔" : "✘"} warm compile of 10 nodes (${optimize}): p50 ${at(0.5).toFixed(1)} ms (bar ${bar}), ${spread}`,
    );
  }
} finally {
  await compiler.dispose();
}
