import type { NodeDescriptor } from "../../language/catalog.ts";
import type { AsynchronousNode, Message, Outputs } from "../engine/contract.ts";
import { engineError } from "../engine/errors.ts";
import { isObject } from "./support/stored.ts";

export const descriptor = {
  type: "function",
  title: "Function",
  category: "logic",
  icon: "symbol-method",
  summary: "Runs TypeScript code for every message.",
  doc: `The code may return a message, a list of messages, or nothing, and may call \`emit(message, port?)\` as often as it
likes. A plain \`return\` goes to the first of \`outputs\`. \`await\` is fine.

\`\`\`yaml
double:
  type: function
  from: reading
  code: |
    return { ...msg, payload: msg.payload * 2 };
\`\`\``,
  inputs: "single",
  outputs: [{ name: "out", doc: "What the code returns or emits." }],
  outputsFrom: { param: "outputs", mode: "replace" },
  timing: "asynchronous",
  params: {
    code: { kind: "code", required: true, doc: "The body of a function of msg and emit." },
    outputs: {
      kind: "either",
      of: [
        {
          kind: "list",
          of: { kind: "literal", schema: { type: "string" }, doc: "The name of a port." },
          doc: "Names.",
        },
        {
          kind: "record",
          of: { kind: "type", doc: "The type of the port's payload." },
          doc: "Names with types.",
        },
      ],
      doc: "The output ports: names, or names with the types of their payloads. Default: out.",
      example: "[good, bad]",
    },
    "on-start": { kind: "code", advanced: true, doc: "Runs before the first message." },
    "on-stop": { kind: "code", advanced: true, doc: "Runs when the workflow stops." },
  },
} as const satisfies NodeDescriptor;

export const signature = `declare function function_<M extends Message, R extends Given | readonly Given[], O extends string = "out">(
  from: M,
  params: { code: (msg: M, emit: (message: Given, port?: O) => void) => R | Promise<R>; outputs?: readonly O[]; "on-start"?: () => unknown; "on-stop"?: () => unknown },
): { [K in O]: Returned<M, R> };`;

type Emit = (message: unknown, port?: string) => void;

interface Params {
  readonly code: (message: Message, emit: Emit) => unknown;
  readonly outputs?: readonly string[] | Readonly<Record<string, string>>;
  readonly "on-start"?: () => unknown;
  readonly "on-stop"?: () => unknown;
}

const functionNode: AsynchronousNode<Params> = {
  timing: "asynchronous",
  create(context, { code, outputs: declared, "on-start": onStart, "on-stop": onStop }) {
    const ports = portNames(declared);
    const first = ports[0] ?? "out";
    return {
      receive(message, outputs) {
        const emit: Emit = (value, port = first) => send(outputs, port, ports, toMessage(value, message));
        const returned = (value: unknown) => {
          if (value === undefined || value === null) return;
          for (const one of Array.isArray(value) ? value : [value]) emit(one);
        };
        const result = code(message, emit);
        if (isPromise(result)) return result.then(returned);
        returned(result);
        return undefined;
      },
      async open() {
        await onStart?.();
      },
      async close() {
        try {
          await onStop?.();
        } catch (error) {
          context.fail(error);
        }
      },
    };
  },
};

export default functionNode;

function portNames(declared: Params["outputs"]): readonly string[] {
  if (declared === undefined) return ["out"];
  return Array.isArray(declared) ? declared : Object.keys(declared);
}

function send(outputs: Outputs, port: string, ports: readonly string[], message: Message): void {
  if (!ports.includes(port)) {
    throw engineError(
      "EDDY_FUNCTION_OUTPUT",
      `There is no output "${port}". The outputs are: ${ports.join(", ")}.`,
    );
  }
  outputs[port]?.(message);
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** What the code gave, with everything that it left out taken from the incoming message. */
function toMessage(value: unknown, message: Message): Message {
  if (typeof value !== "object" || value === null || !("payload" in value))
    throw engineError(
      "EDDY_FUNCTION_MESSAGE",
      "A function returns messages: objects with a payload. Write return { ...msg, payload: … }.",
    );
  const { payload } = value;
  const topic = "topic" in value && typeof value.topic === "string" ? value.topic : message.topic;
  const source = "source" in value && isObject(value.source) ? value.source : message.source;
  return { id: message.id, time: message.time, topic, payload, source };
}
