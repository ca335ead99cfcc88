import { outputPorts } from "../language/index.ts";
import { type Draft, type Pass, portKey, type Removed } from "./plan/draft.ts";
import { passes, runPasses } from "./plan/passes.ts";
import type { Program, Step } from "./program.ts";
import { type Target, wire } from "./wiring.ts";

/** `none` can be debugged; the others are minified. */
export const optimizations = ["none", "basic", "aggressive"] as const;
/** One of `optimizations`: `basic` drops what never runs, `aggressive` also what changes nothing. */
export type Optimize = (typeof optimizations)[number];

/** What is emitted: the nodes that are left, each with where its messages go. */
export interface Plan {
  readonly program: Program;
  readonly nodes: readonly PlannedNode[];
  readonly ports: readonly PlannedPort[];
  /** Nodes in the files, without those that stand for a subflow that is there. */
  readonly total: number;
  /** Those that are not compiled, and why. */
  readonly removed: readonly Removed[];
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
 * Which nodes are compiled, and where their messages go: what is left after the passes of the level. A test may say which
 * passes there are.
 */
export function plan(
  program: Program,
  optimize: Optimize,
  list: readonly Pass[] = Object.values(passes[optimize]),
): Plan {
  const draft = runPasses(draftOf(program), list);
  const { wiring, deadPorts } = draft;
  const nodes = new Map<Step, MutableNode>();
  const ports: MutablePort[] = [];
  for (const [index, step] of draft.steps.entries()) {
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
    for (const port of node.ports)
      port.targets = deadPorts.has(portKey(step, port.name)) ? [] : planned(wiring.targets(step, port.name));
    node.errors = planned(wiring.errorTargets(step));
    node.anyErrors = planned(wiring.anyErrorTargets(step.instance));
  }
  const { removed } = draft;
  return { program, nodes: [...nodes.values()], ports, total: nodes.size + removed.length, removed };
}

function draftOf(program: Program): Draft {
  const wiring = wire(program);
  const disabled = program.instances.flatMap(({ scope, workflow }) =>
    [...workflow.nodes.values()]
      .filter((node) => node.disabled)
      .map(({ id }): Removed => ({ node: scope + id, reason: "disabled" })),
  );
  return { wiring, steps: wiring.steps, deadPorts: new Set(), removed: disabled };
}

interface MutablePort extends PlannedPort {
  targets: readonly PlannedTarget[];
}

interface MutableNode extends PlannedNode {
  readonly ports: readonly MutablePort[];
  errors: readonly PlannedTarget[];
  anyErrors: readonly PlannedTarget[];
}
