// `node bench/language.ts`: how long it takes to read and check a workflow of 10, 100 and 1,000 nodes, and to make one
// edit in it. Exits with 1 where a bar does not hold.
//
// cold  the first text that a fresh process reads; its modules are loaded
// new   a process that has read others, and a text of which no line was read before
// typed the same workflow again, with one expression changed, as by somebody who types
// edit  a param set by the canvas: from the text to the text edits that make it
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { applyEdit, checkWorkflow, parseWorkflow } from "../language/index.ts";
import { builtinCatalog } from "../runtime/nodes/catalog.ts";
import { describeMachine, machine } from "./support/machine.ts";
import { median, percentile } from "./support/statistics.ts";

const counts = [10, 100, 1_000] as const;
const coldRounds = 10;
const warmRounds = 100;
const warmUp = 30;
/** Characters. */
const column = 24;

/** At most so many milliseconds at the median. */
const bars = [
  { part: "cold", nodes: 1_000, limit: 300 },
  { part: "typed", nodes: 100, limit: 5 },
] as const;

const [mode, size] = process.argv.slice(2);
if (mode === "--cold") console.log(timed(() => readAndCheck(workflow(Number(size), 0, 0))));
else measureAll();

function measureAll(): void {
  console.log(describeMachine(machine()));
  console.log(`nodes  ${["cold", "new", "typed", "edit"].map((part) => part.padEnd(column)).join("")}`);
  console.log(`       ${"min / p50 / p95 ms".padEnd(column).repeat(4)}`);
  const medians = new Map<string, number>();
  for (const nodes of counts) {
    // The least tells how busy the machine was.
    const cells = Object.entries(measure(nodes)).map(([part, times]) => {
      medians.set(`${part} ${nodes}`, median(times));
      return [0, 0.5, 0.95]
        .map((share) => percentile(times, share))
        .map((time) => time.toFixed(1))
        .join(" / ")
        .padEnd(column);
    });
    console.log(`${String(nodes).padEnd(7)}${cells.join("")}`);
  }
  for (const { part, nodes, limit } of bars) {
    const median = medians.get(`${part} ${nodes}`) ?? Number.NaN;
    const holds = median <= limit;
    if (!holds) process.exitCode = 1;
    console.log(`${holds ? "✔" : "✘"} ${part}, ${nodes} nodes: p50 ${median.toFixed(1)} ms (bar ${limit})`);
  }
}

function measure(nodes: number): Readonly<Record<string, readonly number[]>> {
  const own = fileURLToPath(import.meta.url);
  const cold = Array.from({ length: coldRounds }, () =>
    Number(execFileSync(process.execPath, [own, "--cold", String(nodes)])),
  );
  const fresh = repeated((round) => {
    const text = workflow(nodes, round, 0);
    return timed(() => readAndCheck(text));
  });
  const typed = repeated((round) => {
    const text = workflow(nodes, 0, round);
    return timed(() => readAndCheck(text));
  });
  const edit = repeated((round) => {
    const text = workflow(nodes, 0, round);
    return timed(() => edited(text));
  });
  return { cold, new: fresh, typed, edit };
}

function repeated(run: (round: number) => number): readonly number[] {
  return Array.from({ length: warmUp + warmRounds }, (_, round) => run(round)).slice(warmUp);
}

function timed(run: () => void): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}

function readAndCheck(text: string): void {
  const parsed = parseWorkflow(text, "bench.flow.yaml");
  const problems = [...parsed.problems, ...checkWorkflow(parsed, builtinCatalog)];
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join(" "));
}

function edited(text: string): void {
  const edit = { kind: "set-param", id: "warm_0", path: ["for"], text: "7m" } as const;
  const { edits, problems } = applyEdit(text, edit, builtinCatalog);
  if (edits.length === 0) throw new Error(problems.map(({ message }) => message).join(" "));
}

/** Pipelines of ten nodes of different types beside each other; no line of one round stands in that of another. */
function workflow(nodes: number, round: number, limit: number): string {
  const pipelines = Array.from({ length: nodes / 10 }, (_, n) => pipeline(n, round, n === 0 ? limit : 8));
  return `eddy: 1
name: Cold chain
script: |
  interface Reading { celsius: number; door: "open" | "closed" }
  const site = (topic: string) => topic.split("/")[1];
connections:
  plant: { type: mqtt, url: "mqtts://broker.local:8883" }
nodes:
${pipelines.join("\n")}`;
}

function pipeline(n: number, round: number, limit: number): string {
  const id = (name: string) => `${name}_${n}`;
  return `  # Fridges of site ${n}, ${round}.
  ${id("fridge")}:
    type: mqtt-in
    connection: plant
    topic: site/${n}/fridge/${round}
    output: Reading
    at: [0, ${n * 480}]

  ${id("changed")}: { type: on-change, from: ${id("fridge")}, value: msg.payload.celsius, dead-band: 0.${round + 1}, by: msg.topic, at: [240, ${n * 480}] }

  ${id("reading")}:
    type: map
    from: ${id("changed")}
    payload: |-
      { ...msg.payload, fahrenheit: msg.payload.celsius * 1.8 + 32, round: ${round} }
    at: [480, ${n * 480}]

  ${id("kind")}:
    type: switch
    from: ${id("reading")}
    cases:
      open: msg.payload.door === "open" && ${round} >= 0
      warm: msg.payload.celsius > ${limit}
    at: [720, ${n * 480}]

  ${id("warm")}:
    type: hold
    from: ${id("kind")}.warm
    when: msg.payload.celsius > ${round}
    for: 5m
    by: msg.topic
    at: [960, ${n * 480}]

  ${id("calm")}: { type: debounce, from: ${id("kind")}.open, for: ${round + 1}s, at: [960, ${n * 480 + 120}] }

  ${id("text")}:
    type: template
    from: [${id("warm")}, ${id("calm")}]
    text: "Site \${site(msg.topic)}: \${msg.payload.celsius} °C (${round})"
    at: [1200, ${n * 480}]

  ${id("alert")}:
    type: mqtt-out
    connection: plant
    from: ${id("text")}
    topic: alerts/${n}/${round}
    at: [1440, ${n * 480}]

  ${id("size")}:
    type: function
    from: ${id("kind")}.else
    code: |
      return { ...msg, payload: Object.keys(msg.payload).length + ${round} };
    at: [960, ${n * 480 + 240}]

  ${id("log")}:
    type: log
    from: [${id("size")}, ${id("warm")}.cleared]
    text: \${msg.payload} of ${round}
    at: [1200, ${n * 480 + 240}]
`;
}
