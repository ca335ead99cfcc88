import type { ParamDescriptor } from "../../language/catalog.ts";
import { ownProperty } from "../../language/params.ts";
import type { Plan, PlannedNode } from "../plan.ts";
import type { Instance } from "../program.ts";

/** One connection that a compiled node uses. */
export interface PlannedConnection {
  /** As hosts and people know it; brokers see it in client ids. */
  readonly name: string;
  readonly type: string;
  /** In whose file it is declared; the workflow's own where it is the type's default. */
  readonly instance: Instance;
  /** Undefined for the default of its type. */
  readonly declared: string | undefined;
}

/** What a node's connection param means: a declared connection, the only one of its type, or the type's default. */
export function findConnection(
  instance: Instance,
  type: string,
  written: string | undefined,
): PlannedConnection {
  for (let scope: Instance | undefined = instance; scope; scope = scope.parent?.instance) {
    const fitting = [...scope.workflow.connections.values()].filter((one) => one.type.value === type);
    const found = written === undefined ? fitting[0] : fitting.find((one) => one.name.value === written);
    if (found) {
      return {
        name: scope.scope + found.name.value,
        type,
        instance: scope,
        declared: found.name.value,
      };
    }
  }
  let root = instance;
  while (root.parent) root = root.parent.instance;
  return { name: type, type, instance: root, declared: undefined };
}

/** Every connection that is used, once, in the order of the nodes. */
export function connectionsOf({ nodes }: Plan): readonly PlannedConnection[] {
  const found = new Map<string, PlannedConnection>();
  for (const node of nodes) {
    for (const connection of connectionsOfNode(node)) found.set(keyOf(connection), connection);
  }
  return [...found.values()];
}

export function keyOf({ name, declared, type }: PlannedConnection): string {
  return declared === undefined ? `default ${type}` : name;
}

function connectionsOfNode({ descriptor, node, instance }: PlannedNode): readonly PlannedConnection[] {
  return Object.entries(descriptor.params).flatMap(([name, param]) => {
    const type = connectionType(param);
    if (type === undefined) return [];
    const written = ownProperty(Object.fromEntries(node.params), name)?.value;
    return [findConnection(instance, type, written?.kind === "scalar" ? written.text.trim() : undefined)];
  });
}

function connectionType(param: ParamDescriptor): string | undefined {
  return param.kind === "connection" ? param.of : undefined;
}
