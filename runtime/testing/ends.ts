import type { Workflow } from "../../language/model.ts";
import type { TestSubject } from "./contract.ts";

/** An output of a node of the compiled workflow. */
export interface OutputOf {
  readonly node: string;
  readonly port: string;
}

type Workflows = TestSubject["workflows"];

/**
 * The compiled nodes that a test's message goes into: the node itself, or what is wired to an input of the workflow or of a
 * subflow, which are no nodes of their own once it is compiled. Pure.
 */
export function nodesFor(name: string, workflows: Workflows, scope = ""): readonly string[] {
  const workflow = workflows.get(scope);
  if (!workflow) return [];
  const inner = workflows.get(`${scope}${name}/`);
  if (inner)
    return [...inner.inputs.keys()].flatMap((input) => nodesFor(input, workflows, `${scope}${name}/`));
  if (!workflow.inputs.has(name)) return [scope + name];
  const behind = enabled(workflow).filter(({ from }) => from.some(({ node }) => node === name));
  return behind.flatMap(({ id }) => nodesFor(id, workflows, scope));
}

/** The compiled outputs that a test means by a node or output of the workflow, and a port. Pure. */
export function outputsFor(
  name: string,
  port: string,
  workflows: Workflows,
  scope = "",
  seen: ReadonlySet<string> = new Set(),
): readonly OutputOf[] {
  const workflow = workflows.get(scope);
  const key = `${scope}${name}.${port}`;
  if (!workflow || seen.has(key)) return [];
  const followed = new Set([...seen, key]);
  const inner = workflows.get(`${scope}${name}/`);
  const from = inner ? inner.outputs.get(port)?.from : workflow.outputs.get(name)?.from;
  if (!inner && !from) return [{ node: scope + name, port }];
  const within = inner ? `${scope}${name}/` : scope;
  return (from ?? []).flatMap((wire) => outputsFor(wire.node, wire.port, workflows, within, followed));
}

function enabled({ nodes }: Workflow) {
  return [...nodes.values()].filter(({ disabled }) => !disabled);
}
