import type { Json } from "../../language/model.ts";
import type { NodeDefinition, PortDefinition, StateDefinition } from "../../runtime/engine/definition.ts";
import type { Plan, PlannedNode } from "../plan.ts";
import { errorRoutes } from "./errors.ts";
import { propertyName } from "./values.ts";

/** The literal from which the engine knows the workflow. */
export function definitionLiteral(plan: Plan): string {
  const { workflow } = plan.program.root;
  const { id, settings } = workflow;
  const state = states(plan);
  const inputs = wiredInputs(plan);
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["id", JSON.stringify(id)],
    ["timezone", settings.timezone === undefined ? undefined : JSON.stringify(settings.timezone)],
    ["timeout", settings.timeout === undefined ? undefined : String(settings.timeout)],
    ["queue", literal({ limit: settings.queue.limit, overflow: settings.queue.overflow })],
    ["nodes", lines(plan.nodes.map((node) => literal(nodeDefinition(node, inputs.get(node)))))],
    ["ports", lines(portDefinitions(plan).map((port) => literal(port)))],
    ["state", Object.keys(state).length === 0 ? undefined : literal(state)],
  ];
  const written = fields.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name}: ${text},\n`]));
  return `{\n${written.join("")}}`;
}

function nodeDefinition(
  { id, node, descriptor }: PlannedNode,
  wired: ReadonlySet<string> = new Set(),
): NodeDefinition {
  const inputs = new Set(node.from.map(({ input }) => input).filter((input) => wired.has(input)));
  return {
    id,
    ...(Object.keys(node.settings).length > 0 ? { settings: node.settings } : {}),
    ...(descriptor.inputs === "named" ? { inputs: [...inputs] } : {}),
  };
}

/** Inputs that a message can come in by. */
function wiredInputs({ ports }: Plan): ReadonlyMap<PlannedNode, ReadonlySet<string>> {
  const wired = new Map<PlannedNode, Set<string>>();
  for (const { node, input } of ports.flatMap(({ targets }) => targets)) {
    const known = wired.get(node);
    if (known) known.add(input);
    else wired.set(node, new Set([input]));
  }
  return wired;
}

/** Behind the ports, the ways of errors: they are counted too. */
function portDefinitions(plan: Plan): readonly PortDefinition[] {
  const owners = new Map(
    plan.nodes.flatMap((node) => node.ports.map((port) => [port.index, node.index] as const)),
  );
  const ports = plan.ports.map(({ index, name, targets }) => ({
    node: owners.get(index) ?? 0,
    ...(name === "out" ? {} : { name }),
    ...(targets.length > 0 ? { to: targets.map(({ node }) => node.index) } : {}),
  }));
  const errors = errorRoutes(plan).map(({ targets }) => ({ to: targets.map(({ node }) => node.index) }));
  return [...ports, ...errors];
}

function states({ program }: Plan): Readonly<Record<string, StateDefinition>> {
  return Object.fromEntries(
    program.instances.flatMap(({ scope, workflow }) =>
      [...workflow.state].map(([name, { initial, scope: kept }]) => [scope + name, { initial, scope: kept }]),
    ),
  );
}

function lines(items: readonly string[]): string {
  return items.length === 0 ? "[]" : `[\n${items.map((item) => `    ${item},\n`).join("")}  ]`;
}

/** Plain data as a person would write it. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value as Json) ?? "undefined";
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([name, inner]) => `${propertyName(name)}: ${literal(inner)}`).join(", ")} }`;
}
