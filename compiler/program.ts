import type { Catalog, NodeDescriptor } from "../language/catalog.ts";
import type { SourceFile } from "../language/mapped-text.ts";
import type { Json, Workflow, WorkflowNode } from "../language/model.ts";

/**
 * One use of a workflow file: the workflow itself, or a subflow for each node that names it. Its nodes have ids of
 * their own in the whole: `scope` and their id in the file.
 */
export interface Instance {
  /** Empty for the workflow itself; `alarm/` for what the node `alarm` stands for. */
  readonly scope: string;
  readonly file: SourceFile;
  /** Absolute, with slashes: what relative imports start from. */
  readonly path: string;
  readonly workflow: Workflow;
  /** With the types of this file's own nodes and subflows. */
  readonly catalog: Catalog;
  /** Values of the file's `params:`. */
  readonly params: Readonly<Record<string, Json>>;
  readonly parent: { readonly instance: Instance; readonly node: WorkflowNode } | undefined;
  /** By the node that stands for it. Without those that are disabled. */
  readonly subflows: ReadonlyMap<string, Instance>;
}

/** A workflow and all that it is made of. */
export interface Program {
  readonly root: Instance;
  /** The workflow itself first, then subflows in the order of their nodes. */
  readonly instances: readonly Instance[];
}

/** One node of one instance. */
export interface Step {
  /** In the whole workflow: `alarm/check`. */
  readonly id: string;
  readonly instance: Instance;
  readonly node: WorkflowNode;
  readonly descriptor: NodeDescriptor;
}

/** The nodes that are not subflows, in the order of the files, a subflow's in the place of the node that names it. */
export function stepsOf(instance: Instance): readonly Step[] {
  return [...instance.workflow.nodes.values()].flatMap((node): readonly Step[] => {
    const subflow = instance.subflows.get(node.id);
    if (subflow) return stepsOf(subflow);
    const descriptor = instance.catalog.nodes.get(node.type.value);
    if (!descriptor || descriptor.category === "subflow") return [];
    return [{ id: instance.scope + node.id, instance, node, descriptor }];
  });
}
