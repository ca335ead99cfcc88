import type { Wire } from "../language/model.ts";
import { type Instance, type Program, type Step, stepsOf } from "./program.ts";

/** Where a message goes. */
export interface Target {
  readonly step: Step;
  readonly input: string;
}

/** Every wire of a program, with those into and out of subflows followed to the nodes at their ends. */
export interface Wiring {
  readonly steps: readonly Step[];
  /** In the written order of wires: by the node that they lead to, and in it as `from` lists them. */
  targets(step: Step, port: string): readonly Target[];
  /** What is wired to the node's own `error` port. */
  errorTargets(step: Step): readonly Target[];
  /** What gets the errors of nodes that have no such wire: `any.error` here, else the error port of the subflow, and so on outwards. */
  anyErrorTargets(instance: Instance): readonly Target[];
  /** Nodes fed from outside: those behind the workflow's own `inputs:`. */
  readonly inputs: readonly Target[];
}

/** Pure. Disabled nodes are not there, and no wire leads to or from them. */
export function wire({ root }: Program): Wiring {
  const steps = stepsOf(root).filter(({ node }) => !node.disabled);
  const targets = new Map<string, Target[]>();
  const inputs: Target[] = [];
  const add = (key: string, target: Target) => {
    const list = targets.get(key);
    if (list) list.push(target);
    else targets.set(key, [target]);
  };
  for (const step of steps) {
    for (const one of step.node.from) {
      const target = { step, input: one.input };
      for (const source of sourcesOf(step.instance, one, new Set())) {
        if (source.kind === "outside") inputs.push(target);
        else add(keyOf(source.instance, source.node, source.port), target);
      }
    }
  }
  const targetsOf = (instance: Instance, node: string, port: string) =>
    targets.get(keyOf(instance, node, port)) ?? [];
  const anyErrorTargets = (instance: Instance): readonly Target[] => {
    const own = targetsOf(instance, "any", "error");
    const { parent } = instance;
    if (own.length > 0 || !parent) return own;
    const outer = targetsOf(parent.instance, parent.node.id, "error");
    return outer.length > 0 ? outer : anyErrorTargets(parent.instance);
  };
  return {
    steps,
    inputs,
    anyErrorTargets,
    targets: ({ instance, node }, port) => targetsOf(instance, node.id, port),
    errorTargets: ({ instance, node }) => targetsOf(instance, node.id, "error"),
  };
}

type Source =
  | { readonly kind: "node"; readonly instance: Instance; readonly node: string; readonly port: string }
  | { readonly kind: "outside" };

/** The outputs at the other end of a wire: more than one where it comes out of or into a subflow. */
function sourcesOf(instance: Instance, wire: Wire, seen: ReadonlySet<string>): readonly Source[] {
  const { node, port } = wire;
  const key = keyOf(instance, node, port);
  // A subflow that hands its input on as its output may be wired to itself.
  if (seen.has(key)) return [];
  const followed = new Set([...seen, key]);
  if (instance.workflow.inputs.has(node)) {
    const { parent } = instance;
    if (!parent) return [{ kind: "outside" }];
    const outer = parent.node.from.filter(({ input }) => input === node || isOnlyInput(instance, input));
    return outer.flatMap((one) => sourcesOf(parent.instance, one, followed));
  }
  const subflow = instance.subflows.get(node);
  if (subflow && port !== "error") {
    const from = subflow.workflow.outputs.get(port)?.from ?? [];
    return from.flatMap((one) => sourcesOf(subflow, one, followed));
  }
  return [{ kind: "node", instance, node, port }];
}

/** `from: a` is enough where there is just one input, whatever its name. */
function isOnlyInput({ workflow }: Instance, input: string): boolean {
  return input === "in" && workflow.inputs.size === 1;
}

function keyOf({ scope }: Instance, node: string, port: string): string {
  return `${scope}${node}.${port}`;
}
