import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, HoldingNode } from "../engine/contract.ts";
import { createAgenda } from "./support/agenda.ts";
import { boundedState } from "./support/bounded.ts";
import { keyOf } from "./support/keys.ts";
import { isObject, restoredMessage, storedMessage } from "./support/stored.ts";
import { plannedBefore, steadyTime } from "./support/time.ts";

export const descriptor = {
  type: "debounce",
  title: "Debounce",
  category: "time",
  icon: "debug-pause",
  summary: "Makes one message of a burst.",
  doc: `A burst ends when nothing has come for \`for\`. \`emit: last\` sends its last message then; \`first\` sends its first one
at once and nothing more until the burst has ended.

\`\`\`yaml
button:
  type: debounce
  from: contact
  for: 50ms
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "One message for each burst." }],
  timing: "holding",
  params: {
    for: {
      kind: "literal",
      schema: { type: "duration" },
      required: true,
      doc: "How long it has to be quiet.",
      example: "50ms",
    },
    emit: {
      kind: "literal",
      schema: { type: "enum", values: ["last", "first"] },
      default: "last",
      doc: "Which message of the burst goes on.",
    },
    by: { kind: "expression", doc: "Separately for each value of this.", example: "msg.topic" },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function debounce<M extends Message>(
  from: M,
  params: { for: number; emit?: "last" | "first"; by?: (msg: M) => Key },
): { out: M };`;

interface Params {
  readonly for: number;
  readonly emit: "last" | "first";
  readonly by?: Expression;
}

const debounce: HoldingNode<Params> = {
  timing: "holding",
  create(context, { for: duration, emit, by }, outputs) {
    const { clock } = context;
    const state = boundedState(context.state);
    const time = steadyTime(clock);
    const agenda = createAgenda(time, end, context.fail);

    /** The burst of this key is over. */
    function end(key: string): void {
      const burst = state.get(key);
      state.delete(key);
      if (emit === "first" || burst === undefined || !isObject(burst)) return;
      const message = restoredMessage(burst.message);
      if (message) outputs.out?.(message, [message]);
    }

    return {
      receive(message) {
        const key = keyOf(by?.(message));
        const isFirst = state.get(key) === undefined;
        const until = clock.now() + duration;
        state.set(key, emit === "last" ? { until, message: storedMessage(message).json } : { until });
        agenda.plan(key, time.now() + duration);
        if (emit === "first" && isFirst) outputs.out?.(message, [message]);
      },
      restore() {
        const timeOf = plannedBefore(clock);
        for (const [key, burst] of state.entries()) {
          if (isObject(burst)) agenda.plan(key, timeOf(Number(burst.until), duration));
        }
      },
      close: () => agenda.close(),
    };
  },
};

export default debounce;
