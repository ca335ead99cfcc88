import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Expression, HoldingNode, Message } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { createAgenda } from "./support/agenda.ts";
import { boundedState } from "./support/bounded.ts";
import { keyOf } from "./support/keys.ts";
import { createStoredQueues } from "./support/queue.ts";
import { restoredMessage, storedMessage } from "./support/stored.ts";
import { plannedBefore, steadyTime } from "./support/time.ts";

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
): { out: Later<readonly M["payload"][], M> };`;

interface Params {
  readonly size?: number;
  readonly every?: number;
  readonly by?: Expression;
}

/** Where only `every` bounds a list it goes out early with so many items: nothing grows without end. */
const largestList = 10_000;
/** Items and keys that wait at a time. */
const mostWaiting = 100_000;

const batch: HoldingNode<Params> = {
  timing: "holding",
  create(context, { size = largestList, every, by }, outputs) {
    if (size === largestList && every === undefined)
      throw engineError(
        "EDDY_BATCH_ENDLESS",
        "A list needs an end: give the node a size, or every, or both.",
      );
    const { clock } = context;
    const state = boundedState(context.state, mostWaiting);
    const queues = createStoredQueues(state);
    const time = steadyTime(clock);
    const agenda = createAgenda(time, send, context.fail);

    function send(key: string): void {
      agenda.cancel(key);
      state.delete(`due/${key}`);
      const messages: Message[] = [];
      while (queues.length(key) > 0) {
        const message = restoredMessage(queues.shift(key));
        if (message) messages.push(message);
      }
      const last = messages.at(-1);
      if (!last) return;
      const payload = messages.map((message) => message.payload);
      outputs.out?.({ id: context.newId(), time: clock.now(), topic: last.topic, payload }, messages);
    }

    return {
      receive(message) {
        const key = keyOf(by?.(message));
        queues.push(key, storedMessage(message).json);
        const length = queues.length(key);
        if (length >= size) send(key);
        else if (every !== undefined && length === 1) {
          state.set(`due/${key}`, clock.now() + every);
          agenda.plan(key, time.now() + every);
        }
      },
      restore() {
        const timeOf = plannedBefore(clock);
        for (const key of queues.load()) {
          const due = Number(state.get(`due/${key}`) ?? 0);
          // The list may be long enough for a size that is another one now.
          if (queues.length(key) >= size) agenda.plan(key, time.now());
          else if (every !== undefined) agenda.plan(key, timeOf(due, every));
        }
      },
      close: () => agenda.close(),
    };
  },
};

export default batch;
