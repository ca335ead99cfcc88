// `node bench/types.ts`: how long the type checker takes for workflows of 10, 100 and 1,000 nodes. Exits with 1 where a
// bar does not hold.
//
// cold      the first check of a checker that has just been made
// key       one keystroke in an expression in the middle of the file
// far       one keystroke that changes the type of what many nodes behind it get
// script    one keystroke in the body of a helper of the script
// shape     one keystroke in the script that changes what every node can see of it
// complete  completion behind `msg.payload.`, as it is asked for after each keystroke
import { readFileSync, statSync } from "node:fs";
import { cpus } from "node:os";
import ts from "typescript";
import { parseWorkflow } from "../language/index.ts";
import { createTypeChecker, type TypeChecker } from "../language/types/index.ts";
import { builtinCatalog } from "../runtime/nodes/catalog.ts";

const counts = [10, 100, 1_000] as const;
const rounds = 30;
const warmUp = 5;
const column = 24;
const file = "/bench/bench.flow.yaml";

/** At most so many milliseconds at the median. */
const bars = [
  { part: "key", nodes: 100, limit: 100 },
  { part: "complete", nodes: 100, limit: 50 },
  { part: "key", nodes: 1_000, limit: 500 },
] as const;

console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}`);
const parts = ["cold", "key", "far", "script", "shape", "complete"] as const;
console.log(`nodes  ${parts.map((part) => part.padEnd(column)).join("")}`);
console.log(`       ${"min / p50 / p95 ms".padEnd(column).repeat(parts.length)}`);
const medians = new Map<string, number>();
for (const nodes of counts) {
  const cells = Object.entries(measure(nodes)).map(([part, times]) => {
    const sorted = times.toSorted((one, other) => one - other);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
    medians.set(`${part} ${nodes}`, at(0.5));
    return [at(0), at(0.5), at(0.95)]
      .map((time) => time.toFixed(1))
      .join(" / ")
      .padEnd(column);
  });
  console.log(`${String(nodes).padEnd(7)}${cells.join("")}`);
}
const memory = Math.round(process.memoryUsage().rss / 1_000_000);
console.log(`memory: ${memory} MB`);
for (const { part, nodes, limit } of bars) {
  const median = medians.get(`${part} ${nodes}`) ?? Number.NaN;
  const holds = median <= limit;
  if (!holds) process.exitCode = 1;
  console.log(`${holds ? "✔" : "✘"} ${part}, ${nodes} nodes: p50 ${median.toFixed(1)} ms (bar ${limit})`);
}

function measure(nodes: number): Readonly<Record<(typeof parts)[number], readonly number[]>> {
  const cold = Array.from({ length: 3 }, () => {
    const checker = open();
    const time = timed(() => check(checker, workflow(nodes, {})));
    checker.dispose();
    return time;
  });
  const checker = open();
  check(checker, workflow(nodes, {}));
  // What a person types who wants `celsius * 1.8 + …`: names that are not whole yet, and numbers that grow.
  const typed = (round: number) => ["c", "cel", "celsi", "celsius", "celsius + 1"][round % 5] ?? "celsius";
  const times = {
    cold,
    key: repeated((round) => {
      const text = workflow(nodes, { limit: `msg.payload.${typed(round)}` });
      return timed(() => check(checker, text));
    }),
    far: repeated((round) => {
      const text = workflow(nodes, { reading: `, x${round}: ${round}` });
      return timed(() => check(checker, text));
    }),
    script: repeated((round) => {
      const text = workflow(nodes, { script: `  const unused = () => ${round} + site("a").length;\n` });
      return timed(() => check(checker, text));
    }),
    shape: repeated((round) => {
      const text = workflow(nodes, { script: `  const unused = ${round};\n` });
      return timed(() => check(checker, text));
    }),
    complete: repeated((round) => {
      const text = workflow(nodes, { limit: `msg.payload.${"celsius".slice(0, round % 7)}` });
      check(checker, text);
      const offset =
        text.indexOf("msg.payload.", text.indexOf(`warm_${Math.floor(nodes / 20)}:`)) + "msg.payload.".length;
      return timed(() => {
        const items = checker.complete(file, offset);
        if (!items?.some(({ label }) => label === "celsius")) throw new Error("Nothing is offered.");
      });
    }),
  };
  checker.dispose();
  return times;
}

function open(): TypeChecker {
  return createTypeChecker({
    typescript: ts,
    files: {
      readFile: (path) => readFileSync(path, "utf8"),
      fileExists: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false,
    },
  });
}

function check(checker: TypeChecker, text: string): void {
  const parsed = parseWorkflow(text, file);
  checker.check({ parsed, catalog: builtinCatalog, file });
}

function repeated(run: (round: number) => number): readonly number[] {
  return Array.from({ length: warmUp + rounds }, (_, round) => run(round)).slice(warmUp);
}

function timed(run: () => void): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}

interface Changes {
  readonly limit?: string;
  readonly reading?: string;
  readonly script?: string;
}

/** Pipelines of ten nodes beside each other; changes are made in the one in the middle. */
function workflow(nodes: number, changes: Changes): string {
  const middle = Math.floor(nodes / 20);
  const pipelines = Array.from({ length: nodes / 10 }, (_, n) => pipeline(n, n === middle ? changes : {}));
  return `eddy: 1
name: Cold chain
script: |
  interface Reading { celsius: number; door: "open" | "closed" }
  const site = (topic: string) => topic.split("/")[1];
${changes.script ?? ""}connections:
  plant: { type: mqtt, url: "mqtts://broker.local:8883" }
nodes:
${pipelines.join("\n")}`;
}

function pipeline(n: number, { limit = "msg.payload.celsius", reading = "" }: Changes): string {
  const id = (name: string) => `${name}_${n}`;
  return `  ${id("fridge")}:
    type: mqtt-in
    connection: plant
    topic: site/${n}/fridge
    output: Reading

  ${id("changed")}: { type: on-change, from: ${id("fridge")}, value: msg.payload.celsius, dead-band: 0.5, by: msg.topic }

  ${id("reading")}:
    type: map
    from: ${id("changed")}
    payload: |-
      { ...msg.payload, fahrenheit: msg.payload.celsius * 1.8 + 32${reading} }

  ${id("kind")}:
    type: switch
    from: ${id("reading")}
    cases:
      open: msg.payload.door === "open"
      warm: msg.payload.celsius > 8

  ${id("warm")}:
    type: map
    from: ${id("kind")}.warm
    payload:
      celsius: ${limit}
      door: msg.payload.door

  ${id("calm")}: { type: debounce, from: ${id("kind")}.open, for: 1s }

  ${id("text")}:
    type: template
    from: [${id("warm")}, ${id("calm")}]
    text: "Site \${site(msg.topic)}: \${msg.payload.celsius} °C"

  ${id("alert")}:
    type: mqtt-out
    connection: plant
    from: ${id("text")}
    topic: alerts/${n}

  ${id("size")}:
    type: function
    from: ${id("kind")}.else
    code: |
      return { ...msg, payload: Object.keys(msg.payload).length };

  ${id("log")}:
    type: log
    from: [${id("size")}, ${id("calm")}]
    text: A message of \${typeof msg.payload}
`;
}
