import type { NodeDescriptor } from "../../../language/catalog.ts";
import type { HoldingNode, Message } from "../../../runtime/engine/contract.ts";

/** Keeps messages until each of its inputs has one, or for a time. */
export const descriptor = {
  type: "keep",
  title: "Keep",
  category: "time",
  icon: "database",
  summary: "Keeps messages.",
  doc: "Keeps messages.",
  inputs: "named",
  outputs: [{ name: "out", doc: "" }],
  timing: "holding",
  params: { for: { kind: "literal", schema: { type: "duration" }, doc: "", default: "1m" } },
} as const satisfies NodeDescriptor;

const keep: HoldingNode<{ readonly for: number }> = {
  timing: "holding",
  create(context, params, outputs) {
    const kept: { readonly message: Message; readonly input: string }[] = [];
    const release = () => {
      const all = kept.splice(0);
      const [first] = all;
      if (!first) return;
      const payload = Object.fromEntries(all.map(({ input, message }) => [input, message.payload]));
      outputs.out?.(
        { ...first.message, id: context.newId(), payload },
        all.map(({ message }) => message),
      );
    };
    return {
      receive(message, input) {
        kept.push({ message, input });
        if (kept.length === 1) context.clock.after(params.for, release);
      },
    };
  },
};

export default keep;
