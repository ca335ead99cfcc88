import { outputPorts } from "../../language/index.ts";
import type { Step } from "../program.ts";
import type { Target, Wiring } from "../wiring.ts";

/** Why a node is not compiled. */
export type RemovalReason =
  /** It says so itself. */
  | "disabled"
  /** No message can get to it. */
  | "unreachable"
  /** What it computes goes nowhere. */
  | "no effect";

/** A node that is not compiled. */
export interface Removed {
  /** Its id in the whole workflow. */
  readonly node: string;
  readonly reason: RemovalReason;
}

/** A plan in the making: the nodes that are left, and the ports that nothing ever leaves by. */
export interface Draft {
  readonly wiring: Wiring;
  /** In the order of the files. */
  readonly steps: readonly Step[];
  /** By `portKey`. */
  readonly deadPorts: ReadonlySet<string>;
  readonly removed: readonly Removed[];
}

/** A pure step of planning: the same draft gives the same draft. */
export type Pass = (draft: Draft) => Draft;

export function portKey({ id }: Step, port: string): string {
  return `${id}.${port}`;
}

/** Where messages of a node may go, errors among them, ports that are dead left out. */
export function liveTargets(draft: Draft, step: Step): readonly Target[] {
  const { wiring, deadPorts } = draft;
  return [
    ...outputPorts(step.node, step.descriptor)
      .filter((port) => !deadPorts.has(portKey(step, port)))
      .flatMap((port) => wiring.targets(step, port)),
    ...errorRoute(draft, step),
  ];
}

/** Where errors of a node go. */
export function errorRoute({ wiring }: Draft, step: Step): readonly Target[] {
  const own = wiring.errorTargets(step);
  return own.length > 0 ? own : wiring.anyErrorTargets(step.instance);
}

/** Without these nodes, for this reason. */
export function without(draft: Draft, gone: ReadonlySet<Step>, reason: RemovalReason): Draft {
  if (gone.size === 0) return draft;
  const removed = draft.steps.filter((step) => gone.has(step)).map(({ id: node }) => ({ node, reason }));
  return {
    ...draft,
    steps: draft.steps.filter((step) => !gone.has(step)),
    removed: [...draft.removed, ...removed],
  };
}
