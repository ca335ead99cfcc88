import type { PlannedNode, PlannedPort, PlannedTarget } from "../plan.ts";
import type { Names } from "./names.ts";
import type { ModuleScope } from "./scope.ts";

/** Statements that hand a message (an expression over `msg`) out by a port, for the last thing that a node does. */
export function hand(node: PlannedNode, port: PlannedPort, message: string, scope: ModuleScope): string {
  // One function for all that a fan-out takes; a single wire is a call.
  if (port.targets.length > 1) return `${outName(node, port, scope.names)}(${message});`;
  const isName = /^[\w$]+$/.test(message);
  const value = isName ? message : scope.names.runtime("out");
  const statements = [
    ...(isName ? [] : [`const ${value} = ${message};`]),
    ...noted(port, value, scope.names),
    ...port.targets.map((target) => call(target, value, scope)),
  ];
  return `{\n${statements.map((statement) => `  ${statement}\n`).join("")}}`;
}

/** The body of a port's function: counts the message, shows it to whoever watches, and calls what is wired to it. */
export function outBody(port: PlannedPort, scope: ModuleScope): readonly string[] {
  return [...noted(port, "msg", scope.names), ...fanOut(port.targets, scope)];
}

export function outName(node: PlannedNode, port: PlannedPort, names: Names): string {
  return port.name === "out" ? names.of("out", node.id) : names.of("out", node.id, port.name);
}

/** Calls that stand one beside the other. No input throws, so that what fails behind one keeps nothing from the next. */
export function fanOut(targets: readonly PlannedTarget[], scope: ModuleScope): readonly string[] {
  return targets.map((target) => call(target, "msg", scope));
}

function call({ node, input }: PlannedTarget, message: string, scope: ModuleScope): string {
  const name = scope.use(node.instance, scope.names.of("node", node.id));
  return `${name}(${message}${node.descriptor.inputs === "named" ? `, ${JSON.stringify(input)}` : ""});`;
}

function noted({ index }: PlannedPort, message: string, { engine }: Names): readonly string[] {
  return [
    `${engine}.counts[${index}]++;`,
    `if (${engine}.watching) ${engine}.emitted(${index}, ${message});`,
  ];
}
