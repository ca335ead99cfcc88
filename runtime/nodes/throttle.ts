import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, HoldingNode, Message, Timer } from "../engine/contract.ts";
import { keyOf, restoredMessage, storedMessage } from "./support/messages.ts";
import { StoredQueues } from "./support/queue.ts";

export const descriptor = {
  type: "throttle",
  title: "Throttle",
  category: "time",
  icon: "dashboard",
  summary: "Lets at most so many messages through in some time.",
  doc: `Never more than \`limit\` messages within any \`per\`. What is too much leaves by \`dropped\`, or waits its turn with
\`excess: queue\` (up to \`queue.limit\` messages, 1,000 where nothing is said).

\`\`\`yaml
calm:
  type: throttle
  from: alarms
  limit: 1
  per: 10m
  by: msg.topic
\`\`\``,
  inputs: "single",
  outputs: [
    { name: "out", doc: "Messages within the limit." },
    { name: "dropped", doc: "Messages beyond it." },
  ],
  timing: "holding",
  params: {
    limit: {
      kind: "literal",
      schema: { type: "integer", minimum: 1 },
      required: true,
      doc: "How many messages.",
    },
    per: {
      kind: "literal",
      schema: { type: "duration" },
      required: true,
      doc: "In which time.",
      example: "1m",
    },
    excess: {
      kind: "literal",
      schema: { type: "enum", values: ["drop", "queue"] },
      default: "drop",
      doc: "What happens to the rest.",
    },
    by: { kind: "expression", doc: "Separately for each value of this.", example: "msg.topic" },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function throttle<M extends Message>(
  from: M,
  params: { limit: number; per: number; excess?: "drop" | "queue"; by?: (msg: M) => Key },
): { out: M; dropped: M };`;

interface Params {
  readonly limit: number;
  readonly per: number;
  readonly excess: "drop" | "queue";
  readonly by?: Expression;
}

const defaultQueue = 1000;

const throttle: HoldingNode<Params> = {
  timing: "holding",
  create(context, { limit, per, excess, by }, outputs) {
    const { state, clock } = context;
    const queues = new StoredQueues(state);
    const timers = new Map<string, Timer>();
    /** When messages of this key went through, oldest first; those that still count. */
    const passed = (key: string): readonly number[] => {
      const times = state.get(`passed/${key}`);
      const since = clock.now() - per;
      return Array.isArray(times) ? times.map(Number).filter((time) => time > since) : [];
    };
    const pass = (key: string, message: Message, times: readonly number[]) => {
      state.set(`passed/${key}`, [...times, clock.now()]);
      outputs.out?.(message, [message]);
    };
    const plan = (key: string) => {
      const oldest = passed(key)[0] ?? clock.now() - per;
      timers.get(key)?.cancel();
      timers.set(
        key,
        clock.after(oldest + per - clock.now(), () => drain(key)),
      );
    };
    const drain = (key: string) => {
      timers.delete(key);
      const queue = queues.of(key);
      for (let times = passed(key); queue.length > 0 && times.length < limit; times = passed(key))
        pass(key, restoredMessage(queue.shift()), times);
      if (queue.length > 0) plan(key);
    };
    return {
      receive(message) {
        const key = keyOf(message, by);
        const times = passed(key);
        const queue = queues.of(key);
        if (times.length < limit && queue.length === 0) pass(key, message, times);
        else if (excess === "queue" && queue.length < (context.settings.queue?.limit ?? defaultQueue)) {
          queue.push(storedMessage(message));
          if (!timers.has(key)) plan(key);
        } else outputs.dropped?.(message, [message]);
      },
      restore() {
        for (const key of queues.keys()) plan(key);
      },
      close() {
        for (const timer of timers.values()) timer.cancel();
      },
    };
  },
};

export default throttle;
