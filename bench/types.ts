// `node bench/types.ts`: how long the type checker takes for workflows of 10, 100 and 1,000 nodes. Exits with 1 where a
// bar does not hold.
//
// cold      the first check of a checker that has just been made
// key       one keystroke in an expression in the middle of the file
// far       one keystroke that changes the type of what many nodes behind it get
// script    one keystroke in the body of a helper of the script
// shape     one keystroke in the script that changes what every node can see of it
// complete  completion behind `msg.payload.`, as it is asked for after each keystroke
import { describeMachine, machine } from "./support/machine.ts";
import { median, percentile } from "./support/statistics.ts";
import { check, file, openChecker, typed, workflow } from "./support/typed-workflow.ts";

const counts = [10, 100, 1_000] as const;
const rounds = 30;
const warmUp = 5;
const column = 24;

/** At most so many milliseconds at the median. */
const bars = [
  { part: "key", nodes: 100, limit: 100 },
  { part: "complete", nodes: 100, limit: 50 },
  { part: "key", nodes: 1_000, limit: 500 },
] as const;

console.log(describeMachine(machine()));
const parts = ["cold", "key", "far", "script", "shape", "complete"] as const;
console.log(`nodes  ${parts.map((part) => part.padEnd(column)).join("")}`);
console.log(`       ${"min / p50 / p95 ms".padEnd(column).repeat(parts.length)}`);
const medians = new Map<string, number>();
for (const nodes of counts) {
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
const memory = Math.round(process.memoryUsage().rss / 1_000_000);
console.log(`memory: ${memory} MB`);
for (const { part, nodes, limit } of bars) {
  const p50 = medians.get(`${part} ${nodes}`) ?? Number.NaN;
  const holds = p50 <= limit;
  if (!holds) process.exitCode = 1;
  console.log(`${holds ? "✔" : "✘"} ${part}, ${nodes} nodes: p50 ${p50.toFixed(1)} ms (bar ${limit})`);
}

function measure(nodes: number): Readonly<Record<(typeof parts)[number], readonly number[]>> {
  const cold = Array.from({ length: 3 }, () => {
    const checker = openChecker();
    const time = timed(() => check(checker, workflow(nodes, {})));
    checker.dispose();
    return time;
  });
  const checker = openChecker();
  check(checker, workflow(nodes, {}));
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

function repeated(run: (round: number) => number): readonly number[] {
  return Array.from({ length: warmUp + rounds }, (_, round) => run(round)).slice(warmUp);
}

function timed(run: () => void): number {
  const started = performance.now();
  run();
  return performance.now() - started;
}
