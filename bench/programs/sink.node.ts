import type { NodeDescriptor } from "../../language/catalog.ts";
import type { ImmediateNode, Message } from "../../runtime/engine/contract.ts";

/** Does with an alert what the program by hand does with it. */
export const descriptor = {
  type: "sink",
  title: "Sink",
  category: "own",
  icon: "output",
  summary: "Keeps the last message and a sum.",
  doc: "Keeps the last message and a sum.",
  inputs: "single",
  outputs: [],
  timing: "immediate",
  params: {},
} as const satisfies NodeDescriptor;

export const signature = `declare function sink<M extends Message<{ readonly level: number }>>(from: M): {};`;

const sink: ImmediateNode<Record<string, never>> = {
  timing: "immediate",
  create() {
    const kept: { alert?: Message; level: number } = { level: 0 };
    Reflect.set(globalThis, "benchKept", kept);
    return (alert) => {
      kept.alert = alert;
      kept.level += levelOf(alert.payload);
    };
  },
};

export default sink;

function levelOf(payload: unknown): number {
  return typeof payload === "object" && payload !== null && "level" in payload ? Number(payload.level) : 0;
}
