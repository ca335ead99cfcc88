import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, HoldingNode } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { createAgenda } from "./support/agenda.ts";
import { boundedState, mostKept } from "./support/bounded.ts";
import { show } from "./support/show.ts";
import { isObject, restoredMessage, storedMessage } from "./support/stored.ts";
import { plannedBefore, steadyTime } from "./support/time.ts";

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
    const { clock, settings } = context;
    const state = boundedState(context.state, settings.queue?.limit ?? mostKept);
    const time = steadyTime(clock);
    const agenda = createAgenda(time, send, context.fail);
    let order = 0;

    function send(key: string): void {
      const waiting = state.get(key);
      state.delete(key);
      const message =
        waiting !== undefined && isObject(waiting) ? restoredMessage(waiting.message) : undefined;
      if (message) outputs.out?.(message, [message]);
    }

    return {
      receive(message) {
        const wait = typeof duration === "number" ? duration : waitOf(duration(message));
        const key = String(order);
        state.set(key, { due: clock.now() + wait, wait, message: storedMessage(message).json });
        order++;
        agenda.plan(key, time.now() + wait);
      },
      restore() {
        const timeOf = plannedBefore(clock);
        const waiting = [...state.entries()].map(([key, value]) => {
          const { due = 0, wait = 0 } = isObject(value) ? value : {};
          return { key, due: Number(due), wait: Number(wait) };
        });
        // What is due at one time leaves in the order in which it came.
        for (const { key, due, wait } of waiting.sort((a, b) => Number(a.key) - Number(b.key))) {
          agenda.plan(key, timeOf(due, wait));
          order = Math.max(order, Number(key) + 1);
        }
      },
      close: () => agenda.close(),
    };
  },
};

export default delay;

function waitOf(value: unknown): number {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  throw engineError(
    "EDDY_DELAY",
    `The time to wait is ${show(value, 60)}: it has to be a number of milliseconds, 0 or more.`,
  );
}
