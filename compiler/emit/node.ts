import type { InlineTemplate } from "../../runtime/engine/contract.ts";
import { MappedText } from "../mapped-text.ts";
import type { PlannedNode } from "../plan.ts";
import { inlineBody } from "./inline.ts";
import type { ModuleScope } from "./scope.ts";
import { paramsObject, propertyName, type ValueContext } from "./values.ts";
import { outBody, outName } from "./wires.ts";

/** What one node is in the emitted code. */
export interface EmittedNode {
  /** What is made once, before anything runs; assigned to `name` where it has one. */
  readonly made: readonly { readonly name?: string; readonly value: MappedText }[];
  readonly functions: readonly MappedText[];
}

/** Pure. `template` is the node type's, where it has one and it is to be used. */
export function emitNode(
  node: PlannedNode,
  template: InlineTemplate | undefined,
  scope: ModuleScope,
  context: ValueContext,
): EmittedNode {
  const body = template && inlineBody(node, template, scope, context);
  if (body) {
    const outs = node.ports.filter(({ targets }) => targets.length > 1);
    return {
      made: [],
      functions: [nodeFunction(node, body, scope), ...outs.map((port) => outFunction(node, port, scope))],
    };
  }
  return linked(node, scope, context);
}

/** A node that is run by its implementation: the engine makes it, and hands it a function for each output. */
function linked(node: PlannedNode, scope: ModuleScope, context: ValueContext): EmittedNode {
  const { names } = scope;
  const { timing } = node.descriptor;
  const outputs = node.ports.map((port) => `${propertyName(port.name)}: ${outName(node, port, names)}`);
  const value = MappedText.of(
    `${names.engine}.${timing}(${node.index}, ${scope.type(node.node.type.value)}, `,
    paramsObject(node.descriptor.params, node.node.params, context),
    `, { ${outputs.join(", ")} })`,
  );
  const outs = node.ports.map((port) => outFunction(node, port, scope));
  if (timing === "trigger") return { made: [{ value }], functions: outs };
  const name = names.of("enter", node.id);
  const isNamed = node.descriptor.inputs === "named";
  const call = timing === "holding" ? `${name}(msg, ${isNamed ? "input" : '"in"'});` : `${name}(msg);`;
  return { made: [{ name, value }], functions: [nodeFunction(node, MappedText.of(call), scope), ...outs] };
}

function nodeFunction(node: PlannedNode, body: MappedText, scope: ModuleScope): MappedText {
  const { engine } = scope.names;
  const input = node.descriptor.inputs === "named" ? "msg, input" : "msg";
  const head = [
    `${engine}.at = ${node.index};`,
    `${engine}.in = msg;`,
    `if (${engine}.watching) ${engine}.enter(${node.index});`,
  ];
  return functionText(node, scope.names.of("node", node.id), input, [...head, body]);
}

function outFunction(node: PlannedNode, port: PlannedNode["ports"][number], scope: ModuleScope): MappedText {
  return functionText(node, outName(node, port, scope.names), "msg", outBody(port, scope));
}

/** Its name stands for the node's id in the file, which is how stack traces find the line. */
export function functionText(
  node: PlannedNode,
  name: string,
  parameters: string,
  statements: readonly (string | MappedText)[],
): MappedText {
  return MappedText.of(
    "function ",
    MappedText.at(name, node.instance.file, node.node.idRange.start),
    `(${parameters}) {\n`,
    ...statements.map((statement) => MappedText.of("  ", statement, "\n")),
    "}\n",
  );
}
