import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, HoldingNode, Timer } from "../engine/contract.ts";
import { isRecord, restoredMessage, storedMessage } from "./support/messages.ts";

export const descriptor = {
  type: "delay",
  title: "Delay",
  category: "time",
  icon: "history",
  summary: "Sends every message on later.",
  doc: `\`for\` is a duration, or an expression in milliseconds. Waiting messages survive a restart.

\`\`\`yaml
later:
  type: delay
  from: order
  for: 10s
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "The same message, later." }],
  timing: "holding",
  params: {
    for: {
      kind: "either",
      of: [
        { kind: "literal", schema: { type: "duration" }, doc: "A duration." },
        { kind: "expression", returns: "number", doc: "Milliseconds." },
      ],
      required: true,
      doc: "How much later: a duration, or an expression in milliseconds.",
      example: "10s",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function delay<M extends Message>(
  from: M,
  params: { for: number | ((msg: M) => number) },
): { out: M };`;

const delay: HoldingNode<{ readonly for: number | Expression }> = {
  timing: "holding",
  create(context, { for: duration }, outputs) {
    const { state, clock } = context;
    const timers = new Map<string, Timer>();
    const plan = (key: string, due: number) =>
      timers.set(
        key,
        clock.after(due - clock.now(), () => send(key)),
      );
    const send = (key: string) => {
      timers.delete(key);
      const waiting = state.get(key);
      state.delete(key);
      if (!isRecord(waiting)) return;
      const message = restoredMessage(waiting.message);
      outputs.out?.(message, [message]);
    };
    return {
      receive(message) {
        const wait = typeof duration === "number" ? duration : Number(duration(message));
        if (!(wait >= 0 && Number.isFinite(wait)))
          throw new TypeError(`${wait} is not a time in milliseconds.`);
        const key = context.newId();
        const due = clock.now() + wait;
        state.set(key, { due, message: storedMessage(message) });
        plan(key, due);
      },
      restore() {
        const waiting = [...state.entries()].flatMap(([key, value]) =>
          isRecord(value) ? [{ key, due: Number(value.due) }] : [],
        );
        for (const { key, due } of waiting.sort((a, b) => a.due - b.due)) plan(key, due);
      },
      close() {
        for (const timer of timers.values()) timer.cancel();
      },
    };
  },
};

export default delay;
