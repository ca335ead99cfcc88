import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, HoldingNode, Message, Timer } from "../engine/contract.ts";
import { keyOf, restoredMessage, storedMessage } from "./support/messages.ts";
import { StoredQueues } from "./support/queue.ts";

export const descriptor = {
  type: "batch",
  title: "Batch",
  category: "transform",
  icon: "layers",
  summary: "Collects payloads into lists.",
  doc: `A list goes out when it has \`size\` items, or \`every\` so often if it has any. At least one of the two is needed.

\`\`\`yaml
rows:
  type: batch
  from: reading
  size: 100
  every: 1m
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "The list of payloads." }],
  timing: "holding",
  params: {
    size: { kind: "literal", schema: { type: "integer", minimum: 1 }, doc: "How many items make a list." },
    every: {
      kind: "literal",
      schema: { type: "duration" },
      doc: "How long a list waits at most for its next items.",
      example: "1m",
    },
    by: { kind: "expression", doc: "A list for each value of this.", example: "msg.topic" },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function batch<M extends Message>(
  from: M,
  params: { size?: number; every?: number; by?: (msg: M) => Key },
): { out: WithPayload<M, readonly M["payload"][]> };`;

interface Params {
  readonly size?: number;
  readonly every?: number;
  readonly by?: Expression;
}

/** Where only `every` bounds a list: nothing grows without end. */
const largestList = 10_000;

const batch: HoldingNode<Params> = {
  timing: "holding",
  create(context, { size = largestList, every, by }, outputs) {
    const { state, clock } = context;
    const queues = new StoredQueues(state);
    const timers = new Map<string, Timer>();
    const plan = (key: string, due: number) =>
      timers.set(
        key,
        clock.after(due - clock.now(), () => send(key)),
      );
    const send = (key: string) => {
      timers.get(key)?.cancel();
      timers.delete(key);
      state.delete(`due/${key}`);
      const queue = queues.of(key);
      const messages: Message[] = [];
      while (queue.length > 0) messages.push(restoredMessage(queue.shift()));
      const last = messages.at(-1);
      if (!last) return;
      const payload = messages.map((message) => message.payload);
      outputs.out?.({ id: context.newId(), time: clock.now(), topic: last.topic, payload }, messages);
    };
    return {
      receive(message) {
        const key = keyOf(message, by);
        const queue = queues.of(key);
        queue.push(storedMessage(message));
        if (queue.length >= size) send(key);
        else if (every !== undefined && queue.length === 1) {
          state.set(`due/${key}`, clock.now() + every);
          plan(key, clock.now() + every);
        }
      },
      restore() {
        if (every === undefined) return;
        for (const key of queues.keys()) plan(key, Number(state.get(`due/${key}`) ?? clock.now()));
      },
      close() {
        for (const timer of timers.values()) timer.cancel();
      },
    };
  },
};

export default batch;
