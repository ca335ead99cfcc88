import type { NodeDescriptor } from "../../language/catalog.ts";
import type { TriggerNode } from "../../runtime/engine/contract.ts";

/** Sends what the program around the workflow gives it. */
export const descriptor = {
  type: "feed",
  title: "Feed",
  category: "own",
  icon: "zap",
  summary: "Messages of the benchmark.",
  doc: "Messages that the benchmark makes.",
  inputs: "none",
  outputs: [{ name: "out", doc: "Each of them." }],
  timing: "trigger",
  params: {},
} as const satisfies NodeDescriptor;

export const signature = `declare function feed(): {
  out: Message<{ readonly celsius: number; readonly door: "open" | "closed" }> & { readonly topic: string };
};`;

const feed: TriggerNode<Record<string, never>> = {
  timing: "trigger",
  create: (_context, _params, outputs) => ({
    open: () => void Reflect.set(globalThis, "benchFeed", outputs.out),
    close: () => void Reflect.set(globalThis, "benchFeed", undefined),
  }),
};

export default feed;
