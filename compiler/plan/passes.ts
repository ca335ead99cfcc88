import type { SourceValue } from "../../language/model.ts";
import type { Step } from "../program.ts";
import { constantOf } from "./constants.ts";
import { type Draft, errorRoute, liveTargets, type Pass, portKey, without } from "./draft.ts";

/**
 * Ports that a constant condition never takes: `rejected` of a filter whose `when` is `true`, the case of a switch that is
 * `1 > 2`. Conditions that are not constant take every port.
 */
export const foldConditions: Pass = (draft) => {
  const dead = draft.steps.flatMap((step) => neverTaken(step).map((port) => portKey(step, port)));
  return dead.length === 0 ? draft : { ...draft, deadPorts: new Set([...draft.deadPorts, ...dead]) };
};

/** Nodes that no trigger and no input leads to. */
export const removeUnreachable: Pass = (draft) => {
  const reached = new Set<Step>();
  const open = [
    ...draft.steps.filter(({ descriptor }) => descriptor.inputs === "none"),
    ...draft.wiring.inputs.map(({ step }) => step),
  ];
  for (let step = open.pop(); step; step = open.pop()) {
    if (reached.has(step)) continue;
    reached.add(step);
    open.push(...liveTargets(draft, step).map((target) => target.step));
  }
  return without(draft, new Set(draft.steps.filter((step) => !reached.has(step))), "unreachable");
};

/** Nodes that compute something which goes nowhere, from the ends backwards. */
export const removeIdle: Pass = (draft) => {
  const kept = new Set(draft.steps);
  const isIdle = (step: Step) =>
    isPure(step) && !liveTargets(draft, step).some((target) => kept.has(target.step));
  for (let changed = true; changed; ) {
    const idle = [...kept].filter(isIdle);
    for (const step of idle) kept.delete(step);
    changed = idle.length > 0;
  }
  // Whoever takes an error keeps it from any.error and from the log. A set goes on to what is added on the way.
  for (const step of kept) for (const handler of errorRoute(draft, step)) kept.add(handler.step);
  return without(draft, new Set(draft.steps.filter((step) => !kept.has(step))), "no effect");
};

/** Does nothing but compute: no state, no output to the world. */
function isPure({ descriptor }: Step): boolean {
  const pure = descriptor.category === "logic" || descriptor.category === "transform";
  return pure && descriptor.timing === "immediate" && (descriptor.capabilities ?? []).length === 0;
}

function neverTaken({ node, descriptor }: Step): readonly string[] {
  const { chooses } = descriptor;
  const written = chooses && node.params.get(chooses.param)?.value;
  if (!written) return [];
  if (chooses.met !== undefined) {
    const holds = truthOf(written);
    return holds === undefined ? [] : [holds ? chooses.otherwise : chooses.met];
  }
  if (written.kind !== "map") return [];
  const cases = written.entries.map(({ key, value }) => ({ port: key.value, holds: truthOf(value) }));
  const failing = cases.flatMap(({ port, holds }) => (holds === false ? [port] : []));
  return cases.some(({ holds }) => holds === true) ? [...failing, chooses.otherwise] : failing;
}

function truthOf(value: SourceValue): boolean | undefined {
  const found = value.kind === "scalar" ? constantOf(value.text) : undefined;
  return found && Boolean(found.value);
}

/** The passes of each level, in their order. */
export const passes = {
  none: { removeUnreachable },
  basic: { foldConditions, removeUnreachable },
  aggressive: { foldConditions, removeUnreachable, removeIdle },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Pass>>>>;

export function runPasses(draft: Draft, list: readonly Pass[]): Draft {
  return list.reduce((before, pass) => pass(before), draft);
}
