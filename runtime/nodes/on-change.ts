import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Json } from "../../language/model.ts";
import type { Expression, ImmediateNode } from "../engine/contract.ts";
import { isRecord, keyOf } from "./support/messages.ts";

export const descriptor = {
  type: "on-change",
  title: "On Change",
  category: "logic",
  icon: "diff",
  summary: "Lets messages through whose value is another than the last one.",
  doc: `Compares with the value that was let through last. With \`dead-band\` a number has to move by more than that
much (\`2\`) or that part of the last value (\`5%\`). The first message always goes through.

\`\`\`yaml
moved:
  type: on-change
  from: level
  value: msg.payload.metres
  dead-band: 5%
\`\`\``,
  inputs: "single",
  outputs: [
    { name: "out", doc: "Messages with a new value." },
    { name: "unchanged", doc: "The others." },
  ],
  timing: "immediate",
  params: {
    value: { kind: "expression", default: "msg.payload", doc: "What is compared." },
    "dead-band": {
      kind: "literal",
      schema: { type: "number-or-percent" },
      doc: "How far a number has to move: an amount, or a percentage of the last value.",
      example: "5%",
    },
    by: { kind: "expression", doc: "Compares separately for each value of this.", example: "msg.topic" },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function onChange<M extends Message>(
  from: M,
  params: { value: (msg: M) => unknown; deadBand?: number | { percent: number }; by?: (msg: M) => Key },
): { out: M; unchanged: M };`;

interface Params {
  readonly value: Expression;
  readonly "dead-band"?: number | { readonly percent: number };
  readonly by?: Expression;
}

const onChange: ImmediateNode<Params> = {
  timing: "immediate",
  create(context, { value, "dead-band": deadBand, by }, outputs) {
    return (message) => {
      const key = keyOf(message, by);
      const current = plain(value(message));
      const last = context.state.get(key);
      if (last !== undefined && isRecord(last) && !differs(last.value, current, deadBand)) {
        outputs.unchanged?.(message);
        return;
      }
      context.state.set(key, { value: current });
      outputs.out?.(message);
    };
  },
};

export default onChange;

function differs(last: Json | undefined, current: Json, deadBand: Params["dead-band"]): boolean {
  if (deadBand !== undefined && typeof last === "number" && typeof current === "number") {
    const band = typeof deadBand === "number" ? deadBand : (Math.abs(last) * deadBand.percent) / 100;
    return Math.abs(current - last) > band;
  }
  return JSON.stringify(last) !== JSON.stringify(current);
}

/** As it will be after a restart, so that both compare alike. `undefined` counts as null. */
function plain(value: unknown): Json {
  const json: Json = JSON.parse(JSON.stringify(value ?? null));
  return json;
}
