import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Host, Timer, TriggerNode } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { csvRows } from "./support/csv.ts";

export const descriptor = {
  type: "simulate",
  title: "Simulate",
  category: "trigger",
  icon: "pulse",
  summary: "Makes numbers as a sensor would, so that everything works before any hardware is at hand.",
  doc: `\`replay\` reads the numbers of one \`column\` of a CSV \`file\`, again and again. The same \`seed\` gives the same values.

\`\`\`yaml
temperature:
  type: simulate
  signal: sine
  every: 1s
  min: 2
  max: 9
  period: 1m
\`\`\``,
  inputs: "none",
  outputs: [{ name: "out", doc: "A number each time." }],
  timing: "trigger",
  params: {
    signal: {
      kind: "literal",
      schema: { type: "enum", values: ["sine", "ramp", "square", "noise", "random-walk", "replay"] },
      default: "sine",
      doc: "The shape of the values over time.",
    },
    every: {
      kind: "literal",
      schema: { type: "duration", minimum: 1 },
      default: "1s",
      doc: "How often.",
      example: "1s",
    },
    min: { kind: "literal", schema: { type: "number" }, default: 0, doc: "The lowest value." },
    max: { kind: "literal", schema: { type: "number" }, default: 1, doc: "The highest value." },
    period: {
      kind: "literal",
      schema: { type: "duration", minimum: 1 },
      default: "1m",
      doc: "How long one turn of the signal takes.",
      example: "1m",
    },
    seed: { kind: "literal", schema: { type: "integer" }, default: 1, doc: "Which of the random sequences." },
    file: { kind: "literal", schema: { type: "string" }, doc: "The CSV file to replay." },
    column: {
      kind: "literal",
      schema: { type: "string" },
      doc: "The column of the file, by the name in its first line.",
    },
  },
  capabilities: ["files"],
} as const satisfies NodeDescriptor;

export const signature = `declare function simulate(params: {}): { out: Message<number> };`;

interface Params {
  readonly signal: "sine" | "ramp" | "square" | "noise" | "random-walk" | "replay";
  readonly every: number;
  readonly min: number;
  readonly max: number;
  readonly period: number;
  readonly seed: number;
  readonly file?: string;
  readonly column?: string;
}

const simulate: TriggerNode<Params> = {
  timing: "trigger",
  create(context, params, outputs) {
    const { clock } = context;
    let timer: Timer | undefined;
    let paused = false;
    let step = 0;
    let due = 0;
    const plan = (value: (step: number) => number) => {
      due = Math.max(due + params.every, clock.monotonic());
      timer = clock.after(due - clock.monotonic(), () => {
        plan(value);
        if (paused) return;
        outputs.out?.({ id: context.newId(), time: clock.now(), payload: value(step++) });
      });
    };
    return {
      async open() {
        const value = await source(params, context.host);
        due = clock.monotonic();
        plan(value);
      },
      close: () => timer?.cancel(),
      pause() {
        paused = true;
      },
      resume() {
        paused = false;
      },
    };
  },
};

export default simulate;

/** The value of each step. */
async function source(params: Params, host: Host): Promise<(step: number) => number> {
  const { signal, every, min, max, period } = params;
  const scale = (fraction: number) => min + fraction * (max - min);
  const phase = (step: number) => ((step * every) % period) / period;
  const random = randomNumbers(params.seed);
  switch (signal) {
    case "sine":
      return (step) => scale((Math.sin(phase(step) * 2 * Math.PI) + 1) / 2);
    case "ramp":
      return (step) => scale(phase(step));
    case "square":
      return (step) => (phase(step) < 0.5 ? min : max);
    case "noise":
      return () => scale(random());
    case "random-walk":
      return randomWalk(random, scale);
    case "replay": {
      const values = await readColumn(params, host);
      return (step) => values[step % values.length] ?? 0;
    }
  }
}

function randomWalk(random: () => number, scale: (fraction: number) => number): () => number {
  let at = 0.5;
  return () => {
    at = Math.min(1, Math.max(0, at + (random() - 0.5) * 0.1));
    return scale(at);
  };
}

/** Mulberry32 (Tommy Ettinger, public domain): small, fast, the same everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function readColumn({ file, column }: Params, host: Host): Promise<readonly number[]> {
  if (file === undefined) throw engineError("EDDY_SIMULATE", "Replay needs numbers: set file to a CSV file.");
  const text = await host.builtin("node:fs/promises").readFile(file, "utf8");
  const [names = [], ...rows] = csvRows(text, ",;\t");
  const at = column === undefined ? 0 : names.indexOf(column);
  if (at < 0)
    throw engineError("EDDY_SIMULATE", `${file} has no column "${column}". It has: ${names.join(", ")}.`);
  const values = rows.map((row) => Number(row[at] || Number.NaN)).filter(Number.isFinite);
  if (values.length === 0) throw engineError("EDDY_SIMULATE", `${file} has no numbers in that column.`);
  return values;
}
