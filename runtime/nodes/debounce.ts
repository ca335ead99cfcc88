import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, HoldingNode, Timer } from "../engine/contract.ts";
import { isRecord, keyOf, restoredMessage, storedMessage } from "./support/messages.ts";

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
    const { state, clock } = context;
    const timers = new Map<string, Timer>();
    const plan = (key: string, until: number) => {
      timers.get(key)?.cancel();
      timers.set(
        key,
        clock.after(until - clock.now(), () => end(key)),
      );
    };
    const end = (key: string) => {
      timers.delete(key);
      const burst = state.get(key);
      state.delete(key);
      if (emit === "first" || !isRecord(burst)) return;
      const message = restoredMessage(burst.message);
      outputs.out?.(message, [message]);
    };
    return {
      receive(message) {
        const key = keyOf(message, by);
        const isFirst = state.get(key) === undefined;
        const until = clock.now() + duration;
        state.set(key, { until, message: storedMessage(message) });
        plan(key, until);
        if (emit === "first" && isFirst) outputs.out?.(message, [message]);
      },
      restore() {
        for (const [key, burst] of state.entries()) if (isRecord(burst)) plan(key, Number(burst.until));
      },
      close() {
        for (const timer of timers.values()) timer.cancel();
      },
    };
  },
};

export default debounce;
