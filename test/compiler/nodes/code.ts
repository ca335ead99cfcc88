import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { AsynchronousNode, Message } from "../../../runtime/engine/contract.ts";

export const descriptor = {
  type: "code",
  title: "Code",
  category: "transform",
  icon: "code",
  summary: "Runs code.",
  doc: "Runs code.",
  inputs: "single",
  outputs: [{ name: "out", doc: "" }],
  outputsFrom: { param: "outputs", mode: "replace" },
  timing: "asynchronous",
  params: {
    code: { kind: "code", doc: "", required: true },
    outputs: {
      kind: "either",
      doc: "",
      of: [
        { kind: "literal", doc: "", schema: { type: "list", items: { type: "string" } } },
        { kind: "record", doc: "", of: { kind: "type", doc: "" } },
      ],
    },
  },
} as const satisfies NodeDescriptor;

interface Params {
  readonly code: (message: Message, emit: (message: Message, port?: string) => void) => unknown;
}

const code: AsynchronousNode<Params> = {
  timing: "asynchronous",
  create: (_, params) => ({
    receive(message, outputs) {
      const [first = "out"] = Object.keys(outputs);
      const emit = (one: Message, port = first) => outputs[port]?.(one);
      const hand = (result: unknown) => {
        if (result !== undefined) emit(result as Message);
      };
      const result = params.code(message, emit);
      if (result instanceof Promise) return result.then(hand);
      hand(result);
    },
  }),
};

export default code;
