import type { NodeDescriptor } from "../../language/catalog.ts";
import type { Json } from "../../language/model.ts";
import type { Expression, HoldingNode, Message } from "../engine/contract.ts";
import { createAgenda } from "./support/agenda.ts";
import { boundedState } from "./support/bounded.ts";
import { keyOf } from "./support/keys.ts";
import { isList, isObject, restoredMessage, storedMessage } from "./support/stored.ts";
import { plannedBefore, steadyTime } from "./support/time.ts";

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
  params: { within?: number; by?: (msg: I[keyof I]) => Key; "at-least"?: number },
): { out: Later<{ readonly [K in keyof I]: I[K]["payload"] }, I[keyof I]>; timeout: Later<{ readonly [K in keyof I]?: I[K]["payload"] }, I[keyof I]> };`;

interface Params {
  readonly within?: number;
  readonly by?: Expression;
  readonly "at-least"?: number;
}

interface Started {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** By input, the one that came last at the end. */
  readonly messages: ReadonlyMap<string, Message>;
}

const join: HoldingNode<Params> = {
  timing: "holding",
  create(context, { within, by, "at-least": atLeast }, outputs) {
    const { clock, inputs } = context;
    const state = boundedState(context.state);
    const time = steadyTime(clock);
    const agenda = createAgenda(time, finish, context.fail);
    const enough = Math.min(atLeast ?? inputs.length, inputs.length);

    function finish(key: string): void {
      agenda.cancel(key);
      const started = read(state.get(key));
      state.delete(key);
      if (!started) return;
      const { messages } = started;
      const all = [...messages.values()];
      const entries = inputs.flatMap((input) => {
        const message = messages.get(input);
        return message ? [[input, message.payload] as const] : [];
      });
      const payload = Object.fromEntries(entries);
      const joined: Message = { id: context.newId(), time: clock.now(), topic: all.at(-1)?.topic, payload };
      outputs[entries.length >= enough ? "out" : "timeout"]?.(joined, all);
    }

    return {
      receive(message, input) {
        const key = keyOf(by?.(message));
        const { since, messages: earlier } = read(state.get(key)) ?? { since: clock.now(), messages: [] };
        const messages = new Map(earlier);
        messages.delete(input);
        messages.set(input, message);
        state.set(key, write({ since, messages }));
        if (inputs.every((one) => messages.has(one))) finish(key);
        else if (within !== undefined && !agenda.has(key)) agenda.plan(key, time.now() + within);
      },
      restore() {
        if (within === undefined) return;
        const timeOf = plannedBefore(clock);
        for (const [key, value] of state.entries()) {
          const started = read(value);
          if (started) agenda.plan(key, timeOf(started.since + within, within));
        }
      },
      close: () => agenda.close(),
    };
  },
};

export default join;

function write({ since, messages }: Started): Json {
  return {
    since,
    messages: [...messages].map(([input, message]) => ({ input, message: storedMessage(message).json })),
  };
}

function read(value: Json | undefined): Started | undefined {
  if (value === undefined || !isObject(value)) return undefined;
  const { since, messages } = value;
  if (messages === undefined || !isList(messages)) return undefined;
  const entries = messages.flatMap((entry): [string, Message][] => {
    const message = isObject(entry) ? restoredMessage(entry.message) : undefined;
    return isObject(entry) && message ? [[String(entry.input), message]] : [];
  });
  return { since: Number(since), messages: new Map(entries) };
}
