import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Json } from "../../language/model.ts";
import type { Expression, HoldingNode, Message, Timer } from "../engine/contract.ts";
import { isRecord, keyOf, restoredMessage, storedMessage } from "./support/messages.ts";

export const descriptor = {
  type: "join",
  title: "Join",
  category: "logic",
  icon: "merge",
  summary: "Puts messages of several inputs together into one.",
  doc: `The keys of \`from\` name the inputs; the payload is an object with them. It goes out when every input has come, or
with \`at-least\` when so many have at the end of \`within\`. What is not complete by then leaves by \`timeout\`. A second message of the same input
takes the place of the first.

\`\`\`yaml
both:
  type: join
  from: { temperature: t, humidity: h }
  within: 10s
  by: msg.topic
\`\`\``,
  inputs: "named",
  outputs: [
    { name: "out", doc: "The payloads of all inputs, by their names." },
    { name: "timeout", doc: "What had come when the time was over." },
  ],
  timing: "holding",
  params: {
    within: {
      kind: "literal",
      schema: { type: "duration" },
      doc: "How long it waits after the first.",
      example: "10s",
    },
    by: { kind: "expression", doc: "Joins messages with the same value of this.", example: "msg.source.id" },
    "at-least": {
      kind: "literal",
      schema: { type: "integer", minimum: 1 },
      doc: "How many inputs are enough when the time is over. Default: all.",
    },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function join<I extends Record<string, Message>>(
  from: I,
  params: { within?: number; by?: (msg: I[keyof I]) => Key; atLeast?: number },
): { out: Message<{ readonly [K in keyof I]: I[K]["payload"] }>; timeout: Message<{ readonly [K in keyof I]?: I[K]["payload"] }> };`;

interface Params {
  readonly within?: number;
  readonly by?: Expression;
  readonly "at-least"?: number;
}

interface Started {
  readonly since: number;
  readonly messages: ReadonlyMap<string, Message>;
}

const join: HoldingNode<Params> = {
  timing: "holding",
  create(context, { within, by, "at-least": atLeast }, outputs) {
    const { state, clock, inputs } = context;
    const timers = new Map<string, Timer>();
    const plan = (key: string, since: number) => {
      if (within !== undefined)
        timers.set(
          key,
          clock.after(since + within - clock.now(), () => finish(key)),
        );
    };
    const finish = (key: string) => {
      timers.get(key)?.cancel();
      timers.delete(key);
      const started = read(state.get(key));
      state.delete(key);
      if (!started) return;
      const { messages } = started;
      const enough = messages.size >= (atLeast ?? inputs.length);
      const payload = Object.fromEntries([...messages].map(([input, one]) => [input, one.payload]));
      const all = [...messages.values()];
      const joined: Message = { id: context.newId(), time: clock.now(), topic: all.at(-1)?.topic, payload };
      outputs[enough ? "out" : "timeout"]?.(joined, all);
    };
    return {
      receive(message, input) {
        const key = keyOf(message, by);
        const started = read(state.get(key)) ?? { since: clock.now(), messages: new Map<string, Message>() };
        const isNew = started.messages.size === 0;
        const messages = new Map(started.messages).set(input, message);
        state.set(key, write({ since: started.since, messages }));
        if (messages.size >= inputs.length) finish(key);
        else if (isNew) plan(key, started.since);
      },
      restore() {
        for (const [key, value] of state.entries()) {
          const started = read(value);
          if (started) plan(key, started.since);
        }
      },
      close() {
        for (const timer of timers.values()) timer.cancel();
      },
    };
  },
};

export default join;

function write({ since, messages }: Started): Json {
  return {
    since,
    messages: [...messages].map(([input, message]) => ({ input, message: storedMessage(message) })),
  };
}

function read(value: Json | undefined): Started | undefined {
  if (!isRecord(value) || !Array.isArray(value.messages)) return undefined;
  const messages = value.messages.flatMap((entry: Json): [string, Message][] =>
    isRecord(entry) ? [[String(entry.input), restoredMessage(entry.message)]] : [],
  );
  return { since: Number(value.since), messages: new Map(messages) };
}
