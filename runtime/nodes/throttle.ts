import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, HoldingNode, Message } from "../engine/contract.ts";
import { createAgenda } from "./support/agenda.ts";
import { boundedState } from "./support/bounded.ts";
import { keyOf } from "./support/keys.ts";
import { createPassages } from "./support/passages.ts";
import { createStoredQueues } from "./support/queue.ts";
import { restoredMessage, storedMessage } from "./support/stored.ts";
import { steadyTime } from "./support/time.ts";

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

const defaultQueue = 1_000;
/** Messages that wait and passages that count, of all keys together. */
const mostKept = 100_000;

const throttle: HoldingNode<Params> = {
  timing: "holding",
  create(context, { limit, per, excess, by }, outputs) {
    const { clock, settings } = context;
    const state = boundedState(context.state, mostKept);
    const queues = createStoredQueues(state);
    const passages = createPassages(clock, state, { limit, per });
    const time = steadyTime(clock);
    const agenda = createAgenda(time, goOn, context.fail);
    const longestQueue = settings.queue?.limit ?? defaultQueue;

    function pass(key: string, message: Message): void {
      passages.note(key);
      outputs.out?.(message, [message]);
    }

    /** There may be room for messages that wait; where none does, what is over is forgotten. */
    function goOn(key: string): void {
      while (queues.length(key) > 0 && passages.isFree(key)) {
        const message = restoredMessage(queues.shift(key));
        if (message) pass(key, message);
      }
      const next = queues.length(key) > 0 ? passages.nextFree(key) : passages.over(key);
      if (next !== undefined) agenda.plan(key, next);
    }

    return {
      receive(message) {
        const key = keyOf(by?.(message));
        if (queues.length(key) === 0 && passages.isFree(key)) {
          pass(key, message);
          if (!agenda.has(key)) agenda.plan(key, time.now() + per);
        } else if (excess === "queue" && queues.length(key) < longestQueue) {
          queues.push(key, storedMessage(message).json);
          if (queues.length(key) === 1) agenda.plan(key, passages.nextFree(key));
        } else outputs.dropped?.(message, [message]);
      },
      restore() {
        for (const key of new Set([...passages.load(), ...queues.load()])) agenda.plan(key, time.now());
      },
      close: () => agenda.close(),
    };
  },
};

export default throttle;
