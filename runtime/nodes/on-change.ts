import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Json } from "../../language/model.ts";
import type { Expression, ImmediateNode } from "../engine/contract.ts";
import { boundedState } from "./support/bounded.ts";
import { keyOf } from "./support/keys.ts";
import { isSame, stored } from "./support/stored.ts";

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
  params: { value: (msg: M) => unknown; "dead-band"?: number | { percent: number }; by?: (msg: M) => Key },
): { out: M; unchanged: M };`;

interface Params {
  readonly value: Expression;
  readonly "dead-band"?: number | { readonly percent: number };
  readonly by?: Expression;
}

const onChange: ImmediateNode<Params> = {
  timing: "immediate",
  create(context, { value, "dead-band": deadBand, by }, outputs) {
    const state = boundedState(context.state);
    return (message) => {
      const key = keyOf(by?.(message));
      const current = stored(value(message)).json;
      const last = state.get(key);
      if (last !== undefined && !differs(last, current, deadBand)) {
        outputs.unchanged?.(message);
        return;
      }
      state.set(key, current);
      outputs.out?.(message);
    };
  },
};

export default onChange;

function differs(last: Json, current: Json, deadBand: Params["dead-band"]): boolean {
  if (deadBand !== undefined && typeof last === "number" && typeof current === "number") {
    const band = typeof deadBand === "number" ? deadBand : (Math.abs(last) * deadBand.percent) / 100;
    return Math.abs(current - last) > band;
  }
  return !isSame(last, current);
}
