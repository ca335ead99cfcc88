import type { NodeDescriptor } from "../../language/catalog.ts";
import type { HoldingNode, NodeContext } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { countWindows } from "./window/count-windows.ts";
import type { WindowParams, Windows } from "./window/params.ts";
import type { Emit } from "./window/result.ts";
import { sessionWindows } from "./window/session-windows.ts";
import { timeWindows } from "./window/time-windows.ts";

export const descriptor = {
  type: "window",
  title: "Window",
  category: "time",
  icon: "graph-line",
  summary: "Sums up numbers over a stretch of time, or over so many messages.",
  doc: `Puts messages together and tells what \`compute\` lists of their numbers, once for each window:

- \`size: 1m\` – every minute. \`size: 100\` – every 100 messages. \`slide\` lets windows overlap: \`size: 1h\`, \`slide: 5m\`
  tells every five minutes about the last hour.
- \`gap: 30s\` – a session: the window ends when nothing has come for so long (or when it is \`size\` long).

The payload is \`{ start, end, key?, count, … }\` with times in milliseconds since 1970; \`key\` is what \`by\` gave. Where
\`value\` is a map, what is computed stands under its names (\`payload.celsius.mean\`).

| \`compute\` | |
|---|---|
| \`sum\`, \`mean\`, \`min\`, \`max\`, \`range\` | as usual |
| \`first\`, \`last\` | by time |
| \`stddev\`, \`variance\` | of a sample (n − 1); 0 for one value |
| \`rms\` | root of the mean square |
| \`median\`, \`p5\` … \`p99.9\` | exact; between two ranks in proportion, as NumPy and PERCENTILE.INC do |

Without \`time\` a message counts when it comes. With \`time\` its own time counts: a window ends when later messages show
that it is over, or when nothing comes for as long as it still has to go; \`lateness\` waits for those that come out of
order. What comes later than that leaves by \`error\` (\`EDDY_WINDOW_LATE\`).

\`align: clock\` begins windows at full minutes and hours, days at midnight in \`settings.timezone\`, on days of 23 and 25
hours too; \`align: first\` with the first message of each key. What a window holds survives a restart.

\`\`\`yaml
minute:
  type: window
  from: vibration
  size: 1m
  value: msg.payload.acceleration
  compute: [rms, max, p95]
  by: msg.topic
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "One message for each window." }],
  timing: "holding",
  suits: ["number", "object"],
  params: {
    size: {
      kind: "literal",
      schema: { type: "count-or-duration" },
      doc: "How long a window is, or how many messages it has.",
      example: "1m",
    },
    slide: {
      kind: "literal",
      schema: { type: "count-or-duration" },
      doc: "How far after one window the next one ends: a duration, or so many messages. Default: the size, so that they do not overlap.",
      example: "10s",
    },
    gap: {
      kind: "literal",
      schema: { type: "duration", minimum: 1 },
      doc: "Ends a window when nothing has come for so long.",
      example: "30s",
    },
    value: {
      kind: "expression",
      default: "msg.payload",
      returns: "number | Readonly<Record<string, number>>",
      doc: "The number that counts, or a map of numbers by name.",
      example: "msg.payload.celsius",
    },
    compute: {
      kind: "literal",
      schema: {
        type: "list",
        items: {
          type: "string",
          pattern:
            "^(count|sum|mean|min|max|range|first|last|stddev|variance|rms|median|p(\\d{1,2}(\\.\\d+)?|100))$",
          examples: [
            "mean",
            "min",
            "max",
            "sum",
            "first",
            "last",
            "range",
            "stddev",
            "variance",
            "rms",
            "median",
            "p95",
          ],
        },
      },
      default: ["mean", "min", "max"],
      doc: "What is computed: sum, mean, min, max, range, first, last, stddev, variance, rms, median, and percentiles such as p95 or p99.9.",
      example: "[mean, max, p95]",
    },
    by: {
      kind: "expression",
      doc: "Windows of its own for each value of this; it becomes the key of the payload.",
      example: "msg.topic",
    },
    time: {
      kind: "expression",
      returns: "number | Date | string",
      advanced: true,
      doc: "When it was measured: milliseconds since 1970, a Date, or text such as 2026-01-31T12:00:00Z. Default: when the message comes.",
      example: "msg.payload.time",
    },
    align: {
      kind: "literal",
      schema: { type: "enum", values: ["clock", "first"] },
      default: "clock",
      advanced: true,
      doc: "Whether windows begin at full minutes, hours and days, or with the first message.",
    },
    empty: {
      kind: "literal",
      schema: { type: "enum", values: ["skip", "emit"] },
      default: "skip",
      advanced: true,
      doc: "Whether windows of time in which nothing came are told too, for every key that has been seen.",
    },
    lateness: {
      kind: "literal",
      schema: { type: "duration" },
      default: "0s",
      advanced: true,
      doc: "With time: how much later than others a message may come and still count.",
      example: "10s",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function window_<M extends Message, const C extends readonly string[] = ["mean", "min", "max"], V extends number | Readonly<Record<string, number>> = number, K extends Key = undefined, E extends string = "skip">(
  from: M,
  params: { size?: number | { count: number }; slide?: number | { count: number }; gap?: number; value?: (msg: M) => V; compute?: C; by?: (msg: M) => K; time?: (msg: M) => number | Date | string; align?: "clock" | "first"; empty?: E; lateness?: number },
): { out: Message<WindowPayload<V, C[number], K>> & { readonly topic: M["topic"] | (E extends "emit" ? undefined : never) } };`;

const window: HoldingNode<WindowParams> = {
  timing: "holding",
  create: (context, params, outputs) =>
    windowsOf(context, params, (message, causes) => outputs.out?.(message, causes)),
};

export default window;

/** Throws `EDDY_WINDOW_SIZE` where the params describe no windows. */
function windowsOf(context: NodeContext, params: WindowParams, emit: Emit): Windows {
  const { size, slide = size, gap } = params;
  if (gap !== undefined) {
    if (typeof size === "object") throw wrongSize("with gap, size is the longest duration of a window");
    return sessionWindows(context, params, { gap, size }, emit);
  }
  if (typeof size === "number" && typeof slide === "number" && size > 0 && slide > 0) {
    return timeWindows(context, params, { size, slide }, emit);
  }
  if (typeof size === "object" && typeof slide === "object" && size.count > 0 && slide.count > 0) {
    return countWindows(context, params, { size: size.count, slide: slide.count }, emit);
  }
  if (size === undefined) throw wrongSize("give size (a duration or a number of messages), or gap");
  throw wrongSize("size and slide are two durations, or two numbers of messages, above 0");
}

function wrongSize(what: string): Error {
  return engineError("EDDY_WINDOW_SIZE", `This is no window: ${what}.`);
}
