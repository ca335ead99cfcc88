import type { Plan, PlannedNode, PlannedTarget } from "../plan.ts";

/** What is wired to one `error` port, or to `any.error`. */
export interface ErrorRoute {
  /** Among the counters, behind those of the ports. */
  readonly index: number;
  /** Says which it is, in the name of its function. */
  readonly key: readonly string[];
  readonly targets: readonly PlannedTarget[];
  /** Nodes whose errors go there: the one whose port it is, or all that have no wire of their own. */
  readonly nodes: readonly PlannedNode[];
  readonly isOwn: boolean;
}

/** Those of single nodes first. */
export function errorRoutes({ nodes, ports }: Plan): readonly ErrorRoute[] {
  const own = nodes
    .filter(({ errors }) => errors.length > 0)
    .map((node) => ({ key: [node.id], targets: node.errors, nodes: [node], isOwn: true }));
  const any = anyErrors(nodes).map(({ targets, served }, at) => {
    const key = ["any", ...(at === 0 ? [] : [String(at)])];
    return { key, targets, nodes: served, isOwn: false };
  });
  return [...own, ...any].map((route, at) => ({ ...route, index: ports.length + at }));
}

/** What gets errors without a wire of their own: one for all, but for subflows that handle their own. */
function anyErrors(nodes: readonly PlannedNode[]) {
  const found = new Map<string, { targets: readonly PlannedTarget[]; served: PlannedNode[] }>();
  for (const node of nodes) {
    if (node.anyErrors.length === 0) continue;
    const key = node.anyErrors.map(({ node: target, input }) => `${target.index}.${input}`).join();
    const known = found.get(key);
    if (known) known.served.push(node);
    else found.set(key, { targets: node.anyErrors, served: [node] });
  }
  return [...found.values()];
}
