import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, HoldingNode, Message, Timer } from "../engine/contract.ts";
import { isRecord, keyOf, restoredMessage, storedMessage } from "./support/messages.ts";

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
  readonly since: number;
  readonly told: boolean;
  readonly message: Message;
}

const hold: HoldingNode<Params> = {
  timing: "holding",
  create(context, { when, for: duration, by }, outputs) {
    const { state, clock } = context;
    const timers = new Map<string, Timer>();
    const keep = (key: string, { since, told, message }: Held) =>
      state.set(key, { since, told, message: storedMessage(message) });
    const plan = (key: string, since: number) =>
      timers.set(
        key,
        clock.after(since + duration - clock.now(), () => tell(key)),
      );
    const tell = (key: string) => {
      timers.delete(key);
      const held = read(state.get(key));
      if (!held) return;
      keep(key, { ...held, told: true });
      outputs.out?.(held.message, [held.message]);
    };
    return {
      receive(message) {
        const key = keyOf(message, by);
        const held = read(state.get(key));
        if (when(message)) {
          const since = held?.since ?? clock.now();
          keep(key, { since, told: held?.told ?? false, message });
          if (!held) plan(key, since);
        } else if (held) {
          timers.get(key)?.cancel();
          timers.delete(key);
          state.delete(key);
          if (held.told) outputs.cleared?.(message, [held.message, message]);
        }
      },
      restore() {
        for (const [key, value] of state.entries()) {
          const held = read(value);
          if (held && !held.told) plan(key, held.since);
        }
      },
      close() {
        for (const timer of timers.values()) timer.cancel();
      },
    };
  },
};

export default hold;

function read(value: Parameters<typeof restoredMessage>[0]): Held | undefined {
  if (!isRecord(value)) return undefined;
  return { since: Number(value.since), told: value.told === true, message: restoredMessage(value.message) };
}
