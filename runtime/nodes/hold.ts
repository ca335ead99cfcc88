import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Json } from "../../language/model.ts";
import type { Expression, HoldingNode, Message } from "../engine/contract.ts";
import { createAgenda } from "./support/agenda.ts";
import { boundedState } from "./support/bounded.ts";
import { keyOf } from "./support/keys.ts";
import { isObject, restoredMessage, storedMessage } from "./support/stored.ts";
import { plannedBefore, steadyTime } from "./support/time.ts";

export const descriptor = {
  type: "hold",
  title: "Hold",
  category: "time",
  icon: "watch",
  summary: "Tells when a condition has held without interruption for some time.",
  doc: `The on-delay of a PLC. \`out\` gets the newest message once when \`when\` has been true for \`for\`; \`cleared\` gets the
message that ended it, once, if \`out\` had been told. Survives restarts.

\`\`\`yaml
warm:
  type: hold
  from: fridge
  when: msg.payload.celsius > 8
  for: 5m
  by: msg.topic
\`\`\``,
  inputs: "single",
  outputs: [
    { name: "out", doc: "Once, when the condition has held for long enough." },
    { name: "cleared", doc: "Once, when it has ended again." },
  ],
  timing: "holding",
  params: {
    when: { kind: "expression", returns: "boolean", required: true, doc: "The condition, over msg." },
    for: {
      kind: "literal",
      schema: { type: "duration" },
      required: true,
      doc: "How long it has to hold.",
      example: "5m",
    },
    by: { kind: "expression", doc: "Watches separately for each value of this.", example: "msg.topic" },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function hold<M extends Message>(
  from: M,
  params: { when: (msg: M) => boolean; for: number; by?: (msg: M) => Key },
): { out: M; cleared: M };`;

interface Params {
  readonly when: Expression;
  readonly for: number;
  readonly by?: Expression;
}

/** What is kept for each key while its condition holds. */
interface Held {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly told: boolean;
  readonly message: Message;
}

const hold: HoldingNode<Params> = {
  timing: "holding",
  create(context, { when, for: duration, by }, outputs) {
    const { clock } = context;
    const state = boundedState(context.state);
    const time = steadyTime(clock);
    const agenda = createAgenda(time, tell, context.fail);
    const keep = (key: string, { since, told, message }: Held) =>
      state.set(key, { since, told, message: storedMessage(message).json });

    function tell(key: string): void {
      const held = read(state.get(key));
      if (!held) return;
      keep(key, { ...held, told: true });
      outputs.out?.(held.message, [held.message]);
    }

    return {
      receive(message) {
        const key = keyOf(by?.(message));
        const held = read(state.get(key));
        if (when(message)) {
          // Once it has been told, nothing of what comes is needed any more.
          if (held?.told) return;
          keep(key, { since: held?.since ?? clock.now(), told: false, message });
          if (!held) agenda.plan(key, time.now() + duration);
        } else if (held) {
          agenda.cancel(key);
          state.delete(key);
          if (held.told) outputs.cleared?.(message, [held.message, message]);
        }
      },
      restore() {
        const timeOf = plannedBefore(clock);
        for (const [key, value] of state.entries()) {
          const held = read(value);
          if (held && !held.told) agenda.plan(key, timeOf(held.since + duration, duration));
        }
      },
      close: () => agenda.close(),
    };
  },
};

export default hold;

function read(value: Json | undefined): Held | undefined {
  if (value === undefined || !isObject(value)) return undefined;
  const message = restoredMessage(value.message);
  return message && { since: Number(value.since), told: value.told === true, message };
}
