import type { NodeDescriptor } from "../../language/catalog.ts";
import type { HoldingNode } from "../engine/contract.ts";
import { createWindows, type WindowParams } from "./support/windows.ts";

export const descriptor = {
  type: "window",
  title: "Window",
  category: "time",
  icon: "graph-line",
  summary: "Sums up the numbers of a stretch of time, or of so many messages.",
  doc: `\`size\` is a duration or a count; \`slide\` lets windows overlap; \`gap\` ends a window when nothing has come for so long. The
payload is \`{ start, end, key?, count, … }\` with what \`compute\` lists. With \`time\` the messages' own times count, and a window
closes when a message \`lateness\` after its end has come. Percentiles are exact, between ranks interpolated.

\`\`\`yaml
minute:
  type: window
  from: vibration
  size: 1m
  value: msg.payload.rms
  compute: [mean, max, p95]
  by: msg.topic
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "One message for each window." }],
  timing: "holding",
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
      doc: "How far the next window begins after this one. Default: the size, so that they do not overlap.",
    },
    gap: {
      kind: "literal",
      schema: { type: "duration", minimum: 1 },
      doc: "Ends a window when nothing has come for so long (instead of size).",
    },
    value: {
      kind: "expression",
      default: "msg.payload",
      doc: "The number, or a map of numbers.",
      example: "msg.payload.celsius",
    },
    compute: {
      kind: "list",
      of: {
        kind: "literal",
        schema: {
          type: "enum",
          values: [
            "count",
            "sum",
            "mean",
            "min",
            "max",
            "first",
            "last",
            "range",
            "stddev",
            "median",
            "p5",
            "p25",
            "p50",
            "p75",
            "p90",
            "p95",
            "p99",
          ],
        },
        doc: "A statistic.",
      },
      doc: "What is computed. Default: mean, min, max.",
      example: "[mean, max, p95]",
    },
    by: { kind: "expression", doc: "A window for each value of this.", example: "msg.topic" },
    time: {
      kind: "expression",
      returns: "number",
      advanced: true,
      doc: "When it was measured, milliseconds since 1970.",
    },
    align: {
      kind: "literal",
      schema: { type: "enum", values: ["clock", "first"] },
      default: "clock",
      advanced: true,
      doc: "Windows begin at full minutes, hours … or with the first message.",
    },
    empty: {
      kind: "literal",
      schema: { type: "enum", values: ["skip", "emit"] },
      default: "skip",
      advanced: true,
      doc: "Whether a window without messages is told too (once there has been one).",
    },
    lateness: {
      kind: "literal",
      schema: { type: "duration" },
      default: 0,
      advanced: true,
      doc: "How late a message may be (with time).",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function window_<M extends Message, V extends number | Record<string, number>, S extends string = "mean" | "min" | "max">(
  from: M,
  params: { value: (msg: M) => V; compute?: readonly S[]; by?: (msg: M) => Key },
): { out: WithPayload<M, WindowPayload<V, S>> };`;

const window: HoldingNode<WindowParams> = {
  timing: "holding",
  create(context, params, outputs) {
    const windows = createWindows(context, params, (message, causes) => outputs.out?.(message, causes));
    return {
      receive: (message) => windows.receive(message),
      restore: () => windows.restore(),
      close: () => windows.close(),
    };
  },
};

export default window;
