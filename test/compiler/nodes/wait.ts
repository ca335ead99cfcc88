import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { AsynchronousNode, Expression } from "../../../runtime/engine/contract.ts";

/** Takes as long as it is told, and honours being told to stop. */
export const descriptor = {
  type: "wait",
  title: "Wait",
  category: "network",
  icon: "watch",
  summary: "Takes its time.",
  doc: "Takes its time.",
  inputs: "single",
  outputs: [{ name: "out", doc: "" }],
  timing: "asynchronous",
  capabilities: ["network"],
  params: {
    ms: { kind: "expression", doc: "", default: "0" },
    payload: { kind: "expression", doc: "", default: "result", scope: ["result"] },
    url: { kind: "template", doc: "", secrets: true },
  },
} as const satisfies NodeDescriptor;

interface Params {
  readonly ms: Expression<number>;
  readonly payload: Expression<unknown, [result: unknown]>;
  readonly url?: Expression;
}

const wait: AsynchronousNode<Params> = {
  timing: "asynchronous",
  create: (context, { ms, payload, url }) => ({
    async receive(message, outputs, signal) {
      await new Promise<void>((resolve, reject) => {
        const timer = context.clock.after(ms(message), resolve);
        signal.addEventListener("abort", () => {
          timer.cancel();
          reject(signal.reason);
        });
      });
      const result = url ? String(url(message)) : message.payload;
      outputs.out?.({ ...message, payload: payload(message, result) });
    },
  }),
};

export default wait;
