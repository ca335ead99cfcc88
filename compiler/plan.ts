import { outputPorts } from "../language/index.ts";
import type { Program, Step } from "./program.ts";
import { type Target, type Wiring, wire } from "./wiring.ts";

/** `none` can be debugged; the others are minified. */
export const optimizations = ["none", "basic", "aggressive"] as const;
/** One of `optimizations`: `basic` drops what never runs, `aggressive` also what changes nothing. */
export type Optimize = (typeof optimizations)[number];

/** What is emitted: the nodes that are left, each with where its messages go. */
export interface Plan {
  readonly program: Program;
  readonly nodes: readonly PlannedNode[];
  readonly ports: readonly PlannedPort[];
  /** Nodes in the files, without those that stand for a subflow. */
  readonly total: number;
}

export interface PlannedNode extends Step {
  readonly index: number;
  readonly ports: readonly PlannedPort[];
  /** What is wired to its own `error` port. */
  readonly errors: readonly PlannedTarget[];
  /** Where its errors go if that is nothing. */
  readonly anyErrors: readonly PlannedTarget[];
}

export interface PlannedPort {
  /** Among all ports of the workflow: which counter is its. */
  readonly index: number;
  readonly name: string;
  readonly targets: readonly PlannedTarget[];
}

export interface PlannedTarget {
  readonly node: PlannedNode;
  readonly input: string;
}

/**
 * Which nodes are compiled, and where their messages go. Disabled nodes and those that no message can reach are left
 * out; `aggressive` leaves out those as well that change nothing, which only hand on what nobody takes.
 */
export function plan(program: Program, optimize: Optimize): Plan {
  const wiring = wire(program);
  const reached = reachable(wiring);
  const kept = optimize === "aggressive" ? effective(wiring, reached) : reached;
  const steps = wiring.steps.filter((step) => kept.has(step));
  const nodes = new Map<Step, MutableNode>();
  const ports: MutablePort[] = [];
  for (const [index, step] of steps.entries()) {
    const own = outputPorts(step.node, step.descriptor).map(
      (name, at): MutablePort => ({
        index: ports.length + at,
        name,
        targets: [],
      }),
    );
    ports.push(...own);
    nodes.set(step, { ...step, index, ports: own, errors: [], anyErrors: [] });
  }
  const planned = (targets: readonly Target[]) =>
    targets.flatMap(({ step, input }) => {
      const node = nodes.get(step);
      return node ? [{ node, input }] : [];
    });
  for (const [step, node] of nodes) {
    for (const port of node.ports) port.targets = planned(wiring.targets(step, port.name));
    node.errors = planned(wiring.errorTargets(step));
    node.anyErrors = planned(wiring.anyErrorTargets(step.instance));
  }
  return { program, nodes: [...nodes.values()], ports, total: total(program) };
}

interface MutablePort extends PlannedPort {
  targets: readonly PlannedTarget[];
}

interface MutableNode extends PlannedNode {
  readonly ports: readonly MutablePort[];
  errors: readonly PlannedTarget[];
  anyErrors: readonly PlannedTarget[];
}

function reachable(wiring: Wiring): ReadonlySet<Step> {
  const starts = wiring.steps.filter(({ descriptor }) => descriptor.inputs === "none");
  const reached = new Set<Step>();
  const open = [...starts, ...wiring.inputs.map(({ step }) => step)];
  for (let step = open.pop(); step; step = open.pop()) {
    if (reached.has(step)) continue;
    reached.add(step);
    open.push(...allTargets(wiring, step).map((target) => target.step));
  }
  return reached;
}

/** Without nodes that compute something which goes nowhere, from the ends backwards. */
function effective(wiring: Wiring, reached: ReadonlySet<Step>): ReadonlySet<Step> {
  const kept = new Set(reached);
  const isIdle = (step: Step) =>
    isPure(step) && !allTargets(wiring, step).some((target) => kept.has(target.step));
  for (let changed = true; changed; ) {
    const idle = [...kept].filter(isIdle);
    for (const step of idle) kept.delete(step);
    changed = idle.length > 0;
  }
  return kept;
}

/** Does nothing but compute: no state, no output to the world. */
function isPure({ descriptor }: Step): boolean {
  const pure = descriptor.category === "logic" || descriptor.category === "transform";
  return pure && descriptor.timing === "immediate" && (descriptor.capabilities ?? []).length === 0;
}

function allTargets(wiring: Wiring, step: Step): readonly Target[] {
  const own = wiring.errorTargets(step);
  return [
    ...outputPorts(step.node, step.descriptor).flatMap((port) => wiring.targets(step, port)),
    ...(own.length > 0 ? own : wiring.anyErrorTargets(step.instance)),
  ];
}

function total({ instances }: Program): number {
  return instances.reduce((sum, { workflow, subflows }) => sum + workflow.nodes.size - subflows.size, 0);
}
