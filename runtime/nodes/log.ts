import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, ImmediateNode, LogLevel } from "../engine/contract.ts";
import { show } from "./support/show.ts";

export const descriptor = {
  type: "log",
  title: "Log",
  category: "output",
  icon: "output",
  summary: "Writes a line into the device's log.",
  doc: `Without \`text\` the whole message is written as JSON.

\`\`\`yaml
note:
  type: log
  from: warm
  text: "Fridge at \${msg.payload.celsius} °C"
  level: warn
\`\`\``,
  inputs: "single",
  outputs: [],
  timing: "immediate",
  params: {
    text: { kind: "template", doc: "The line.", example: "Fridge at ${msg.payload.celsius} °C" },
    level: {
      kind: "literal",
      schema: { type: "enum", values: ["debug", "info", "warn", "error"] },
      default: "info",
      doc: "How serious it is.",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function log<M extends Message>(
  from: M,
  params: { text?: (msg: M) => string; level?: "debug" | "info" | "warn" | "error" },
): {};`;

/** Characters of a line. */
const longest = 4_000;

const log: ImmediateNode<{ readonly text?: Expression<string>; readonly level: LogLevel }> = {
  timing: "immediate",
  create:
    (context, { text, level }) =>
    (message) =>
      context.log(level, text ? text(message).slice(0, longest) : show(message, longest)),
};

export default log;
