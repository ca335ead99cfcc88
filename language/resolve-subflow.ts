import type {
  Catalog,
  LiteralSchema,
  NodeDescriptor,
  NodeSignature,
  ParamDescriptor,
  PortDescriptor,
} from "./catalog.ts";
import type { Workflow, WorkflowParam, WorkflowPort } from "./model.ts";

/** A workflow as a type of node: its declared inputs, outputs and params are those of the node. */
export function subflowDescriptor(type: string, workflow: Workflow, catalog: Catalog): NodeDescriptor {
  const inputs = [...workflow.inputs.values()].map(portDescriptor);
  const description = workflow.description ?? "";
  const capabilities = capabilitiesOf(workflow, catalog);
  return {
    type,
    title: workflow.name,
    category: "subflow",
    icon: "symbol-module",
    summary: description.split(/\n|(?<=\.)\s/, 1)[0]?.trim() ?? "",
    doc: description,
    inputs: inputs.length === 0 ? "none" : inputs.length === 1 ? "single" : "named",
    ...(inputs.length === 0 ? {} : { inputPorts: inputs }),
    outputs: [...workflow.outputs.values()].map(portDescriptor),
    timing: subflowTiming(workflow, catalog),
    params: Object.fromEntries(
      [...workflow.params.values()].map((param) => [param.name.value, paramDescriptor(param)]),
    ),
    ...(capabilities.length === 0 ? {} : { capabilities }),
  };
}

/** What a workflow takes and gives when it is used as a node, as the type checker sees it. */
export function subflowSignature(file: string, workflow: Workflow): NodeSignature {
  const inputs = [...workflow.inputs.values()];
  const outputs = [...workflow.outputs.values()];
  // A line for each, so that one that is no type spoils no other.
  const aliases = [
    ...inputs.map(({ type }, index) => `type Input${index} = ${type}\n;`),
    ...outputs.map(({ type }, index) => `type Output${index} = ${type}\n;`),
  ];
  const messages = inputs.map(({ name }, index) => ({
    name: JSON.stringify(name.value),
    type: `Message<$eddy.Frozen<Input${index}>>`,
  }));
  const from =
    messages.length === 1
      ? `from: ${messages[0]?.type}, `
      : `from: { ${messages.map(({ name, type }) => `readonly ${name}?: ${type}; `).join("")}}, `;
  const results = outputs.map(
    ({ name }, index) => `${JSON.stringify(name.value)}: Message<Output${index}>; `,
  );
  const head = `declare function subflow(${inputs.length === 0 ? "" : from}params: {}): { ${results.join("")}};`;
  return {
    text: [head, ...aliases].join("\n"),
    file,
    ...(workflow.script ? { script: workflow.script.text } : {}),
  };
}

/**
 * When a message that goes in comes out: at once where any way through answers at once, else later in the same execution,
 * else in another. Without inputs a subflow starts executions, as a trigger does.
 */
export function subflowTiming(workflow: Workflow, catalog: Catalog): NodeDescriptor["timing"] {
  if (workflow.inputs.size === 0) return "trigger";
  const ways = waysThrough(workflow, catalog);
  const out = [...workflow.outputs.values()].flatMap(({ from }) => from);
  const found = out.flatMap(({ node }) => [...(ways.get(node) ?? [])]);
  if (found.includes("immediate") || out.length === 0) return "immediate";
  return found.includes("asynchronous") ? "asynchronous" : "holding";
}

/** How a message got from an input to a place: the slowest of the nodes it passed. */
type Way = "immediate" | "asynchronous" | "holding";

/** The ways to each node, spread forward from the inputs until nothing is new. Each has three at most, so it ends. */
function waysThrough(workflow: Workflow, catalog: Catalog): ReadonlyMap<string, ReadonlySet<Way>> {
  const known = new Map<string, Set<Way>>();
  const followers = new Map<string, string[]>();
  for (const { id, from, disabled } of workflow.nodes.values()) {
    if (disabled) continue;
    for (const { node } of from) {
      const list = followers.get(node);
      if (list) list.push(id);
      else followers.set(node, [id]);
    }
  }
  const queue: { readonly id: string; readonly way: Way }[] = [];
  for (const input of workflow.inputs.keys()) queue.push({ id: input, way: "immediate" });
  for (let next = queue.pop(); next; next = queue.pop()) {
    const ways = known.get(next.id) ?? new Set();
    if (ways.has(next.way)) continue;
    known.set(next.id, ways.add(next.way));
    for (const follower of followers.get(next.id) ?? []) {
      const type = workflow.nodes.get(follower)?.type.value ?? "";
      queue.push({ id: follower, way: slower(next.way, catalog.nodes.get(type)?.timing) });
    }
  }
  return known;
}

function slower(way: Way, timing: NodeDescriptor["timing"] | undefined): Way {
  if (way === "holding" || timing === "holding") return "holding";
  // A node of an unknown type is reported; until then it is taken for one that ends no loop.
  return timing === "asynchronous" ? "asynchronous" : way;
}

function capabilitiesOf(workflow: Workflow, catalog: Catalog): NonNullable<NodeDescriptor["capabilities"]> {
  const all = [...workflow.nodes.values()].flatMap(
    ({ type }) => catalog.nodes.get(type.value)?.capabilities ?? [],
  );
  return [...new Set(all)].sort();
}

function portDescriptor({ name, type }: WorkflowPort): PortDescriptor {
  return { name: name.value, doc: type === "unknown" ? "" : `\`${type}\`` };
}

function paramDescriptor({ type, default: preset, description = "" }: WorkflowParam): ParamDescriptor {
  const base = { kind: "literal", doc: description, schema: schemas[type] } as const;
  return preset === undefined ? { ...base, required: true } : { ...base, default: preset };
}

const schemas: Readonly<Record<WorkflowParam["type"], LiteralSchema>> = {
  string: { type: "string" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  duration: { type: "duration" },
};
